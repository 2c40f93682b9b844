"""Products, running sums and products, recurrences, variances, diagonals, convolutions."""

from __future__ import annotations

from typing import Any

import numpy as np
from tests.support.families.reductions import FOLDS
from tests.support.family import Family, Uses

from kobai.graph import AnyArray

SCANS: Uses = tuple(
    (shape, {"axis": axis, "reverse": reverse})
    for shape, axis in ((((4,),), 0), (((2, 3),), 0), (((2, 3),), 1), (((2, 3, 2),), 1))
    for reverse in (False, True)
)
RUNS: Uses = ((((4,),), {"axis": 0}), (((2, 3),), {"axis": 0}), (((2, 3),), {"axis": 1}))
# Two entries have a deviation without a second derivative, and equal ones none at all.
DEVIATIONS: Uses = tuple(
    (shape, {"axis": axis, "keepdims": keepdims, "ddof": ddof})
    for shape, axis, keepdims in (
        (((3,),), (0,), False),
        (((3,),), (0,), True),
        (((2, 3),), (0, 1), False),
        (((2, 3, 2),), (0, 2), False),
        (((2, 3, 2),), (1,), True),
    )
    for ddof in (0, 1)
)
MATRICES: tuple[tuple[tuple[int, ...], int, tuple[int, ...]], ...] = (
    ((3, 3), 0, (3,)),
    ((3, 3), 1, (2,)),
    ((3, 3), -2, (1,)),
    ((2, 3), 0, (2,)),
    ((2, 3), 2, (1,)),
    ((3, 2), -1, (2,)),
    ((2, 3, 3), 1, (2, 2)),
)


def _variance(x: Any, axis: tuple[int, ...], ddof: int, keepdims: bool) -> Any:
    number = np.prod([x.shape[i] for i in axis]) - ddof
    return np.sum((x - np.mean(x, axis, keepdims=True)) ** 2, axis, keepdims=keepdims) / number


def _rising(arrays: list[AnyArray]) -> list[AnyArray]:
    """Along every axis, with ties."""
    found = np.round(arrays[0], 0)
    for axis in range(found.ndim):
        found = np.maximum.accumulate(found, axis)
    return [found]


def _log_sums(x: Any, axis: int, reverse: bool) -> Any:
    powers = np.exp(np.flip(x, axis) if reverse else x)
    found = np.log(np.cumsum(powers, axis))
    return np.flip(found, axis) if reverse else found


FAMILY = Family(
    uses={
        **dict.fromkeys(("running_max", "running_min", "first_places"), RUNS),
        "prod": FOLDS,
        "any": FOLDS,
        "all": FOLDS,
        "cumsum": SCANS,
        "cumprod": SCANS,
        "log_sums": SCANS,
        "recurrence": tuple((shape * 2, fields) for shape, fields in SCANS),
        **dict.fromkeys(("var", "std"), DEVIATIONS),
        "diagonal": tuple(((shape,), {"k": k}) for shape, k, _ in MATRICES),
        "diagonal_matrix": tuple(
            ((part,), {"k": k, "shape": shape}) for shape, k, part in MATRICES
        ),
        "convolve": ((((3,), (2,)), {}), (((2,), (4,)), {}), (((1,), (1,)), {})),
    },
    analytic={
        "log_sums": _log_sums,
        "var": _variance,
        "std": lambda *x, **fields: np.sqrt(_variance(*x, **fields)),
    },
    # Where the entries are nearly equal, complex steps lose the digits of their mean as well.
    by_differences=frozenset({"var", "std"}),
    steps=frozenset({"any", "all", "first_places"}),
    prepared={"first_places": _rising},
)
