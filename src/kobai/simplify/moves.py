"""Rules about rearranged arrays: transposes that meet, axes that come and go."""

from __future__ import annotations

from kobai.facts import Facts
from kobai.graph import Node, broadcast_shapes
from kobai.ops.linear import matmul
from kobai.ops.shaping import broadcast_to, expand_dims, squeeze, swapaxes, transpose
from kobai.simplify.equations import Rule


def _is_matrix_transpose(node: Node) -> bool:
    order = tuple(range(node.ndim))
    return node.op is transpose and node.attribute("axes") == (*order[:-2], *order[-2:][::-1])


def _undone_transpose(node: Node, facts: Facts) -> Node | None:
    (inner,) = node.operands
    if inner.op is not transpose:
        return None
    axes = tuple(inner.attribute("axes")[axis] for axis in node.attribute("axes"))
    (x,) = inner.operands
    return x if axes == tuple(range(node.ndim)) else transpose(x, axes=axes)


def _transposed_product(node: Node, facts: Facts) -> Node | None:
    (product,) = node.operands
    if product.op is not matmul or not _is_matrix_transpose(node):
        return None
    a, b = product.operands
    if a.ndim != b.ndim or not (_is_matrix_transpose(a) or _is_matrix_transpose(b)):
        return None
    return swapaxes(b, -2, -1) @ swapaxes(a, -2, -1)


def _undone_axes(node: Node, facts: Facts) -> Node | None:
    (inner,) = node.operands
    undone = {expand_dims: squeeze, squeeze: expand_dims}[node.op]
    same = inner.op is undone and inner.attribute("axis") == node.attribute("axis")
    return inner.operands[0] if same else None


def _needless_spread(node: Node, facts: Facts) -> Node | None:
    """NumPy broadcasts operands by itself: spreading one that fits the others changes nothing."""
    for position, operand in enumerate(node.operands):
        if operand.op is not broadcast_to:
            continue
        operands = list(node.operands)
        (operands[position],) = operand.operands
        shapes = (o.shape for o in operands)
        if broadcast_shapes(*shapes) == node.shape:
            return node.rebuilt(tuple(operands))
    return None


def _spread_number(node: Node, facts: Facts) -> Node | None:
    """A number that is spread and moved is spread to the shape it has in the end."""
    (spread,) = node.operands
    if spread.op is not broadcast_to or spread.operands[0].ndim:
        return None
    return broadcast_to(spread.operands[0], shape=node.shape)


def _spread_arithmetic(node: Node, facts: Facts) -> Node | None:
    """Arithmetic on a number that is spread, and on other numbers, is done before it is spread."""
    inner = tuple(x.operands[0] if x.op is broadcast_to else x for x in node.operands)
    if not node.ndim or any(x.ndim for x in inner):
        return None
    return broadcast_to(node.rebuilt(inner), shape=node.shape)


def _number_with_axes(node: Node, facts: Facts) -> Node | None:
    """A number as the one entry of an array."""
    (number,) = node.operands
    is_all = not number.ndim and all(length == 1 for length in node.shape)
    return broadcast_to(number, shape=node.shape) if is_all else None


def _product_with_number(node: Node, facts: Facts) -> Node | None:
    """A matrix of one entry is a factor: what it multiplies has one column, or one row."""
    for position, matrix in enumerate(node.operands):
        if matrix.op is broadcast_to and matrix.shape == (1, 1) and not matrix.operands[0].ndim:
            other, (number,) = node.operands[1 - position], matrix.operands
            return other * number
    return None


MOVES = (
    *(
        Rule("broadcasting", name, _needless_spread, "u * broadcast_to(v) = u * v")
        for name in ("add", "subtract", "multiply", "divide", "where")
    ),
    *(
        Rule("broadcasting", name, _spread_number, "expand_dims(broadcast_to(v)) = broadcast_to(v)")
        for name in ("expand_dims", "squeeze", "reshape", "transpose")
    ),
    *(
        Rule("broadcasting of a number", name, _spread_arithmetic, text)
        for name, text in (
            ("negative", "-broadcast_to(c) = broadcast_to(-c)"),
            ("multiply", "broadcast_to(c) * 2 = broadcast_to(c * 2)"),
            ("divide", "broadcast_to(c) / 2 = broadcast_to(c / 2)"),
        )
    ),
    *(
        Rule("broadcasting of a number", name, _number_with_axes, f"{name}(c) = broadcast_to(c)")
        for name in ("expand_dims", "put")
    ),
    Rule("transposed twice", "transpose", _undone_transpose, "A.T.T = A"),
    Rule("transposed product", "transpose", _transposed_product, "(A @ B.T).T = B @ A.T"),
    Rule("axis added and dropped", "squeeze", _undone_axes, "squeeze(expand_dims(u)) = u"),
    Rule("axis dropped and added", "expand_dims", _undone_axes, "expand_dims(squeeze(u)) = u"),
)

# BLAS turns -0.0 into 0.0 where it adds up products.
NUMBERS = (
    Rule("broadcasting of a number", "matmul", _product_with_number, "A @ broadcast_to(c) = A * c"),
)
