"""Rules about sums of exponentials: formulas that overflow become `logsumexp` and `softmax`."""

from __future__ import annotations

from kobai.facts import Facts
from kobai.graph import Node
from kobai.ops.elementary import exp
from kobai.ops.exponentials import logsumexp, softmax
from kobai.ops.reductions import total
from kobai.ops.shaping import expand_dims, reshape, squeeze, transpose
from kobai.simplify.equations import Rule
from kobai.sizes import Shape


def exponent(node: Node) -> Node | None:
    """The u of exp(u), also where the powers were moved afterwards: exp(u).T is exp(u.T)."""
    moves: list[Node] = []
    while node.op in (transpose, reshape, expand_dims, squeeze):
        moves.append(node)
        (node,) = node.operands
    if node.op is not exp:
        return None
    (found,) = node.operands
    for move in reversed(moves):
        found = move.op(found, **dict(move.attributes))
    return found


def _logarithm_of_sum(node: Node, facts: Facts) -> Node | None:
    (folded,) = node.operands
    x = exponent(folded.operands[0]) if folded.op is total else None
    return None if x is None else logsumexp(x, **dict(folded.attributes))


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
    if x.shape != difference.shape or not _is_constant_along(shift, x, node.attribute("axis")):
        return None
    return softmax(x, axis=node.attribute("axis"))


def without_moves(node: Node) -> Node:
    """The value, whatever axes of length 1 it was given or lost."""
    while node.op in (expand_dims, squeeze):
        (node,) = node.operands
    return node


def _same_shift(shift: Node, added: Node) -> bool:
    """Whether both are one value, but for axes of length 1: `m` and the `m[:, None]` made of it."""
    first, second = without_moves(shift), without_moves(added)
    if first is second:
        return True
    # np.max(z, axis=1) and np.max(z, axis=1, keepdims=True) are two nodes.
    is_fold = first.op.kind == "reduce" and first.op is second.op
    return (
        is_fold
        and first.operands == second.operands
        and first.attribute("axis") == second.attribute("axis")
    )


def _restored_shift(node: Node, facts: Facts) -> Node | None:
    for folded, added in (node.operands, node.operands[::-1]):
        core = without_moves(folded)
        if core.op is not logsumexp or core.operands[0].op.name != "subtract":
            continue
        x, shift = core.operands[0].operands
        if x.shape != core.operands[0].shape or not _same_shift(shift, added):
            continue
        if not _is_constant_along(shift, x, core.attribute("axis")):
            continue
        kept = _moved_as(folded, _after_fold(shift, x, core))
        if folded.shape == node.shape and _padded(kept, node.ndim) == _padded(added, node.ndim):
            return _moved_as(folded, logsumexp(x, **dict(core.attributes)))
    return None


def _after_fold(shift: Node, x: Node, fold: Node) -> Node:
    """The shift of the entries that are folded, in the axes of the fold."""
    lead = x.ndim - shift.ndim
    wide = expand_dims(shift, axis=tuple(range(lead))) if lead else shift
    return wide if fold.attribute("keepdims") else squeeze(wide, axis=fold.attribute("axis"))


def _padded(node: Node, ndim: int) -> Shape:
    return (1,) * (ndim - node.ndim) + node.shape


def _moved_as(folded: Node, whole: Node) -> Node:
    """The value with the moves that the other one was given."""
    if folded.op not in (expand_dims, squeeze):
        return whole
    return folded.op(_moved_as(folded.operands[0], whole), **dict(folded.attributes))


def _shifted_logarithm(node: Node, facts: Facts) -> Node | None:
    """Of a softmax, written as a difference: the shift is in both parts."""
    shifted, folded = node.operands
    core = without_moves(folded)
    if shifted.op.name != "subtract" or core.op is not logsumexp or core.operands[0] is not shifted:
        return None
    x, shift = shifted.operands
    axis = core.attribute("axis")
    parts = (shift, folded)
    if x.shape != shifted.shape or not all(_is_constant_along(part, x, axis) for part in parts):
        return None
    return x - _moved_as(folded, logsumexp(x, **dict(core.attributes)))


def _is_constant_along(shift: Node, x: Node, axes: tuple[int, ...]) -> bool:
    lead = x.ndim - shift.ndim
    return all(axis < lead or shift.shape[axis - lead] == 1 for axis in axes)


def _softmax_of_transpose(node: Node, facts: Facts) -> Node | None:
    """The transpose comes last, where it may meet its inverse."""
    (moved,) = node.operands
    if moved.op is not transpose:
        return None
    axes = moved.attribute("axes")
    axis = tuple(sorted(axes[i] for i in node.attribute("axis")))
    return transpose(softmax(moved.operands[0], axis=axis), axes=axes)


def _power_of_log_softmax(node: Node, facts: Facts) -> Node | None:
    (difference,) = node.operands
    if difference.op.name != "subtract":
        return None
    x, folded = difference.operands
    core = without_moves(folded)
    if core.op is not logsumexp or core.operands[0] is not x or x.shape != difference.shape:
        return None
    axis = core.attribute("axis")
    return softmax(x, axis=axis) if _is_constant_along(folded, x, axis) else None


EXPONENTIALS = (
    Rule("softmax of a transpose", "softmax", _softmax_of_transpose, "softmax(A.T) = softmax(A).T"),
    Rule(
        "softmax",
        "exp",
        _power_of_log_softmax,
        "exp(u - logsumexp(u)) = softmax(u)",
    ),
    Rule("shift of logsumexp", "add", _restored_shift, "logsumexp(u - c) + c = logsumexp(u)"),
    Rule(
        "shift of softmax",
        "subtract",
        _shifted_logarithm,
        "u - c - logsumexp(u - c) = u - logsumexp(u)",
    ),
    Rule("log-sum-exp", "log", _logarithm_of_sum, "log(sum(exp(u))) = logsumexp(u)"),
    Rule("logarithm of softmax", "log", _logarithm_of_share, "log(softmax(u)) = u - logsumexp(u)"),
    Rule("shift of softmax", "softmax", _shifted_share, "softmax(u - c) = softmax(u)"),
)
