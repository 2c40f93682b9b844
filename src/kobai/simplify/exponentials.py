"""Rules about sums of exponentials: formulas that overflow become `logsumexp` and `softmax`."""

from __future__ import annotations

from kobai.facts import Facts
from kobai.graph import Node
from kobai.ops.elementary import exp
from kobai.ops.exponentials import logsumexp, softmax
from kobai.ops.reductions import total
from kobai.ops.shaping import expand_dims
from kobai.simplify.equations import Rule


def _logarithm_of_sum(node: Node, facts: Facts) -> Node | None:
    (folded,) = node.operands
    if folded.op is not total or folded.operands[0].op is not exp:
        return None
    return logsumexp(folded.operands[0].operands[0], **dict(folded.attributes))


def _share_of_sum(node: Node, facts: Facts) -> Node | None:
    part, whole = node.operands
    axis = _axes_of_sum(whole, part)
    return softmax(part.operands[0], axis=axis) if part.op is exp and axis else None


def _axes_of_sum(whole: Node, part: Node) -> tuple[int, ...]:
    """The axes over which `whole` is the sum of `part`, in a shape that fits it; else none."""
    folded, restored = whole, False
    if whole.op is expand_dims:
        (folded,) = whole.operands
        restored = folded.op is total and folded.attribute("axis") == whole.attribute("axis")
    if folded.op is not total or folded.operands[0] is not part:
        return ()
    axis: tuple[int, ...] = folded.attribute("axis")
    is_in_front = axis == tuple(range(len(axis)))
    return axis if restored or folded.attribute("keepdims") or is_in_front else ()


def _logarithm_of_share(node: Node, facts: Facts) -> Node | None:
    (share,) = node.operands
    if share.op is not softmax:
        return None
    (x,) = share.operands
    return x - logsumexp(x, axis=share.attribute("axis"), keepdims=True)


def _shifted_share(node: Node, facts: Facts) -> Node | None:
    """A shift that is the same for all entries of a sum cancels."""
    (difference,) = node.operands
    if difference.op.name != "subtract":
        return None
    x, shift = difference.operands
    lead = x.ndim - shift.ndim
    if x.shape != difference.shape or any(
        axis >= lead and shift.shape[axis - lead] != 1 for axis in node.attribute("axis")
    ):
        return None
    return softmax(x, axis=node.attribute("axis"))


EXPONENTIALS = (
    Rule("log-sum-exp", "log", _logarithm_of_sum, "log(sum(exp(u))) = logsumexp(u)"),
    Rule("softmax", "divide", _share_of_sum, "exp(u) / sum(exp(u)) = softmax(u)"),
    Rule("logarithm of softmax", "log", _logarithm_of_share, "log(softmax(u)) = u - logsumexp(u)"),
    Rule("shift of softmax", "softmax", _shifted_share, "softmax(u - c) = softmax(u)"),
)
