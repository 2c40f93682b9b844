"""What entries of linear algebra share: dtypes and shapes of matrices, triangles, transposes.

A matrix is in the last two axes; any axes in front of them count the matrices.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kobai.errors import ShapeError
from kobai.graph import AnyArray, AnyDType, Node, Op, Promotable
from kobai.intervals import Interval
from kobai.ops.entries import ANYWHERE, ATOM, traces, unchanged
from kobai.ops.shaping import expand_dims, swapaxes
from kobai.sizes import Dim, Shape, Size, shape_at_hand

SINGLE, DOUBLE = np.dtype(np.float32), np.dtype(np.float64)


def lapack_dtypes(*operands: Promotable, **_: Any) -> tuple[AnyDType, ...]:
    """Single precision if all operands are in it, else double; LAPACK has no half precision."""
    if any(np.dtype(operand) == np.float16 for operand in operands):
        raise TypeError("array type float16 is unsupported in linalg")
    common = SINGLE if all(operand == SINGLE for operand in operands) else DOUBLE
    return (common,) * (len(operands) + 1)


def library_op(
    name: str,
    evaluate: Callable[..., Any],
    shape: Callable[..., Shape],
    *derivative: Callable[..., Any] | None,
    text: str | Callable[..., str],
    latex: str | Callable[..., str] = "",
    **fields: Any,
) -> Op:
    """A routine of NumPy's as one operation."""
    placeholders = ", ".join(f"{{{i}}}" for i in range(len(derivative)))
    shown = name.replace("_", r"\ ")
    return Op(
        name=name,
        kind="library",
        evaluate=evaluate,
        shape=shape,
        dtypes=fields.pop("dtypes", lapack_dtypes),
        derivative=derivative,
        text=text,
        latex=latex or rf"\operatorname{{{{{shown}}}}}\left({placeholders}\right)",
        domain=fields.pop("domain", ANYWHERE),
        **{"precedence": ATOM, **fields},
    )


def named_result(example: Any, *nodes: Node) -> Any:
    """NumPy's own named tuple of results, as in this example of one, filled with nodes."""
    return type(example)(*nodes)


def order_of(a: Node) -> Dim:
    """The number of rows of a square matrix."""
    if a.ndim < 2 or len(set(shape_at_hand(a.shape[-2:]))) > 1:
        raise ShapeError(
            f"a square matrix is needed, not an array of shape {shape_at_hand(a.shape)}",
            repair="give one matrix in the last two axes, with as many rows as columns",
        )
    return a.shape[-1]


def square_shape(a: Node, **_: Any) -> Shape:
    order_of(a)
    return a.shape


def number_shape(a: Node, **_: Any) -> Shape:
    """One number for each square matrix."""
    order_of(a)
    return a.shape[:-2]


def require_matrix(a: Node) -> None:
    if a.ndim < 2:
        raise ShapeError(
            f"a matrix is needed, not an array with {a.ndim} axes",
            repair="make a row of it with x[None, :], or a column with x[:, None]",
        )


def may_exceed(one: Dim, other: Dim) -> bool:
    """Whether a length may be the greater one; symbols stand for any length."""
    if isinstance(one, Size) or isinstance(other, Size):
        return one != other
    return one > other


def transposed(a: Node) -> Node:
    return swapaxes(a, -2, -1)


def transposed_array(a: AnyArray) -> AnyArray:
    return np.swapaxes(a, -2, -1)


def rows(x: Node) -> Node:
    """Vectors as rows of one: `rows(d) * A` multiplies column j of A by d[j]."""
    return expand_dims(x, axis=(x.ndim - 1,))


def columns(x: Node) -> Node:
    """Vectors as columns of one: `columns(d) * A` multiplies row i of A by d[i]."""
    return expand_dims(x, axis=(x.ndim,))


lower_triangle: Op = Op(
    name="tril",
    kind="move",
    evaluate=lambda m, *, k: np.tril(m, k),
    shape=lambda m, *, k: m.shape,
    dtypes=unchanged,
    derivative=(lambda g, y, m, *, k: lower_triangle(g, k=k),),
    text=lambda node, m: f"np.tril({m}{f', {k}' if (k := node.attribute('k')) else ''})",
    latex=r"\operatorname{{tril}}\left({0}\right)",
    bounds=lambda m, **_: m.union(Interval(0, 0)),
    domain=ANYWHERE,
)


@traces(np.tril)
def tril(m: Node, k: int = 0) -> Node:
    require_matrix(m)
    return lower_triangle(m, k=int(k))


@traces(np.triu)
def triu(m: Node, k: int = 0) -> Node:
    require_matrix(m)
    return transposed(lower_triangle(transposed(m), k=-int(k)))


def read_from(symmetric: Node, uplo: str) -> Node:
    """The slope by a symmetric matrix of which one triangle alone is read.

    An entry outside the diagonal stands for two, and the triangle that is not read has slope 0.
    """
    if uplo == "U":
        return transposed(read_from(transposed(symmetric), "L"))
    below = lower_triangle(transposed(symmetric), k=-1)
    return lower_triangle(symmetric, k=0) + below
