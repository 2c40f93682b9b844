"""A logistic regression is one thing, however it is spelled, and right for every z."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from itertools import product
from typing import Any

import mpmath as mp
import numpy as np
import pytest

import kobai
from kobai.graph import AnyArray

SIGMOIDS = (
    "1 / (1 + np.exp(-z))",
    "1 / (np.exp(-z) + 1)",
    "1.0 / (1.0 + np.exp(-1 * z))",
    "np.exp(z) / (1 + np.exp(z))",
    "np.exp(z) / (np.exp(z) + 1)",
    "np.reciprocal(1 + np.exp(-z))",
)
LOSSES = (
    "-(y * np.log(a) + (1 - y) * np.log(1 - a))",
    "-y * np.log(a) - (1 - y) * np.log(1 - a)",
    "-(np.log(a) * y + np.log(1 - a) * (1 - y))",
    "-((1 - y) * np.log(1 - a) + y * np.log(a))",
    "(y - 1) * np.log(1 - a) - y * np.log(a)",
    "-(y * np.log(a) + (1 - y) * np.log1p(-a))",
    "y * -np.log(a) + (1 - y) * -np.log(1 - a)",
    "cross_entropy(a, y)",
)
FOLDS = (
    "np.mean(L)",
    "L.mean()",
    "np.sum(L) / m",
    "np.sum(L) / len(y)",
    "np.sum(L) / X.shape[0]",
    "1 / m * np.sum(L)",
    "np.sum(L / m)",
)
# The same function with its values bound to other names, to more of them, or to none.
BODIES = {
    "named": "z = X @ w + b\na = {sigmoid}\nL = {loss}\nreturn {fold}",
    "in one line": "z = X @ w + b\na = {sigmoid}\nreturn (lambda L: {fold})({loss})",
    "in parts": "s = X @ w\nz = s + b\nq = {sigmoid}\na = q\nL = {loss}\nJ = {fold}\nreturn J",
    "as functions": "z = affine(X, w, b)\na = (lambda z: {sigmoid})(z)\nL = {loss}\nreturn {fold}",
    "products with dot": "z = np.dot(X, w) + b\na = {sigmoid}\nL = {loss}\nreturn {fold}",
}

X = np.array([[0.5, 1.0], [-1.0, 2.0], [2.0, -0.5], [1.5, 1.5]])
Y = np.array([1.0, 0.0, 1.0, 0.0])
W, B = np.array([0.5, -1.0]), 0.1


def cross_entropy(p: Any, t: Any) -> Any:
    first = t * np.log(p)
    second = (1 - t) * np.log(1 - p)
    return -(first + second)


def affine(X: Any, w: Any, b: Any) -> Any:
    return b + X @ w


def spelled(body: str, sigmoid: str, loss: str, fold: str) -> Callable[..., Any]:
    """The loss of a logistic regression from its parts."""
    text = body.format(sigmoid=sigmoid, loss=loss, fold=fold)
    lines = ["def loss(w, b, X, y):", "m = X.shape[0]", *text.splitlines()]
    names: dict[str, Any] = {
        "np": np,
        "affine": affine,
        "cross_entropy": cross_entropy,
    }
    exec("\n    ".join(lines), names)
    function: Callable[..., Any] = names["loss"]
    return function


def spellings() -> list[tuple[str, str, str, str]]:
    """Every part in some loss."""
    named = BODIES["named"]
    found = [(named, s, loss, FOLDS[0]) for s, loss in product(SIGMOIDS, LOSSES[::3])]
    found += [(named, s, loss, FOLDS[0]) for s, loss in product(SIGMOIDS[::3], LOSSES)]
    found += [(named, SIGMOIDS[0], LOSSES[0], fold) for fold in FOLDS]
    found += [(b, SIGMOIDS[0], loss, FOLDS[2]) for b in BODIES.values() for loss in LOSSES[::4]]
    return list(dict.fromkeys(found))


@pytest.mark.parametrize(("body", "sigmoid", "loss", "fold"), spellings())
def test_the_error_is_a_minus_y(body: str, sigmoid: str, loss: str, fold: str) -> None:
    d = kobai.derive(spelled(body, sigmoid, loss, fold), W, B, X, Y, wrt=("w", "b"))
    assert d["dz"].formula == ("(q - y) / m" if "q =" in body else "(a - y) / m")
    assert d["dw"].formula == "X.T @ dz"
    assert d["db"].formula == "np.sum(dz)"


@pytest.mark.parametrize(("body", "sigmoid", "loss", "fold"), spellings()[::3])
def test_loss_and_gradient_are_right_where_numpy_overflows(
    body: str, sigmoid: str, loss: str, fold: str
) -> None:
    function = spelled(body, sigmoid, loss, fold)
    far = 1e5 * X
    value, (dw, db) = kobai.value_and_grad(function, (0, 1))(W, B, far, Y)
    z = far @ W + B
    error = (z > 0) - Y
    np.testing.assert_allclose(value, np.mean(np.maximum(z, 0) - Y * z), rtol=1e-15)
    np.testing.assert_allclose(dw, far.T @ error / len(Y), rtol=1e-14)
    np.testing.assert_allclose(db, np.mean(error), rtol=1e-14)


EXPIT = """
import numpy as np, kobai
from scipy.special import expit
def loss(z, y):
    a = expit(z)
    return np.sum(-(y * np.log(a) + (1 - y) * np.log(1 - a)))
print(kobai.derive(loss, np.array([1000.0, -1000.0]), np.array([0.0, 1.0]), wrt="z")["dz"])
"""


def test_scipys_sigmoid_is_one_too() -> None:
    # In a process of its own: a switch that other tests need makes SciPy wrap its functions.
    environment = {k: v for k, v in os.environ.items() if k != "SCIPY_ARRAY_API"}
    command = [sys.executable, "-c", EXPIT]
    found = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=300, check=True
    )
    assert "formula='a - y'" in found.stdout
    assert "array([ 1., -1.])" in found.stdout


SCALES = (0.0, 1e-300, 1e-9, 0.5, 1.0, 30.0, 40.0, 700.0, 750.0, 1e4, 1e6)
ARGUMENTS = np.array([sign * scale for scale in SCALES for sign in (1.0, -1.0)])


def exact_sigmoid(z: float) -> mp.mpf:
    """In 60 digits; the smaller of the two powers never overflows."""
    power = mp.exp(-abs(mp.mpf(z)))
    return (1 if z >= 0 else power) / (1 + power)


def exact_loss(z: float, y: float) -> mp.mpf:
    """y log(1 + exp(-z)) + (1 - y) log(1 + exp(z)), where nothing cancels."""
    small = mp.log1p(mp.exp(-abs(mp.mpf(z))))
    return mp.mpf(y) * (small + max(-z, 0)) + (1 - mp.mpf(y)) * (small + max(z, 0))


def ulps(found: AnyArray, exact: list[mp.mpf], scale: float) -> AnyArray:
    """Errors in units of the last place, of the number itself or of the scale if that is larger."""
    errors = [
        float(mp.fabs(mp.mpf(float(f)) - e) / np.spacing(max(abs(float(e)), scale)))
        for f, e in zip(found, exact, strict=True)
    ]
    return np.array(errors)


def entries(function: Callable[[Any], Any]) -> tuple[AnyArray, AnyArray]:
    """Values and derivatives, entry by entry: the derivative by a factor is what it multiplies."""
    gradient = kobai.grad(lambda c, z: np.sum(c * function(z)), (0, 1))
    value, slope = gradient(np.ones(len(ARGUMENTS)), ARGUMENTS)
    return value, slope


@pytest.mark.parametrize("sigmoid", SIGMOIDS)
def test_a_sigmoid_has_four_right_ulps_everywhere(sigmoid: str) -> None:
    value, slope = entries(eval(f"lambda z: {sigmoid}", {"np": np}))
    with mp.workdps(60):
        exact = [exact_sigmoid(z) for z in ARGUMENTS]
        slopes = [exact_sigmoid(z) * exact_sigmoid(-z) for z in ARGUMENTS]
        assert np.all(ulps(value, exact, 5e-324) <= 4)
        assert np.all(ulps(slope, slopes, 5e-324) <= 4)


@pytest.mark.parametrize("y", [0.0, 1.0, 0.3])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("sigmoid", SIGMOIDS[::3])
def test_a_cross_entropy_has_four_right_ulps_everywhere(sigmoid: str, loss: str, y: float) -> None:
    words = {"np": np, "cross_entropy": cross_entropy}
    function = eval(f"lambda z, y: (lambda a: {loss})({sigmoid})", words)
    value, slope = entries(lambda z: function(z, y))
    with mp.workdps(60):
        exact = [exact_loss(z, y) for z in ARGUMENTS]
        slopes = [(1 - y) * exact_sigmoid(z) - y * exact_sigmoid(-z) for z in ARGUMENTS]
        assert np.all(ulps(value, exact, 1.0 if 0 < y < 1 else 5e-324) <= 4)
        assert np.all(ulps(slope, slopes, 1.0 if 0 < y < 1 else 5e-324) <= 4)


def naive(z: Any, y: Any) -> Any:
    a = 1 / (1 + np.exp(-z))
    return np.sum(-(y * np.log(a) + (1 - y) * np.log(1 - a)))


Z, LABELS = np.array([1000.0, -1000.0, 0.5]), np.array([0.0, 1.0, 1.0])


def test_the_naive_cross_entropy_that_ten_systems_get_wrong() -> None:
    value, slope = kobai.value_and_grad(naive)(Z, LABELS)
    assert value == pytest.approx(2000.4740769841801067, rel=1e-15)
    assert slope == pytest.approx([1.0, -1.0, -0.37754066879814543536], rel=1e-15)


def test_the_naive_cross_entropy_is_printed_as_the_textbook_does() -> None:
    d = kobai.derive(naive, Z, LABELS, wrt="z")
    assert d["dz"].formula == "a - y"
    np.testing.assert_allclose(d["dz"].value, [1.0, -1.0, -0.37754066879814543536], rtol=1e-15)
    assert d["naive"].value == pytest.approx(2000.4740769841801067, rel=1e-15)
    assert d["naive"].because[0].after == "np.sum(-(y * np.log(a) + (1 - y) * np.log(1 - a)))"


def test_the_second_derivative_of_the_naive_cross_entropy_is_right_too() -> None:
    (product_with_ones,) = kobai.hvp(lambda z: naive(z, LABELS), (Z,), (np.ones(3),))
    a = 1 / (1 + np.exp(-0.5))
    np.testing.assert_allclose(product_with_ones, [0.0, 0.0, a * (1 - a)], rtol=1e-14)


WRAPPED = {
    "np.mean(L) + 0.1 * np.sum(w ** 2)": "(a - y) / m",
    "np.sum(s * L) / np.sum(s)": "(a - y) * s / np.sum(s)",
    "np.mean(s * L)": "(a - y) * s / m",
    "np.mean(np.where(k, L, 0.0))": "np.where(k, (a - y) / m, 0)",
    "np.mean(L[k])": "(a - y) * dL",
    "np.mean(2 * L)": "2 * (a - y) / m",
}


@pytest.mark.parametrize(("fold", "expected"), WRAPPED.items())
def test_weights_masks_and_regularisers_leave_the_core_as_it_is(fold: str, expected: str) -> None:
    lines = ("z = X @ w + b", f"a = {SIGMOIDS[0]}", f"L = {LOSSES[0]}", f"return {fold}")
    names: dict[str, Any] = {"np": np}
    exec("\n    ".join(["def loss(w, b, X, y, s, k):", *lines]), names)
    s, k = np.array([1.0, 2.0, 0.5, 1.0]), np.array([True, False, True, True])
    d = kobai.derive(names["loss"], W, B, X, Y, s, k, wrt=("w", "b"))
    assert d["dz"].formula == expected
    far = kobai.grad(names["loss"], (0, 1))(W, B, 1e5 * X, Y, s, k)
    assert all(np.all(np.isfinite(slope)) for slope in far)
