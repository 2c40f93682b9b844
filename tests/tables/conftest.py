from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from kobai.data import NumberColumn, Table, TextColumn
from kobai.tables.features import NumberFeature, TextFeature
from kobai.tables.model import Model
from kobai.tables.preparation import Preparation


def text_column(name: str, texts: Sequence[str]) -> TextColumn:
    categories = tuple(dict.fromkeys(texts))
    codes = np.array([categories.index(text) for text in texts], np.int32)
    return TextColumn(name, categories, codes)


def make_table(**columns: Sequence[float] | Sequence[str]) -> Table:
    """A table whose first row is on line 2."""
    made = [
        text_column(name, [str(value) for value in values])
        if isinstance(values[0], str)
        else NumberColumn(name, np.array(values, np.float64))
        for name, values in columns.items()
    ]
    rows = len(next(iter(columns.values())))
    return Table("table.csv", tuple(made), np.arange(2, rows + 2))


@pytest.fixture
def model() -> Model:
    """Two classes, one number and one text of two categories."""
    features = (NumberFeature("size", 1 / 3, 0.1), TextFeature("色", ("赤", "青")))
    return Model(
        target="class",
        dropped=("id",),
        classes=("no", "yes"),
        preparation=Preparation(features),
        coef=np.array([[0.1, -2.0, 1e-300]]),
        intercept=np.array([0.3]),
    )
