"""Every line of the tables in docs/edges.md."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy
from scipy import special
from tests.support.samples import OPS

import kobai
from kobai import errors
from kobai.graph import Graph, Op

PAGE = Path(__file__).parents[2] / "docs" / "edges.md"
NAMES = {"kobai": kobai, "np": np, "scipy": scipy, "special": special}


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


def _met() -> frozenset[str]:
    """The operations in the values and the derivatives of all lines."""
    met: set[str] = set()
    for expression, place, _ in ROWS:
        x = eval(place, NAMES)
        x = np.array(x, float) if isinstance(x, list) else x
        graphs: list[Graph] = []

        def f(x: Any, expression: str = expression, graphs: list[Graph] = graphs) -> Any:
            result = eval(expression, {**NAMES, "x": x})
            graphs.append(x.owner.graph)
            return np.sum(result)

        with suppress(errors.KobaiError):
            kobai.grad(f)(x)
        met.update(node.op.name for graph in graphs for node in graph.nodes)
    return frozenset(met)


MET = _met()
# Elementwise operations have a test of their own, test_edges_of_slopes; `custom` is the user's.
OTHERS = tuple(
    op
    for op in OPS
    if op.kind != "map"
    and op.name != "custom"
    and any(op.rule(i) is not None for i in range(max(1, len(op.domain))))
)


@pytest.mark.parametrize("op", OTHERS, ids=lambda op: op.name)
def test_an_operation_is_met_in_the_tables(op: Op) -> None:
    assert op.name in MET, f"docs/edges.md has no line on {op.name}"
