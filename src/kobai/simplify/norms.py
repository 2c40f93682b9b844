"""A rule about norms: the square of one is a sum of squares, which has no kink at 0."""

from __future__ import annotations

from kobai.facts import Facts
from kobai.graph import CONSTANT, Node
from kobai.ops.linear_algebra.norms import norm
from kobai.ops.reductions import total
from kobai.simplify.equations import Rule


def _square_of_norm(node: Node, facts: Facts) -> Node | None:
    root, exponent = node.operands
    if root.op is not norm or exponent.op is not CONSTANT or exponent.ndim:
        return None
    (x,) = root.operands
    is_square = exponent.attribute("value") == 2 and x.dtype == root.dtype
    return total(x**2, **dict(root.attributes)) if is_square else None


NORMS = (Rule("square of a norm", "power", _square_of_norm, "norm(u) ** 2 = sum(u ** 2)"),)
