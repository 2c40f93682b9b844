"""Systems of equations: `solve`, `inv`, `pinv`, `lstsq`."""

from __future__ import annotations

from typing import Any

import numpy as np

from kobai.errors import DerivativeError, ShapeError
from kobai.graph import AnyArray, Node, Op, broadcast_shapes
from kobai.ops.entries import PRODUCT, as_nodes, traces
from kobai.ops.linear import outer
from kobai.ops.linear_algebra.matrices import (
    columns,
    library_op,
    may_exceed,
    order_of,
    require_matrix,
    square_shape,
    transposed,
)
from kobai.ops.linear_algebra.singular import matrix_rank, singular_values
from kobai.ops.reductions import total
from kobai.ops.shaping import astype, reshape, squeeze
from kobai.sizes import Shape, at_hand, product, shape_at_hand


def _solution_shape(a: Node, b: Node) -> Shape:
    rows = b.shape[-2:][:1]
    if shape_at_hand((order_of(a),)) != shape_at_hand(rows):
        raise ShapeError(
            f"a system of {shape_at_hand(a.shape)[-1]} equations with a right side of shape "
            f"{shape_at_hand(b.shape)}",
            repair="give a vector, or a matrix with a row for each equation",
        )
    if b.ndim == 1:
        return a.shape[:-1]
    return (*broadcast_shapes(a.shape[:-2], b.shape[:-2]), *b.shape[-2:])


def _solve_by_matrix(g: Node, y: Node, a: Node, b: Node) -> Node:
    slope = solve(transposed(a), g)
    return -outer(slope, y) if y.ndim == 1 else -(slope @ transposed(y))


# The right side is one vector of one system, or matrices: `_solve` brings others to that.
solve: Op = library_op(
    "solve",
    np.linalg.solve,
    _solution_shape,
    _solve_by_matrix,
    lambda g, y, a, b: solve(transposed(a), g),
    text="np.linalg.solve({0}, {1})",
    latex="{{{0:15}}}^{{-1}} {1:13}",
    latex_precedence=PRODUCT,
)
inv: Op = library_op(
    "inv",
    np.linalg.inv,
    square_shape,
    lambda g, y, a: -(transposed(y) @ g @ transposed(y)),
    text="np.linalg.inv({0})",
    latex="{{{0:15}}}^{{-1}}",
)


def _existing_inverse(a: AnyArray) -> AnyArray:
    try:
        result: AnyArray = np.linalg.inv(a)
    except np.linalg.LinAlgError:
        raise DerivativeError(
            "a matrix is singular: its inverse, which the derivative needs, does not exist",
            repair="add a multiple of np.eye",
        ) from None
    return result


# For derivatives of what has a value at a singular matrix, where `inv` raises NumPy's error.
existing_inverse: Op = library_op(
    "existing_inverse",
    _existing_inverse,
    square_shape,
    lambda g, y, a: -(transposed(y) @ g @ transposed(y)),
    text="np.linalg.inv({0})",
    latex="{{{0:15}}}^{{-1}}",
)


@traces(np.linalg.solve)
def _solve(a: Any, b: Any) -> Node:
    left, right = as_nodes((a, b))
    if right.ndim == 1 and left.ndim > 2:
        return squeeze(solve(left, columns(right)), axis=(left.ndim - 1,))
    if not right.ndim:
        raise ShapeError("the right side is a number", repair="give a vector or a matrix")
    return solve(left, right)


@traces(np.linalg.inv)
def _inv(a: Node) -> Node:
    return inv(a)


def _jumps(rank: Any, a: AnyArray) -> DerivativeError:
    return DerivativeError(
        f"a matrix of shape {a.shape} has rank {rank}: its pseudo-inverse, and the solution of "
        "least squares, jump as the rank changes, and have no derivative",
        repair="drop the columns that depend on others, or add a multiple of np.eye",
    )


def _pinv_of(a: AnyArray, *, rcond: float | None) -> AnyArray:
    s = np.linalg.svd(a, compute_uv=False)
    is_kept = s > (1e-15 if rcond is None else rcond) * s[..., :1]
    if not is_kept.all():
        raise _jumps(is_kept.sum(axis=-1).min(), a)
    result: AnyArray = np.linalg.pinv(a, rcond)
    return result


def _pinv_rule(g: Node, y: Node, a: Node, *, rcond: float | None) -> Node:
    """Golub and Pereyra, SIAM J. Numer. Anal. 10 (1973) 413, equation 4.12: among equal ranks.

    Of the three terms, one vanishes where the rank is that of the rows, one where it is that of
    the columns.
    """
    p, gt = transposed(y), transposed(g)
    m, n = a.shape[-2:]
    slope = -(p @ g @ p)
    if may_exceed(n, m):
        slope = slope + p @ (y @ (gt - gt @ y @ a))
    if may_exceed(m, n):
        slope = slope + (gt - a @ (y @ gt)) @ (y @ p)
    return slope


pinv: Op = library_op(
    "pinv",
    _pinv_of,
    lambda a, *, rcond: (*a.shape[:-2], a.shape[-1], a.shape[-2]),
    _pinv_rule,
    text=lambda node, a: (
        f"np.linalg.pinv({a}{'' if (r := node.attribute('rcond')) is None else f', {r}'})"
    ),
    latex="{{{0:15}}}^+",
)


@traces(np.linalg.pinv)
def _pinv(a: Node, rcond: Any = None, hermitian: bool = False, *, rtol: Any = None) -> Node:
    if hermitian:
        raise TypeError("it is given hermitian=True")
    require_matrix(a)
    given = rcond if rtol is None else rtol
    return pinv(a, rcond=None if given is None else float(given))


def _least_squares(a: AnyArray, b: AnyArray, *, rcond: float | None) -> AnyArray:
    """The solution, if it is a smooth function of the matrix."""
    x, _, rank, _ = np.linalg.lstsq(a, b, rcond)
    if rank < min(a.shape):
        raise _jumps(rank, a)
    solution: AnyArray = x
    return solution


def _least_squares_by_matrix(g: Node, y: Node, a: Node, b: Node, *, rcond: float | None) -> Node:
    """From the rule of the pseudo-inverse P, of which the solution is P b."""
    p = pinv(a, rcond=rcond)
    pt = transposed(p)
    x, r = (y, b - a @ y) if y.ndim == 2 else (columns(y), columns(b - a @ y))
    g = g if y.ndim == 2 else columns(g)
    h = pt @ g
    slope = -(h @ transposed(x))
    m, n = a.shape
    if may_exceed(m, n):
        slope = slope + r @ transposed(p @ h)
    if may_exceed(n, m):
        slope = slope + (pt @ x) @ transposed(g - transposed(a) @ h)
    return slope


def _least_squares_shape(a: Node, b: Node, *, rcond: float | None) -> Shape:
    if a.ndim != 2 or b.ndim not in (1, 2) or at_hand(a.shape[0]) != at_hand(b.shape[0]):
        raise ShapeError(
            f"least squares with a matrix of shape {shape_at_hand(a.shape)} and a right side of "
            f"shape {shape_at_hand(b.shape)}",
            repair="give one matrix, and a vector or a matrix with as many rows",
        )
    return (a.shape[1], *b.shape[1:])


least_squares = library_op(
    "least_squares",
    _least_squares,
    _least_squares_shape,
    _least_squares_by_matrix,
    lambda g, y, a, b, *, rcond: transposed(pinv(a, rcond=rcond)) @ g,
    text=lambda node, a, b: (
        f"np.linalg.lstsq({a}, {b}"
        f"{'' if (r := node.attribute('rcond')) is None else f', rcond={r}'})[0]"
    ),
    latex="{{{0:15}}}^+ {1:13}",
    latex_precedence=PRODUCT,
)


@traces(np.linalg.lstsq)
def _lstsq(a: Any, b: Any, rcond: float | None = None) -> tuple[Node, Node, Node, Node]:
    """The solution and its residuals; the rank has no slope."""
    left, right = as_nodes((a, b))
    x = least_squares(left, right, rcond=rcond)
    m, n = shape_at_hand(left.shape)
    rest = (right - left @ x) ** 2
    residuals = total(rest, axis=(0,), keepdims=right.ndim == 1)
    if m <= n:
        residuals = x.graph.constant(np.zeros(0, x.dtype))
    rank = astype(matrix_rank(left, tol=None), np.intc)
    return x, residuals, rank, singular_values(left)


@traces(np.linalg.tensorinv)
def _tensorinv(a: Node, ind: int = 2) -> Node:
    if ind <= 0:
        raise ValueError("ind has to be positive")
    split = (*a.shape[ind:], *a.shape[:ind])
    rest = product(a.shape[ind:])
    return reshape(inv(reshape(a, shape=(product(a.shape[:ind]), rest))), shape=split)


@traces(np.linalg.tensorsolve)
def _tensorsolve(a: Any, b: Any, axes: None = None) -> Node:
    if axes is not None:
        raise TypeError("it is given 'axes'")
    left, right = as_nodes((a, b))
    kept = left.shape[right.ndim :]
    size = product(right.shape)
    flat = solve(reshape(left, shape=(size, product(kept))), reshape(right, shape=(size,)))
    return reshape(flat, shape=kept)
