"""Which values loops can compute, and one entry of them in the instructions of loops."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kobai.graph import CONSTANT, SIZE, Node
from kobai.lower.scans import is_scan
from kobai.lower.views import is_view
from kobai.ops.gathering import chosen_shape
from kobai.ops.placement import placement
from kobai.scalars import CALLS, Scalar, number
from kobai.scalars import cast as as_dtype
from kobai.splitting import FOLDS

DTYPES = frozenset(map(np.dtype, ("float64", "float32", "int64", "int32", "bool")))


def is_native(node: Node) -> bool:
    """Whether a node's value can be computed by loops."""
    if any(x.dtype not in DTYPES for x in (node, *node.operands)):
        return False
    match node.op.kind:
        case "leaf":
            return True
        case "map":
            return node.op.body is not None and _is_computable(_tried(node))
        case "reduce":
            return node.op.name in FOLDS and bool(node.attribute("axis"))
        case "scan" | "library":
            return is_scan(node)
        case _ if node.op.name in ("gather", "scatter"):
            return _is_index(node)
        case _ if node.op.name in ("concatenate", "put"):
            return True
        case "contract":
            is_flat = all(x.ndim <= 2 for x in node.operands)
            return node.op.name == "matmul" and node.dtype.kind == "f" and is_flat
        case _:
            return is_view(node)


def _is_index(node: Node) -> bool:
    """Whether places are signed integers, and there is one along each axis."""
    x, *arrays = node.operands
    if any(array.dtype.kind != "i" for array in arrays):
        return False
    at = placement(node)
    if any(at.shape[axis] == 0 for axis, _ in at.given):
        return False
    if node.op.name == "gather":
        return True
    return node.dtype.kind in "fi" and x.shape == chosen_shape(arrays, node.attribute("index"))


def _tried(node: Node) -> Scalar | None:
    reads = [leaf(x) or Scalar("read", (), x.dtype) for x in node.operands]
    return body(node, reads)


def _is_computable(scalar: Scalar | None) -> bool:
    """Whether functions are called on floating numbers alone, and by names that targets know."""
    if scalar is None:
        return False
    stack, seen_already = [scalar], {scalar}
    while stack:
        current = stack.pop()
        if current.instruction == "call":
            if current.dtype.kind != "f" or current.label not in CALLS:
                return False
        elif current.instruction == "div" and current.dtype.kind != "f":
            return False
        fresh = [x for x in current.operands if x not in seen_already]
        seen_already.update(fresh)
        stack.extend(fresh)
    return True


def leaf(node: Node) -> Scalar | None:
    """A number or a length, which needs no memory."""
    if node.op is CONSTANT and not node.ndim:
        return number(node.attribute("value").item(), node.dtype)
    if node.op is SIZE:
        return Scalar("size", (), node.dtype, node.attribute("size"))
    return None


def body(node: Node, operands: Sequence[Scalar], *, is_shown: bool = False) -> Scalar | None:
    """One entry of a map, in the form that is run or in the one that people read."""
    attributes = dict(node.attributes)
    wanted = node.op.dtypes(*(x.dtype for x in node.operands), **attributes)
    given = [as_dtype(x, dtype) for x, dtype in zip(operands, wanted, strict=False)]
    compute = node.op.shown_body if is_shown and node.op.shown_body else node.op.body
    assert compute is not None
    value: Scalar | None = compute(*given, **attributes)
    return None if value is None else as_dtype(value, node.dtype)
