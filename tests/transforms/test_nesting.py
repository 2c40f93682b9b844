"""Gradients of gradients, products with the Hessian, and eight threads at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from tests.support.derivatives import by_complex_step, relative_error

import kobai
from kobai.errors import IndependenceWarning

X = np.array([0.5, 1.5, 2.5])
A = np.array([[2.0, 1, 0], [1, 3, -1], [0, -1, 4]])


@pytest.mark.parametrize(
    ("f", "derivatives"),
    [
        (np.sin, [np.cos, lambda x: -np.sin(x), lambda x: -np.cos(x)]),
        (np.exp, [np.exp, np.exp, np.exp]),
        (lambda x: x**4, [lambda x: 4 * x**3, lambda x: 12 * x**2, lambda x: 24 * x]),
        (np.log, [lambda x: 1 / x, lambda x: -1 / x**2, lambda x: 2 / x**3]),
        (lambda x: x**x, [lambda x: x**x * (np.log(x) + 1)]),
    ],
    ids=["sin", "exp", "power", "log", "tower"],
)
def test_derivatives_of_derivatives_are_those_of_the_book(f: Any, derivatives: Any) -> None:
    found = f
    for expected in derivatives:
        found = kobai.grad(found)
        assert np.isclose(found(1.3), expected(1.3), rtol=1e-14)


def test_an_inner_gradient_counts_its_own_argument_alone() -> None:
    """Siskind and Pearlmutter's example of a confusion of perturbations."""

    def f(x: Any) -> Any:
        return x * kobai.grad(lambda y: x + y)(1.0)

    assert kobai.grad(f)(5.0) == 1.0

    def g(x: Any) -> Any:
        return x * kobai.grad(lambda y: x * y * y)(x)

    assert kobai.grad(g)(3.0) == 3 * 2 * 9  # x * 2 x x


def test_an_inner_gradient_may_be_by_the_outer_argument_itself() -> None:
    def f(x: Any) -> Any:
        return np.sum(kobai.grad(lambda y: np.sum(y**3))(x) ** 2)

    assert np.allclose(kobai.grad(f)(X), 36 * X**3, rtol=1e-14)


def test_an_inner_gradient_of_a_nest_is_traced() -> None:
    def f(params: Any) -> Any:
        inner = kobai.grad(lambda p: np.sum(p["w"] ** 2 * p["b"]))(params)
        return np.sum(inner["w"]) + inner["b"]

    found = kobai.grad(f)({"w": X, "b": 2.0})
    assert np.allclose(found["w"], 2 * 2.0 + 2 * X)
    assert np.isclose(found["b"], np.sum(2 * X))


def test_an_inner_value_with_auxiliary_results() -> None:
    def f(x: Any) -> Any:
        (value, aux), slope = kobai.value_and_grad(lambda y: (y**2, {"y": y * x}), has_aux=True)(x)
        return value + aux["y"] + slope

    assert kobai.grad(f)(3.0) == 2 * 3 + 2 * 3 + 2


def test_an_inner_gradient_of_plain_numbers_is_a_constant() -> None:
    assert kobai.grad(lambda x: x * kobai.grad(lambda y: y**3)(2.0))(5.0) == 12


def test_an_inner_argument_that_is_refused_is_refused_there() -> None:
    with pytest.raises(kobai.errors.ArgumentTypeError, match="argument y is of dtype int64"):
        kobai.grad(lambda x: x * kobai.grad(lambda y: y**3)(2))(5.0)
    with pytest.raises(kobai.errors.ArgumentTypeError, match="argument a is of dtype object"):
        kobai.grad(lambda x: x * kobai.grad(np.sum)(np.array([None])))(5.0)


def test_a_gradient_penalty_has_a_gradient() -> None:
    def f(w: Any) -> Any:
        slope = kobai.grad(lambda v: np.sum(np.tanh(A @ v)))(w)
        return np.sum(slope * slope)

    def by_hand(w: Any) -> Any:
        slope = A.T @ (1 - np.tanh(A @ w) ** 2)
        return np.sum(slope * slope)

    expected = by_complex_step(lambda arrays: by_hand(*arrays), [X / 5], 0)
    assert relative_error(kobai.grad(f)(X / 5), expected) < 1e-12


def test_the_hessian_times_a_vector_has_its_closed_form() -> None:
    def quadratic(x: Any) -> Any:
        return 0.5 * x @ A @ x + np.sum(x)

    v = np.array([1.0, -2.0, 3.0])
    assert np.allclose(kobai.hvp(quadratic, (X,), (v,)), [A @ v], rtol=1e-14)
    assert np.allclose(kobai.hvp(lambda x: np.sum(np.exp(x)), (X,), (v,)), [np.exp(X) * v])


def test_the_hessian_times_a_vector_equals_the_difference_of_slopes() -> None:
    def loss(w: Any, b: Any) -> Any:
        z = A @ w + b
        return np.sum(np.logaddexp(0, z) - z * np.array([0.0, 1, 1])) + np.sum(w**2) / 2

    primals: Any = X / 3, 0.2
    tangents: Any = np.array([1.0, -1, 0.5]), 0.7
    found = kobai.hvp(loss, primals, tangents)
    slopes = kobai.grad(loss, (0, 1))
    step = 1e-6
    ends = [
        slopes(*(p + sign * step * t for p, t in zip(primals, tangents, strict=True)))
        for sign in (1, -1)
    ]
    for product, plus, minus in zip(found, *ends, strict=True):
        assert np.allclose(product, (plus - minus) / (2 * step), rtol=1e-8)


def test_a_product_with_the_hessian_has_the_form_of_the_primals() -> None:
    found = kobai.hvp(
        lambda p, s: s * np.sum(p["w"] ** 2), ({"w": X}, 2.0), ({"w": np.ones(3)}, 0.0)
    )
    assert isinstance(found, tuple)
    assert found[0]["w"].tolist() == [4, 4, 4]
    assert found[1] == np.sum(2 * X)


def test_a_function_that_is_linear_has_a_hessian_of_zero_without_a_warning() -> None:
    found = kobai.hvp(lambda x, y: np.sum(x * 2) + y**2, (X, 1.0), (np.ones(3), 1.0))
    assert found[0].tolist() == [0, 0, 0]
    assert found[1] == 2


def test_an_argument_without_influence_is_named_by_a_product_too() -> None:
    with pytest.warns(IndependenceWarning, match="does not depend on argument y") as caught:
        kobai.hvp(lambda x, y: np.sum(x**2), (X, 1.0), (np.ones(3), 1.0))
    assert [warning.filename for warning in caught] == [__file__]


def _one_of_many(number: int) -> float:
    def f(x: Any) -> Any:
        total = 0.0
        for k in range(10):
            total = total + np.sin(x * number + k) * x
            if total > 10:
                total = total / 2
        return kobai.grad(lambda y: y * total * x)(2.0)

    slope: float = kobai.grad(f)(0.7)
    return slope


def test_eight_threads_give_what_one_gives() -> None:
    expected = [_one_of_many(number) for number in range(24)]
    barrier = threading.Barrier(8)

    def work(number: int) -> float:
        if number < 8:
            barrier.wait(timeout=120)
        return _one_of_many(number)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(24))) == expected


def test_a_thread_inside_a_traced_function_is_a_world_of_its_own() -> None:
    def f(x: Any) -> Any:
        with ThreadPoolExecutor(1) as pool:
            inner = pool.submit(kobai.grad(lambda y: y**3), 2.0).result()
        assert type(inner) is np.float64
        return x * inner

    assert kobai.grad(f)(1.0) == 12
