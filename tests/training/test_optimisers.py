"""Every optimiser against a plain NumPy loop: backends, precisions, all kinds of batches."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import kobai
from kobai.backends import steps as native
from kobai.errors import ArgumentError
from kobai.graph import AnyArray
from kobai.optim import (
    AdaGrad,
    Adam,
    AdamW,
    Averaging,
    ClipByNorm,
    ClipByValue,
    Cosine,
    GradientDescent,
    InverseScaling,
    RMSProp,
    StepDecay,
    WarmUp,
    WeightDecay,
)

GENERATOR = np.random.default_rng(11)
X = GENERATOR.normal(size=(23, 4))
Y = X @ np.array([1.0, -2.0, 0.5, 0.0]) + GENERATOR.normal(size=23)
START = (GENERATOR.normal(size=4), np.float64(0.5))

Slopes = list[AnyArray]
# A step by hand: parameters and slopes to parameters, for the t-th of so many steps.
Step = Callable[[list[Any], list[Any], int, int], list[Any]]


def loss(w: Any, b: Any, X: Any, y: Any) -> Any:
    r = X @ w + b - y
    return np.mean(r * r)


def slopes(w: Any, b: Any, X: Any, y: Any) -> list[Any]:
    r = X @ w + b - y
    dz = r * w.dtype.type(2) / w.dtype.type(len(y))
    return [X.T @ dz, np.sum(dz)]


class Hand:
    """Memory of an optimiser by hand: zeros for each parameter, of its dtype."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, int], Any] = {}

    def get(self, name: str, number: int, like: Any) -> Any:
        return self._kept.get((name, number), np.zeros_like(like))

    def set(self, name: str, number: int, value: Any) -> Any:
        self._kept[name, number] = value
        return value


def adagrad(rate: Callable[[int, int], float], epsilon: float = 1e-10) -> Step:
    kept = Hand()

    def step(params: list[Any], grads: list[Any], t: int, steps: int) -> list[Any]:
        found = []
        for i, (w, g) in enumerate(zip(params, grads, strict=True)):
            of = w.dtype.type
            s = kept.set("s", i, kept.get("s", i, w) + g * g)
            found.append(w - of(rate(t, steps)) * g / (np.sqrt(s) + of(epsilon)))
        return found

    return step


def rmsprop(rate: float, decay: float, momentum: float, *, centered: bool) -> Step:
    kept = Hand()

    def step(params: list[Any], grads: list[Any], t: int, steps: int) -> list[Any]:
        found = []
        for i, (w, g) in enumerate(zip(params, grads, strict=True)):
            of = w.dtype.type
            s = of(decay) * kept.get("s", i, w) + of(1 - decay) * (g * g)
            kept.set("s", i, s)
            if centered:
                mean = of(decay) * kept.get("mean", i, w) + of(1 - decay) * g
                kept.set("mean", i, mean)
                s = np.maximum(s - mean * mean, 0)
            v = of(momentum) * kept.get("v", i, w) + g / (np.sqrt(s) + of(1e-8))
            kept.set("v", i, v)
            found.append(w - of(rate) * v)
        return found

    return step


def adam(
    rate: Callable[[int, int], float], decay: float = 0.0, beta1: float = 0.9, beta2: float = 0.999
) -> Step:
    """In the paper's own order, with the means corrected and not the rate."""
    kept = Hand()

    def step(params: list[Any], grads: list[Any], t: int, steps: int) -> list[Any]:
        found = []
        for i, (w, g) in enumerate(zip(params, grads, strict=True)):
            of = w.dtype.type
            m = kept.set("m", i, of(beta1) * kept.get("m", i, w) + of(1 - beta1) * g)
            v = kept.set("v", i, of(beta2) * kept.get("v", i, w) + of(1 - beta2) * g * g)
            m_hat = m / of(1 - beta1 ** (t + 1))
            v_hat = v / of(1 - beta2 ** (t + 1))
            α = rate(t, steps)
            new = w - of(α) * m_hat / (np.sqrt(v_hat) + of(1e-8))
            found.append(new - of(α * decay) * w)
        return found

    return step


def descent(rate: Callable[[int, int], float], change: Any = None) -> Step:
    def step(params: list[Any], grads: list[Any], t: int, steps: int) -> list[Any]:
        changed = change(params, grads) if change else grads
        return [w - w.dtype.type(rate(t, steps)) * g for w, g in zip(params, changed, strict=True)]

    return step


def by_norm(params: list[Any], grads: list[Any]) -> list[Any]:
    norm = math.sqrt(sum(float(np.sum(g * g)) for g in grads))
    return [g * g.dtype.type(min(0.5 / norm, 1.0)) for g in grads]


def constant(value: float) -> Callable[[int, int], float]:
    return lambda t, steps: value


def cosine(t: int, steps: int) -> float:
    return 0.05 * (1 + math.cos(math.pi * t / steps))


def warm(t: int, steps: int) -> float:
    return 0.1 * (t + 1) / 6 if t < 5 else 0.1 / math.sqrt(t - 5 + 1)


CASES: dict[str, tuple[Any, Callable[[], Step]]] = {
    "AdaGrad": (AdaGrad(0.3), lambda: adagrad(constant(0.3))),
    "AdaGrad, step decay": (
        AdaGrad(StepDecay(0.3, 7, 0.5)),
        lambda: adagrad(lambda t, steps: 0.3 * 0.5 ** (t // 7)),
    ),
    "RMSProp": (RMSProp(0.01), lambda: rmsprop(0.01, 0.9, 0.0, centered=False)),
    "RMSProp, all options": (
        RMSProp(0.01, 0.95, 0.5, centered=True),
        lambda: rmsprop(0.01, 0.95, 0.5, centered=True),
    ),
    "Adam": (Adam(0.05), lambda: adam(constant(0.05))),
    "Adam, cosine": (Adam(Cosine(0.1)), lambda: adam(cosine)),
    "Adam, a function": (
        Adam(lambda t: 0.1 / np.sqrt(1 + t)),
        lambda: adam(lambda t, steps: 0.1 / math.sqrt(1 + t)),
    ),
    "AdamW": (AdamW(0.05, weight_decay=0.3), lambda: adam(constant(0.05), 0.3)),
    "AdamW as it is composed": (
        WeightDecay(Adam(0.05), 0.3, decoupled=True),
        lambda: adam(constant(0.05), 0.3),
    ),
    "warm-up": (
        GradientDescent(WarmUp(InverseScaling(0.1), 5)),
        lambda: descent(warm),
    ),
    "by norm": (ClipByNorm(GradientDescent(0.1), 0.5), lambda: descent(constant(0.1), by_norm)),
    "by value": (
        ClipByValue(GradientDescent(0.1), 0.25),
        lambda: descent(constant(0.1), lambda _, grads: [np.clip(g, -0.25, 0.25) for g in grads]),
    ),
    "weight decay": (
        WeightDecay(GradientDescent(0.1), 0.5, skip=("b",)),
        lambda: descent(
            constant(0.1), lambda ps, gs: [gs[0] + gs[0].dtype.type(0.5) * ps[0], gs[1]]
        ),
    ),
}


def by_hand(step: Step, steps: int, batch: int, dtype: str) -> Iterator[list[Any]]:
    """The parameters after each step; batches in the order of the data."""
    params: list[Any] = [np.asarray(value, dtype)[()] for value in START]
    rows, labels = X.astype(dtype), Y.astype(dtype)
    starts = [start for _ in range(steps) for start in range(0, len(Y), batch)]
    for t, start in enumerate(starts[:steps]):
        part = slice(start, start + batch)
        params = step(params, slopes(params[0], params[1], rows[part], labels[part]), t, steps)
        yield params


def trained(optimizer: Any, steps: int, batch: int, dtype: str, **settings: Any) -> Any:
    return kobai.minimize(
        loss,
        tuple(np.asarray(value, dtype)[()] for value in START),
        data=(X.astype(dtype), Y.astype(dtype)),
        argnums=(0, 1),
        optimizer=optimizer,
        steps=steps,
        batch_size=batch,
        shuffle=False,
        **settings,
    )


@pytest.mark.parametrize(
    ("backend", "batch", "dtype"),
    [
        ("numpy", 23, "float64"),
        ("numpy", 10, "float32"),
        ("numpy", 1, "float64"),
        ("native", 23, "float32"),
        ("native", 10, "float64"),
    ],
)
@pytest.mark.parametrize("case", CASES)
def test_every_step_is_that_of_the_loop_by_hand(
    case: str, batch: int, dtype: str, backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KOBAI_BACKEND", backend)
    optimizer, step = CASES[case]
    fit = trained(optimizer, 40, batch, dtype)
    *_, expected = by_hand(step(), 40, batch, dtype)
    tolerance = 1e-12 if dtype == "float64" else 3e-5
    for found, exact in zip(fit.params, expected, strict=True):
        assert found.dtype == dtype
        np.testing.assert_allclose(found, exact, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("case", ["AdaGrad", "RMSProp", "RMSProp, all options", "by value"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_step_is_the_same_bits(case: str, dtype: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a loss whose slopes are numbers at hand, so that nothing but the step is computed."""
    monkeypatch.setenv("KOBAI_BACKEND", "numpy")
    optimizer, hand = CASES[case]
    c, w = X[0].astype(dtype), X[1].astype(dtype)
    fit = kobai.minimize(lambda w: np.sum(c * w), w, optimizer=optimizer, steps=20)
    step = hand()
    for t in range(20):
        (w,) = step([w], [c], t, 20)
    assert np.array_equal(fit.params, w)


@pytest.mark.parametrize("backend", ["numpy", "native"])
@pytest.mark.parametrize(("decay", "start"), [(None, 0), (None, 7), (0.9, 0), (0.9, 3)])
def test_a_mean_of_the_parameters_is_exact_from_its_first_step(
    decay: float | None, start: int, backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KOBAI_BACKEND", backend)
    optimizer = Averaging(GradientDescent(0.1, momentum=0.5), decay=decay, start=start)
    plain = GradientDescent(0.1, momentum=0.5)
    path: list[Any] = []
    trained(plain, 25, 23, "float64", callbacks=[lambda p: path.append(p.params)])
    for steps in (1, 25):
        fit = trained(optimizer, steps, 23, "float64")
        kept = path[start:steps] or path[steps - 1 : steps]
        weights = np.array([(decay or 1.0) ** (len(kept) - 1 - k) for k in range(len(kept))])
        for number, found in enumerate(fit.params):
            entries = [params[number] for params in kept]
            exact = np.average(entries, axis=0, weights=weights)
            np.testing.assert_allclose(found, exact, rtol=1e-12, atol=1e-14)
        assert fit.loss == pytest.approx(loss(fit.params[0], fit.params[1], X, Y), rel=1e-12)


@pytest.mark.parametrize("case", ["AdaGrad, step decay", "Adam, a function", "by norm"])
@pytest.mark.parametrize("batch", [23, 10])
def test_the_number_of_the_step_goes_on_from_stretch_to_stretch(
    case: str, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With callbacks, epochs are made one by one; without, as many at once as can be."""
    monkeypatch.setenv("KOBAI_BACKEND", "native")
    made: list[int] = []
    run = native.Running.run

    def counting(self: native.Running, order: AnyArray, steps: int) -> AnyArray:
        made.append(steps)
        return run(self, order, steps)

    monkeypatch.setattr(native.Running, "run", counting)
    optimizer, _ = CASES[case]
    at_once = trained(optimizer, 90, batch, "float64")
    assert sum(made) >= 59  # all whole batches but the first, whose step is recorded
    one_by_one = trained(optimizer, 90, batch, "float64", callbacks=[lambda progress: False])
    for a, b in zip(at_once.params, one_by_one.params, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("backend", ["numpy", "native"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_adams_first_step_is_the_rate_in_the_gradients_direction(
    dtype: str, backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KOBAI_BACKEND", backend)
    start = np.array([1e-3, 2.0, -3e4], dtype)
    fit = kobai.minimize(
        lambda w: np.sum(w * w),
        np.zeros(3, dtype) + start,
        optimizer=Adam(0.5, epsilon=1e-30),
        steps=1,
    )
    expected = start - np.sign(start).astype(dtype) * np.asarray(0.5, dtype)
    np.testing.assert_allclose(fit.params, expected, rtol=4 * float(np.finfo(dtype).eps))


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
def test_parameters_and_means_keep_their_dtype(dtype: str) -> None:
    start = np.ones(3, dtype)
    for optimizer in (Adam(Cosine(0.1)), RMSProp(centered=True), Averaging(AdaGrad(), 0.9)):
        fit = kobai.minimize(lambda w: np.sum(w * w), start, optimizer=optimizer, steps=3)
        assert fit.params.dtype == dtype


def test_parameters_of_two_precisions_share_a_norm() -> None:
    start = (np.array([3.0], np.float32), np.array([4.0]))
    fit = kobai.minimize(
        lambda p: np.sum(p[0] * p[0]) + np.sum(p[1] * p[1]),
        start,
        optimizer=ClipByNorm(GradientDescent(1.0), 5.0),
        steps=1,
    )
    assert [p.dtype for p in fit.params] == [np.float32, np.float64]
    np.testing.assert_allclose([p[0] for p in fit.params], [0.0, 0.0], atol=1e-7)


@pytest.mark.parametrize("backend", ["numpy", "native"])
def test_a_gradient_of_zero_moves_nothing(backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KOBAI_BACKEND", backend)
    for optimizer in (AdaGrad(), RMSProp(), Adam(), ClipByNorm(GradientDescent(0.1), 1.0)):
        fit = kobai.minimize(lambda w: np.sum(w * w), np.zeros(2), optimizer=optimizer, steps=5)
        assert np.array_equal(fit.params, np.zeros(2)), optimizer


def test_the_order_of_argnums_is_that_of_the_parameters() -> None:
    w, b = START
    for optimizer in (GradientDescent(0.1), Adam(0.1)):
        settings: dict[str, Any] = {"optimizer": optimizer, "steps": 30, "data": (X, Y)}
        one = kobai.minimize(loss, (w, b), argnums=(0, 1), **settings)
        other = kobai.minimize(loss, (b, w), argnums=(1, 0), **settings)
        assert np.array_equal(one.params[0], other.params[1])
        assert one.params[1] == other.params[0]


@pytest.mark.parametrize("driver", [kobai.optim.LBFGS(), kobai.optim.NewtonCG()])
def test_a_driver_is_no_update(driver: Any) -> None:
    def loss(x: Any) -> Any:
        return np.sum(x**2)

    with pytest.raises(ArgumentError, match="steps are no formula"):
        kobai.derive(loss, np.ones(2), optimizer=driver)
    with pytest.raises(ArgumentError, match="steps are no formula"):
        kobai.export(loss, np.ones(2), program="training", optimizer=driver)
    with pytest.raises(ArgumentError, match="steps are no formula"):
        kobai.optim.WeightDecay(driver, 0.1)
    with pytest.raises(ArgumentError, match="has no learning rate"):
        kobai.minimize(loss, np.ones(2), optimizer=driver).stability()
