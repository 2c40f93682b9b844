"""What is known of values before they are computed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from kobai.facts import Facts
from kobai.graph import OPERATIONS, Graph, Node
from kobai.intervals import Interval
from kobai.sizes import Size

FLOAT = np.dtype(float)


def _op(name: str) -> Callable[..., Node]:
    return OPERATIONS[name]


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
    ("build", "expected"),
    [
        (lambda x: x, "[-inf, inf]"),
        (lambda x: _op("exp")(x), "(0, inf]"),
        (lambda x: _op("sigmoid")(x), "(0, 1)"),
        (lambda x: 1 - _op("sigmoid")(x), "(0, 1)"),
        (lambda x: _op("sigmoid")(x) * (1 - _op("sigmoid")(x)), "(0, 1)"),
        (lambda x: _op("tanh")(x), "(-1, 1)"),
        (lambda x: 1 - _op("tanh")(x) ** 2, "[-inf, 1]"),
        (lambda x: _op("abs")(x), "[0, inf]"),
        (lambda x: x**2, "[0, inf]"),
        (lambda x: x**2 + 1, "[1, inf]"),
        (lambda x: _op("exp")(x) ** 0.5, "(0, inf]"),
        (lambda x: _op("sin")(x) + _op("cos")(x), "[-2, 2]"),
        (lambda x: _op("expm1")(x), "(-1, inf]"),
        (lambda x: _op("log")(1 + _op("exp")(x)), "(0, inf]"),
        (lambda x: _op("log")(x), "[-inf, inf]"),
        (lambda x: _op("log")(_op("tanh")(x)), "[-inf, inf]"),
        (lambda x: _op("log1p")(_op("tanh")(x)), "(-inf, 0.693147)"),
        (lambda x: _op("logaddexp")(0, x), "(0, inf]"),
        (lambda x: _op("sum")(_op("exp")(x), axis=(0,), keepdims=False), "(0, inf]"),
        (lambda x: _op("mean")(_op("sigmoid")(x), axis=(0,), keepdims=False), "(0, 1)"),
        (lambda x: _op("max")(_op("sin")(x), axis=(0,), keepdims=False), "[-1, 1]"),
        (lambda x: _op("maximum")(x, 0), "[0, inf]"),
        (lambda x: _op("minimum")(_op("maximum")(x, 0), 1), "[0, 1]"),
        (lambda x: _op("where")(_op("greater")(x, 0), 2.0, -1), "[-1, 2]"),
        (lambda x: _op("greater")(x, 0), "[0, 1]"),
        (lambda x: _op("sqrt")(x), "[0, inf]"),
        (lambda x: 1 / _op("exp")(x), "[0, inf]"),
        (lambda x: 1 / (1 + _op("exp")(x)), "[0, 1)"),
        (lambda x: x / x, "[-inf, inf]"),
        (lambda x: _op("cast")(_op("sigmoid")(x), dtype=np.dtype(int)), "[0, 1]"),
        (lambda x: _op("cast")(x, dtype=np.dtype(bool)), "[0, 1]"),
        (lambda x: _op("sign")(_op("exp")(x)), "[1, 1]"),
        (lambda x: _op("reshape")(_op("exp")(x), shape=(3, 1)), "(0, inf]"),
        (lambda x: -_op("exp")(x), "[-inf, 0)"),
        (lambda x: x.graph.leaf(Size.symbol("m", 5), FLOAT), "[1, inf)"),
        (lambda x: x.graph.leaf(Size.symbol("m", 5) * -1, FLOAT), "[-inf, inf]"),
        (lambda x: x.graph.leaf(Size.symbol("m", 5) - 1, FLOAT), "[-inf, inf]"),
        (lambda x: x.graph.constant(np.array([2.0, -3])), "[-3, 2]"),
        (lambda x: x.graph.constant(np.array([2.0, np.nan])), "[-inf, inf]"),
    ],
    ids=lambda case: case if isinstance(case, str) else "",
)
def test_the_interval_of_a_formula(x: Node, build: Callable[[Node], Node], expected: str) -> None:
    assert _text(build(x)) == expected


def test_arrays_at_hand_are_looked_at(x: Node, y: Node) -> None:
    assert _text(x + y, x=[0.0, 1, 1]) == "[-inf, inf]"
    assert _text(x * 2, x=[0.0, 1, 1]) == "[0, 2]"
    assert _text(1 - x, x=[0.0, 1, 1]) == "[0, 1]"
    assert _text(x, x=[0.0, np.nan, 1]) == "[-inf, inf]"
    assert _text(x, x=[False, True, True]) == "[0, 1]"
    assert _text(_op("tanh")(x), x=[0.0, 0, 0]) == "[0, 0]"
    assert _text(_op("log")(x), x=[1.0, 2, 2]) == "[0, 0.693147]"


def test_tanh_of_a_value_that_may_be_zero_may_be_zero(x: Node) -> None:
    facts = Facts({x: np.array([0.0, 1.0])})
    assert not facts.interval(_op("tanh")(x)).is_nonzero
    assert facts.interval(_op("tanh")(x)).is_nonnegative


def test_a_small_negative_number_has_a_negative_logarithm_of_one_plus_itself(x: Node) -> None:
    facts = Facts({x: np.array([-1e-20])})
    assert not facts.interval(_op("log1p")(x)).is_nonnegative


def test_facts_that_were_read_off_an_array_are_written_down(x: Node, y: Node) -> None:
    facts = Facts({x: np.array([0.0, 1.0])})
    facts.interval(_op("exp")(y))
    assert facts.used == {}
    facts.interval(x * y)
    assert facts.used == {x: Interval(0, 1)}


@pytest.mark.parametrize(
    ("build", "is_defined"),
    [
        (lambda x, y: y, True),
        (lambda x, y: x, False),
        (lambda x, y: _op("sigmoid")(y), True),
        (lambda x, y: _op("sigmoid")(x), False),
        (lambda x, y: 1 - y, True),
        (lambda x, y: _op("exp")(y), False),
        (lambda x, y: _op("log")(y), False),
        (lambda x, y: 1 / y, False),
        (lambda x, y: 1 / (1 + y), True),
        (lambda x, y: x * 0, False),
        (lambda x, y: _op("log")(_op("tanh")(y)), False),
        (lambda x, y: y.graph.constant(np.inf), False),
        (lambda x, y: y.graph.constant(np.nan), False),
        (lambda x, y: y.graph.constant(2.0) * 3, True),
        (lambda x, y: y / y.graph.leaf(Size.symbol("m", 5), FLOAT), True),
    ],
)
def test_a_value_is_defined_if_it_is_finite_for_certain(
    x: Node, y: Node, build: Callable[[Node, Node], Node], is_defined: bool
) -> None:
    assert Facts({y: np.array([0.0, 1.0, 0.5])}).is_defined(build(x, y)) is is_defined
