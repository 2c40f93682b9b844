"""The largest and smallest curvature of a loss at a point, from Hessian-vector products."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import optree

from kobai.errors import IndependenceWarning
from kobai.graph import AnyArray
from kobai.transforms import grad, vjp

# Products that are made at most, and how exact a curvature has to be to need no more of them.
MOST_PRODUCTS = 50
TOLERANCE = 1e-6


class Curvature(NamedTuple):
    """The outermost eigenvalues of a Hessian; nan if it is not finite.

    Where the largest is above 0, the smallest is no more than the smallest one that was seen.
    """

    smallest: float
    largest: float


def curvature_of(loss: Callable[..., Any], params: Sequence[Any]) -> Curvature:
    """The curvature of a loss of these arguments, along the directions in which it is outermost.

    As many Hessian-vector products are made as there are parameters, or fewer where the largest
    eigenvalue is found to a millionth of itself; 50 at most. The result is the same each time.

    Method: Lanczos, J. Res. Nat. Bur. Stand. 45 (1950) 255, with all directions made orthogonal
    anew; Pearlmutter, Neural Computation 6 (1994) 147, for the products.
    """
    with np.errstate(all="ignore"):
        return _outermost(*_products(loss, params))


def _outermost(product: Callable[[AnyArray], AnyArray], size: int) -> Curvature:
    if not size:
        return Curvature(0.0, 0.0)
    # Random, so that no eigenvector is missed but by a rare accident, and the same each time.
    v = np.random.default_rng(0).normal(size=size)
    basis = [v / np.linalg.norm(v)]
    diagonal: list[float] = []
    beside: list[float] = []
    while True:
        w = product(basis[-1])
        if not np.all(np.isfinite(w)):
            return Curvature(np.nan, np.nan)
        diagonal.append(float(w @ basis[-1]))
        for _ in range(2):
            for direction in basis:
                w = w - (w @ direction) * direction
        rest = float(np.linalg.norm(w))
        values, vectors = np.linalg.eigh(
            np.diag(diagonal) + np.diag(beside, 1) + np.diag(beside, -1)
        )
        # The distance of each value from an eigenvalue is at most this.
        first, last = rest * np.abs(vectors[-1, [0, -1]])
        is_found = last <= TOLERANCE * abs(values[-1])
        if values[-1] <= 0:
            is_found &= first <= TOLERANCE * abs(values[0])
        if len(basis) == min(size, MOST_PRODUCTS) or is_found:
            return Curvature(float(values[0]), float(values[-1]))
        beside.append(rest)
        basis.append(w / rest)


def _products(
    loss: Callable[..., Any], params: Sequence[Any]
) -> tuple[Callable[[AnyArray], AnyArray], int]:
    """The Hessian times a vector in which all parameters follow each other; its length."""
    nest: Any = tuple(params)
    leaves, form = optree.tree_flatten(nest)
    arrays = [np.asarray(leaf) for leaf in leaves]
    ends = np.cumsum([array.size for array in arrays])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", IndependenceWarning)
        _, pullback = vjp(grad(loss, argnums=tuple(range(len(params)))), *params)

    def product(v: AnyArray) -> AnyArray:
        parts = np.split(v, ends[:-1])
        given = [
            part.reshape(array.shape).astype(array.dtype)[()]
            for part, array in zip(parts, arrays, strict=True)
        ]
        image: Any = pullback(optree.tree_unflatten(form, given))
        found = [np.ravel(np.asarray(leaf, float)) for leaf in optree.tree_leaves(image)]
        return np.concatenate(found)

    return product, int(ends[-1])
