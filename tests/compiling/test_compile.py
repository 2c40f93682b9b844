"""`kobai.compile`: the same values as the function, recorded no oftener than it has to be."""

from __future__ import annotations

import functools
import threading
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import kobai
from kobai.errors import ArgumentTypeError, IndependenceWarning, TraceError

GENERATOR = np.random.default_rng(7)
SCALE = 2.0
TABLE = np.arange(3.0)
OTHER = TABLE
WRITING = """
def f(x):
    global last
    last = x.shape
    return np.sum(x * table)
"""


class Counted:
    """A function that counts how often it runs."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.runs = 0

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.runs += 1
        return self.function(*args, **kwargs)

    def during(self, work: Callable[[], Any]) -> int:
        before = self.runs
        work()
        return self.runs - before


def logistic(w: Any, b: Any, X: Any, y: Any) -> Any:
    z = X @ w + b
    return np.mean(np.logaddexp(0, z) - y * z)


def _data(rows: int) -> tuple[Any, ...]:
    X = GENERATOR.normal(size=(rows, 4))
    return GENERATOR.normal(size=4), np.float64(0.3), X, (X[:, 0] > 0) * 1.0


def test_a_gradient_is_recorded_once_for_all_numbers_of_rows() -> None:
    counted = Counted(logistic)
    compiled = kobai.compile(kobai.value_and_grad(counted, argnums=(0, 1)))
    compiled(*_data(20))
    first = counted.runs
    for rows in (21, 7, 300, 2, 20):
        args = _data(rows)
        value, (dw, db) = compiled(*args)
        expected, (dw_expected, db_expected) = kobai.value_and_grad(logistic, (0, 1))(*args)
        assert value == expected
        assert np.array_equal(dw, dw_expected)
        assert db == db_expected
    assert counted.runs == first


def test_one_row_and_none_are_recorded_on_their_own() -> None:
    compiled = kobai.compile(lambda x: np.sum(np.exp(x) - x[:2].sum(axis=0)))
    for rows in (5, 1, 3, 0, 1):
        x = GENERATOR.normal(size=(rows, 2))
        expected = np.sum(np.exp(x) - x[:2].sum(axis=0))
        assert np.array_equal(compiled(x), expected, equal_nan=True)


def test_dtypes_structures_and_fixed_values_have_recordings_of_their_own() -> None:
    def f(nest: Any, power: int, *, shift: Any = 0, kind: str = "sum") -> Any:
        x = nest["x"] ** power + shift
        return np.sum(x) if kind == "sum" else x

    counted = Counted(f)
    compiled = kobai.compile(counted)
    x = np.array([1.0, 2.0])
    calls: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
        (({"x": x}, 2), {}),
        (({"x": x}, 3), {}),
        (({"x": x.astype("f4")}, 2), {}),
        (({"x": x, "unused": x}, 2), {}),
        (({"x": x}, 2), {"kind": "all"}),
        (({"x": x}, 2), {"shift": 1.0}),
        (({"x": x}, 2), {"shift": x}),
    ]
    for args, kwargs in calls:
        for _ in range(2):
            found, expected = compiled(*args, **kwargs), f(*args, **kwargs)
            assert np.array_equal(found, expected)
            assert found.dtype == expected.dtype
    assert counted.during(lambda: [compiled(*a, **k) for a, k in calls]) == 0


def test_a_branch_on_a_value_is_recorded_when_it_turns() -> None:
    def f(x: Any) -> Any:
        if np.sum(x) > 1:
            return np.sum(x**2)
        return np.sum(-x)

    counted = Counted(f)
    slope = kobai.compile(kobai.grad(counted))
    values = (3.0, 0.2, -4.0, 7.0, 0.5)
    assert [float(slope(np.float64(v))) for v in values] == [6, -1, -1, 14, -1]
    assert counted.during(lambda: [slope(np.float64(v)) for v in values]) == 0


def test_a_loop_that_depends_on_a_value() -> None:
    def f(x: Any) -> Any:
        while x < 100:
            x = x * x
        return x

    slope = kobai.compile(kobai.grad(f))
    for value in (3.0, 200.0, 11.0, 2.5, 3.5):
        assert np.isclose(slope(np.float64(value)), kobai.grad(f)(value), rtol=1e-14)


def test_a_mask_is_a_decision() -> None:
    compiled = kobai.compile(lambda x: np.sum(x[x > 0] ** 2))
    for x in ([1.0, -1.0, 2.0], [3.0, -1.0, 5.0], [-1.0, 1.0, 2.0], [1.0, 1.0, 1.0]):
        array = np.array(x)
        assert compiled(array) == np.sum(array[array > 0] ** 2)


def _by_shape(X: Any) -> Any:
    factor = 2.0 if X.shape[0] > 100 else 1.0
    return factor * np.sum(X) / X.shape[0]


def _by_len(X: Any) -> Any:
    return np.sum(X) / max(len(X), 50)


def _by_remainder(X: Any) -> Any:
    return np.sum(X) * (3.0 if X.size % 2 else 1.0)


def _by_half(X: Any) -> Any:
    half = X.shape[0] // 2
    return np.sum(X[:half]) - np.sum(X[half:])


def _first_five(X: Any) -> Any:
    return np.mean(X[:5]) + np.sum(X[-70:-3])


def _between(X: Any) -> Any:
    return np.sum(X[3:-3]) + np.sum(X[len(X) - 6 :]) + np.sum(X[6:2])


def _every_third(X: Any) -> Any:
    return np.mean(X[::3]) + np.sum(X[..., ::-1][-2::-2])


BY_LENGTHS = (_by_shape, _by_len, _by_remainder, _by_half, _first_five, _between, _every_third)


@pytest.mark.parametrize("f", BY_LENGTHS)
@pytest.mark.parametrize("first", [2, 3, 4, 6, 7])
def test_decisions_on_lengths_hold_whatever_comes_first(f: Any, first: int) -> None:
    compiled = kobai.compile(f)
    for rows in (first, 2, 3, 4, 5, 6, 7, 8, 9, 12, 60, 71, 150):
        X = GENERATOR.normal(size=(rows, 3))
        assert np.isclose(compiled(X), f(X), rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("f", BY_LENGTHS)
def test_decisions_on_lengths_hold_for_the_lengths_that_they_hold_for(f: Any) -> None:
    compiled = kobai.compile(f)
    for rows in (5, 60, 61, 99, 150, 151, 5, 1, 400):
        X = GENERATOR.normal(size=(rows, 3))
        assert np.isclose(compiled(X), f(X), rtol=1e-13)


def test_a_comparison_of_a_shape_costs_a_recording_only_where_it_turns() -> None:
    counted = Counted(_by_shape)
    compiled = kobai.compile(counted)
    compiled(np.ones((5, 2)))
    compiled(np.ones((150, 2)))
    assert counted.during(lambda: [compiled(np.ones((n, 2))) for n in (9, 99, 101, 500)]) == 0


def test_lengths_reach_reshapes_and_slices() -> None:
    def f(X: Any) -> Any:
        m, n = X.shape
        return X.reshape(n, m)[:, : m - 1] * m + np.zeros_like(X, shape=(n, m - 1))

    counted = Counted(f)
    compiled = kobai.compile(counted)
    compiled(np.ones((4, 3)))
    runs = counted.runs
    for m in (9, 7, 30):
        X = GENERATOR.normal(size=(m, 3))
        assert np.array_equal(compiled(X), f(X))
    assert counted.runs == runs


def test_results_may_be_views_of_each_other() -> None:
    def f(x: Any) -> Any:
        v = x / len(x)
        return v, v.T, v[1:]

    compiled = kobai.compile(f)
    for rows in (4, 9):
        X = GENERATOR.normal(size=(rows, 3))
        assert all(map(np.array_equal, compiled(X), f(X)))


def test_globals_are_looked_at_at_each_call(monkeypatch: pytest.MonkeyPatch) -> None:
    def f(x: Any) -> Any:
        return SCALE * np.sum(TABLE * x)

    compiled = kobai.compile(kobai.grad(f))
    module = __name__
    assert compiled(np.ones(3)).tolist() == [0, 2, 4]
    monkeypatch.setattr(f"{module}.SCALE", 10.0)
    assert compiled(np.ones(3)).tolist() == [0, 10, 20]
    monkeypatch.setattr(f"{module}.TABLE", np.ones(3))
    assert compiled(np.ones(3)).tolist() == [10, 10, 10]
    TABLE[1] = 7.0
    assert compiled(np.ones(3)).tolist() == [10, 70, 10]


def test_captured_arrays_are_inputs() -> None:
    weights = np.array([1.0, 2.0])
    factor = 1.0
    runs: list[int] = []

    def inner(x: Any) -> Any:
        runs.append(1)
        return np.dot(x, weights)

    def f(x: Any) -> Any:
        return factor * inner(x) + np.sum(weights)

    compiled = kobai.compile(f)
    x = np.array([3.0, 4.0])
    assert compiled(x) == 11 + 3
    recorded = len(runs)
    weights += 1.0
    assert compiled(x) == 18 + 5
    weights = np.array([9.0, 9.0])
    assert compiled(x) == 63 + 18
    assert len(runs) == recorded
    factor = 2.0
    assert compiled(x) == 126 + 18
    assert len(runs) > recorded


def test_two_names_of_one_array_may_part(monkeypatch: pytest.MonkeyPatch) -> None:
    def f(x: Any) -> Any:
        return np.sum(x * TABLE) + 10 * np.sum(x * OTHER)

    compiled = kobai.compile(f)
    x = np.array([1.0, 2.0, 3.0])
    assert compiled(x) == f(x)
    monkeypatch.setattr(f"{__name__}.OTHER", np.array([5.0, 6.0, 7.0]))
    assert compiled(x) == f(x)


def test_captured_arrays_that_cannot_be_traced_are_compared() -> None:
    labels = np.array([2.0, 2.0, 5.0])

    def f(x: Any) -> Any:
        return np.sum(x) * len(set(labels.tolist()))

    compiled = kobai.compile(f)
    assert compiled(np.ones(3)) == 6
    assert compiled(np.ones(3)) == 6
    labels[0] = 7.0
    assert compiled(np.ones(3)) == 9


def test_what_is_computed_of_captured_arrays_is_computed_anew() -> None:
    data = np.array([[1.0, 2.0], [3.0, 5.0]])

    def f(w: Any) -> Any:
        centred = data - data.mean(axis=0)
        return np.sum((centred @ w) ** 2)

    compiled = kobai.compile(kobai.grad(f))
    w = np.array([1.0, -1.0])
    assert np.array_equal(compiled(w), kobai.grad(f)(w))
    data[0] = 8.0
    assert np.array_equal(compiled(w), kobai.grad(f)(w))


def test_partials_methods_and_callable_objects() -> None:
    class Model:
        def __init__(self) -> None:
            self.power = 2

        def loss(self, w: Any, X: Any) -> Any:
            return np.sum((X @ w) ** self.power)

        def __call__(self, w: Any, X: Any) -> Any:
            return self.loss(w, X)

    model, X, w = Model(), GENERATOR.normal(size=(5, 2)), np.array([1.0, 2.0])
    for f in (model.loss, model, functools.partial(model.loss, X=X)):
        args = (w,) if isinstance(f, functools.partial) else (w, X)
        assert np.array_equal(kobai.compile(kobai.grad(f))(*args), kobai.grad(f)(*args))
    partial: Any = functools.partial(logistic, b=0.0, X=X, y=np.ones(5))
    compiled = kobai.compile(partial)
    assert compiled(w) == partial(w)
    X *= 2
    assert compiled(w) == partial(w)


def test_a_function_that_calls_itself() -> None:
    def polynomial(x: Any, degree: int) -> Any:
        return x * polynomial(x, degree - 1) + TABLE[1] if degree else 1.0

    compiled = kobai.compile(polynomial)
    assert compiled(np.float64(2.0), 4) == polynomial(2.0, 4)


@pytest.mark.parametrize("is_object", [False, True])
def test_functions_that_cannot_be_built_anew(is_object: bool) -> None:
    table = np.arange(3.0)
    names: dict[str, Any] = {"np": np, "table": table}
    exec(WRITING, names)

    class Called:
        def __call__(self, x: Any) -> Any:
            return np.sum(x * table)

    compiled = kobai.compile(Called() if is_object else names["f"])
    assert compiled(np.ones(3)) == 3
    table[0] = 7.0
    assert compiled(np.ones(3)) == 10


def test_results_are_nests_of_their_receivers_own() -> None:
    table = np.arange(2.0)

    def f(x: Any) -> Any:
        return {"twice": 2 * x, "fixed": (np.arange(3), "text", None), "zeros": 0 * x + table}

    compiled = kobai.compile(f)
    first = compiled(np.ones(2))
    first["twice"][:] = 9.0
    first["fixed"][0][:] = 9
    first["zeros"][:] = 9.0
    second = compiled(np.ones(2))
    assert second["twice"].tolist() == [2, 2]
    assert second["fixed"][0].tolist() == [0, 1, 2]
    assert second["fixed"][1:] == ("text", None)
    assert second["zeros"].tolist() == [0, 1]
    assert table.tolist() == [0, 1]


def test_saturated_values_are_those_of_value_and_grad() -> None:
    def naive(z: Any) -> Any:
        a = 1 / (1 + np.exp(-z))
        return -np.log(1 - a)

    z = np.float64(1000.0)
    assert kobai.compile(naive)(z) == kobai.value_and_grad(naive)(z)[0] == 1000


def test_inside_another_recording_it_is_the_function() -> None:
    compiled = kobai.compile(lambda x: np.sum(x**3))
    assert kobai.grad(compiled)(np.array([2.0])).tolist() == [12]
    assert kobai.compile(kobai.compile(compiled))(np.array([2.0])) == 8
    twice = kobai.compile(kobai.grad(kobai.grad(lambda y: y**4)))
    assert twice(np.float64(2.0)) == 48


def _draws(x: Any) -> Any:
    return np.sum(x * np.random.normal(size=3))


OWN = np.random.default_rng(0)


def _draws_of_its_own(x: Any) -> Any:
    return np.sum(x) * OWN.normal()


CALLS: list[int] = []


def _counts(x: Any) -> Any:
    CALLS.append(1)
    return np.sum(x) * len(CALLS)


@pytest.mark.parametrize("f", [_draws, _draws_of_its_own, _counts])
def test_what_differs_from_run_to_run_is_refused(f: Callable[[Any], Any]) -> None:
    with pytest.raises(TraceError, match="draws random numbers, or keeps something"):
        kobai.compile(f)(np.ones(3))


def test_a_draw_that_is_always_the_same_is_no_draw() -> None:
    compiled = kobai.compile(lambda x: np.sum(x * np.random.default_rng(3).normal(size=3)))
    assert compiled(np.ones(3)) == np.sum(np.random.default_rng(3).normal(size=3))


def test_what_cannot_be_traced_is_refused_with_its_line() -> None:
    compiled = kobai.compile(lambda x: np.sum(np.array([x[0], x[1]])))
    with pytest.raises(TraceError, match=r"test_compile.py:\d+: a traced value is copied"):
        compiled(np.ones(2))
    with pytest.raises(ArgumentTypeError, match="complex128"):
        kobai.compile(np.sum)(np.ones(2) * 1j)


def test_its_name_and_documentation_are_those_of_the_function() -> None:
    compiled = kobai.compile(logistic)
    assert compiled.__name__ == "logistic"


def test_threads_record_and_run_at_once() -> None:
    compiled = kobai.compile(kobai.value_and_grad(logistic))
    args = [_data(rows) for rows in (3, 1, 50, 8, 1, 9, 2, 40)]
    expected = [kobai.value_and_grad(logistic)(*a) for a in args]
    found: list[Any] = [None] * len(args)
    barrier = threading.Barrier(len(args))

    def work(i: int) -> None:
        barrier.wait(timeout=120)
        for _ in range(5):
            found[i] = compiled(*args[i])

    threads = [threading.Thread(target=work, args=(i,)) for i in range(len(args))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for (value, slope), (wanted, wanted_slope) in zip(found, expected, strict=True):
        assert value == wanted
        assert np.array_equal(slope, wanted_slope)


def _cross_entropy_by_labels(W: Any, X: Any, labels: Any) -> Any:
    scores = X @ W
    logarithms = scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)
    return -np.mean(logarithms[np.arange(len(labels)), labels])


def test_the_gradient_by_what_is_not_used_has_the_shape_of_each_call() -> None:
    slopes = kobai.compile(kobai.grad(lambda w, X: np.sum(w**2), argnums=(0, 1)))
    for rows in (7, 9):
        with warnings.catch_warnings(action="ignore", category=IndependenceWarning):
            _, unused = slopes(np.ones(2), np.ones((rows, 3)))
        assert unused.shape == (rows, 3)


def test_data_win_a_tie_as_constants_do() -> None:
    slope = kobai.grad(lambda w, X: np.sum(np.maximum(w, X)))
    w, X = np.array([1.0, 2.0]), np.array([1.0, 1.0])
    assert slope(w, X).tolist() == kobai.compile(slope)(w, X).tolist() == [0, 1]


def test_a_factorisation_that_depends_on_the_lengths() -> None:
    compiled = kobai.compile(kobai.grad(lambda a: np.sum(np.linalg.svd(a, full_matrices=False)[1])))
    for shape in ((5, 3), (7, 3), (2, 3)):
        a = GENERATOR.normal(size=shape)
        u, _, vh = np.linalg.svd(a, full_matrices=False)
        assert np.allclose(compiled(a), u @ vh, rtol=1e-12)


def test_labels_as_an_index_need_one_recording() -> None:
    counted = Counted(_cross_entropy_by_labels)
    compiled = kobai.compile(kobai.grad(counted))
    W = GENERATOR.normal(size=(4, 3))
    runs = 0
    for rows in (20, 7, 50):
        X, labels = GENERATOR.normal(size=(rows, 4)), GENERATOR.integers(0, 3, rows)
        found = compiled(W, X, labels)
        assert np.allclose(found, kobai.grad(_cross_entropy_by_labels)(W, X, labels), rtol=1e-13)
        runs = runs or counted.runs
    assert counted.runs == runs


@pytest.mark.parametrize(
    "ramp",
    [
        np.arange,
        lambda m: np.arange(1, m + 1),
        lambda m: np.arange(m)[:, None],
        lambda m: np.arange(m)[::-1],
        lambda m: 2 * np.arange(m) + 3,
    ],
    ids=["plain", "from 1", "column", "reversed", "in steps"],
)
def test_numbers_of_places_are_symbolic(ramp: Callable[[int], Any]) -> None:
    counted = Counted(lambda x: np.sum(x * ramp(x.shape[0])))
    compiled = kobai.compile(counted)
    compiled(np.ones(5))
    runs = counted.runs
    for m in (4, 9):
        x = GENERATOR.normal(size=m)
        assert np.isclose(compiled(x), np.sum(x * ramp(m)), rtol=1e-13)
    assert counted.runs == runs
