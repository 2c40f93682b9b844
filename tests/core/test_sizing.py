"""Which numbers are lengths: found by running a function on arrays of other lengths."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from kobai.evaluation import Program
from kobai.graph import AnyArray
from kobai.recording import record
from kobai.sizing import is_repeatable, record_with_sizes

GENERATOR = np.random.default_rng(6)


def _array(*shape: int) -> AnyArray:
    array: AnyArray = GENERATOR.uniform(0.5, 1.5, shape)
    return array


def _shapes(f: Callable[..., Any], *args: Any) -> list[str]:
    recording = record_with_sizes(f, args, range(len(args)))
    return [str(leaf.node.shape) for leaf in recording.inputs]


# Functions of X (5, 3) and y (5,) that hold for every number of rows, and of columns.
ANY_SIZE: dict[str, Callable[[Any, Any], Any]] = {
    "mean": lambda X, y: np.mean(X),
    "mean along an axis": lambda X, y: np.sum(np.mean(X, axis=0) ** 2),
    "len": lambda X, y: np.sum(X) / len(y),
    "shape": lambda X, y: np.sum(X) / X.shape[0] / X.shape[1],
    "size": lambda X, y: np.sum(X) / X.size,
    "np.size": lambda X, y: np.sum(X) * (1 / np.size(X, 1)),
    "a reciprocal": lambda X, y: 1 / len(y) * np.sum(X),
    "a multiple": lambda X, y: np.sum(X) / (2 * len(y)),
    "half of it": lambda X, y: np.sum(X) * (0.5 / len(y)),
    "one less": lambda X, y: np.sum(X) / (len(y) - 1),
    "a root": lambda X, y: np.sum(X) / np.sqrt(len(y)),
    "a sum of lengths": lambda X, y: np.sum(X) / (X.shape[0] + X.shape[1]),
    "ones": lambda X, y: np.ones(len(y)) @ X @ np.ones(X.shape[1]),
    "zeros": lambda X, y: np.sum(np.maximum(X, np.zeros(X.shape))),
    "a full array": lambda X, y: np.sum(np.full(X.shape, 2.5) * X),
    "an array of shares": lambda X, y: np.full(len(y), 1 / len(y)) @ y,
    "a reshape": lambda X, y: np.sum(X.reshape(-1) ** 2) + np.sum(X.reshape(X.shape[1], -1)),
    "a flattened array": lambda X, y: np.sum(X.reshape(len(y), -1, 1) ** 2),
    "a broadcast": lambda X, y: np.sum(np.broadcast_to(y, (X.shape[1], len(y))) * X.T),
    "slices": lambda X, y: np.sum(X[1:] - X[:-1]) + y[-1],
    "a transpose": lambda X, y: np.sum(X.T @ y),
    "joined": lambda X, y: np.mean(np.concatenate([y, y * 2])),
    "centred": lambda X, y: np.sum((X - np.mean(X, axis=0)) ** 2),
}


@pytest.mark.parametrize("f", ANY_SIZE.values(), ids=list(ANY_SIZE))
def test_a_recording_serves_every_length(f: Callable[[Any, Any], Any]) -> None:
    recording = record_with_sizes(f, (_array(5, 3), _array(5)), [0, 1])
    assert [str(leaf.node.shape) for leaf in recording.inputs] == ["(n0, n1)", "(n0,)"]
    inputs = [leaf.node for leaf in recording.inputs]
    program = Program([recording.result.node], inputs)
    for rows, columns in ((5, 3), (9, 2), (2, 8), (7, 7)):
        args = _array(rows, columns), _array(rows)
        (value,) = program.run(*args)
        assert np.isclose(value, f(*args), rtol=1e-14)


# What can't hold for other lengths, and the shapes that stay numbers for it.
PINNED: dict[str, tuple[Callable[[Any, Any], Any], list[str]]] = {
    "a loop over rows": (lambda X, y: sum(row @ row for row in X), ["(5, n1)", "(5,)"]),
    "a loop over columns": (lambda X, y: sum(np.sum(c) for c in X.T), ["(n0, 3)", "(n0,)"]),
    "loops over both": (lambda X, y: sum(entry for row in X for entry in row), ["(5, 3)", "(5,)"]),
    "a constant array": (lambda X, y: np.sum(X * np.array([1.0, 2, 3])), ["(n0, 3)", "(n0,)"]),
    "weights for rows": (lambda X, y: np.sum(y * np.arange(5.0)), ["(5, n1)", "(5,)"]),
    "a branch on a length": (
        lambda X, y: np.sum(X) if len(y) < 6 else np.sum(X**2),
        ["(5, n1)", "(5,)"],
    ),
    "a function of a length that is not known": (
        lambda X, y: np.sum(X) * np.cos(len(y)),
        ["(5, n1)", "(5,)"],
    ),
    "a random draw": (lambda X, y: np.sum(X) * np.random.random(), ["(5, 3)", "(5,)"]),
    "a refusal of other lengths": (
        lambda X, y: np.sum(X) if len(y) == 5 else 1 / 0,
        ["(5, n1)", "(5,)"],
    ),
}


@pytest.mark.parametrize(("f", "shapes"), PINNED.values(), ids=list(PINNED))
def test_a_length_that_python_decides_on_stays_a_number(
    f: Callable[[Any, Any], Any], shapes: list[str]
) -> None:
    assert _shapes(f, _array(5, 3), _array(5)) == shapes


def test_lengths_of_one_stay_numbers() -> None:
    assert _shapes(lambda X, y: np.sum(X * y), _array(1, 4), _array(4)) == ["(1, n1)", "(n1,)"]


def test_axes_of_equal_length_share_a_symbol_that_is_ambiguous() -> None:
    assert _shapes(lambda X, y: np.sum(X @ y), _array(4, 4), _array(4)) == ["(n0, n0)", "(n0,)"]


def test_the_examples_axis_has_a_symbol_of_its_own() -> None:
    recording = record_with_sizes(
        lambda X, y: np.sum(X @ X.T @ y),
        (_array(4, 4), _array(4)),
        [0, 1],
        batch_axes={(0,): 0, (1,): 0},
    )
    assert [str(leaf.node.shape) for leaf in recording.inputs] == ["(m, n0)", "(m,)"]


def test_a_number_that_is_only_equal_to_a_length_stays_a_number() -> None:
    recording = record_with_sizes(lambda X: np.sum(X) / 5 + 3, (_array(5, 3),), [0])
    (value,) = Program([recording.result.node], [recording.inputs[0].node]).run(_array(5, 3) * 0)
    assert value == 3
    program = Program([recording.result.node], [recording.inputs[0].node])
    (value,) = program.run(np.ones((10, 2)))
    assert value == 7


def test_lengths_are_told_apart_though_they_grow_alike() -> None:
    def f(a: Any, b: Any, c: Any) -> Any:
        return np.sum(a) / (len(b) + 10) + np.sum(b) / len(c) + np.sum(c) / (2 * len(a))

    recording = record_with_sizes(f, (_array(10), _array(20), _array(5)), [0, 1, 2])
    program = Program([recording.result.node], [leaf.node for leaf in recording.inputs])
    for lengths in ((10, 20, 5), (3, 7, 11), (20, 10, 40)):
        args = [_array(length) for length in lengths]
        assert np.isclose(program.run(*args)[0], f(*args), rtol=1e-14)


def test_lengths_that_the_user_names_are_found() -> None:
    def f(X: Any, y: Any) -> Any:
        m, n = X.shape
        five = 5
        return np.sum(X) / m + np.sum(y) * n * five

    recording = record_with_sizes(f, (_array(5, 3), _array(5)), [0, 1], is_watched=True)
    assert recording.trace.size_names == {"n0": "m", "n1": "n"}


def test_names_and_decisions_are_those_of_the_first_run() -> None:
    def f(x: Any) -> Any:
        z = x * 2
        if np.sum(z) > 0:
            z = np.sin(z)
        return np.mean(z)

    recording = record_with_sizes(f, (_array(4),), [0], is_watched=True)
    assert [len(nodes) for nodes in recording.trace.names.values()] == [2]
    ((node, value),) = recording.trace.decisions
    assert (str(node.op), value) == ("greater", True)
    assert recording.trace.value(node)


def test_a_nest_of_arguments_has_its_sizes() -> None:
    def f(params: Any, X: Any) -> Any:
        h = X
        for W in params["W"]:
            h = np.tanh(h @ W)
        return np.mean(h)

    args = {"W": [_array(3, 4), _array(4, 2)]}, _array(6, 3)
    recording = record_with_sizes(f, args, [0, 1])
    found = [str(leaf.node.shape) for leaf in recording.inputs]
    assert found == ["(n0, n1)", "(n1, n2)", "(n3, n0)"]


@pytest.mark.parametrize(
    ("f", "repeats"),
    [
        (lambda x: np.sum(x * 2), True),
        (lambda x: np.sum(x * np.random.random()), False),
        (lambda x: np.sum(x) if np.sum(x) > 0 else x[0], True),
    ],
    ids=["a formula", "a draw", "a branch"],
)
def test_two_recordings_tell_whether_a_function_repeats_itself(f: Any, repeats: bool) -> None:
    x = _array(3)
    assert is_repeatable(record(f, (x,), [0]), record(f, (x,), [0])) is repeats
