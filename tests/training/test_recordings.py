"""When the loss is recorded anew: branches that turn, random draws, things kept between calls."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import kobai
from kobai.optim import GradientDescent

X = np.random.default_rng(5).normal(size=(12, 3))


def test_a_loss_without_branches_is_recorded_a_few_times_for_a_thousand_steps() -> None:
    calls = []

    def loss(w: Any, x: Any) -> Any:
        calls.append(1)
        return np.mean((x @ w - 1) ** 2)

    kobai.minimize(loss, np.zeros(3), data=X, steps=1000)
    assert len(calls) < 20


def test_a_branch_on_a_value_turns_when_the_value_does() -> None:
    def loss(x: Any) -> Any:
        if x > 1:
            return x
        return x**2 if x > 0 else -x

    fit = kobai.minimize(loss, 3.0, optimizer=GradientDescent(0.25), steps=12)
    x, history = 3.0, []
    for _ in range(12):
        history.append(loss(x))
        x -= 0.25 * (1 if x > 1 else 2 * x if x > 0 else -1)
    assert fit.history.tolist() == history
    assert fit.params == x


def test_a_loop_whose_length_depends_on_a_value_follows_it() -> None:
    def loss(x: Any) -> Any:
        total = 0 * x
        for k in range(int(x)):
            total = total + (x - k) ** 2
        return total + x**2

    fit = kobai.minimize(loss, 3.7, optimizer=GradientDescent(0.01), steps=60)
    x = 3.7
    for _ in range(60):
        x -= 0.01 * (sum(2 * (x - k) for k in range(int(x))) + 2 * x)
    assert fit.params == pytest.approx(x, rel=1e-12)


def test_a_branch_is_looked_at_for_each_batch() -> None:
    def loss(w: Any, x: Any) -> Any:
        return np.sum((x - w) ** 2) if x[0] > 0 else np.sum(abs(x - w))

    data = np.array([1.0, -1.0, 2.0, -3.0])
    fit = kobai.minimize(
        loss, 0.0, data=data, optimizer=GradientDescent(0.1), epochs=2, batch_size=1, shuffle=False
    )
    w = 0.0
    for x in [*data, *data]:
        w -= 0.1 * (2 * (w - x) if x > 0 else np.sign(w - x))
    assert fit.params == pytest.approx(w, rel=1e-12)


def test_branches_of_more_kinds_than_are_kept_stay_right() -> None:
    def loss(x: Any) -> Any:
        return x * (1 + int(x) % 2)

    fit = kobai.minimize(loss, 30.0, optimizer=GradientDescent(0.5), steps=40)
    x = 30.0
    for _ in range(40):
        x -= 0.5 * (1 + int(x) % 2)
    assert fit.params == x


def test_dropout_is_drawn_anew_at_every_step() -> None:
    def loss(w: Any, x: Any) -> Any:
        return np.mean((x * (np.random.random(3) > 0.5)) @ w)

    np.random.seed(0)
    fit = kobai.minimize(loss, np.zeros(3), data=np.ones((4, 3)), steps=60)
    assert len(set(np.round(fit.params, 9))) == 3
    assert all(-6 < w < 0 for w in fit.params)


@pytest.mark.parametrize("seed", range(4))
def test_a_coin_that_falls_the_same_twice_is_not_taken_for_a_constant(seed: int) -> None:
    def loss(w: Any) -> Any:
        return w if np.random.random() < 0.5 else -w

    np.random.seed(seed)
    fit = kobai.minimize(loss, 0.0, optimizer=GradientDescent(1.0), steps=100)
    assert abs(fit.params) < 50


@pytest.mark.parametrize("seed", range(4))
def test_a_generator_of_its_own_is_found_out_soon(seed: int) -> None:
    generator = np.random.default_rng(seed)

    def loss(w: Any) -> Any:
        return w if generator.random() < 0.5 else -w

    fit = kobai.minimize(loss, 0.0, optimizer=GradientDescent(1.0), steps=400)
    assert abs(fit.params) < 150


def test_a_random_loss_is_called_once_a_step() -> None:
    draws: list[float] = []
    generator = np.random.default_rng(0)

    def loss(w: Any) -> Any:
        draws.append(generator.normal())
        return w * draws[-1]

    kobai.minimize(loss, 0.0, steps=50)
    assert len(draws) == 50 + 1 + 1  # one to compare with, one for the loss at the end


def test_a_counter_in_the_loss_goes_on_counting() -> None:
    count = [0.0]

    def loss(w: Any) -> Any:
        count[0] += 1
        return w * count[0]

    fit = kobai.minimize(loss, 0.0, optimizer=GradientDescent(1.0), steps=10)
    assert fit.params == pytest.approx(-(1 + sum(range(3, 12))))


def test_an_array_that_the_loss_holds_is_read_when_it_is_recorded() -> None:
    target = np.array([1.0, 2.0])
    fit = kobai.minimize(lambda w: np.sum((w - target) ** 2), np.zeros(2), steps=300)
    assert np.allclose(fit.params, [1, 2])
    target[:] = [5, 6]
    fit = kobai.minimize(lambda w: np.sum((w - target) ** 2), np.zeros(2), steps=300)
    assert np.allclose(fit.params, [5, 6])


def test_a_gradient_inside_the_loss_is_differentiated_too() -> None:
    def penalised(w: Any, x: Any) -> Any:
        slope = kobai.grad(lambda w: np.mean((x @ w - 1) ** 2))(w)
        return np.mean((x @ w - 1) ** 2) + np.sum(slope**2)

    fit = kobai.minimize(penalised, np.zeros(3), data=X, optimizer=GradientDescent(0.02), steps=900)
    solution = np.linalg.lstsq(X, np.ones(12))[0]
    assert np.allclose(fit.params, solution, atol=1e-3)
