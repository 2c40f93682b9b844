"""Which rows train the model, and which test it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kobai.data import Table, TextColumn
from kobai.data.wording import place, quoted
from kobai.errors import DataError

from .target import Target

Rows = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Partition:
    """Row numbers, sorted.

    Attributes:
        train: rows that the model learns from.
        test: rows that it is judged by.
        kept: how many rows were drawn for the test and moved to training, because a category of
            theirs occurs in no other training row.
    """

    train: Rows
    test: Rows
    kept: int


def partition(features: Table, target: Target, test_size: float, seed: int) -> Partition:
    """Draw the part `test_size` of each class's rows, at least one and never all, by the seed."""
    random = np.random.default_rng(seed)
    rows_of_class = np.split(
        np.argsort(target.codes, kind="stable"), np.cumsum(np.bincount(target.codes))[:-1]
    )
    drawn = []
    for label, rows in zip(target.classes, rows_of_class, strict=True):
        if len(rows) == 1:
            raise DataError(
                f"the class {quoted(str(label))} has this row alone, "
                "which can't both train the model and test it",
                where=features.place(int(rows[0]), target.name),
                repair="add rows of that class, or remove this one",
            )
        count = min(max(round(test_size * len(rows)), 1), len(rows) - 1)
        drawn.append(random.permutation(rows)[:count])
    is_test = np.zeros(len(features), bool)
    is_test[np.concatenate(drawn)] = True
    return _keep_rare_categories(features, is_test)


def _keep_rare_categories(features: Table, is_test: NDArray[np.bool_]) -> Partition:
    drawn = int(is_test.sum())
    for column in features:
        if isinstance(column, TextColumn):
            trained = np.bincount(column.codes[~is_test], minlength=len(column.categories)) > 0
            is_test &= trained[column.codes]
    if not is_test.any():
        raise DataError(
            "no row is left to test on: each row drawn for it holds a category found nowhere else",
            where=place(features.source),
            repair="merge rare categories, drop the column that holds them, or add rows",
        )
    kept = drawn - int(is_test.sum())
    return Partition(np.flatnonzero(~is_test), np.flatnonzero(is_test), kept)
