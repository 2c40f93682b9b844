"""Rules about norms and deviations: the square of one has no kink at 0."""

from __future__ import annotations

from kobai.facts import Facts
from kobai.graph import CONSTANT, Node
from kobai.ops.linear_algebra.norms import norm
from kobai.ops.reductions import total
from kobai.ops.statistics import std, var
from kobai.simplify.equations import Rule


def _square_of_norm(node: Node, facts: Facts) -> Node | None:
    root, exponent = node.operands
    if root.op is not norm or exponent.op is not CONSTANT or exponent.ndim:
        return None
    (x,) = root.operands
    is_square = exponent.attribute("value") == 2 and x.dtype == root.dtype
    return total(x**2, **dict(root.attributes)) if is_square else None


def _square_of_deviation(node: Node, facts: Facts) -> Node | None:
    root, exponent = node.operands
    if root.op is not std or exponent.op is not CONSTANT or exponent.ndim:
        return None
    is_square = exponent.attribute("value") == 2
    return var(root.operands[0], **dict(root.attributes)) if is_square else None


NORMS = (
    Rule("square of a norm", "power", _square_of_norm, "norm(u) ** 2 = sum(u ** 2)"),
    Rule("square of a deviation", "power", _square_of_deviation, "std(u) ** 2 = var(u)"),
)
