"""Branches of a gradient that come apart at a `where` are gathered in one again."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import kobai

x = np.array([-2.0, -0.5, 0.0, 0.5, 3.0])


def huber(r: Any) -> Any:
    return np.sum(np.where(np.abs(r) < 1, 0.5 * r**2, np.abs(r) - 0.5))


def leaky(r: Any) -> Any:
    return np.sum(np.where(r > 0, r, 0.1 * r))


def one_branch(r: Any) -> Any:
    s = np.where(r > 0, r, 0.0)
    return np.sum(s * 2) + np.sum(s**2)


@pytest.mark.parametrize(
    ("loss", "formula"),
    [
        (huber, "np.where(np.abs(r) < 1, r, np.sign(r))"),
        (leaky, "np.where(r > 0, 1.0, 0.1)"),
    ],
)
def test_a_choice_of_two_branches_has_one_slope_for_each(
    loss: Callable[..., Any], formula: str
) -> None:
    assert kobai.derive(loss, x)["dr"].formula == formula


@pytest.mark.parametrize("loss", [huber, leaky, one_branch])
def test_gathered_branches_have_the_value_of_the_parts(loss: Callable[..., Any]) -> None:
    step = 1e-6
    differences = [(loss(x + step * e) - loss(x - step * e)) / (2 * step) for e in np.eye(len(x))]
    smooth = x != 0
    np.testing.assert_allclose(
        kobai.grad(loss)(x)[smooth], np.array(differences)[smooth], rtol=1e-8
    )


def test_a_formula_of_the_user_is_left_as_it_is() -> None:
    def split(r: Any) -> Any:
        value = np.where(r > 0, r, 0.0) + np.where(r > 0, 0.0, -r)
        return np.sum(value)

    assert "+" in kobai.derive(split, x)["value"].formula
