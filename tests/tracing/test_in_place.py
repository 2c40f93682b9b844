"""Arrays that are written to, as NumPy is written: entries, parts, masks, views, `out=`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from tests.support.derivatives import by_differences, relative_error

import kobai

GENERATOR = np.random.default_rng(3)
X = GENERATOR.uniform(0.5, 1.5, (3, 4))
P = GENERATOR.uniform(0.5, 1.5, (3, 4))
PROGRAMS: list[Callable[[Any], Any]] = []


def program(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    PROGRAMS.append(f)
    return f


@program
def entries_rows_and_columns(x: Any) -> Any:
    y = x.copy()
    y[0] = 1.0
    y[1] *= x[2]
    y[:, 2] += x[:, 0]
    y[2, -1] = y[0, 0] + x[1, 1] ** 2
    y[...] = y * 2
    return y


@program
def a_view_of_a_view(x: Any) -> Any:
    y = x * 2
    part = y[1:]
    part *= 3
    row = part[0]
    row[1] = x[0, 0] ** 2
    return np.stack([np.sum(y), np.sum(part), np.sum(row * row)])


@program
def a_view_that_is_read_after_its_base_was_changed(x: Any) -> Any:
    y = x * 2
    row = y[1]
    y *= x
    y[1, 2] = 7.0
    return row


@program
def transposed_reversed_and_expanded_views(x: Any) -> Any:
    y = x.copy()
    y[::2, ::-1][0] = x[1]
    y[..., None][1, 1] = 7.0
    y.T[0] = 2 * x[:, 1]
    np.swapaxes(y, 0, 1)[3, 1] *= x[0, 0]
    np.squeeze(y[:1], axis=0)[2] = 3.0
    return y


@program
def a_reshaped_row(x: Any) -> Any:
    y = x.copy()
    square = y[0].reshape(2, 2)
    square[1] = x[2, 2:]
    y[0] += 1
    return square @ y[:2, :2]


@program
def masks(x: Any) -> Any:
    y = x * 2
    y[y > 2] *= 3
    y[y < 1.2] = x[0, 0]
    rows = P[:, 0] > 0.9
    y[rows] = x[0] * 3
    y[rows, 1:] += x[1, 0]
    y[rows] **= 2
    y[P > 1] = x[P > 1] ** 2
    return y


@program
def places_in_lists(x: Any) -> Any:
    y = np.zeros_like(x)
    y[1:] = x[:-1] ** 2
    y[[0, 0], [1, 1]] = x[1, :2]  # the second entry stays
    y[[1, 1, 2]] += x[0]  # counts once
    y[np.array([[0, 1], [1, 0]]), 2] = x[:2, :2]
    y[:, [3, 3]] = x[:, :2]
    return y


@program
def a_place_that_depends_on_values(x: Any) -> Any:
    y = x + 0.0
    i = np.argmax(x[:, 0])
    y[i] += x[0]
    picked = y[np.array(1)]
    picked *= 2
    y[2] += picked
    order = np.argsort(P[0])
    y[0, order] = x[1] ** 2
    return y


@program
def additions_at_places(x: Any) -> Any:
    y = np.zeros_like(x)
    np.add.at(y, [0, 0, 1], x**2)
    column: Any = (slice(None), 1)
    np.add.at(y, column, x[:, 2])
    np.subtract.at(y, (np.array([0, 0]), np.array([3, 3])), x[0, 0])
    np.add.at(y, (2, 2), 1.0)
    return y


@program
def stores_of_numpy(x: Any) -> Any:
    y = x.copy()
    np.copyto(y, 2 * x, where=P > 1)
    np.putmask(y, P < 0.7, x**3)
    z = np.empty_like(y)
    np.multiply(x, y, out=z)
    np.exp(x, out=z, where=P > 1.2)
    np.put_along_axis(z, np.argmax(P, axis=1)[:, None], x[:, :1] ** 2, axis=1)
    np.copyto(z[0], x[1])
    np.sum(x, axis=0, out=z[2])
    return z


@program
def a_recurrence_in_a_buffer(x: Any) -> Any:
    states = np.zeros_like(x, shape=(5, 4))
    for t in range(4):
        states[t + 1] = np.tanh(states[t] * x[1] + x[0])
    return states


@program
def a_triangular_solution_by_hand(x: Any) -> Any:
    a = x[:, :3] + 3 * np.eye(3)
    b = x[:, 3].copy()
    for i in range(3):
        b[i] = (b[i] - a[i, :i] @ b[:i]) / a[i, i]
    return b


@program
def a_swap(x: Any) -> Any:
    y = x.copy()
    y[[0, 2]] = y[[2, 0]]
    y[0], y[1] = y[1].copy(), y[0].copy()
    y[2, 0], y[2, 1] = y[2, 1], y[2, 0]
    return y


def _weighed(f: Callable[[Any], Any], x: Any) -> Any:
    result = f(x)
    weights = np.random.default_rng(5).uniform(0.5, 1.5, result.shape)
    return np.sum(weights * result)


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_a_program_has_numpys_value_and_its_derivative(f: Callable[[Any], Any]) -> None:
    kept = X.copy()
    value, slope = kobai.value_and_grad(lambda x: _weighed(f, x) + 0.0 * np.sum(x))(X)
    assert np.isclose(value, _weighed(f, X.copy()), rtol=1e-14)
    exact = by_differences(lambda arrays: float(_weighed(f, arrays[0])), [X], 0, 1e-3)
    assert relative_error(slope, exact) < 1e-9
    assert np.array_equal(X, kept)


def test_of_entries_that_are_written_twice_the_last_one_counts() -> None:
    def f(v: Any) -> Any:
        y = np.zeros_like(v)
        y[[1, 1, 0]] = v
        return y @ np.array([10.0, 100.0, 1000.0])

    assert kobai.grad(f)(np.ones(3)).tolist() == [0, 100, 10]


def test_a_number_is_bound_anew_and_an_array_is_changed() -> None:
    def f(x: Any) -> Any:
        number = np.sum(x)
        before = number
        number += 1.0
        array = x * 1.0
        same = array
        array += number
        return before + 10 * np.sum(same)

    assert kobai.grad(f)(np.ones(2)).tolist() == [31, 31]


def test_entries_are_converted_to_the_dtype_of_the_array() -> None:
    def f(x: Any) -> Any:
        y = np.zeros_like(x, dtype=int)
        y[0] = 2.9
        z = x.copy()
        z[1] = np.float64(0.1)
        assert (y.dtype, z.dtype) == (np.dtype(int), np.dtype(np.float32))
        return np.sum(y) * np.sum(z)

    assert kobai.grad(f)(np.ones(3, "f4")).tolist() == [2, 0, 2]


def test_second_derivatives_go_through_what_was_written() -> None:
    def f(v: Any) -> Any:
        y = v**3
        y[0] *= v[1]
        y[y > 50] = 0.0
        return np.sum(y)

    product = kobai.hvp(f, (np.array([2.0, 3.0, 9.0]),), (np.array([1.0, 0.0, 1.0]),))
    assert product[0].tolist() == [36, 12, 0]
