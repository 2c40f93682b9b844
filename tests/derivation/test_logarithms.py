"""Where a loss takes a logarithm, its argument is neither 0 nor infinite, and may be cancelled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.special

import kobai

y = np.array([2.0, 0.0, 3.0, 1.0])


def odds(p: Any) -> Any:
    return np.log(p / (1 - p))


def share(r: Any, mu: Any, y: Any) -> Any:
    return np.mean(y * np.log(mu / (r + mu)))


def negative_binomial(r: Any, mu: Any, y: Any) -> Any:
    likelihood = scipy.special.gammaln(y + r) - scipy.special.gammaln(r)
    return -np.mean(likelihood + r * np.log(r / (r + mu)) + y * np.log(mu / (r + mu)))


@pytest.mark.parametrize(
    ("loss", "args", "name", "formula"),
    [
        (odds, (0.3,), "dp", "1 / (1 - p) + 1 / p"),
        (share, (1.5, 2.0, y), "dr", "-np.sum(y) / m / (r + mu)"),
        (share, (1.5, 2.0, y), "dmu", "(-1 / (r + mu) + 1 / mu) * np.sum(y) / m"),
        (
            negative_binomial,
            (1.5, 2.0, y),
            "dmu",
            "r / (r + mu) + np.sum(y) / m / (r + mu) - np.sum(y) / m / mu",
        ),
    ],
)
def test_an_argument_over_itself_is_one(
    loss: Callable[..., Any], args: tuple[Any, ...], name: str, formula: str
) -> None:
    derivation = kobai.derive(loss, *args, wrt=name[1:])
    assert derivation[name].formula == formula


@pytest.mark.parametrize("p", [0.0, 1.0])
def test_there_is_no_slope_at_the_ends(p: float) -> None:
    with np.errstate(all="ignore"):
        assert not np.isfinite(kobai.grad(odds)(np.float64(p)))


def test_a_mean_of_one_number_for_each_example_has_slope_one() -> None:
    def loss(b: Any, x: Any) -> Any:
        return np.mean(x + b)

    x = np.array([1.0, 2.0, 4.0])
    assert kobai.derive(loss, 0.5, x, wrt="b")["db"].formula == "1.0"
    compiled = kobai.compile(kobai.grad(loss))
    assert compiled(0.5, x) == 1.0
    assert np.isnan(compiled(0.5, x[:0]))
