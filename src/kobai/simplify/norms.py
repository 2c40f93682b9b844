"""Rules about norms and deviations: the square of one has no kink at 0."""

from __future__ import annotations

from kobai.facts import Facts
from kobai.graph import CONSTANT, Node
from kobai.ops.linear import matmul
from kobai.ops.linear_algebra.norms import norm
from kobai.ops.reductions import mean, total
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


def _root_of_squares(node: Node, facts: Facts) -> Node | None:
    (folded,) = node.operands
    if folded.op is not total or not folded.attribute("axis"):
        return None
    x = _squared(folded.operands[0])
    return None if x is None else norm(x, **dict(folded.attributes))


def _root_of_own_product(node: Node, facts: Facts) -> Node | None:
    (product,) = node.operands
    if product.op is not matmul or product.ndim or product.operands[0] is not product.operands[1]:
        return None
    return norm(product.operands[0], axis=(0,), keepdims=False)


def _squared(node: Node) -> Node | None:
    """What a square is the square of."""
    if node.op.name == "multiply" and node.operands[0] is node.operands[1]:
        return node.operands[0]
    is_square = node.op.name == "power" and _is_two(node.operands[1])
    return node.operands[0] if is_square else None


def _is_two(node: Node) -> bool:
    return node.op is CONSTANT and not node.ndim and bool(node.attribute("value") == 2)


def _root_of_variance(node: Node, facts: Facts) -> Node | None:
    (x,) = node.operands
    return std(x.operands[0], **dict(x.attributes)) if x.op is var else None


def _mean_of_squares(node: Node, facts: Facts) -> Node | None:
    squares, square = node.operands
    average = _squared(square)
    if squares.op is not mean or average is None or average.op is not mean:
        return None
    x = _squared(squares.operands[0])
    if x is None or average.operands[0] is not x or average.attributes != squares.attributes:
        return None
    return var(x, ddof=0, **dict(squares.attributes))


NORMS = (
    Rule("root of squares", "sqrt", _root_of_squares, "sqrt(sum(u ** 2)) = norm(u)"),
    Rule("root of squares", "sqrt", _root_of_own_product, "sqrt(u @ u) = norm(u)"),
    Rule("root of a variance", "sqrt", _root_of_variance, "sqrt(var(u)) = std(u)"),
    Rule("variance", "subtract", _mean_of_squares, "mean(u ** 2) - mean(u) ** 2 = var(u)"),
    Rule("square of a norm", "power", _square_of_norm, "norm(u) ** 2 = sum(u ** 2)"),
    Rule("square of a deviation", "power", _square_of_deviation, "std(u) ** 2 = var(u)"),
)
