"""How one column becomes numbers that a model takes, and how that is written down and read back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from kobai.data import Column, NumberColumn, Table, TextColumn
from kobai.data.wording import place, quoted
from kobai.errors import DataError

from .schema import Fields

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class NumberFeature:
    """A column of numbers, shifted to mean 0 and divided by its standard deviation.

    A column that is constant, up to rounding, has scale 1: it becomes 0, and so does no harm.
    """

    kind: ClassVar[str] = "number"
    name: str
    mean: float
    scale: float

    @classmethod
    def fit(cls, column: NumberColumn, source: str) -> Self:
        values = column.values
        if values.min() == values.max():
            return cls(column.name, float(values[0]), 1.0)
        with np.errstate(over="ignore"):
            mean = float(values.mean())
            farthest = float(np.abs(values - mean).max())
        if not np.isfinite([mean, farthest]).all():
            raise DataError(
                "the numbers are too large: their mean or their spread overflows",
                where=place(source, column=column.name),
                repair="give them in a larger unit",
            )
        if farthest <= 10 * np.finfo(np.float64).eps * abs(mean):
            return cls(column.name, mean, 1.0)
        # Squares of very small or very large numbers leave float64's range; these don't.
        return cls(column.name, mean, farthest * float(((values - mean) / farthest).std()))

    @property
    def width(self) -> int:
        return 1

    @property
    def labels(self) -> tuple[str, ...]:
        return (self.name,)

    def transform(self, column: Column, table: Table) -> Matrix:
        """The column's numbers in units of the training part's deviation, shape (rows, 1)."""
        if isinstance(column, TextColumn):
            raise DataError(
                f"the column holds text, here {quoted(column.categories[column.codes[0]])}; "
                "the model was fitted to numbers",
                where=table.place(0, column.name),
                repair="give numbers, or fit the model again",
            )
        with np.errstate(over="ignore"):
            result: Matrix = ((column.values - self.mean) / self.scale)[:, np.newaxis]
        far = np.flatnonzero(~np.isfinite(result))
        if len(far):
            row = int(far[0])
            raise DataError(
                f"the number {float(column.values[row])!r} is too far from those fitted "
                f"(mean {self.mean:.6g}, deviation {self.scale:.6g})",
                where=table.place(row, column.name),
                repair="check the number and its unit",
            )
        return result

    def to_dict(self) -> dict[str, Any]:
        return {"kind": self.kind, "name": self.name, "mean": self.mean, "scale": self.scale}

    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        fields.only("kind", "name", "mean", "scale")
        feature = cls(fields.text("name"), fields.number("mean"), fields.number("scale"))
        if feature.scale <= 0:
            raise fields.error("its scale is not positive")
        return feature


@dataclass(frozen=True, slots=True)
class TextFeature:
    """A column of text as one column of 0 and 1 for each category of the training part."""

    kind: ClassVar[str] = "text"
    name: str
    categories: tuple[str, ...]

    @classmethod
    def fit(cls, column: TextColumn) -> Self:
        present = np.unique(column.codes)
        return cls(column.name, tuple(sorted(column.categories[code] for code in present)))

    @property
    def width(self) -> int:
        return len(self.categories)

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(f"{self.name} = {category}" for category in self.categories)

    def transform(self, column: Column, table: Table) -> Matrix:
        """1 in the column of each row's category, else 0, shape (rows, categories)."""
        if isinstance(column, NumberColumn):
            raise DataError(
                "the column holds numbers; the model was fitted to text",
                where=table.place(0, column.name),
                repair="give text, or fit the model again",
            )
        position = {category: index for index, category in enumerate(self.categories)}
        positions = np.array([position.get(text, -1) for text in column.categories])[column.codes]
        unknown = np.flatnonzero(positions < 0)
        if len(unknown):
            row = int(unknown[0])
            raise DataError(
                f"the text {quoted(column.categories[column.codes[row]])} occurs in no row "
                "that the model was fitted to",
                where=table.place(row, column.name),
                repair="check its spelling, or fit the model again with rows that hold it",
            )
        one_hot: Matrix = np.eye(len(self.categories))[positions]
        return one_hot

    def to_dict(self) -> dict[str, Any]:
        return {"kind": self.kind, "name": self.name, "categories": list(self.categories)}

    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        fields.only("kind", "name", "categories")
        return cls(fields.text("name"), fields.distinct_texts("categories"))


Feature = NumberFeature | TextFeature
