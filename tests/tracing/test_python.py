"""Python's own means in a traced function: control flow, closures, aliases, names for one value."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from tests.support.derivatives import by_differences, relative_error

import kobai
from kobai.graph import Graph
from kobai.recording import record
from kobai.tracing import Trace, Traced, active_trace

SCALE = 2.0


def relu_by_if(x: Any) -> Any:
    return x * 3 if x > 0 else -x


def newtons_root(x: Any) -> Any:
    y = x
    while abs(y * y - x) > 1e-12:
        y = (y + x / y) / 2
    return y


def power_by_recursion(x: Any, n: int = 5) -> Any:
    return 1.0 if n == 0 else x * power_by_recursion(x, n - 1)


def early_return(x: Any) -> Any:
    for k in range(10):
        x = x * 1.5
        if x > 4:
            return x * k
    return x


def horner(x: Any) -> Any:
    value = 0.0
    for coefficient in (1.0, -2.0, 0.5, 3.0):
        value = value * x + coefficient
    return value


def chosen_by_comparison(x: Any) -> Any:
    return max(x, 2 * x, 1.0) + min(x, 0.3) + abs(x)


def assertion(x: Any) -> Any:
    assert x > -100, "not reached"
    return x**2 if bool(x) and x != 5 else x


def in_place_on_numbers(x: Any) -> Any:
    total = x
    first = total
    total += x * x
    total *= 2
    total -= 1
    total /= 3
    total **= 2
    return total * first


def generator(x: Any) -> Any:
    return sum(x**k / (k + 1) for k in range(5))


def comprehension(x: Any) -> Any:
    parts = {name: x * k for k, name in enumerate("abc", start=1)}
    return parts["a"] * parts["c"] + len(parts)


def rounded_to_whole(x: Any) -> Any:
    return x ** int(x + 2)


FUNCTIONS: list[Callable[[Any], Any]] = [
    relu_by_if,
    newtons_root,
    power_by_recursion,
    early_return,
    horner,
    chosen_by_comparison,
    assertion,
    in_place_on_numbers,
    generator,
    comprehension,
    rounded_to_whole,
]


@pytest.mark.parametrize("f", FUNCTIONS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("x", [0.7, 1.9, 3.3])
def test_control_flow_follows_the_values_at_hand(f: Callable[[Any], Any], x: float) -> None:
    value, slope = kobai.value_and_grad(f)(x)
    assert np.isclose(value, f(x), rtol=1e-14)
    expected = by_differences(lambda arrays: f(float(arrays[0])), [np.array(x)], 0, 1e-3)
    assert relative_error(slope, expected) < 1e-8


def test_a_branch_is_right_on_both_sides_of_one_function() -> None:
    slope = kobai.grad(relu_by_if)
    assert (slope(2.0), slope(-2.0), slope(0.0)) == (3, -1, -1)


def test_globals_and_closures_are_read_at_each_call(monkeypatch: pytest.MonkeyPatch) -> None:
    factor = 3.0

    def f(x: Any) -> Any:
        return np.sum(SCALE * factor * x)

    slope = kobai.grad(f)
    assert slope(1.0) == 6
    factor = 5.0
    assert slope(1.0) == 10
    monkeypatch.setitem(f.__globals__, "SCALE", 7.0)
    assert slope(1.0) == 35


def test_a_captured_array_counts_with_the_entries_of_each_use() -> None:
    buffer = np.zeros(2)

    def f(x: Any) -> Any:
        buffer[:] = 1
        first = x * buffer
        buffer[0] = 5
        second = x * buffer
        buffer[:] = -100
        return np.sum(first) + np.sum(second)

    assert kobai.grad(f)(np.ones(2)).tolist() == [6, 2]


def test_a_result_is_not_changed_by_what_happens_after_it() -> None:
    buffer = np.ones(2)
    value, slope = kobai.value_and_grad(lambda x: np.sum(x * buffer))(np.array([1.0, 2.0]))
    buffer[:] = 9
    assert value == 3
    assert slope.tolist() == [1, 1]


def test_what_is_added_in_place_replaces_the_value_under_all_its_names() -> None:
    def f(x: Any) -> Any:
        y = x * 2
        z = y
        y += 1
        y *= x
        return np.sum(z)

    x = np.array([1.0, 2.0])
    assert np.array_equal(kobai.grad(f)(x), 4 * x + 1)


def test_a_copy_is_a_value_of_its_own() -> None:
    def f(x: Any) -> Any:
        y = x * 2
        copies = [y.copy(), np.copy(y), copy.copy(y), copy.deepcopy(y), +y, y.flatten()]
        y *= 10
        return sum(np.sum(c) for c in copies)

    assert kobai.grad(f)(np.ones(2)).tolist() == [12, 12]


def test_an_entry_is_a_number_of_its_own() -> None:
    def f(x: Any) -> Any:
        y = x * 2
        entry = y[0]
        entry += 5 * x[1]
        return entry + np.sum(y)

    assert kobai.grad(f)(np.ones(2)).tolist() == [4, 7]


def test_a_number_that_is_an_argument_can_be_bound_anew() -> None:
    def f(x: Any) -> Any:
        x += 1
        x *= x
        return x

    assert kobai.grad(f)(2.0) == 6
    assert kobai.grad(f)(np.float32(2)) == 6


def test_out_may_be_a_traced_value() -> None:
    def f(x: Any) -> Any:
        y = x * 2
        np.multiply(y, x, out=y)
        np.add(np.ones(2), 3.0, out=y)
        return np.sum(y * x)

    assert kobai.grad(f)(np.array([1.0, 2.0])).tolist() == [4, 4]


def test_in_place_keeps_the_dtype_of_the_array() -> None:
    def f(x: Any) -> Any:
        y = x * 2
        y += np.ones(2)
        assert y.dtype == np.float32
        return np.sum(y * y)

    assert kobai.grad(f)(np.ones(2, "f4")).dtype == np.float32


def test_printing_shows_the_value_and_formats_it(capsys: pytest.CaptureFixture[str]) -> None:
    def f(x: Any) -> Any:
        print(x, f"{np.sum(x):.2f}")
        return np.sum(x)

    kobai.grad(f)(np.array([1.0, 2.5]))
    shown = capsys.readouterr().out
    assert shown == "<traced array of shape (2,), float64: [1.  2.5]> 3.50\n"


def test_attributes_can_be_asked_for_safely() -> None:
    def f(x: Any) -> Any:
        assert not hasattr(x, "toarray")
        assert getattr(x, "values", None) is None
        assert hasattr(x, "shape")
        return np.sum(x)

    assert kobai.grad(f)(np.ones(2)).tolist() == [1, 1]


def test_a_refusal_that_is_caught_is_not_forgotten() -> None:
    def f(x: Any) -> Any:
        try:
            return float(x)
        except TypeError:
            return x**3

    with pytest.raises(kobai.errors.TraceError, match="turned into a Python number"):
        kobai.grad(f)(2.0)


def test_only_one_trace_is_active_and_only_during_the_call() -> None:
    seen: list[Trace | None] = []

    def f(x: Any) -> Any:
        seen.append(active_trace())
        return x

    kobai.grad(f)(1.0)
    assert isinstance(seen[0], Trace)
    assert not seen[0].is_open
    assert active_trace() is None


def test_an_error_leaves_no_trace_active() -> None:
    def f(x: Any) -> Any:
        raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        kobai.grad(f)(1.0)
    assert active_trace() is None


def test_decisions_are_kept_with_their_outcome() -> None:
    def f(x: Any) -> Any:
        if x > 1 and not (x > 3):
            return x[()] * int(x * 10) if hasattr(x, "node") else x
        return x

    recording = record(f, (2.05,), [0])
    outcomes = [(node.op.name, value) for node, value in recording.trace.decisions]
    assert outcomes == [("greater", True), ("greater", False), ("cast", 20)]


def test_an_integer_of_the_trace_indexes_lists() -> None:
    def f(x: Any) -> Any:
        place = (x[0] > 1).astype(int)
        return [x[1], x[1] ** 2][place] + x[place] + sum(x[: place + 1])

    assert kobai.grad(f)(np.array([0.5, 3.0])).tolist() == [2, 1]
    assert kobai.grad(f)(np.array([1.5, 3.0])).tolist() == [1, 8]


def test_a_handle_stands_for_the_node_of_an_argument() -> None:
    trace = Trace(Graph())
    handle: Any = Traced(trace.argument("x", np.arange(3.0), (3,)), trace)
    assert type(handle + 1) is Traced
    assert trace.value((handle * 2).node).tolist() == [0, 2, 4]
