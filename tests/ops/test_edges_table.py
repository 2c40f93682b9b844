"""Every line of the tables in docs/edges.md."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy
from scipy import special

import kobai
from kobai import errors

PAGE = Path(__file__).parents[2] / "docs" / "edges.md"
NAMES = {"np": np, "scipy": scipy, "special": special}


def _rows() -> list[tuple[str, str, str]]:
    """Expression, place and slope of each line: what stands between backquotes."""
    rows = []
    for line in PAGE.read_text("utf-8").splitlines():
        if line.startswith("| `"):
            expression, place, slope, *_ = (cell.strip(" `") for cell in line.split(" | "))
            rows.append((expression.removeprefix("| `"), place, slope))
    return rows


ROWS = _rows()


@pytest.mark.parametrize(
    ("expression", "place", "slope"), ROWS, ids=[" at ".join(r[:2]) for r in ROWS]
)
def test_a_line_of_the_table(expression: str, place: str, slope: str) -> None:
    def f(x: Any) -> Any:
        return np.sum(eval(expression, {**NAMES, "x": x}))

    x = eval(place, NAMES)
    x = np.array(x, float) if isinstance(x, list) else x
    if hasattr(errors, slope):
        with pytest.raises(getattr(errors, slope)):
            kobai.grad(f)(x)
        return
    expected = np.array(eval(slope, NAMES), float)
    found = kobai.grad(f)(x)
    assert np.shape(found) == expected.shape == np.shape(x)
    assert np.allclose(found, expected, rtol=1e-15, atol=0, equal_nan=True)


def test_the_tables_are_read_whole() -> None:
    lines = PAGE.read_text("utf-8").splitlines()
    tables = sum(line.startswith("|---") for line in lines)
    assert len(ROWS) == sum(line.startswith("|") for line in lines) - 2 * tables > 50
