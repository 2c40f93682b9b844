"""A table as the matrix that a model takes: fitted on the training part, then applied to any."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from kobai.data import Column, NumberColumn, Table, TextColumn
from kobai.data.wording import counted, listed, place
from kobai.errors import DataError

from .features import Feature, Matrix, NumberFeature, TextFeature
from .schema import Fields

MOST_CATEGORIES = 1_000
FEW_CATEGORIES = 10
"""So many categories are accepted however few rows there are, unless each row has its own."""
LARGEST_MATRIX = 8 * 2**30
"""Bytes of the prepared matrix, which is dense."""


def check_categories(table: Table) -> None:
    """Refuse columns of text with nearly as many categories as rows, or with very many."""
    rows = len(table)
    for column in table:
        count = len(column.categories) if isinstance(column, TextColumn) else 0
        repeats = count < rows and count <= max(FEW_CATEGORIES, rows // 2)
        if count > MOST_CATEGORIES or not (repeats or count == 0):
            raise DataError(
                f"the column has {counted(count, 'different text')} in {counted(rows, 'row')}: "
                "it is probably an identifier",
                where=place(table.source, column=column.name),
                repair="leave the column out (kobai fit --drop NAME), or merge its rare texts",
            )


@dataclass(frozen=True, slots=True)
class Preparation:
    """One feature for each column, in the order of the matrix's columns."""

    features: tuple[Feature, ...]

    @classmethod
    def fit(cls, table: Table) -> Self:
        """Means, deviations and categories of the given rows."""
        return cls(tuple(_fit_feature(column, table.source) for column in table))

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(feature.name for feature in self.features)

    @property
    def width(self) -> int:
        """How many columns the matrix has."""
        return sum(feature.width for feature in self.features)

    @property
    def labels(self) -> tuple[str, ...]:
        """What each column of the matrix stands for."""
        return tuple(label for feature in self.features for label in feature.labels)

    def check_names(self, source: str, names: tuple[str, ...]) -> None:
        """Refuse columns other than those fitted; their order is free."""
        missing = [name for name in self.names if name not in set(names)]
        unexpected = [name for name in names if name not in set(self.names)]
        if missing or unexpected:
            parts = [f"missing {listed(missing)}"] if missing else []
            parts += [f"unexpected {listed(unexpected)}"] if unexpected else []
            raise DataError(
                f"the columns don't match those that the model was fitted to: {', '.join(parts)}",
                where=place(source),
                repair="add, rename or remove columns until they match",
            )

    def transform(self, table: Table) -> Matrix:
        """The matrix of shape (rows, width); refuses columns, texts and numbers that don't fit."""
        self.check_names(table.source, table.names)
        self._check_size(table)
        matrix = np.empty((len(table), self.width))
        start = 0
        for feature in self.features:
            end = start + feature.width
            matrix[:, start:end] = feature.transform(table[feature.name], table)
            start = end
        return matrix

    def to_dict(self) -> dict[str, Any]:
        """The preparation as JSON values; numbers survive exactly."""
        return {"features": [feature.to_dict() for feature in self.features]}

    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        """The preparation that `to_dict` wrote; refuses anything else with ModelFileError."""
        fields.only("features")
        features = tuple(
            _read_feature(Fields(item, f"{fields.where}, feature {number}"))
            for number, item in enumerate(fields.items("features"), start=1)
        )
        if not features or len({feature.name for feature in features}) < len(features):
            raise fields.error("its features are none, or share a name")
        return cls(features)

    def _check_size(self, table: Table) -> None:
        if 8 * len(table) * self.width > LARGEST_MATRIX:
            raise DataError(
                f"prepared, the table has {len(table):,} rows and {self.width:,} columns, "
                f"more than {LARGEST_MATRIX // 2**30} GiB of numbers",
                where=place(table.source),
                repair="use fewer rows, or merge rare texts: each becomes a column of its own",
            )


def _fit_feature(column: Column, source: str) -> Feature:
    if isinstance(column, NumberColumn):
        return NumberFeature.fit(column, source)
    return TextFeature.fit(column)


def _read_feature(fields: Fields) -> Feature:
    for kind in (NumberFeature, TextFeature):
        if fields.text("kind") == kind.kind:
            return kind.from_fields(fields)
    raise fields.error("its kind is unknown")
