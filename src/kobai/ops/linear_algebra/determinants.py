"""Determinants: `det`, `slogdet`, and the cofactors that are the slope of the first.

A determinant is a polynomial, so it has all derivatives at singular matrices too. They are taken
from the singular values: if A = U diag(s) V^T, those of det A are those of det diag(s), turned by
U and V.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kobai.graph import AnyArray, Node, Op
from kobai.ops.entries import PRODUCT, SUM, traces
from kobai.ops.linear_algebra.matrices import (
    lapack_dtypes,
    library_op,
    named_result,
    number_shape,
    square_shape,
    transposed,
    transposed_array,
)
from kobai.ops.linear_algebra.systems import existing_inverse
from kobai.ops.reductions import spread, total


def _for_each(x: Node, a: Node) -> Node:
    """A number for each matrix, as matrices of one entry."""
    return spread(x, (a.ndim - 2, a.ndim - 1), False)


def _inner(a: Node, b: Node) -> Node:
    return total(a * b, axis=(a.ndim - 2, a.ndim - 1), keepdims=True)


det: Op = library_op(
    "det",
    np.linalg.det,
    number_shape,
    lambda g, y, a: _for_each(g, a) * cofactors(a),
    text="np.linalg.det({0})",
    latex=r"\det {0:16}",
)


def _decomposed(a: AnyArray) -> tuple[AnyArray, AnyArray, AnyArray, AnyArray]:
    """U, the singular values, V^T, and the sign of det U det V."""
    u, s, vt = np.linalg.svd(a)
    sign = np.sign(np.linalg.det(u) * np.linalg.det(vt))
    return u, s, vt, sign[..., None, None]


def _of_others(s: AnyArray) -> AnyArray:
    """For each entry, the product of all others."""
    grid = np.where(np.eye(s.shape[-1], dtype=bool), 1, s[..., None, :])
    result: AnyArray = np.prod(grid, axis=-1)
    return result


def _of_other_pairs(s: AnyArray) -> AnyArray:
    """For each two entries, the product of all others; 0 where the two are the same one."""
    is_same = np.eye(s.shape[-1], dtype=bool)
    grid = np.where(is_same, 1, s[..., None, :])
    return np.where(is_same, 0, _of_others(grid))


def _cofactors(a: AnyArray) -> AnyArray:
    u, s, vt, sign = _decomposed(a)
    slopes: AnyArray = sign * ((u * _of_others(s)[..., None, :]) @ vt)
    return slopes.astype(u.dtype)


def _turned(a: AnyArray, g: AnyArray) -> AnyArray:
    """The derivative of the cofactors along g.

    Of det diag(s), it has off the diagonal -g^T, and on it the sums of g's own, each times the
    product of the other singular values.
    """
    dtype = lapack_dtypes(a.dtype, g.dtype)[-1]
    u, s, vt, sign = _decomposed(a)
    inner = transposed_array(u) @ g @ transposed_array(vt)
    others = _of_other_pairs(s)
    diagonal = np.einsum("...ij,...jj->...i", others, inner)
    slopes = diagonal[..., None] * np.eye(s.shape[-1]) - others * transposed_array(inner)
    turned: AnyArray = sign * (u @ slopes @ vt)
    return turned.astype(dtype)


def _cofactors_text(node: Node, a: Any) -> str:
    number = "" if node.ndim == 2 else "[..., None, None]"
    inverse = (
        f"np.linalg.inv({a}).T" if node.ndim == 2 else f"np.swapaxes(np.linalg.inv({a}), -2, -1)"
    )
    return f"np.linalg.det({a}){number} * {inverse}"


def _along_text(node: Node, a: Any, g: Any) -> str:
    """In terms of the cofactors C: (sum(C G) C - C G^T C) / det A."""
    c = f"({_cofactors_text(node, a)})"
    if node.ndim == 2:
        return (
            f"np.sum({c} * {g:13}) * np.linalg.inv({a}).T - {c} @ {g:16}.T @ np.linalg.inv({a}).T"
        )
    inverse = f"np.swapaxes(np.linalg.inv({a}), -2, -1)"
    inner = f"np.sum({c} * {g:13}, axis=(-2, -1), keepdims=True)"
    return f"{inner} * {inverse} - {c} @ np.swapaxes({g}, -2, -1) @ {inverse}"


cofactors: Op = library_op(
    "cofactors",
    _cofactors,
    square_shape,
    lambda g, y, a: cofactors_along(a, g),
    text=_cofactors_text,
    latex=r"\operatorname{{cof}} {0:16}",
    precedence=PRODUCT,
)


def _along_rule(h: Node, y: Node, a: Node, g: Node) -> Node:
    """The third derivative of a determinant; where the matrix is singular, none is given."""
    c, reciprocal = cofactors(a), 1 / _for_each(det(a), a)
    slope = g * _inner(h, c) + h * _inner(g, c)
    slope = slope - h @ transposed(c) @ g - g @ transposed(c) @ h
    return reciprocal * (cofactors_along(a, slope) - _inner(h, y) * c)


# The derivative of the cofactors along a direction; symmetric, as all second derivatives are.
cofactors_along: Op = library_op(
    "cofactors_along",
    _turned,
    lambda a, g: a.shape,
    _along_rule,
    lambda h, y, a, g: cofactors_along(a, h),
    text=_along_text,
    latex=r"\mathrm{{d}}_{{{1}}} \operatorname{{cof}} {0:16}",
    precedence=SUM,
)


sign_of_det = library_op(
    "sign_of_det",
    lambda a: np.linalg.slogdet(a).sign,
    number_shape,
    lambda g, y, a: None,
    text="np.linalg.slogdet({0}).sign",
    latex=r"\operatorname{{sgn}} \det {0:16}",
)
logabsdet = library_op(
    "logabsdet",
    lambda a: np.linalg.slogdet(a).logabsdet,
    number_shape,
    lambda g, y, a: _for_each(g, a) * transposed(existing_inverse(a)),
    text="np.linalg.slogdet({0}).logabsdet",
    latex=r"\log \left|\det {0:16}\right|",
)


@traces(np.linalg.det)
def _det(a: Node) -> Node:
    return det(a)


@traces(np.linalg.slogdet)
def _slogdet(a: Node) -> Any:
    """NumPy's named tuple of nodes."""
    return named_result(np.linalg.slogdet(np.eye(1)), sign_of_det(a), logabsdet(a))
