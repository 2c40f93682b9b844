"""Steps of training without Python in between: where they lead, and when they are left alone."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from tests.backends.losses import (
    LOSSES,
    drawn,
    hinge,
    huber,
    logistic,
    mixture,
    poisson,
    quantile,
)

import kobai
from kobai.backends import steps as native
from kobai.errors import DivergenceWarning
from kobai.graph import OPERATIONS, AnyArray, Graph
from kobai.lower.kernels import Lowered
from kobai.lower.plan import plan
from kobai.lower.steps import in_place
from kobai.ops.indexing import Part
from kobai.optim import Moment, ParameterRule


@pytest.fixture(autouse=True)
def use_native(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KOBAI_BACKEND", "native")


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many steps were made at once, each time."""
    found: list[int] = []
    run = native.Running.run

    def counting(self: native.Running, order: AnyArray, steps: int) -> AnyArray:
        found.append(steps)
        return run(self, order, steps)

    monkeypatch.setattr(native.Running, "run", counting)
    return found


def trained(loss: Callable[..., Any], rows: int, dtype: str = "float64", **settings: Any) -> Any:
    w, b, X, y = drawn(rows, dtype)
    given: dict[str, Any] = {"optimizer": kobai.optim.GradientDescent(0.01), **settings}
    return kobai.minimize(loss, (w, b), data=(X, y), argnums=(0, 1), **given)


def assert_same(one: Any, other: Any, dtype: str = "float64") -> None:
    tolerance = 1e-11 if dtype == "float64" else 2e-4
    for a, b in zip(one.params, other.params, strict=True):
        assert np.asarray(a).dtype == np.asarray(b).dtype
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(one.history, other.history, rtol=tolerance, atol=tolerance)
    assert (one.steps, one.reason) == (other.steps, other.reason)


SMOOTH = (logistic, poisson, hinge, huber, quantile, mixture)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("loss", SMOOTH, ids=lambda loss: loss.__name__)
@pytest.mark.parametrize("batch_size", [None, 1, 7])
def test_they_lead_where_steps_one_by_one_lead(
    loss: Callable[..., Any],
    dtype: str,
    batch_size: int | None,
    made: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings: dict[str, Any] = {"steps": 30, "batch_size": batch_size}
    found = trained(loss, 20, dtype, **settings)
    assert sum(made) >= 8
    monkeypatch.setenv("KOBAI_BACKEND", "numpy")
    assert_same(found, trained(loss, 20, dtype, **settings), dtype)


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.__name__)
def test_any_loss_can_be_trained(loss: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    optimizer = kobai.optim.GradientDescent(1e-4, momentum=0.5, nesterov=True)
    found = trained(loss, 40, steps=6, optimizer=optimizer)
    monkeypatch.setenv("KOBAI_BACKEND", "numpy")
    assert_same(found, trained(loss, 40, steps=6, optimizer=optimizer))


def test_parameters_in_a_nest(made: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    def loss(p: Any, X: Any, y: Any) -> Any:
        h = np.tanh(X @ p["W"] + p["b"][0])
        return np.mean((h @ p["v"] - y) ** 2) + 0.01 * sum(np.sum(a**2) for a in p["b"])

    _, _, X, y = drawn(30, "float64")
    p = {"W": np.full((5, 3), 0.1), "b": [np.zeros(3), np.ones(2)], "v": np.array([1.0, -1, 0.5])}

    def fitted() -> Any:
        return kobai.minimize(loss, p, data=(X, y), epochs=5, batch_size=8)

    found = fitted()
    assert sum(made) > 10
    monkeypatch.setenv("KOBAI_BACKEND", "numpy")
    expected = fitted()
    np.testing.assert_allclose(found.params["W"], expected.params["W"], rtol=1e-12)
    np.testing.assert_allclose(found.params["b"][1], expected.params["b"][1], rtol=1e-12)


def test_divergence_keeps_the_last_finite_step(monkeypatch: pytest.MonkeyPatch) -> None:
    def loss(w: Any) -> Any:
        return np.sum(w**4)

    def run() -> Any:
        with pytest.warns(DivergenceWarning):
            return kobai.minimize(loss, np.array([3.0]), steps=500)

    found = run()
    monkeypatch.setenv("KOBAI_BACKEND", "numpy")
    expected = run()
    assert (found.steps, found.reason) == (expected.steps, expected.reason)
    np.testing.assert_allclose(found.params, expected.params, rtol=1e-12)


def test_a_loss_that_changes_is_made_step_by_step(made: list[int]) -> None:
    calls = []

    def loss(w: Any, X: Any, y: Any) -> Any:
        calls.append(0)
        return np.mean((X @ w - y) ** 2) * (1.0 if len(calls) < 5 else 2.0)

    w, _, X, y = drawn(20, "float64")
    fit = kobai.minimize(loss, w, data=(X, y), steps=40)
    assert fit.loss == pytest.approx(2 * np.mean((X @ fit.params - y) ** 2))
    assert sum(made) < 35


def test_callbacks_see_every_epoch(made: list[int]) -> None:
    seen: list[int] = []
    trained(logistic, 20, steps=10, callbacks=[lambda progress: seen.append(progress.step)])
    assert seen == list(range(1, 11))
    assert not made
    seen.clear()
    trained(
        logistic,
        20,
        epochs=3,
        batch_size=5,
        callbacks=[lambda progress: seen.append(progress.step)],
    )
    assert seen == [4, 8, 12]
    assert made


def test_what_numpy_has_a_part_in_is_left_to_it(made: list[int]) -> None:
    def ranked(w: Any, b: Any, X: Any, y: Any) -> Any:
        return np.mean((np.sort(X @ w) + b - y) ** 2)

    trained(ranked, 20, steps=10, optimizer=kobai.optim.GradientDescent(1e-4))
    assert not made


def test_few_steps_are_not_worth_it(monkeypatch: pytest.MonkeyPatch, made: list[int]) -> None:
    monkeypatch.setenv("KOBAI_BACKEND", "auto")
    trained(logistic, 20, steps=100)
    assert not made
    trained(logistic, 20, steps=2500)
    assert sum(made) > 2000


def test_the_data_may_lie_in_columns(made: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    def loss(w: Any, X: Any, y: Any) -> Any:
        return np.mean((w @ X - y) ** 2)

    w, _, X, y = drawn(20, "float64")

    def run() -> Any:
        return kobai.minimize(loss, w, data=(X.T, y), axis=(1, 0), steps=12, batch_size=5)

    found = run()
    assert not made  # rows are gathered, columns are not
    monkeypatch.setenv("KOBAI_BACKEND", "numpy")
    np.testing.assert_allclose(found.params, run().params, rtol=1e-12)


def test_an_epoch_is_made_in_pieces_between_which_an_interrupt_is_seen(
    made: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = trained(logistic, 40, epochs=4, batch_size=3)
    made.clear()
    monkeypatch.setattr("kobai.training.run.MOST_AT_ONCE", 4)
    found = trained(logistic, 40, epochs=4, batch_size=3)
    assert max(made) <= 4
    assert_same(found, expected)


def test_an_interrupt_ends_training_soon() -> None:
    source = """
import _thread, threading, time
import numpy as np
import kobai

def loss(w, X, y):
    return np.mean((np.tanh(X @ w) - y) ** 2)

X, y = np.ones((2000, 10)), np.ones(2000)
threading.Timer(1.5, _thread.interrupt_main).start()
start = time.perf_counter()
try:
    kobai.minimize(loss, np.zeros(10), data=(X, y), steps=10_000_000, progress=False)
except KeyboardInterrupt:
    assert time.perf_counter() - start < 10
    assert kobai.minimize(loss, np.zeros(10), data=(X, y), steps=3).steps == 3
else:
    raise AssertionError
"""
    subprocess.run([sys.executable, "-c", source], check=True, timeout=60)


class Remembering(ParameterRule):
    """Steps that look at the parameter before: an old value becomes another's new one."""

    @property
    def state_names(self) -> tuple[str, ...]:
        return ("previous",)

    def update(self, w: Any, dw: Any, state: Any, at: Moment) -> Any:
        (previous,) = state
        return w - 0.05 * dw + 0.1 * (w - previous), (w,)


def test_values_that_take_each_others_place(monkeypatch: pytest.MonkeyPatch) -> None:
    settings: dict[str, Any] = {"steps": 25, "batch_size": 5, "optimizer": Remembering()}
    found = trained(logistic, 20, **settings)
    monkeypatch.setenv("KOBAI_BACKEND", "numpy")
    assert_same(found, trained(logistic, 20, **settings))


def net(p: Any, X: Any, T: Any) -> Any:
    z = np.maximum(X @ p[0] + p[1], 0) @ p[2] + p[3]
    return -np.mean(np.sum(T * (z - np.log(np.sum(np.exp(z), axis=1, keepdims=True))), axis=1))


def net_data(rows: int) -> tuple[list[AnyArray], AnyArray, AnyArray]:
    generator = np.random.default_rng(0)
    shapes = ((70, 33), (33,), (33, 10), (10,))
    p = [(0.1 * generator.standard_normal(s)).astype(np.float32) for s in shapes]
    X = generator.standard_normal((rows, 70), np.float32)
    return p, X, np.eye(10, dtype=np.float32)[generator.integers(0, 10, rows)]


@pytest.mark.parametrize("batch_size", [None, 32, 20])
def test_a_net_with_large_products(
    batch_size: int | None, made: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    p, X, T = net_data(128)

    def run() -> Any:
        return kobai.minimize(net, p, data=(X, T), steps=30, batch_size=batch_size)

    found = run()
    assert sum(made) > 15
    monkeypatch.setenv("KOBAI_BACKEND", "numpy")
    expected = run()
    for one, other in zip(found.params, expected.params, strict=True):
        np.testing.assert_allclose(one, other, rtol=2e-3, atol=2e-4)


def test_a_gradient_step_changes_parameters_in_their_own_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found: list[native.NativeSteps] = []
    on = native.NativeSteps.on

    def seen(self: native.NativeSteps, data: Any) -> Any:
        found.append(self)
        return on(self, data)

    monkeypatch.setattr(native.NativeSteps, "on", seen)
    p, X, T = net_data(64)
    kobai.minimize(net, p, data=(X, T), steps=12, batch_size=32)
    assert found[0].copied_back == ()


def test_what_is_read_after_it_changed_is_not_changed_in_place() -> None:
    graph = Graph()
    w, v = (graph.input(name, (8,), np.dtype(float)) for name in "wv")
    transposed = graph.input("m", (8, 8), np.dtype(float))
    total = OPERATIONS["sum"](w * 2.0, axis=(0,), keepdims=True)
    changes = [
        (w, w - total),  # the sum is there before w is overwritten
        (v, v - OPERATIONS["getitem"](v, index=(Part(7, -1, -1),))),  # reads v backwards
        (transposed, transposed + OPERATIONS["transpose"](transposed, axes=(1, 0))),
    ]
    steps = plan([after for _, after in changes], {}).steps
    lowered = [step for step in steps if isinstance(step, Lowered)]
    bound = dict.fromkeys(binding.node for step in lowered for binding in step.bindings)
    number = {node: n for n, node in enumerate(bound)}
    kernels = [step.kernel for step in lowered]
    numbers = [[number[binding.node] for binding in step.bindings] for step in lowered]
    pairs = {number[before]: number[after] for before, after in changes}
    assert in_place(kernels, numbers, pairs) == {number[changes[0][1]]: number[w]}
    twice = {number[w]: number[changes[0][1]], number[v]: number[changes[0][1]]}
    assert in_place(kernels, numbers, twice) == {}
