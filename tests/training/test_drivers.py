"""How drivers behave inside `minimize`: nests, dtypes, endings, refusals."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import kobai
from kobai.errors import (
    ArgumentError,
    ArgumentTypeError,
    DivergenceWarning,
    IndependenceWarning,
    TraceError,
)
from kobai.graph import AnyArray
from kobai.optim import LBFGS, Driver, LevenbergMarquardt, NewtonCG
from kobai.optim.lbfgs import Memory

GENERATOR = np.random.default_rng(7)
X = GENERATOR.normal(size=(60, 4))
Y = (X @ np.array([1.0, -2.0, 0.5, 0.0]) + GENERATOR.normal(size=60) > 0).astype(float)
CLASSES = np.eye(3)[GENERATOR.integers(3, size=60)]
BOTH: list[Driver] = [LBFGS(), NewtonCG()]
ALL: list[Driver] = [*BOTH, LevenbergMarquardt()]


def _name(driver: Driver) -> str:
    return type(driver).__name__


def _logistic(w: Any, b: Any, X: Any, y: Any) -> Any:
    a = 1 / (1 + np.exp(-(X @ w + b)))
    return np.mean(-(y * np.log(a) + (1 - y) * np.log(1 - a))) + 0.01 * np.sum(w**2)


def _softmax(params: Any, X: Any, T: Any) -> Any:
    z = X @ params["W"] + params["c"]
    Y = np.exp(z) / np.sum(np.exp(z), axis=1, keepdims=True)
    return -np.sum(T * np.log(Y)) / len(X) + 0.01 * np.sum(params["W"] ** 2)


def _logistic_by_newton() -> AnyArray:
    """Newton's method by hand, from slopes and curvatures derived by hand."""
    Z = np.column_stack([X, np.ones(60)])
    penalty = 0.02 * np.array([1, 1, 1, 1, 0.0])
    v = np.zeros(5)
    for _ in range(30):
        a = 1 / (1 + np.exp(-Z @ v))
        H = (Z.T * (a * (1 - a))) @ Z / 60 + np.diag(penalty)
        v = v - np.linalg.solve(H, Z.T @ (a - Y) / 60 + penalty * v)
    return v


def _softmax_by_newton() -> AnyArray:
    """The same for three classes; the offsets of the classes are fixed by a zero sum."""
    Z = np.column_stack([X, np.ones(60)])
    penalty = np.repeat([0.02, 0.02, 0.02, 0.02, 0.0], 3)
    v = np.zeros(15)
    for _ in range(30):
        z = Z @ v.reshape(5, 3)
        P = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        slope = (Z.T @ (P - CLASSES) / 60).reshape(-1) + penalty * v
        H = np.diag(penalty)
        for p, x in zip(P, Z, strict=True):
            H = H + np.kron(np.outer(x, x), np.diag(p) - np.outer(p, p)) / 60
        v = v - np.linalg.lstsq(H, slope, rcond=1e-12)[0]
    return v.reshape(5, 3)


@pytest.mark.parametrize("driver", BOTH, ids=_name)
@pytest.mark.parametrize("backend", ["numpy", "native"])
def test_logistic_regression_reaches_the_optimum(
    driver: Driver, backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KOBAI_BACKEND", backend)
    start = (np.zeros(4), 0.0)
    fit = kobai.minimize(_logistic, start, data=(X, Y), argnums=(0, 1), optimizer=driver)
    v = _logistic_by_newton()
    assert fit.converged, fit.reason
    assert fit.loss == pytest.approx(_logistic(v[:4], v[4], X, Y), rel=1e-14)
    accuracy = 1e-12 if isinstance(driver, NewtonCG) else 1e-9
    assert np.allclose(np.append(*fit.params), v, rtol=accuracy, atol=0)


@pytest.mark.parametrize("driver", BOTH, ids=_name)
@pytest.mark.parametrize("backend", ["numpy", "native"])
def test_softmax_regression_reaches_the_optimum(
    driver: Driver, backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its Hessian is singular: adding a number to all offsets changes nothing."""
    monkeypatch.setenv("KOBAI_BACKEND", backend)
    start = {"W": np.zeros((4, 3)), "c": np.zeros(3)}
    fit = kobai.minimize(_softmax, start, data=(X, CLASSES), optimizer=driver)
    v = _softmax_by_newton()
    best = {"W": v[:4], "c": v[4]}
    assert fit.converged, fit.reason
    assert fit.loss == pytest.approx(_softmax(best, X, CLASSES), rel=1e-14)
    accuracy = 1e-12 if isinstance(driver, NewtonCG) else 1e-8
    assert np.allclose(fit.params["W"], best["W"], rtol=accuracy, atol=accuracy)


@pytest.mark.parametrize("driver", BOTH, ids=_name)
def test_the_bits_are_the_same_for_any_number_of_threads(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KOBAI_BACKEND", "native")
    X = np.random.default_rng(1).normal(size=(20_000, 12))
    y = (X[:, 0] > 0.3 * X[:, 1]).astype(float)
    found = []
    for threads in ("1", "2", "3"):
        monkeypatch.setenv("KOBAI_THREADS", threads)
        fit = kobai.minimize(
            _logistic, (np.zeros(12), 0.0), data=(X, y), argnums=(0, 1), optimizer=driver
        )
        found.append((fit.params[0].tobytes(), fit.params[1], fit.history.tobytes()))
    assert found[1:] == found[:1] * 2


@pytest.mark.parametrize("argnums", [(0, 1), (1, 0)])
def test_parameters_come_back_in_the_order_in_which_they_were_given(
    argnums: tuple[int, int],
) -> None:
    def loss(a: Any, b: Any, x: Any) -> Any:
        return np.mean((a - x) ** 2) + np.sum((b - 7) ** 2)

    nests = (np.array(0.0), {"b": [np.zeros(2), np.ones((1, 2))]})
    given = tuple(nests[number] for number in argnums)

    def whole(a: Any, b: Any, x: Any) -> Any:
        return loss(a, b["b"][0], x) + np.sum((b["b"][1] - 1) ** 2)

    fit = kobai.minimize(
        whole, given, data=np.array([1.0, 3.0]), argnums=argnums, optimizer=LBFGS()
    )
    found = dict(zip(argnums, fit.params, strict=True))
    assert found[0] == pytest.approx(2)
    assert found[1]["b"][0] == pytest.approx(np.full(2, 7.0))
    assert found[1]["b"][1].shape == (1, 2)


@pytest.mark.parametrize("driver", ALL, ids=_name)
def test_dtypes_are_kept_and_their_floor_is_reached(driver: Driver) -> None:
    t = np.linspace(0, 1, 20, dtype=np.float32)
    y = (2 * np.exp(-3 * t)).astype(np.float32)

    def residuals(params: Any, t: Any, y: Any) -> Any:
        return y - params[0] * np.exp(-params[1] * t)

    def loss(params: Any, t: Any, y: Any) -> Any:
        return np.sum(residuals(params, t, y) ** 2)

    start = [np.float32(1), np.array([1.0], np.float32)]
    function = loss if driver.minimises == "loss" else residuals
    fit = kobai.minimize(function, start, data=(t, y), optimizer=driver)
    assert fit.converged, fit.reason
    assert [np.asarray(p).dtype for p in fit.params] == [np.float32, np.float32]
    assert fit.params[0] == pytest.approx(2, rel=1e-5)
    assert fit.params[1] == pytest.approx(3, rel=1e-5)


@pytest.mark.parametrize("driver", ALL, ids=_name)
def test_parameters_of_several_dtypes(driver: Driver) -> None:
    def residuals(params: Any) -> Any:
        return np.concatenate([params["a"].astype(float) - 3, params["b"] - np.arange(2.0)])

    def loss(params: Any) -> Any:
        return np.sum(residuals(params) ** 2) + 1

    start = {"a": np.zeros(3, np.float32), "b": np.full(2, 5.0)}
    function = loss if driver.minimises == "loss" else residuals
    fit = kobai.minimize(function, start, optimizer=driver)
    assert fit.params["a"].dtype == np.float32
    assert np.array_equal(fit.params["a"], np.full(3, 3, np.float32))
    assert np.allclose(fit.params["b"], np.arange(2.0), atol=1e-7)


@pytest.mark.parametrize("driver", BOTH, ids=_name)
def test_the_history_begins_with_the_first_loss_and_never_rises(driver: Driver) -> None:
    fit = kobai.minimize(
        _logistic, (np.zeros(4), 0.0), data=(X, Y), argnums=(0, 1), optimizer=driver
    )
    assert len(fit.history) == fit.steps + 1
    assert fit.history[0] == pytest.approx(np.log(2))
    assert fit.history[-1] == fit.loss
    assert np.all(np.diff(fit.history) <= 1e-13)


@pytest.mark.parametrize("driver", ALL, ids=_name)
def test_it_ends_within_the_tolerance(driver: Driver) -> None:
    fit = kobai.minimize(
        lambda x: (np.exp(x) - x) ** (1 if driver.minimises == "loss" else 0.5),
        np.array([2.0]) if driver.minimises == "residuals" else 2.0,
        optimizer=driver,
        tolerance=1e-3,
    )
    assert fit.converged
    assert 0 < abs(np.exp(fit.params) - 1) <= 1e-3
    assert fit.reason == f"the gradient is at most 0.001 after {fit.steps} steps"


def test_a_tolerance_below_rounding_is_not_called_converged() -> None:
    fit = kobai.minimize(
        lambda x: np.sum((x - np.pi) ** 2) * 1e8 + 1,
        np.zeros(3),
        optimizer=LBFGS(),
        tolerance=1e-30,
    )
    assert fit.converged == (fit.reason.startswith("the gradient is at most"))
    if not fit.converged:
        assert "above the tolerance of 1e-30" in fit.reason


@pytest.mark.parametrize("driver", ALL, ids=_name)
def test_steps_run_out(driver: Driver) -> None:
    def residuals(x: Any) -> Any:
        return np.concatenate([10 * (x[1:] - x[:-1] ** 2), 1 - x[:-1]])

    function = residuals if driver.minimises == "residuals" else lambda x: sum(residuals(x) ** 2)
    fit = kobai.minimize(function, np.array([-1.2, 1.0]), optimizer=driver, steps=3)
    assert (fit.steps, fit.converged, len(fit.history)) == (3, False, 3)
    assert fit.reason == "all 3 steps are made"
    assert fit.loss < fit.history[-1]
    none = kobai.minimize(function, np.array([-1.2, 1.0]), optimizer=driver, steps=0)
    assert none.params.tolist() == [-1.2, 1.0]


def test_callbacks_see_each_step_and_may_end_it() -> None:
    seen: list[Any] = []

    def callback(progress: Any) -> bool:
        seen.append((progress.step, progress.loss, progress.params))
        return len(seen) == 4

    fit = kobai.minimize(
        _logistic,
        (np.zeros(4), 0.0),
        data=(X, Y),
        argnums=(0, 1),
        optimizer=LBFGS(),
        callbacks=[callback],
    )
    assert [step for step, *_ in seen] == [1, 2, 3, 4]
    assert fit.reason == "a callback ended training after 4 steps"
    assert seen[-1][1] == fit.loss
    assert np.array_equal(seen[-1][2][0], fit.params[0])


def test_an_interrupt_is_passed_on_as_by_other_optimisers() -> None:
    def callback(progress: Any) -> None:
        if progress.step == 3:
            raise KeyboardInterrupt

    for optimizer in (NewtonCG(), kobai.optim.GradientDescent(0.1)):
        with pytest.raises(KeyboardInterrupt):
            kobai.minimize(
                _logistic,
                (np.zeros(4), 0.0),
                data=(X, Y),
                argnums=(0, 1),
                optimizer=optimizer,
                callbacks=[callback],
            )


@pytest.mark.parametrize("driver", ALL, ids=_name)
def test_a_start_without_a_finite_loss_is_said(driver: Driver) -> None:
    with pytest.warns(DivergenceWarning, match="the loss is nan at step 1"):
        fit = kobai.minimize(lambda x: np.log(x) * np.ones(2) if driver.minimises == "residuals"
                             else np.log(x[0]), np.array([-1.0]), optimizer=driver)  # fmt: skip
    assert fit.params.tolist() == [-1.0]
    assert not fit.converged


@pytest.mark.parametrize("driver", ALL, ids=_name)
def test_places_without_a_finite_loss_are_kept_away_from(driver: Driver) -> None:
    """The logarithm ends at 0, near the minimum; exp overflows where a step may well go."""

    def residuals(x: Any) -> Any:
        return np.stack([np.log(x[0]) + 9, np.exp(np.exp(x[1])) - 20, x[0] * x[1]])

    function = residuals if driver.minimises == "residuals" else lambda x: sum(residuals(x) ** 2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit = kobai.minimize(function, np.array([3.0, -4.0]), optimizer=driver)
    assert fit.converged, fit.reason
    assert fit.params[0] == pytest.approx(np.exp(-9), rel=1e-3)
    assert fit.params[1] == pytest.approx(np.log(np.log(20)), rel=1e-3)


@pytest.mark.parametrize("driver", BOTH, ids=_name)
@pytest.mark.parametrize("sign", [1, -1])
def test_a_loss_without_a_minimum_is_said(driver: Driver, sign: int) -> None:
    with pytest.warns(DivergenceWarning, match="seems to have no minimum"):
        fit = kobai.minimize(lambda x: sign * x - x**2 * (sign < 0), 1.0, optimizer=driver)
    assert not fit.converged
    assert np.isfinite(fit.params)


@pytest.mark.parametrize("driver", BOTH, ids=_name)
def test_a_gradient_that_is_not_that_of_the_loss_is_said(driver: Driver) -> None:
    fit = kobai.minimize(lambda x: 2 * kobai.stop_gradient(x) - x, 1.0, optimizer=driver)
    assert not fit.converged
    assert "its gradient is not that of the loss" in fit.reason
    assert fit.params == pytest.approx(1)


def test_negative_curvature_is_followed() -> None:
    """From next to a saddle, whose gradient vanishes and where Newton's step would go uphill."""

    def loss(x: Any) -> Any:
        return (x[0] ** 2 - 1) ** 2 + x[1] ** 2

    fit = kobai.minimize(loss, np.array([1e-12, 0.5]), optimizer=NewtonCG())
    assert fit.loss < 1e-20


def test_a_function_may_branch_on_values() -> None:
    def huber(w: Any, x: Any) -> Any:
        away = w - 3
        return away**2 if abs(away) < 1 else 2 * abs(away) - 1 + 0 * np.sum(x)

    for driver in BOTH:
        fit = kobai.minimize(huber, 40.0, data=np.ones(2), optimizer=driver)
        assert fit.params == pytest.approx(3)


def test_a_function_that_draws_is_refused() -> None:
    with pytest.raises(TraceError, match="draws random numbers"):
        kobai.minimize(
            lambda w: np.sum((w - np.random.normal(size=2)) ** 2), np.zeros(2), optimizer=LBFGS()
        )


@pytest.mark.parametrize("driver", ALL, ids=_name)
def test_batches_are_refused_with_a_repair(driver: Driver) -> None:
    with pytest.raises(ArgumentError, match="leave out batch_size") as caught:
        kobai.minimize(
            lambda w, x: np.sum(w - x), 1.0, data=np.ones(9), optimizer=driver, batch_size=4
        )
    assert _name(driver) in str(caught.value)


def test_what_is_returned_has_to_fit_the_driver() -> None:
    with pytest.raises(ArgumentError, match="residuals are wanted"):
        kobai.minimize(lambda w: w**2, 1.0, optimizer=LevenbergMarquardt())
    with pytest.raises(ArgumentError, match="one real number"):
        kobai.minimize(lambda w: w**2 * np.ones(2), 1.0, optimizer=LBFGS())
    with pytest.raises(ArgumentTypeError, match="dtype int"):
        kobai.minimize(lambda w: w**2, 1, optimizer=LBFGS())


@pytest.mark.parametrize(
    ("driver", "settings"),
    [
        (LBFGS, {"memory": 0}),
        (LBFGS, {"memory": 2.5}),
        (NewtonCG, {"products": -1}),
        (LevenbergMarquardt, {"radius": 0}),
        (LevenbergMarquardt, {"radius": np.inf}),
    ],
)
def test_settings_outside_their_range_are_refused(driver: Any, settings: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError, match="Repair"):
        driver(**settings)


@pytest.mark.parametrize("driver", BOTH, ids=_name)
def test_a_parameter_without_influence_stays(driver: Driver) -> None:
    with pytest.warns(IndependenceWarning, match="parameter b"):
        fit = kobai.minimize(lambda p: (p["a"] - 1) ** 2, {"a": 0.0, "b": 5.0}, optimizer=driver)
    assert fit.params["a"] == pytest.approx(1)
    assert fit.params["b"] == 5.0


def test_fewer_residuals_than_parameters() -> None:
    fit = kobai.minimize(
        lambda x: np.stack([np.sum(x) - 1, x[0] * x[1] - 2]),
        np.ones(5),
        optimizer=LevenbergMarquardt(),
    )
    assert fit.loss < 1e-28
    assert fit.covariance is not None
    assert np.isinf(fit.covariance).all()


def test_the_covariance_is_that_of_linear_least_squares() -> None:
    target = X @ np.array([1.0, 2, 3, 4]) + np.sin(np.arange(60.0))
    fit = kobai.minimize(
        lambda w, X, y: y - X @ w, np.zeros(4), data=(X, target), optimizer=LevenbergMarquardt()
    )
    w, squares, *_ = np.linalg.lstsq(X, target)
    assert fit.covariance is not None
    assert np.allclose(fit.params, w, rtol=1e-13)
    assert np.allclose(fit.covariance, squares[0] / 56 * np.linalg.inv(X.T @ X), rtol=1e-12)


@pytest.mark.parametrize("size", [7, 3000])
def test_the_compact_product_is_that_of_the_two_loops(size: int) -> None:
    """Nocedal and Wright, algorithm 7.4."""
    memory = Memory(4, size)
    pairs: list[tuple[AnyArray, AnyArray]] = []
    bends = np.linspace(1, 9, size)
    for _ in range(9):
        s = GENERATOR.normal(size=size)
        memory.add(s, bends * s)
        pairs = [*pairs[-3:], (s, bends * s)]
        g = GENERATOR.normal(size=size)
        q, kept = g, []
        for s, y in reversed(pairs):
            kept.append((s @ q) / (s @ y))
            q = q - kept[-1] * y
        s, y = pairs[-1]
        q = q * ((s @ y) / (y @ y))
        for (s, y), share in zip(pairs, reversed(kept), strict=True):
            q = q + s * (share - (y @ q) / (s @ y))
        assert np.allclose(memory.product(g), q, rtol=1e-11, atol=1e-12)
