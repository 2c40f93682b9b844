"""Slopes of folds, scans and statistics at zeros, ties, nan, and where all entries are equal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import kobai
from kobai.errors import KobaiError, ShapeError

NAN = np.nan

SLOPES: tuple[tuple[str, Callable[[Any], Any], Any, Any], ...] = (
    ("product with one 0", np.prod, [2.0, 0.0, 3.0], [0, 6, 0]),
    ("product with two 0", np.prod, [2.0, 0.0, 0.0], [0, 0, 0]),
    ("product of nothing but 0", np.prod, [0.0], [1]),
    (
        "product of several axes",
        lambda x: np.sum(np.prod(x, axis=(0, 1))),
        [[2.0, 0], [3, 5]],
        [[0, 30], [0, 0]],
    ),
    (
        "running product with a 0",
        lambda x: np.sum(np.cumprod(x)),
        [2.0, 0.0, 3.0],
        [1, 8, 0],
    ),
    (
        "second derivative of a product with two 0",
        lambda x: np.sum(kobai.grad(np.prod)(x)),
        [2.0, 0.0, 0.0],
        [0, 2, 2],
    ),
    ("standard deviation of equal entries", np.std, [3.0, 3.0, 3.0], [0, 0, 0]),
    ("its square", lambda x: np.std(x) ** 2, [3.0, 3.0], [0, 0]),
    (
        "second derivative of its square",
        lambda x: kobai.grad(lambda x: np.std(x) ** 2)(x)[0],
        [3.0, 3.0],
        [0.5, -0.5],
    ),
    ("variance of equal entries", np.var, [3.0, 3.0], [0, 0]),
    ("range with ties", np.ptp, [1.0, 1.0, 4.0, 4.0], [-0.5, -0.5, 0.5, 0.5]),
    ("range of equal entries", np.ptp, [1.0, 1.0], [0, 0]),
    ("median of an even number", np.median, [3.0, 1.0, 2.0, 9.0], [0.5, 0, 0.5, 0]),
    ("median with a tie", np.median, [1.0, 1.0, 0.0], [1, 0, 0]),
    ("sum without nan", np.nansum, [1.0, NAN], [1, 0]),
    ("mean without nan", np.nanmean, [1.0, NAN, 3.0], [0.5, 0, 0.5]),
    ("deviation without nan", np.nanvar, [1.0, NAN, 3.0], [-1, 0, 1]),
    ("largest without nan", np.nanmax, [1.0, NAN, 3.0], [0, 0, 1]),
    ("product without nan", np.nanprod, [2.0, NAN, 3.0], [3, 0, 2]),
    (
        "sum of chosen entries",
        lambda x: np.sum(np.sqrt(x), where=x > 0),
        [4.0, 0.0],
        [0.25, 0],
    ),
    ("largest but for an initial", lambda x: np.max(x, initial=5.0), [1.0, 5.0], [0, 0]),
)


@pytest.mark.parametrize(("f", "x", "slope"), [s[1:] for s in SLOPES], ids=[s[0] for s in SLOPES])
def test_the_slope_is_what_mathematics_says(f: Callable[[Any], Any], x: Any, slope: Any) -> None:
    with np.errstate(all="ignore"):
        found = kobai.grad(f)(np.array(x))
    assert np.allclose(found, slope, rtol=1e-14, atol=0)


def test_a_quantile_of_nan_is_nan() -> None:
    values = np.array([1.0, NAN, 3.0, 5.0])
    value, _ = kobai.value_and_grad(np.median)(values)
    assert np.isnan(value)


OUTSIDE = (
    "np.sum(x, axis=2)",
    "np.mean(x, axis=(0, 0))",
    "np.cumsum(x, axis=-3)",
    "np.concatenate([x, x], axis=2)",
    "np.swapaxes(x, 0, 5)",
    "np.moveaxis(x, 2, 0)",
    "np.diff(x, axis=2)",
    "np.roll(x, 1, axis=2)",
    "np.split(x, 2, axis=1)[0]",
    "np.median(x, axis=7)",
    "np.expand_dims(x, 4)",
    'np.einsum("ij->iij", x)',
    "np.cross(x[:, :2], x[:, :2])",
)


@pytest.mark.parametrize("source", OUTSIDE)
def test_an_axis_that_is_not_there_is_a_mistake_of_shape(source: str) -> None:
    with pytest.raises(ShapeError):
        kobai.grad(lambda x: np.sum(eval(source, {"np": np, "x": x})))(np.ones((2, 3)))


REFUSED = (
    "np.max(x, where=x > 0)",
    'np.pad(x, 1, mode="linear_ramp")',
    "np.quantile(x, x[0])",
    "np.quantile(x, 1.5)",
    "np.repeat(x, x.astype(int))",
    "np.resize(x, 5)",
    "np.fill_diagonal(np.diag(x), 0)",
    "np.var(x, ddof=0.5)",
)


@pytest.mark.parametrize("source", REFUSED)
def test_what_has_no_meaning_is_refused(source: str) -> None:
    with pytest.raises(KobaiError) as caught:
        kobai.grad(lambda x: np.sum(eval(source, {"np": np, "x": x})))(np.ones(3))
    assert caught.value.repair


def test_lengths_stay_symbols() -> None:
    """Nothing of a derivation depends on the number of rows."""
    x = np.linspace(0.1, 1, 7)
    spread = kobai.grad(lambda x: np.var(x, ddof=1) + np.std(x) + np.sum(np.cumsum(x)))(x)
    deviations = x - x.mean()
    expected = 2 * deviations / 6 + deviations / (7 * x.std()) + np.arange(7, 0, -1)
    assert np.allclose(spread, expected, rtol=1e-13)
