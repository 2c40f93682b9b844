"""Rules about rearranged arrays: transposes that meet, axes that come and go."""

from __future__ import annotations

from kobai.facts import Facts
from kobai.graph import Node
from kobai.ops.linear import matmul
from kobai.ops.shaping import expand_dims, squeeze, swapaxes, transpose
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


MOVES = (
    Rule("transposed twice", "transpose", _undone_transpose, "A.T.T = A"),
    Rule("transposed product", "transpose", _transposed_product, "(A @ B.T).T = B @ A.T"),
    Rule("axis added and dropped", "squeeze", _undone_axes, "squeeze(expand_dims(u)) = u"),
    Rule("axis dropped and added", "expand_dims", _undone_axes, "expand_dims(squeeze(u)) = u"),
)
