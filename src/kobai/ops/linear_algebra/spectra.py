"""Eigenvalues and eigenvectors of symmetric matrices.

Where two eigenvalues coincide, their eigenvectors are no function of the matrix (any turn of them
would do), and a derivative through them is refused when it is computed. The sum of the eigenvalues,
or any other symmetric function of those that coincide, still has the right slope.
"""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from kobai.errors import DerivativeError, TraceError
from kobai.graph import AnyArray, Node, Op
from kobai.ops.entries import converting, traces, ufunc_dtypes
from kobai.ops.linear_algebra.matrices import (
    library_op,
    named_result,
    number_shape,
    order_of,
    read_from,
    rows,
    square_shape,
    transposed,
)
from kobai.ops.reductions import total


def _gaps(w: AnyArray, power: int) -> AnyArray:
    differences = w[..., None, :] - w[..., :, None]
    return differences if power == 1 else differences * (w[..., None, :] + w[..., :, None])


def _reciprocal_gaps(w: AnyArray, *, power: int) -> AnyArray:
    """1 / (w_j - w_i) or 1 / (w_j^2 - w_i^2), and 0 on the diagonal."""
    is_same = np.eye(w.shape[-1], dtype=bool)
    differences = np.abs(w[..., None, :] - w[..., :, None])
    require_apart(np.where(is_same, np.inf, differences), w)
    gaps = np.where(is_same, 1, _gaps(w, power))
    result: AnyArray = np.where(is_same, 0, 1 / gaps).astype(w.dtype)
    return result


def require_apart(distances: AnyArray, w: AnyArray) -> None:
    """Refuse values that coincide within what rounding alone makes of equal ones."""
    if not w.size:
        return
    largest = np.max(np.abs(w), axis=-1).reshape(
        w.shape[:-1] + (1,) * (distances.ndim - w.ndim + 1)
    )
    if np.any(distances <= largest * w.shape[-1] * np.finfo(w.dtype).eps):
        raise DerivativeError(
            "eigenvalues (or singular values) coincide, so that their vectors have no derivative",
            repair="use the values alone, or a function that doesn't depend on the choice of "
            "vectors, written with products, inverses and norms of the matrix",
        )


def _gaps_rule(g: Node, y: Node, w: Node, *, power: int) -> Node:
    slope = -(g * y**2)
    by_value = total(slope, axis=(w.ndim - 1,), keepdims=False) - total(
        slope, axis=(w.ndim,), keepdims=False
    )
    return by_value if power == 1 else by_value * (2 * w)


def _gaps_text(node: Node, w: Any) -> str:
    n = node.shape[-1]
    right, left = f"{w:16}[..., None, :]", f"{w:16}[..., :, None]"
    if node.attribute("power") == 2:
        right, left = f"{right}**2", f"{left}**2"
    return f"np.where(np.eye({n}), 0, 1 / ({right} - {left}))"


reciprocal_gaps: Op = library_op(
    "reciprocal_gaps",
    converting(np.exp, _reciprocal_gaps),
    lambda w, *, power: (*w.shape, w.shape[-1]),
    _gaps_rule,
    text=_gaps_text,
    dtypes=ufunc_dtypes(np.exp),
    latex=r"\left(1 / ({0}_j - {0}_i)\right)_{{i \ne j}}",
)


def _eigenvalues_rule(g: Node, y: Node, a: Node, *, uplo: str) -> Node:
    """V diag(g) V^T."""
    v = eigenvectors(a, uplo=uplo)
    return read_from((v * rows(g)) @ transposed(v), uplo)


def _eigenvectors_rule(g: Node, y: Node, a: Node, *, uplo: str) -> Node:
    """V (F * V^T g) V^T, where F_ij = 1 / (w_j - w_i)."""
    gaps = reciprocal_gaps(eigenvalues(a, uplo=uplo), power=1)
    return read_from(y @ (gaps * (transposed(y) @ g)) @ transposed(y), uplo)


def _uplo_text(name: str, part: str = "") -> Any:
    def text(node: Node, a: str) -> str:
        option = "" if node.attribute("uplo") == "L" else ', UPLO="U"'
        return f"np.linalg.{name}({a}{option}){part}"

    return text


eigenvalues: Op = library_op(
    "eigenvalues",
    lambda a, *, uplo: np.linalg.eigvalsh(a, uplo),
    lambda a, *, uplo: (*number_shape(a), order_of(a)),
    _eigenvalues_rule,
    text=_uplo_text("eigvalsh"),
)
eigenvectors: Op = library_op(
    "eigenvectors",
    lambda a, *, uplo: np.linalg.eigh(a, uplo).eigenvectors,
    square_shape,
    _eigenvectors_rule,
    text=_uplo_text("eigh", ".eigenvectors"),
)


def _checked(UPLO: str) -> str:
    if UPLO.upper() not in ("L", "U"):
        raise ValueError("UPLO argument must be 'L' or 'U'")
    return UPLO.upper()


@traces(np.linalg.eigvalsh)
def _eigvalsh(a: Node, UPLO: str = "L") -> Node:
    return eigenvalues(a, uplo=_checked(UPLO))


@traces(np.linalg.eigh)
def _eigh(a: Node, UPLO: str = "L") -> Any:
    """NumPy's named tuple of nodes."""
    uplo = _checked(UPLO)
    values, vectors = eigenvalues(a, uplo=uplo), eigenvectors(a, uplo=uplo)
    return named_result(np.linalg.eigh(np.eye(1)), values, vectors)


@traces(np.linalg.eig, np.linalg.eigvals)
def _eig(a: Node) -> NoReturn:
    raise TraceError(
        "eigenvalues of a matrix that need not be symmetric are complex numbers",
        repair="use np.linalg.eigh or np.linalg.eigvalsh for a symmetric matrix",
    )
