"""Operations of np.linalg, on matrices that are far from singular ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from tests.support.family import Family, Uses

from kobai.graph import AnyArray

SQUARE: Uses = (
    (((3, 3),), {}),
    (((2, 2, 2),), {}),
    (((1, 1),), {}),
)
OBLONG: Uses = ((((3, 2),), {}), (((2, 3),), {}), (((2, 2, 2),), {}))
TALL: Uses = ((((3, 2),), {}), (((2, 2, 2),), {}))
FOLDS: Uses = (
    (((3,),), {"axis": (0,), "keepdims": False}),
    (((3,),), {"axis": (0,), "keepdims": True}),
    (((2, 3),), {"axis": (0, 1), "keepdims": False}),
    (((2, 3),), {"axis": (1,), "keepdims": True}),
    (((2, 3, 2),), {"axis": (0, 2), "keepdims": False}),
    (((2, 3, 2),), {"axis": (0, 1, 2), "keepdims": False}),
)


def _with(uses: Uses, **attributes: Any) -> Uses:
    return tuple((shapes, {**fields, **attributes}) for shapes, fields in uses)


def _regular(arrays: list[AnyArray]) -> list[AnyArray]:
    """The first of them with singular values that are far from each other and from 0."""
    a = arrays[0]
    k = min(a.shape[-2:])
    steps = np.eye(*a.shape[-2:]) * (np.arange(a.shape[-1]) * 2 + 3)
    return [a * 0.4 + steps if k > 1 else a + 3, *arrays[1:]]


def _positive(arrays: list[AnyArray]) -> list[AnyArray]:
    return _regular(arrays)


def _apart(arrays: list[AnyArray]) -> list[AnyArray]:
    """Vectors whose entries are far from each other and from 0."""
    return [a * 0.2 + 1.5 * np.arange(a.shape[-1]) + 1 for a in arrays]


def _cholesky(a: AnyArray) -> AnyArray:
    """Of the lower triangle, column by column; for complex numbers too, without conjugates."""
    n = a.shape[-1]
    found = np.zeros_like(a)
    for j in range(n):
        for i in range(j, n):
            rest = a[..., i, j] - np.sum(found[..., i, :j] * found[..., j, :j], axis=-1)
            found[..., i, j] = np.sqrt(rest) if i == j else rest / found[..., j, j]
    return found


def _pinv(a: AnyArray, rcond: Any = None) -> AnyArray:
    at = np.swapaxes(a, -2, -1)
    if a.shape[-2] >= a.shape[-1]:
        return np.linalg.solve(at @ a, at)
    return np.swapaxes(np.linalg.solve(a @ at, a), -2, -1)


def _norm(x: AnyArray, axis: Any, keepdims: bool, p: float = 2) -> AnyArray:
    size = np.where(np.real(x) < 0, -x, x)
    found: AnyArray = np.sum(size**p, axis=axis, keepdims=keepdims) ** (1 / p)
    return found


def _cofactors(a: AnyArray) -> AnyArray:
    """Signed determinants of what is left without a row and a column."""
    found = np.zeros_like(a)
    for i, j in np.ndindex(a.shape[-2:]):
        minor = np.delete(np.delete(a, i, axis=-2), j, axis=-1)
        found[..., i, j] = (-1) ** (i + j) * np.linalg.det(minor)
    return found


def _cofactors_along(a: AnyArray, g: AnyArray) -> AnyArray:
    c, d = _cofactors(a), np.linalg.det(a)[..., None, None]
    inner = np.sum(c * g, axis=(-2, -1), keepdims=True)
    found: AnyArray = (inner * c - c @ np.swapaxes(g, -2, -1) @ c) / d
    return found


def _stacked(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of one matrix, applied to each in a stack of them."""

    def each(a: AnyArray, *options: Any) -> Any:
        if a.ndim == 2:
            return function(a, *options)
        results = [each(part, *options) for part in a]
        return tuple(map(np.stack, zip(*results, strict=True)))

    return each


def _newton(function: Callable[[AnyArray], tuple[AnyArray, AnyArray]], start: AnyArray) -> AnyArray:
    """A root, from one for real numbers; `function` gives the value and the Jacobian."""
    root = start.astype(complex)
    for _ in range(3):
        value, jacobian = function(root)
        root = root - np.linalg.solve(jacobian, value)
    return root


def _mirrored(a: AnyArray, uplo: str) -> AnyArray:
    """The triangle that is read, on both sides of the diagonal."""
    lower = a if uplo == "L" else np.swapaxes(a, -2, -1)
    return np.tril(lower) + np.swapaxes(np.tril(lower, -1), -2, -1)


@_stacked
def _eigenpairs(triangle: AnyArray, uplo: Any) -> tuple[AnyArray, AnyArray]:
    """Values w and vectors v with A v = w v and v^T v = 1, for complex entries too."""
    a = _mirrored(triangle, uplo)
    w, v = np.linalg.eigh(np.real(a), uplo)
    n = len(w)
    pairs = []
    for k in range(n):

        def equations(z: AnyArray) -> tuple[AnyArray, AnyArray]:
            x, value = z[:n], z[n]
            jacobian = np.block([[a - value * np.eye(n), -x[:, None]], [x[None], np.zeros((1, 1))]])
            return np.append(a @ x - value * x, (x @ x - 1) / 2), jacobian

        pairs.append(_newton(equations, np.append(v[:, k], w[k])))
    z = np.stack(pairs, axis=1)
    return z[n], z[:n]


@_stacked
def _singular_triples(a: AnyArray) -> tuple[AnyArray, AnyArray, AnyArray]:
    """Values s and vectors u, v with A v = s u, A^T u = s v and v^T v = 1."""
    u, s, vt = np.linalg.svd(np.real(a), full_matrices=False)
    m, n = a.shape
    triples = []
    for k in range(len(s)):

        def equations(z: AnyArray) -> tuple[AnyArray, AnyArray]:
            x, y, value = z[:m], z[m : m + n], z[m + n]
            rests = [a @ y - value * x, a.T @ x - value * y, np.array([(y @ y - 1) / 2])]
            jacobian = np.block(
                [
                    [-value * np.eye(m), a, -x[:, None]],
                    [a.T, -value * np.eye(n), -y[:, None]],
                    [np.zeros((1, m)), y[None], np.zeros((1, 1))],
                ]
            )
            return np.concatenate(rests), jacobian

        triples.append(_newton(equations, np.concatenate([u[:, k], vt[k], s[k : k + 1]])))
    z = np.stack(triples, axis=1)
    return z[:m], z[m + n], z[m : m + n].T


@_stacked
def _orthogonal(a: AnyArray) -> tuple[AnyArray, AnyArray]:
    """Q and R, with the signs that they have for real numbers."""
    signs = np.sign(np.diagonal(np.linalg.qr(np.real(a)).R))
    r = signs[:, None] * _cholesky(a.T @ a).T
    return np.linalg.solve(r.T, a.T).T, r


MATRICES = [
    "inv",
    "inverse_or_nan",
    "existing_inverse",
    "det",
    "cofactors",
    "cofactors_along",
    "sign_of_det",
    "logabsdet",
    "cholesky",
    "eigenvalues",
    "eigenvectors",
    "singular_values",
    "left_vectors",
    "right_vectors",
    "pinv",
    "solve",
    "least_squares",
    "orthogonal_factor",
    "triangular_factor",
]

FAMILY = Family(
    uses={
        "tril": _with(OBLONG, k=0) + _with(OBLONG, k=-1) + _with(OBLONG, k=1),
        "solve": (
            (((3, 3), (3,)), {}),
            (((3, 3), (3, 2)), {}),
            (((2, 2, 2), (2, 2, 1)), {}),
            (((2, 2, 2), (2, 3)), {}),
            (((2, 2), (3, 2, 1)), {}),
        ),
        **dict.fromkeys(("inv", "inverse_or_nan", "existing_inverse"), SQUARE),
        "pinv": _with(((((3, 1),), {}), *OBLONG), rcond=None) + _with(OBLONG, rcond=1e-10),
        "least_squares": (
            (((3, 1), (3,)), {"rcond": None}),
            (((3, 2), (3,)), {"rcond": None}),
            (((3, 2), (3, 2)), {"rcond": 1e-10}),
            (((2, 3), (2,)), {"rcond": None}),
            (((2, 3), (2, 2)), {"rcond": None}),
            (((2, 2), (2,)), {"rcond": None}),
        ),
        "det": SQUARE,
        "cofactors": ((((3, 3),), {}), (((2, 3, 3),), {}), (((1, 1),), {})),
        "cofactors_along": ((((3, 3), (3, 3)), {}), (((2, 3, 3), (2, 3, 3)), {})),
        "sign_of_det": SQUARE,
        "logabsdet": SQUARE,
        "cholesky": SQUARE,
        "orthogonal_factor": TALL,
        "triangular_factor": TALL,
        "reciprocal_gaps": (
            (((1,),), {"power": 1}),
            (((3,),), {"power": 1}),
            (((3,),), {"power": 2}),
            (((2, 3),), {"power": 1}),
            (((2, 2),), {"power": 2}),
        ),
        "eigenvalues": _with(SQUARE, uplo="L") + _with(SQUARE[:2], uplo="U"),
        "eigenvectors": _with(SQUARE[:2], uplo="L") + _with(SQUARE[:2], uplo="U"),
        "reciprocal_values": ((((1,),), {}), (((3,),), {}), (((2, 2),), {})),
        "singular_values": OBLONG,
        "left_vectors": OBLONG,
        "right_vectors": OBLONG,
        "matrix_rank": ((((3, 2),), {"tol": None}), (((2, 2, 2),), {"tol": 0.1})),
        "norm": FOLDS,
        "p_norm": _with(FOLDS[:5], p=3.0) + _with(FOLDS[:2], p=1.5) + _with(FOLDS[:2], p=-2.0),
    },
    prepared={
        **dict.fromkeys(MATRICES, _regular),
        **dict.fromkeys(("reciprocal_gaps", "reciprocal_values"), _apart),
    },
    analytic={
        "cholesky": _cholesky,
        "pinv": _pinv,
        "least_squares": lambda a, b, rcond: _pinv(a) @ b,
        "cofactors": _cofactors,
        "cofactors_along": _cofactors_along,
        "sign_of_det": lambda a: np.sign(np.real(np.linalg.det(a))),
        "logabsdet": lambda a: np.log(np.linalg.det(a)),
        "norm": _norm,
        "p_norm": _norm,
        "reciprocal_values": lambda s: 1 / s,
        "eigenvalues": lambda a, uplo: _eigenpairs(a, uplo)[0],
        "eigenvectors": lambda a, uplo: _eigenpairs(a, uplo)[1],
        "left_vectors": lambda a: _singular_triples(a)[0],
        "singular_values": lambda a: _singular_triples(a)[1],
        "right_vectors": lambda a: _singular_triples(a)[2],
        "orthogonal_factor": lambda a: _orthogonal(a)[0],
        "triangular_factor": lambda a: _orthogonal(a)[1],
    },
    steps=frozenset({"sign_of_det", "matrix_rank"}),
)
