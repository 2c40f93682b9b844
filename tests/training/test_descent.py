"""Gradient descent, momentum and Nesterov's variant, against loops written by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import kobai
from kobai.graph import AnyArray
from kobai.optim import GradientDescent

GENERATOR = np.random.default_rng(3)
X = GENERATOR.normal(size=(23, 4))
Y = (X @ np.array([1.0, -2.0, 0.5, 0.0]) + GENERATOR.normal(size=23) > 0).astype(float)
START = (GENERATOR.normal(size=4), 0.5)


def _cross_entropy(w: Any, b: Any, X: Any, y: Any) -> Any:
    a = 1 / (1 + np.exp(-(X @ w + b)))
    return np.mean(-(y * np.log(a) + (1 - y) * np.log(1 - a)))


def _slopes(w: AnyArray, b: float, X: AnyArray, y: AnyArray) -> tuple[AnyArray, float]:
    dz = (1 / (1 + np.exp(-(X @ w + b))) - y) / len(y)
    return X.T @ dz, float(np.sum(dz))


def _by_hand(optimizer: GradientDescent, steps: int, batch_size: int) -> tuple[AnyArray, float]:
    """Batches in the order of the data."""
    w, b = np.array(START[0]), START[1]
    vw, vb = np.zeros(4), 0.0
    assert isinstance(optimizer.learning_rate, float)
    rate, momentum = optimizer.learning_rate, optimizer.momentum
    starts = [start for _ in range(steps) for start in range(0, len(Y), batch_size)]
    for start in starts[:steps]:
        rows = slice(start, start + batch_size)
        dw, db = _slopes(w, b, X[rows], Y[rows])
        vw, vb = momentum * vw + dw, momentum * vb + db
        if optimizer.nesterov:
            dw, db = dw + momentum * vw, db + momentum * vb
        else:
            dw, db = vw, vb
        w, b = w - rate * dw, b - rate * db
    return w, b


@pytest.mark.parametrize("batch_size", [23, 10, 1])
@pytest.mark.parametrize(
    "optimizer",
    [
        GradientDescent(0.3),
        GradientDescent(0.3, momentum=0.9),
        GradientDescent(0.3, momentum=0.9, nesterov=True),
    ],
    ids=["plain", "momentum", "Nesterov"],
)
def test_every_step_is_that_of_the_loop_by_hand(
    optimizer: GradientDescent, batch_size: int
) -> None:
    fit = kobai.minimize(
        _cross_entropy,
        START,
        data=(X, Y),
        argnums=(0, 1),
        optimizer=optimizer,
        steps=40,
        batch_size=batch_size,
        shuffle=False,
    )
    w, b = _by_hand(optimizer, 40, batch_size)
    assert np.allclose(fit.params[0], w, rtol=1e-12, atol=1e-12)
    assert np.isclose(fit.params[1], b, rtol=1e-12, atol=1e-12)
    assert fit.steps == 40
    assert np.isclose(fit.loss, _cross_entropy(w, b, X, Y), rtol=1e-12)


@pytest.mark.parametrize(
    ("rate", "steps", "expected", "tolerance"),
    [
        (0.1, 200, -0.5, 1e-12),
        (0.5, 1, -0.5, 1e-15),
        (1e-4, 100, -0.5 + 3.5 * (1 - 2e-4) ** 100, 1e-12),
    ],
    ids=["good", "exact", "too small"],
)
def test_the_parabola_is_descended(
    rate: float, steps: int, expected: float, tolerance: float
) -> None:
    fit = kobai.minimize(lambda x: x**2 + x, 3.0, optimizer=GradientDescent(rate), steps=steps)
    assert abs(fit.params - expected) <= tolerance
    assert (fit.steps, fit.converged) == (steps, False)
    assert fit.reason == f"all {steps} steps are made"
    assert len(fit.history) == steps
    assert fit.history[0] == 12.0


def test_a_step_that_is_too_large_runs_away_and_is_stopped() -> None:
    with pytest.warns(kobai.errors.DivergenceWarning, match="Try a smaller learning rate"):
        fit = kobai.minimize(lambda x: x**2 + x, 3.0, optimizer=GradientDescent(1.5), steps=2000)
    assert fit.steps < 2000
    assert np.isfinite(fit.params)
    assert np.isfinite(fit.loss)
    assert fit.reason.startswith("diverged: the loss is inf at step ")


def test_without_steps_a_thousand_are_made() -> None:
    assert kobai.minimize(lambda x: x**2, 1.0).steps == 1000


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"learning_rate": 0}, "the learning rate is 0\n  Repair: give a finite number above 0"),
        ({"learning_rate": -1.0}, "the learning rate is -1.0"),
        ({"learning_rate": np.inf}, "the learning rate is inf"),
        ({"learning_rate": np.nan}, "the learning rate is nan"),
        ({"learning_rate": "0.1"}, "the learning rate is '0.1'"),
        ({"learning_rate": True}, "the learning rate is True"),
        ({"momentum": 1.0}, "the momentum is 1.0\n  Repair: give a number from 0 to below 1"),
        ({"momentum": -0.1}, "the momentum is -0.1"),
        ({"momentum": None}, "the momentum is None"),
        (
            {"nesterov": True},
            "nesterov without momentum changes nothing\n  Repair: give a momentum, such as 0.9",
        ),
    ],
    ids=str,
)
def test_settings_that_are_no_descent_are_refused(settings: Any, text: str) -> None:
    with pytest.raises(kobai.errors.ArgumentError) as caught:
        GradientDescent(**{"learning_rate": 0.1, **settings})
    assert str(caught.value).startswith(text)


def test_a_learning_rate_of_any_real_kind_will_do() -> None:
    rates: tuple[Any, ...] = (1, 0.25, np.float32(0.5), np.int64(1))
    for rate in rates:
        fit = kobai.minimize(lambda x: x, 3.0, optimizer=GradientDescent(rate), steps=1)
        assert fit.params == 3.0 - float(rate)


def test_a_velocity_is_remembered_where_there_is_momentum() -> None:
    assert GradientDescent(0.1).state_names == ()
    assert GradientDescent(0.1, momentum=0.9).state_names == ("velocity",)
