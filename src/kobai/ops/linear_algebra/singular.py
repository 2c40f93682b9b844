"""Singular values and vectors, and what is known by them: rank and condition."""

from __future__ import annotations

from typing import Any

import numpy as np

from kobai.errors import TraceError
from kobai.graph import AnyArray, AnyDType, Node, Op, Promotable
from kobai.ops.choices import equal, where
from kobai.ops.entries import PRODUCT, converting, same_shape, traces, ufunc_dtypes
from kobai.ops.linear_algebra.matrices import (
    columns,
    lapack_dtypes,
    library_op,
    may_exceed,
    named_result,
    require_matrix,
    rows,
    transposed,
)
from kobai.ops.linear_algebra.spectra import reciprocal_gaps, require_apart
from kobai.ops.reductions import largest, smallest
from kobai.sizes import Dim, Shape, shape_at_hand


def _smaller(a: Node) -> Dim:
    """The number of singular values."""
    require_matrix(a)
    m, n = shape_at_hand(a.shape[-2:])
    return a.shape[-2] if m < n else a.shape[-1]


def _values_shape(a: Node) -> Shape:
    return (*a.shape[:-2], _smaller(a))


def _reciprocal(s: AnyArray) -> AnyArray:
    require_apart(s, s)
    result: AnyArray = 1 / s
    return result


# A matrix that isn't square has singular values 0 besides its own, which have to differ from them.
reciprocal_values: Op = library_op(
    "reciprocal_values",
    converting(np.exp, _reciprocal),
    same_shape,
    lambda g, y, s: -(g * y**2),
    text="1 / {0:13}",
    latex=r"\frac{{1}}{{{0}}}",
    precedence=PRODUCT,
    dtypes=ufunc_dtypes(np.exp),
    domain=((1.0, 2.0),),
)


def _left_rule(g: Node, y: Node, a: Node) -> Node:
    """U (F * (U^T g - g^T U)) S V^T and (I - U U^T) g S^-1 V^T, where F_ij = 1 / (s_j^2 - s_i^2).

    Townsend, "Differentiating the singular value decomposition" (2016).
    """
    s, vt = singular_values(a), right_vectors(a)
    inner = transposed(y) @ g
    gaps = reciprocal_gaps(s, power=2)
    slope = y @ (gaps * (inner - transposed(inner)) * rows(s))
    m, n = a.shape[-2:]
    if may_exceed(m, n):
        slope = slope + (g - y @ inner) * rows(reciprocal_values(s))
    return slope @ vt


def _right_rule(g: Node, y: Node, a: Node) -> Node:
    """The terms of Vbar, transposed: y is V^T."""
    s, u = singular_values(a), left_vectors(a)
    inner = y @ transposed(g)
    gaps = reciprocal_gaps(s, power=2)
    slope = columns(s) * (gaps * (inner - transposed(inner))) @ y
    m, n = a.shape[-2:]
    if may_exceed(n, m):
        slope = slope + columns(reciprocal_values(s)) * (g - transposed(inner) @ y)
    return u @ slope


def _values_rule(g: Node, y: Node, a: Node) -> Node:
    """U diag(g) V^T; a singular value has a kink at 0, as |x| has, and slope 0 there."""
    return (left_vectors(a) * rows(where(equal(y, 0), 0.0, g))) @ right_vectors(a)


singular_values: Op = library_op(
    "singular_values",
    lambda a: np.linalg.svd(a, compute_uv=False),
    _values_shape,
    _values_rule,
    text="np.linalg.svd({0}, compute_uv=False)",
)
left_vectors: Op = library_op(
    "left_vectors",
    lambda a: np.linalg.svd(a, full_matrices=False).U,
    lambda a: (*a.shape[:-1], _smaller(a)),
    _left_rule,
    text="np.linalg.svd({0}, full_matrices=False).U",
)
right_vectors: Op = library_op(
    "right_vectors",
    lambda a: np.linalg.svd(a, full_matrices=False).Vh,
    lambda a: (*a.shape[:-2], _smaller(a), a.shape[-1]),
    _right_rule,
    text="np.linalg.svd({0}, full_matrices=False).Vh",
)


@traces(np.linalg.svd)
def _svd(
    a: Node, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False
) -> Any:
    """NumPy's named tuple of nodes, or the singular values alone."""
    if hermitian:
        raise TypeError("it is given hermitian=True")
    require_matrix(a)
    if not compute_uv:
        return singular_values(a)
    m, n = shape_at_hand(a.shape[-2:])
    if full_matrices and m != n:
        raise TraceError(
            "svd with full_matrices=True has singular vectors that are no function of the matrix",
            repair="use np.linalg.svd(A, full_matrices=False)",
        )
    example = np.linalg.svd(np.eye(1))
    return named_result(example, left_vectors(a), singular_values(a), right_vectors(a))


@traces(np.linalg.svdvals)
def _svdvals(x: Node, /) -> Node:
    return singular_values(x)


def _rank_dtypes(a: Promotable, **_: Any) -> tuple[AnyDType, ...]:
    return lapack_dtypes(a)[0], np.dtype(np.intp)


matrix_rank = library_op(
    "matrix_rank",
    lambda a, *, tol: np.linalg.matrix_rank(a, tol),
    lambda a, *, tol: a.shape[:-2],
    None,
    text=lambda node, a: (
        f"np.linalg.matrix_rank({a}{'' if (t := node.attribute('tol')) is None else f', {t}'})"
    ),
    latex=r"\operatorname{{rank}} {0:16}",
    dtypes=_rank_dtypes,
)


@traces(np.linalg.matrix_rank)
def _matrix_rank(A: Node, tol: Any = None, hermitian: bool = False, *, rtol: Any = None) -> Node:
    if hermitian or rtol is not None:
        raise TypeError("it is given 'hermitian' or 'rtol'")
    require_matrix(A)
    return matrix_rank(A, tol=None if tol is None else float(tol))


def largest_value(a: Node) -> Node:
    """Values that tie for the largest share its derivative."""
    return largest(singular_values(a), axis=(a.ndim - 2,), keepdims=False)


def smallest_value(a: Node) -> Node:
    return smallest(singular_values(a), axis=(a.ndim - 2,), keepdims=False)
