"""Triangular factors: `cholesky` and `qr`."""

from __future__ import annotations

from typing import Any

import numpy as np

from kobai.errors import TraceError
from kobai.graph import Node, Op
from kobai.ops.entries import traces
from kobai.ops.linear_algebra.matrices import (
    library_op,
    lower_triangle,
    named_result,
    read_from,
    require_matrix,
    square_shape,
    transposed,
)
from kobai.ops.linear_algebra.systems import existing_inverse, solve
from kobai.sizes import shape_at_hand


def _mirrored(m: Node) -> Node:
    """The lower triangle, and its mirror image above the diagonal."""
    return lower_triangle(m, k=0) + transposed(lower_triangle(m, k=-1))


def _cholesky_rule(g: Node, y: Node, a: Node) -> Node:
    """Murray, "Differentiation of the Cholesky decomposition" (arXiv:1602.07527), equation 10."""
    inner = 0.5 * _mirrored(transposed(y) @ g)
    return read_from(_between(transposed(y), inner), "L")


def _between(factor: Node, inner: Node) -> Node:
    """M^-1 S M^-T, for a symmetric S."""
    return solve(factor, transposed(solve(factor, inner)))


cholesky: Op = library_op(
    "cholesky",
    np.linalg.cholesky,
    square_shape,
    _cholesky_rule,
    text="np.linalg.cholesky({0})",
    latex=r"\operatorname{{chol}} {0:16}",
)


@traces(np.linalg.cholesky)
def _cholesky(a: Node, /, *, upper: bool = False) -> Node:
    """Of the triangle that is asked for; the other one is not read."""
    return transposed(cholesky(transposed(a))) if upper else cholesky(a)


def _qr_rule(q: Node, r: Node, inner: Node, outside: Node | None) -> Node:
    """(Qbar + Q copyltu(M)) R^-T, where M = R Rbar^T - Qbar^T Q.

    Walter and Lehmann, "Algorithmic differentiation of linear algebra functions with application in
    optimum experimental design" (arXiv:1001.1654); for the factors by themselves.
    """
    slope = q @ _mirrored(inner)
    slope = slope if outside is None else outside + slope
    return slope @ transposed(existing_inverse(r))


orthogonal_factor: Op = library_op(
    "orthogonal_factor",
    lambda a: np.linalg.qr(a).Q,
    lambda a: a.shape,
    lambda g, y, a: _qr_rule(y, triangular_factor(a), -(transposed(g) @ y), g),
    text="np.linalg.qr({0}).Q",
)
triangular_factor: Op = library_op(
    "triangular_factor",
    lambda a: np.linalg.qr(a, mode="r"),
    lambda a: (*a.shape[:-2], a.shape[-1], a.shape[-1]),
    lambda g, y, a: _qr_rule(orthogonal_factor(a), y, y @ transposed(g), None),
    text='np.linalg.qr({0}, mode="r")',
)


@traces(np.linalg.qr)
def _qr(a: Node, mode: str = "reduced") -> Any:
    """NumPy's named tuple of nodes, or the triangular factor alone."""
    require_matrix(a)
    m, n = shape_at_hand(a.shape[-2:])
    if mode not in ("reduced", "r"):
        raise TraceError(f"qr with mode={mode!r} is not traced", repair="use mode='reduced'")
    if m < n:
        raise TraceError(
            f"qr of a matrix with more columns ({n}) than rows ({m}) is not traced",
            repair="take the factors of its first columns, and multiply the others by Q.T",
        )
    if mode == "r":
        return triangular_factor(a)
    return named_result(np.linalg.qr(np.eye(1)), orthogonal_factor(a), triangular_factor(a))
