"""What a recording knows: labels of arguments, names of values, places in the user's code."""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import numpy as np
import pytest

import kobai
from kobai.recording import Recording, record

A = np.ones(3)


class Pair(NamedTuple):
    first: Any
    second: Any


def _watched(f: Any, *args: Any) -> Recording:
    return record(f, args, range(len(args)), is_watched=True)


def _labels(f: Any, *args: Any) -> list[str]:
    return [leaf.label for leaf in record(f, args, range(len(args))).inputs]


@pytest.mark.parametrize(
    ("f", "args", "labels"),
    [
        (lambda w, b: 0, (A, 1.0), ["w", "b"]),
        (lambda params: 0, ({"w": A, "b": 1.0},), ["b", "w"]),
        (lambda W: 0, ([A, A],), ["W_0", "W_1"]),
        (lambda W: 0, ((A, [A, 1.0]),), ["W_0", "W_1_0", "W_1_1"]),
        (lambda p: 0, ({"W": [A, A], "b": {"x": 1.0}},), ["W_0", "W_1", "b_x"]),
        (lambda p: 0, (Pair(A, 1.0),), ["p_0", "p_1"]),
        (lambda p, q: 0, ({"w": A}, {"w": A}), ["p_w", "q_w"]),
        (lambda p, w: 0, ({"w": A}, A), ["p_w", "w"]),
        (lambda p: 0, ({"class": A, "a b": A, "1": A, 2: A},), ["a_b", "p_1", "p_2", "p_class"]),
        (lambda p: 0, ({"w": [A], "w_0": A},), ["p_w_0", "p_w_0_1"]),
        (lambda *args: 0, (A, 1.0), ["argument_0", "argument_1"]),
        (lambda x, *rest: 0, (A, 1.0), ["x", "argument_1"]),
        (functools.partial(lambda a, b: 0, 1.0), (A,), ["b"]),
        (lambda 重み: 0, (A,), ["重み"]),
        (lambda p: 0, ({"w": None, "v": A},), ["v"]),
    ],
    ids=[
        "parameters",
        "a dict",
        "a list",
        "a nest",
        "lists in a dict",
        "a named tuple",
        "two dicts",
        "a dict and its key",
        "keys that are no names",
        "keys that clash",
        "any number",
        "some of any number",
        "partial",
        "Japanese",
        "a hole",
    ],
)
def test_leaves_of_arguments_have_labels(f: Any, args: Any, labels: list[str]) -> None:
    found = _labels(f, *args)
    assert sorted(found) == sorted(labels)
    assert len(set(found)) == len(found)
    assert all(label.isidentifier() for label in found)


def test_arguments_that_are_not_traced_are_given_as_they_are() -> None:
    def f(x: Any, p: Any, name: Any) -> Any:
        assert type(p) is np.ndarray
        assert not p.flags.writeable
        assert name == {"kind": "relu"}
        return np.sum(x * p)

    plain = np.ones(3)
    recording = record(f, (A, plain, {"kind": "relu"}), [0])
    assert [leaf.path for leaf in recording.inputs] == [(0,)]
    assert plain.flags.writeable


def test_handles_in_a_result_become_values() -> None:
    recording = record(lambda x: {"y": x * 2, "n": None, "s": "text"}, (A,), [0])
    assert recording.evaluated(recording.result)["y"].tolist() == [2, 2, 2]
    assert recording.evaluated({"n": None, "s": "text"}) == {"n": None, "s": "text"}


def _bound(recording: Recording) -> dict[str, list[str]]:
    """For each name, the operations whose results had it."""
    return {
        name: [node.operands[0].op.name for node in nodes]
        for name, nodes in recording.trace.names.items()
    }


def test_values_are_named_when_they_are_bound() -> None:
    def loss(w: Any, X: Any) -> Any:
        z = X * w
        a = np.exp(-z) + 1
        return np.sum(1 / a)

    assert _bound(_watched(loss, A, A)) == {"z": ["multiply"], "a": ["add"]}


def test_a_name_that_is_bound_anew_keeps_its_values_in_order() -> None:
    def f(z: Any) -> Any:
        h = z * 2
        h = np.tanh(h)
        for k in range(2):
            h = np.sin(h) * k
        return np.sum(h)

    recording = _watched(f, A)
    assert _bound(recording) == {"h": ["multiply", "tanh", "multiply", "multiply"]}
    assert [node.attribute("name") for node in recording.trace.names["h"]] == [
        "h#0",
        "h#1",
        "h#2",
        "h#3",
    ]


def test_unpacked_arguments_are_called_as_the_user_calls_them() -> None:
    def f(params: Any, x: Any) -> Any:
        (W, b), c = params["layer"], params["c"]
        return np.sum(x * W + b + c)

    recording = _watched(f, {"layer": [A, 1.0], "c": 2.0}, A)
    labels = {leaf.node: leaf.label for leaf in recording.inputs}
    found = {labels[node]: name for node, name in recording.trace.aliases.items()}
    assert found == {"layer_0": "W", "layer_1": "b", "c": "c", "x": "x"}


def test_another_name_for_a_named_value_changes_nothing() -> None:
    def f(x: Any) -> Any:
        first = x * 2
        second = first
        third = fourth = np.sin(second)
        return np.sum(third * fourth)

    assert _bound(_watched(f, A)) == {"first": ["multiply"], "third": ["sin"]}


def test_one_value_that_is_computed_twice_has_both_names() -> None:
    def f(x: Any) -> Any:
        a = x * 2
        b = x * 2
        return np.sum(a + b)

    recording = _watched(f, A)
    assert _bound(recording) == {"a": ["multiply"], "b": ["multiply"]}
    a, b = (nodes[0] for nodes in recording.trace.names.values())
    assert a is not b
    assert a.operands == b.operands


def test_names_of_other_functions_do_not_count() -> None:
    def inner(u: Any) -> Any:
        hidden = u * 2
        return hidden + 1

    def f(x: Any) -> Any:
        y = inner(x)
        return np.sum(y)

    assert _bound(_watched(f, A)) == {"y": ["add"]}


def test_a_function_that_calls_itself_is_watched_in_its_first_call() -> None:
    def f(x: Any, n: int = 2) -> Any:
        if n == 0:
            return x
        part = f(x * n, n - 1)
        return np.sum(part) if n == 2 else part + 1

    recording = _watched(f, A)
    assert _bound(recording) == {"part": ["add"]}


def test_whole_numbers_are_remembered_by_their_names() -> None:
    def f(x: Any) -> Any:
        m = len(x)
        half = m // 2
        flag = True
        return np.sum(x) / m * half * flag

    assert _watched(f, A).trace.integers == {"m": 3, "half": 1}


@pytest.mark.parametrize("kind", ["method", "callable", "partial", "lambda"])
def test_functions_of_every_kind_have_names(kind: str) -> None:
    class Model:
        def loss(self, x: Any) -> Any:
            z = x * 2
            return np.sum(z)

        def __call__(self, x: Any) -> Any:
            z = x * 2
            return np.sum(z)

    functions = {
        "method": Model().loss,
        "callable": Model(),
        "partial": functools.partial(Model().loss),
        "lambda": lambda x: [z := x * 2, np.sum(z)][1],
    }
    assert _bound(_watched(functions[kind], A)) == {"z": ["multiply"]}


def test_a_function_without_a_frame_has_no_names() -> None:
    assert _watched(np.sum, A).trace.names == {}


def test_a_watch_is_over_with_its_call() -> None:
    recording = _watched(np.sum, A)
    assert recording.trace.watch is not None
    assert recording.trace.watch.locals() == {}
    assert not recording.trace.is_open


def test_errors_travel_to_other_processes_with_all_they_say() -> None:
    pickle = pytest.importorskip("pickle")
    with pytest.raises(kobai.errors.TraceError) as caught:
        kobai.grad(float)(1.0)
    copied = pickle.loads(pickle.dumps(caught.value))
    assert type(copied) is type(caught.value)
    assert str(copied) == str(caught.value)
