"""What is known of values before they are computed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kobai.facts import Facts
from kobai.graph import OPERATIONS, Graph, Node
from kobai.intervals import Interval
from kobai.sizes import Size

FLOAT = np.dtype(float)


@pytest.fixture
def graph() -> Graph:
    return Graph()


@pytest.fixture
def x(graph: Graph) -> Node:
    return graph.input("x", (3,), FLOAT)


@pytest.fixture
def y(graph: Graph) -> Node:
    return graph.input("y", (3,), FLOAT)


def _text(node: Node, **arrays: Any) -> str:
    inputs = {n.attribute("name"): n for n in node.graph.nodes if n.op.name == "input"}
    facts = Facts({inputs[name]: np.array(array) for name, array in arrays.items()})
    return str(facts.interval(node))


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("x", "[-inf, inf]"),
        ("exp(x)", "(0, inf]"),
        ("sigmoid(x)", "(0, 1)"),
        ("1 - sigmoid(x)", "(0, 1)"),
        ("sigmoid(x) * (1 - sigmoid(x))", "(0, 1)"),
        ("tanh(x)", "(-1, 1)"),
        ("x - max(x, axis=(0,), keepdims=True)", "[-inf, 0]"),
        ("x - max(x, axis=(0,), keepdims=False)", "[-inf, 0]"),
        ("x - min(x, axis=(0,), keepdims=True)", "[0, inf]"),
        ("x - max(2 * x, axis=(0,), keepdims=True)", "[-inf, inf]"),
        ("exp(x - max(x, axis=(0,), keepdims=True))", "(0, 1]"),
        ("exp(-abs(x))", "(0, 1]"),
        ("abs(x)", "[0, inf]"),
        ("x**2", "[0, inf]"),
        ("x**2 + 1", "[1, inf]"),
        ("x**3", "[-inf, inf]"),
        ("exp(x) ** 0.5", "(0, inf]"),
        ("sin(x) + cos(x)", "[-2, 2]"),
        ("expm1(x)", "(-1, inf]"),
        ("log(1 + exp(x))", "(0, inf]"),
        ("log(x)", "[-inf, inf]"),
        ("log(tanh(x))", "[-inf, inf]"),
        ("log1p(tanh(x))", "(-inf, 0.693147)"),
        ("logaddexp(0, x)", "(0, inf]"),
        ("sum(exp(x), axis=(0,), keepdims=False)", "(0, inf]"),
        ("mean(sigmoid(x), axis=(0,), keepdims=False)", "(0, 1)"),
        ("max(sin(x), axis=(0,), keepdims=False)", "[-1, 1]"),
        ("maximum(x, 0)", "[0, inf]"),
        ("minimum(maximum(x, 0), 1)", "[0, 1]"),
        ("where(greater(x, 0), 2.0, -1)", "[-1, 2]"),
        ("greater(x, 0)", "[0, 1]"),
        ("sqrt(x)", "[0, inf]"),
        ("1 / exp(x)", "[0, inf)"),
        ("x / x", "[-inf, inf]"),
        ("cast(sigmoid(x), dtype=integer)", "[0, 1]"),
        ("cast(x, dtype=truth)", "[0, 1]"),
        ("sign(exp(x))", "[1, 1]"),
        ("reshape(exp(x), shape=(3, 1))", "(0, inf]"),
        ("-exp(x)", "[-inf, 0)"),
        ("size(m)", "[1, inf)"),
        ("size(m * -1)", "(-inf, inf)"),
        ("size(m - 1)", "(-inf, inf)"),
        ("constant([2.0, -3])", "[-3, 2]"),
        ("constant([2.0, nan])", "[-inf, inf]"),
    ],
)
def test_the_interval_of_a_formula(x: Node, formula: str, expected: str) -> None:
    assert _text(_built(formula, x)) == expected


def _built(formula: str, x: Node, y: Node | None = None) -> Node:
    names: dict[str, Any] = {
        **OPERATIONS,
        "x": x,
        "y": y,
        "m": Size.symbol("m", 5),
        "size": lambda size: x.graph.leaf(size, FLOAT),
        "constant": lambda entries: x.graph.constant(np.array(entries)),
        "nan": np.nan,
        "inf": np.inf,
        "integer": np.dtype(int),
        "truth": np.dtype(bool),
    }
    node: Node = eval(formula, names)
    return node


def test_arrays_at_hand_are_looked_at(x: Node, y: Node) -> None:
    assert _text(x + y, x=[0.0, 1, 1]) == "[-inf, inf]"
    assert _text(x * 2, x=[0.0, 1, 1]) == "[0, 2]"
    assert _text(1 - x, x=[0.0, 1, 1]) == "[0, 1]"
    assert _text(x, x=[0.0, np.nan, 1]) == "[-inf, inf]"
    assert _text(x, x=[False, True, True]) == "[0, 1]"
    assert _text(OPERATIONS["tanh"](x), x=[0.0, 0, 0]) == "[0, 0]"
    assert _text(OPERATIONS["log"](x), x=[1.0, 2, 2]) == "[0, 0.693147]"


def test_tanh_of_a_value_that_may_be_zero_may_be_zero(x: Node) -> None:
    facts = Facts({x: np.array([0.0, 1.0])})
    assert not facts.interval(OPERATIONS["tanh"](x)).is_nonzero
    assert facts.interval(OPERATIONS["tanh"](x)).is_nonnegative


def test_a_small_negative_number_has_a_negative_logarithm_of_one_plus_itself(x: Node) -> None:
    facts = Facts({x: np.array([-1e-20])})
    assert not facts.interval(OPERATIONS["log1p"](x)).is_nonnegative


def test_facts_that_were_read_off_an_array_are_written_down(x: Node, y: Node) -> None:
    facts = Facts({x: np.array([0.0, 1.0])})
    facts.interval(OPERATIONS["exp"](y))
    assert facts.used == {}
    facts.interval(x * y)
    assert facts.used == {x: Interval(0, 1, is_whole=True)}


@pytest.mark.parametrize(
    ("formula", "is_defined"),
    [
        ("y", True),
        ("x", False),
        ("sigmoid(y)", True),
        ("sigmoid(x)", False),
        ("1 - y", True),
        ("exp(y)", False),
        ("log(y)", False),
        ("1 / y", False),
        ("1 / (1 + y)", True),
        ("x * 0", False),
        ("log(tanh(y))", False),
        ("constant(inf)", False),
        ("constant(nan)", False),
        ("constant(2.0) * 3", True),
        ("y / size(m)", True),
    ],
)
def test_a_value_is_defined_if_it_is_finite_for_certain(
    x: Node, y: Node, formula: str, is_defined: bool
) -> None:
    facts = Facts({y: np.array([0.0, 1.0, 0.5])})
    assert facts.is_defined(_built(formula, x, y)) is is_defined
