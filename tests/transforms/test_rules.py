"""`stop_gradient` and `custom_derivative`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import kobai
from kobai.errors import DerivativeError, IndependenceWarning

X = np.array([0.5, -1.5, 2.5])


@kobai.custom_derivative
def erf(x: Any) -> Any:
    """A loop that can't be traced."""
    return np.array([math.erf(entry) for entry in np.ravel(x)]).reshape(np.shape(x))


@erf.derivative(at=(X,))
def _(g: Any, y: Any, x: Any) -> Any:
    return g * 2 / np.sqrt(np.pi) * np.exp(-(x**2))


SLOPE = 2 / np.sqrt(np.pi) * np.exp(-(X**2))


def test_what_is_stopped_is_a_constant() -> None:
    assert kobai.grad(lambda x: x * kobai.stop_gradient(x))(3.0) == 3
    found = kobai.grad(lambda x: np.sum(x * kobai.stop_gradient({"a": [x * x]})["a"][0]))(X)
    assert np.array_equal(found, X**2)
    assert kobai.jvp(lambda x: x * kobai.stop_gradient(x), (3.0,), (1.0,)) == (9, 3)
    assert kobai.grad(lambda x: x + kobai.stop_gradient(np.round(x) - x))(2.3) == 1


def test_outside_a_traced_function_nothing_is_changed() -> None:
    nest = {"a": X, "b": None, "c": "text"}
    assert kobai.stop_gradient(X) is X
    assert kobai.stop_gradient(nest) == nest


def test_a_result_that_is_stopped_altogether_warns() -> None:
    with pytest.warns(IndependenceWarning):
        assert kobai.grad(lambda x: kobai.stop_gradient(x) ** 2)(3.0) == 0


def test_a_function_that_cannot_be_traced_has_its_rule() -> None:
    assert np.allclose(erf(X), [math.erf(x) for x in X])
    assert erf.__name__ == "erf"
    assert np.allclose(kobai.grad(lambda x: np.sum(erf(x)))(X), SLOPE, rtol=1e-14)
    assert np.allclose(kobai.jvp(erf, (X,), (X,))[1], SLOPE * X, rtol=1e-14)
    assert np.allclose(kobai.jacobian(erf)(X), np.diag(SLOPE), rtol=1e-14)


def test_a_rule_is_differentiated_again() -> None:
    assert np.allclose(kobai.hessian(lambda x: np.sum(erf(x)))(X), np.diag(-2 * X * SLOPE))
    third = kobai.grad(kobai.grad(kobai.grad(erf)))(0.5)
    assert np.isclose(third, (4 * 0.25 - 2) * SLOPE[0])


def test_a_function_of_several_arguments() -> None:
    @kobai.custom_derivative
    def scaled(x: Any, k: Any) -> Any:
        return x**2 * k

    @scaled.derivative
    def _(g: Any, y: Any, x: Any, k: Any) -> Any:
        return 2 * g * x * k, np.sum(g * x**2)

    dx, dk = kobai.grad(lambda x, k: np.sum(scaled(x, k)), (0, 1))(X, 3.0)
    assert np.allclose(dx, 6 * X)
    assert np.isclose(dk, np.sum(X**2))


def test_an_estimator_may_differ_on_purpose() -> None:
    @kobai.custom_derivative
    def rounded(x: Any) -> Any:
        return np.round(x)

    @rounded.derivative(differs_on_purpose="straight-through")
    def _(g: Any, y: Any, x: Any) -> Any:
        return g

    assert np.array_equal(kobai.grad(lambda x: np.sum(rounded(x) ** 2))(X), 2 * np.round(X))


def test_a_wrong_rule_is_refused_at_its_declaration_and_at_its_first_use() -> None:
    @kobai.custom_derivative
    def cube(x: Any) -> Any:
        return x**3

    with pytest.raises(
        DerivativeError, match=r"the rule of cube gives .* differences of cube give"
    ):

        @cube.derivative(at=(2.0,))
        def _(g: Any, y: Any, x: Any) -> Any:
            return g * 3 * x

    @cube.derivative
    def _(g: Any, y: Any, x: Any) -> Any:
        return g * g * 3 * x**2

    with pytest.raises(DerivativeError, match="the rule of cube gives"):
        kobai.grad(cube)(2.0)


def test_a_kink_is_no_disagreement() -> None:
    @kobai.custom_derivative
    def relu(x: Any) -> Any:
        return np.maximum(x, 0)

    @relu.derivative(at=(np.array([-1.0, 0.0, 2.0]),))
    def _(g: Any, y: Any, x: Any) -> Any:
        return np.where(x > 0, g, 0.0)

    assert kobai.grad(lambda x: np.sum(relu(x)))(np.zeros(2)).tolist() == [0, 0]


def test_a_derivation_and_a_trainer_take_it() -> None:
    def loss(w: Any, x: Any) -> Any:
        z = erf(w * x)
        return np.mean((z - 0.5) ** 2)

    assert "erf(w * x)" in str(kobai.derive(loss, X, X, wrt=("w",)))
    fit = kobai.minimize(loss, np.full(3, 0.3), data=(np.ones((4, 3)),), steps=50)
    assert np.isfinite(fit.params).all()
