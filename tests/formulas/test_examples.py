"""Example values: given, drawn, and drawn again until the loss is a finite number."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

from kobai.errors import ArgumentError
from kobai.formulas import Formula, argument_names, example_values

Shapes = dict[str, tuple[int, ...]]


def values(text: str, seed: int = 0, **shapes: tuple[int, ...]) -> dict[str, Any]:
    examples = example_values(Formula(text), shapes, seed)
    assert examples.is_defined
    return dict(examples.values)


def test_a_formula_draws_from_the_standard_normal_distribution() -> None:
    found = values("sum(X @ w + b)", X=(400, 3), w=(3,))
    assert list(found) == ["X", "w", "b"]
    assert [np.shape(value) for value in found.values()] == [(400, 3), (3,), ()]
    assert abs(np.mean(found["X"])) < 0.1
    assert abs(np.std(found["X"]) - 1) < 0.1


def test_the_seed_decides() -> None:
    assert values("x + y", seed=1) == values("x + y", seed=1)
    assert values("x + y", seed=1) != values("x + y", seed=2)
    assert values("log(x)", seed=1) == values("log(x)", seed=1)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("sum(log(x))", 0, 1),
        ("mean(log(x) + log(1 - x))", 0, 1),
        ("mean(sqrt(1 - x**2) / sqrt(x))", 0, 1),
        ("sum(log(log(x)))", 1, 10),
        ("sum(sqrt(-x))", -1, 0),
    ],
)
def test_a_loss_that_is_not_defined_draws_again(
    text: str, low: float, high: float, seed: int
) -> None:
    found = values(text, seed, x=(50,))["x"]
    assert np.all((low < found) & (found < high))


@pytest.mark.parametrize("seed", range(5))
def test_arguments_may_need_different_ranges(seed: int) -> None:
    found = values("sum(sqrt(x) + sqrt(-y) + log(z - 1))", seed, x=(20,), y=(20,), z=(20,))
    assert np.all(found["x"] > 0)
    assert np.all(found["y"] < 0)
    assert np.all(found["z"] > 1)


def test_a_loss_that_is_never_defined() -> None:
    examples = example_values(Formula("log(-exp(x))"), {}, 0)
    assert not examples.is_defined
    assert examples.values == example_values(Formula("x"), {}, 0).values


def test_shapes_that_do_not_fit_are_left_to_the_derivation() -> None:
    examples = example_values(Formula("X @ w"), {"X": (2, 3)}, 0)
    assert not examples.is_defined
    assert np.shape(examples.values["X"]) == (2, 3)


def given(x: Any, w: Any = 2.0, b: Any = (1.0,)) -> Any:
    return x * w + b[0]


def by_name(x: Any, *more: Any, scale: float = 1.0, **rest: Any) -> Any:
    return x * scale


def picky(y: Any) -> Any:
    if np.any(y < 1):
        raise ValueError("y counts from 1")
    return y.sum()


def in_place(x: Any) -> Any:
    x -= x.mean()
    return x.sum()


@pytest.mark.parametrize(
    ("function", "shapes", "wanted"),
    [
        (given, {}, {"x": (), "w": (), "b": (1,)}),
        (given, {"w": (3,)}, {"x": (), "w": (3,), "b": (1,)}),
        (by_name, {"x": (2, 1)}, {"x": (2, 1)}),
        (picky, {"y": (5,)}, {"y": (5,)}),
        (partial(given, w=1.0), {}, {"x": ()}),
        (lambda: 1.0, {}, {}),
    ],
)
def test_functions(function: Callable[..., Any], shapes: Shapes, wanted: Shapes) -> None:
    examples = example_values(function, shapes, 0)
    assert examples.is_defined
    assert {name: np.shape(value) for name, value in examples.values.items()} == wanted


def test_defaults_are_given_as_they_are() -> None:
    assert example_values(given, {}, 0).values["w"] == 2.0
    assert example_values(given, {"w": ()}, 0).values["w"] != 2.0


def test_drawn_values_are_not_changed_by_a_trial() -> None:
    found = example_values(in_place, {"x": (5,)}, 0).values["x"]
    assert abs(np.mean(found)) > 1e-6


def test_an_argument_that_can_not_be_given() -> None:
    def needs(x: Any, *, scale: Any) -> Any:
        return x * scale

    with pytest.raises(ArgumentError, match="argument scale is given by name alone"):
        argument_names(needs)
    with pytest.raises(ArgumentError, match="can't be found out"):
        argument_names(max)
