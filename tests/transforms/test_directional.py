"""`jvp` and `vjp`: values, forms, nesting, and when a pullback may be called."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import kobai
from kobai.errors import IndependenceWarning, TraceError

X = np.array([0.5, 1.5, 2.5])
V = np.array([1.0, -2.0, 0.5])
A = np.arange(6.0).reshape(2, 3)


def _nest(x: Any, p: Any) -> Any:
    return {"z": p["A"] @ x, "parts": [np.sum(x) * p["b"], (np.sin(x),)]}


def test_a_tangent_has_the_form_of_the_value() -> None:
    primals = X, {"A": A, "b": 2.0}
    value, tangent = kobai.jvp(_nest, primals, (V, {"A": A * 2, "b": 1.0}))
    assert np.allclose(value["z"], A @ X)
    assert np.allclose(tangent["z"], A @ V + 2 * A @ X)
    assert np.isclose(tangent["parts"][0], np.sum(V) * 2 + np.sum(X))
    assert np.allclose(tangent["parts"][1][0], np.cos(X) * V)


def test_cotangents_have_the_form_of_the_primals() -> None:
    value, pullback = kobai.vjp(_nest, X, {"A": A, "b": 2.0})
    assert np.allclose(value["parts"][1][0], np.sin(X))
    g = np.array([1.0, 3.0])
    dx, dp = pullback({"z": g, "parts": [0.5, (V,)]})
    assert np.allclose(dx, A.T @ g + 0.5 * 2 + np.cos(X) * V)
    assert np.allclose(dp["A"], np.outer(g, X))
    assert np.isclose(dp["b"], 0.5 * np.sum(X))


def test_the_two_modes_are_transposes_of_each_other() -> None:
    def f(x: Any) -> Any:
        return np.tanh(A @ x) / np.sum(x**2), np.cumsum(x)[1:]

    tangent = kobai.jvp(f, (X,), (V,))[1]
    seeds = np.array([0.3, -1.0]), np.array([2.0, 0.7])
    (back,) = kobai.vjp(f, X)[1](seeds)
    pushed = sum(s @ t for s, t in zip(seeds, tangent, strict=True))
    assert np.isclose(pushed, back @ V, rtol=1e-13)


def test_auxiliary_results_are_handed_through() -> None:
    def f(x: Any) -> Any:
        return x**2, {"y": np.sum(x), "text": "kept"}

    value, tangent, aux = kobai.jvp(f, (X,), (V,), has_aux=True)
    assert np.array_equal(tangent, 2 * X * V)
    assert aux == {"y": np.sum(X), "text": "kept"}
    value, pullback, aux = kobai.vjp(f, X, has_aux=True)
    assert np.array_equal(pullback(value)[0], 2 * X**3)
    assert aux["text"] == "kept"


def test_integers_and_constants_among_the_results_do_not_move() -> None:
    def f(x: Any) -> Any:
        return x * 2, x > 1, np.argmax(x), 3

    value, tangent = kobai.jvp(f, (X,), (V,))
    assert value[1].tolist() == [False, True, True]
    assert value[2:] == (2, 3)
    assert [np.asarray(t).dtype.kind for t in tangent] == list("ffff")
    assert [np.asarray(t).tolist() for t in tangent[1:]] == [[0, 0, 0], 0, 0]
    (back,) = kobai.vjp(f, X)[1]((V, np.zeros(3), 0, 0))
    assert np.array_equal(back, 2 * V)


def test_single_precision_stays() -> None:
    x = X.astype(np.float32)
    value, tangent = kobai.jvp(np.sin, (x,), (V,))
    (back,) = kobai.vjp(np.sin, x)[1](V)
    assert value.dtype == tangent.dtype == back.dtype == np.float32


def test_a_pullback_lives_on_after_its_arrays_have_changed() -> None:
    x = X.copy()
    value, pullback = kobai.vjp(lambda x: x * x, x)
    x[:] = 0
    value[:] = 7
    for g in (V, 2 * V):
        assert np.array_equal(pullback(g)[0], 2 * X * g)


def test_what_a_pullback_gives_may_be_changed() -> None:
    pullback = kobai.vjp(lambda x, y: x + y, X, X)[1]
    dx, dy = pullback(V)
    dx[:] = 0
    assert np.array_equal(dy, V)
    assert np.array_equal(pullback(V)[0], V)


def test_a_pullback_can_be_differentiated_by_its_cotangent() -> None:
    pullback = kobai.vjp(np.sin, X)[1]
    found = kobai.grad(lambda g: np.sum(pullback(g * g)[0]))(V)
    assert np.allclose(found, 2 * V * np.cos(X), rtol=1e-14)


def test_a_pullback_within_a_traced_function_is_differentiated_by_all() -> None:
    def f(x: Any) -> Any:
        value, pullback = kobai.vjp(lambda y: y**3, x)
        return np.sum(pullback(value)[0])  # 3 x² x³

    assert np.allclose(kobai.grad(f)(X), 15 * X**4, rtol=1e-14)


def test_a_pullback_that_outlives_its_traced_call_is_refused() -> None:
    kept: list[Any] = []

    def f(x: Any) -> Any:
        kept.append(kobai.vjp(np.sin, x)[1])
        return np.sum(x)

    kobai.grad(f)(X)
    with pytest.raises(TraceError, match="outside the traced call in which it was taken"):
        kept[0](V)


def test_perturbations_are_not_confused() -> None:
    def inner(x: Any) -> Any:
        return kobai.jvp(lambda y: x + y, (1.0,), (1.0,))[1]

    assert kobai.grad(lambda x: x * inner(x))(5.0) == 1
    assert kobai.jvp(lambda x: x * inner(x), (5.0,), (1.0,))[1] == 1
    assert kobai.jvp(lambda x: x * kobai.grad(lambda y: x * y)(2.0), (5.0,), (1.0,))[1] == 10
    assert (
        kobai.jvp(lambda x: x * kobai.vjp(lambda y: x + y, 1.0)[1](1.0)[0], (5.0,), (1.0,))[1] == 1
    )


def test_derivatives_nest_in_every_order() -> None:
    def cube(x: Any) -> Any:
        return x**3

    def forward(f: Any) -> Any:
        return lambda x: kobai.jvp(f, (x,), (1.0,))[1]

    def backward(f: Any) -> Any:
        return lambda x: kobai.vjp(f, x)[1](1.0)[0]

    modes = forward, backward, kobai.grad, kobai.jacobian
    for first in modes:
        for second in modes:
            assert np.isclose(second(first(cube))(2.0), 12, rtol=1e-14)
            for third in modes:
                assert np.isclose(third(second(first(cube)))(2.0), 6, rtol=1e-14)


def test_naive_cross_entropy_is_right_in_every_mode() -> None:
    y = np.array([0.0, 1, 1])
    z = np.array([1000.0, -1000, 0.5])

    def losses(z: Any) -> Any:
        a = 1 / (1 + np.exp(-z))
        return -(y * np.log(a) + (1 - y) * np.log(1 - a))

    slope = np.array([1, -1, -1 / (1 + np.exp(0.5))])
    assert np.allclose(kobai.jvp(losses, (z,), (V,))[1], slope * V, rtol=1e-14)
    assert np.allclose(kobai.vjp(losses, z)[1](V)[0], slope * V, rtol=1e-14)
    assert np.allclose(kobai.jacobian(losses)(z), np.diag(slope), rtol=1e-14)
    a = 1 / (1 + np.exp(-0.5))
    hessian = kobai.hessian(lambda z: np.sum(losses(z)))(z)
    assert np.allclose(hessian, np.diag([0, 0, a * (1 - a)]), rtol=1e-14, atol=1e-300)


def test_an_argument_without_influence_is_named() -> None:
    with pytest.warns(IndependenceWarning, match="does not depend on argument y"):
        pullback = kobai.vjp(lambda x, y: x * 2, X, 1.0)[1]
    assert pullback(V)[1] == 0
