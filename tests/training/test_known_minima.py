"""Drivers on problems whose minima are published, or known in closed form."""

from __future__ import annotations

import warnings
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import scipy.optimize
from tests.training.minima import PROBLEMS, Problem
from tests.training.nist import REGRESSIONS, Regression

import kobai
from kobai.graph import AnyArray
from kobai.optim import LBFGS, Driver, LevenbergMarquardt, NewtonCG
from kobai.optim.driver import Point
from kobai.training import Fit

DRIVERS: list[Driver] = [LBFGS(), NewtonCG(), LevenbergMarquardt()]


def _solved(problem: Problem, driver: Driver) -> Fit:
    function = problem.loss if driver.minimises == "loss" else problem.residuals
    return kobai.minimize(function, np.array(problem.start, float), optimizer=driver, steps=5000)


@pytest.mark.parametrize("driver", DRIVERS, ids=lambda driver: type(driver).__name__)
@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.name)
def test_the_published_minimum_is_reached(problem: Problem, driver: Driver) -> None:
    fit = _solved(problem, driver)
    assert fit.converged, fit.reason
    away = [abs(fit.loss - least) / (5e-6 * least or 1e-17) for least in problem.minima]
    assert min(away) <= 1, fit.loss


@pytest.mark.parametrize("start", [0, 1])
@pytest.mark.parametrize("regression", REGRESSIONS, ids=lambda regression: regression.name)
def test_certified_regressions(regression: Regression, start: int) -> None:
    """All digits that are certified, from both starts: 11, the last of them rounded."""
    fit = kobai.minimize(
        regression.residuals,
        np.array(regression.starts[start], float),
        data=regression.data,
        optimizer=LevenbergMarquardt(),
    )
    assert fit.converged, fit.reason
    assert np.allclose(fit.params, regression.certified, rtol=1e-9)
    assert fit.loss == pytest.approx(regression.sum_of_squares, rel=1e-10)
    if regression.deviations:
        assert fit.covariance is not None
        found = np.sqrt(np.diag(fit.covariance))
        assert np.allclose(found, regression.deviations, rtol=1e-8)


def _quadratic(condition: float, n: int) -> tuple[Any, AnyArray]:
    """A loss of this condition number, with 3 for its minimum, and where that is."""
    bends = np.logspace(0, np.log10(condition), n)
    Q, _ = np.linalg.qr(np.random.default_rng(1).normal(size=(n, n)))
    best = Q.T @ (np.arange(1.0, n + 1) / bends)
    return (lambda x: np.sum(bends * (Q @ (x - best)) ** 2) / 2 + 3), best


@pytest.mark.parametrize("condition", [1.0, 1e2, 1e4, 1e6, 1e8, 1e10])
@pytest.mark.parametrize("n", [2, 30])
def test_newton_on_quadratics_of_any_condition(condition: float, n: int) -> None:
    loss, best = _quadratic(condition, n)
    fit = kobai.minimize(loss, np.zeros(n), optimizer=NewtonCG())
    assert fit.converged, fit.reason
    assert fit.steps <= 20
    assert fit.loss == pytest.approx(3, rel=1e-15)
    # What rounding of the gradient allows.
    assert np.abs(fit.params - best).max() <= 1e-15 * condition + 1e-14


@pytest.mark.parametrize("condition", [1.0, 1e2, 1e4])
def test_lbfgs_on_quadratics(condition: float) -> None:
    loss, best = _quadratic(condition, 30)
    fit = kobai.minimize(loss, np.zeros(30), optimizer=LBFGS())
    assert fit.converged, fit.reason
    assert fit.loss == pytest.approx(3, rel=1e-14)
    assert np.abs(fit.params - best).max() <= 1e-6


def test_lbfgs_needs_no_more_evaluations_than_scipys() -> None:
    """Together, to come within 1e-6 of the least loss, where both find the same minimum."""
    counts = np.zeros(2)
    print(f"\n{'evaluations':30} LBFGS  SciPy's L-BFGS-B")
    for problem in PROBLEMS:
        ours, theirs = _evaluations(problem)
        print(f"{problem.name:30} {ours or '-':>5} {theirs or '-':>7}")
        if ours and theirs:
            counts += ours, theirs
    assert counts[0] <= 1.25 * counts[1]


def _evaluations(problem: Problem) -> list[int]:
    """How many are made until the loss is near the global minimum; 0 if it never is."""
    start = np.array(problem.start, float)
    slope = kobai.compile(kobai.value_and_grad(problem.loss))
    goal = problem.minima[0] + 1e-6 * (problem.minima[0] or 1e-3)
    counts = []
    for solve in (_by_kobai, _by_scipy):
        losses: list[float] = []

        def counted(x: AnyArray, losses: list[float] = losses) -> tuple[float, AnyArray]:
            loss, gradient = slope(x)
            losses.append(float(loss))
            return float(loss), gradient

        solve(counted, start)
        reached = [k for k, loss in enumerate(losses, 1) if loss <= goal]
        counts.append(reached[0] if reached else 0)
    return counts


def _by_kobai(function: Any, start: AnyArray) -> None:
    problem: Any = SimpleNamespace(
        epsilon=np.finfo(float).eps, point=lambda x: Point(x, *function(x)), hessian=None
    )
    with np.errstate(all="ignore"):
        for point in LBFGS().points(problem, start):
            if not point.gradient.any():
                break


def _by_scipy(function: Any, start: AnyArray) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        options: Any = {"ftol": 0, "gtol": 0, "maxiter": 5000, "maxfun": 5000}
        scipy.optimize.minimize(function, start, jac=True, method="L-BFGS-B", options=options)


@pytest.mark.parametrize("method", ["BFGS", "L-BFGS-B", "CG", "TNC", "SLSQP"])
def test_scipy_takes_values_and_gradients_as_they_are(method: Any) -> None:
    rosenbrock = PROBLEMS[0]
    found = scipy.optimize.minimize(
        kobai.value_and_grad(rosenbrock.loss), rosenbrock.start, jac=True, method=method
    )
    assert np.allclose(found.x, 1, atol=1e-2)
