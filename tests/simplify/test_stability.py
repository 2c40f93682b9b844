"""Formulas as people write them, and what they mean, for every z up to a million.

Values and slopes are held to those of mpmath, within four units in the last place of their scale.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import mpmath as mp
import numpy as np
import pytest
from scipy import special

import kobai
from kobai.graph import AnyArray

SCALES = (1e-300, 1e-9, 1e-3, 0.5, 1.0, 3.0, 30.0, 40.0, 350.0, 700.0, 750.0, 1e4, 1e6)
POINTS = np.array([0.0, *SCALES, *(-scale for scale in SCALES)])
NEGATIVE = POINTS[POINTS < 0]
POSITIVE = POINTS[POINTS > 0]


class Family(NamedTuple):
    """Spellings of one function of z, its exact value and slope, and where it is tried.

    `scale` is the size beside which an error counts: the terms of the result, not their difference.
    """

    spellings: tuple[str, ...]
    value: Callable[[mp.mpf], mp.mpf]
    slope: Callable[[mp.mpf], mp.mpf]
    points: AnyArray = POINTS
    scale: Callable[[mp.mpf], mp.mpf] = lambda z: mp.mpf(0)


def sigmoid(z: mp.mpf) -> mp.mpf:
    return (1 if z >= 0 else mp.exp(z)) / (1 + mp.exp(-abs(z)))


def softplus(z: mp.mpf) -> mp.mpf:
    return max(z, mp.mpf(0)) + mp.log1p(mp.exp(-abs(z)))


def log_cosh(z: mp.mpf) -> mp.mpf:
    if abs(z) < 1:
        return mp.log1p(2 * mp.sinh(z / 2) ** 2)
    return abs(z) + mp.log1p(mp.exp(-2 * abs(z))) - mp.log(2)


def _three(z: mp.mpf) -> tuple[mp.mpf, mp.mpf]:
    """The logarithm of a mixture of three normal densities, and its slope."""
    parts = [(mp.mpf(w), mp.mpf(m)) for w, m in ((0.2, 0), (0.3, 1), (0.5, -2))]
    scores = [mp.log(w) - (z - m) ** 2 / 2 for w, m in parts]
    largest = max(scores)
    powers = [mp.exp(score - largest) for score in scores]
    mean = mp.fsum(p * (m - z) for p, (_, m) in zip(powers, parts, strict=True)) / mp.fsum(powers)
    return largest + mp.log(mp.fsum(powers)) - mp.log(2 * mp.pi) / 2, mean


FAMILIES = {
    "sigmoid": Family(
        (
            "1 / (1 + np.exp(-z))",
            "np.exp(z) / (1 + np.exp(z))",
            "0.5 * (1 + np.tanh(z / 2))",
            "(1 + np.tanh(0.5 * z)) / 2",
            "np.tanh(z / 2) / 2 + 0.5",
            "0.5 + 0.5 * np.tanh(0.5 * z)",
            "special.expit(z)",
            "1 - 1 / (1 + np.exp(z))",
            "1 - special.expit(-z)",
            "1 / (np.exp(-z) + 1.0)",
            "(1 + np.exp(-z)) ** -1",
            "np.exp(-np.log(1 + np.exp(-z)))",
            "np.exp(-np.logaddexp(0, -z))",
        ),
        sigmoid,
        lambda z: sigmoid(z) * sigmoid(-z),
    ),
    "softplus": Family(
        (
            "np.log(1 + np.exp(z))",
            "np.log1p(np.exp(z))",
            "np.logaddexp(0, z)",
            "-np.log(1 - 1 / (1 + np.exp(-z)))",
            "-np.log(special.expit(-z))",
            "z + np.log(1 + np.exp(-z))",
            "z - np.log(special.expit(z))",
            "np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))",
            "-np.log(0.5 * (1 - np.tanh(z / 2)))",
        ),
        softplus,
        sigmoid,
    ),
    "tanh": Family(
        (
            "np.tanh(z)",
            "np.sinh(z) / np.cosh(z)",
            "(np.exp(z) - np.exp(-z)) / (np.exp(z) + np.exp(-z))",
            "(np.exp(2 * z) - 1) / (np.exp(2 * z) + 1)",
            "(1 - np.exp(-2 * z)) / (1 + np.exp(-2 * z))",
            "2 / (1 + np.exp(-2 * z)) - 1",
            "2 * special.expit(2 * z) - 1",
        ),
        mp.tanh,
        lambda z: 1 / mp.cosh(z) ** 2,
    ),
    "log cosh": Family(
        (
            "np.log(np.cosh(z))",
            "np.log((np.exp(z) + np.exp(-z)) / 2)",
            "np.log(0.5 * (np.exp(z) + np.exp(-z)))",
        ),
        log_cosh,
        mp.tanh,
    ),
    "log(1 - exp z)": Family(
        ("np.log(1 - np.exp(z))", "np.log(-np.expm1(z))", "np.log1p(-np.exp(z))"),
        lambda z: mp.log(-mp.expm1(z)) if z > -1 else mp.log1p(-mp.exp(z)),
        lambda z: mp.exp(z) / mp.expm1(z),
        NEGATIVE,
    ),
    "log(exp z - 1)": Family(
        ("np.log(np.exp(z) - 1)", "np.log(np.expm1(z))", "z + np.log(1 - np.exp(-z))"),
        lambda z: mp.log(mp.expm1(z)) if z < 1 else z + mp.log1p(-mp.exp(-z)),
        lambda z: 1 / -mp.expm1(-z),
        POSITIVE,
        lambda z: z,
    ),
    "expm1": Family(
        ("np.exp(z) - 1", "-(1 - np.exp(z))", "-1 + np.exp(z)", "np.expm1(z)"),
        mp.expm1,
        mp.exp,
        POINTS[POINTS < 700],
    ),
    "log1p": Family(
        ("np.log(1 + z)", "np.log(z + 1)", "np.log1p(z)"),
        mp.log1p,
        lambda z: 1 / (1 + z),
        POSITIVE,
    ),
    "1 - cos": Family(
        ("1 - np.cos(z)", "-(np.cos(z) - 1)", "2 * np.sin(z / 2) ** 2"),
        lambda z: 2 * mp.sin(z / 2) ** 2,
        mp.sin,
        POINTS[np.abs(POINTS) <= 1.0],
    ),
    "sqrt(1 + z) - 1": Family(
        ("np.sqrt(1 + z) - 1", "z / (np.sqrt(1 + z) + 1)"),
        lambda z: z / (mp.sqrt(1 + z) + 1),
        lambda z: 1 / (2 * mp.sqrt(1 + z)),
        POSITIVE,
    ),
    "absolute value": Family(
        ("np.sqrt(z ** 2)", "np.sqrt(z * z)", "np.abs(z)"),
        abs,
        mp.sign,
    ),
    "square of a root": Family(
        ("np.sqrt(z ** 2) ** 2", "np.sqrt(1 + z ** 2) ** 2 - 1", "np.abs(z) ** 2"),
        lambda z: z**2,
        lambda z: 2 * z,
        POINTS[np.abs(POINTS) > 1e-200],
        lambda z: mp.mpf(1),
    ),
    "logistic loss": Family(
        (
            "-np.log(1 / (1 + np.exp(-z)))",
            "np.log(1 + np.exp(-z))",
            "-np.log(np.exp(z) / (1 + np.exp(z)))",
            "np.logaddexp(0, -z)",
            "-np.log(1 - special.expit(-z))",
        ),
        lambda z: softplus(-z),
        lambda z: -sigmoid(-z),
    ),
    "focal loss": Family(
        (
            "-(1 - special.expit(z)) ** 2 * np.log(special.expit(z))",
            "-(1 - 1 / (1 + np.exp(-z))) ** 2 * np.log(1 / (1 + np.exp(-z)))",
        ),
        lambda z: sigmoid(-z) ** 2 * softplus(-z),
        lambda z: -2 * sigmoid(-z) ** 2 * sigmoid(z) * softplus(-z) - sigmoid(-z) ** 3,
        scale=lambda z: mp.mpf(1e-300),
    ),
    "focal loss with a root": Family(
        (
            "-(1 - special.expit(z)) ** 0.5 * np.log(special.expit(z))",
            "-(1 - 1 / (1 + np.exp(-z))) ** 0.5 * np.log(1 / (1 + np.exp(-z)))",
            "-np.sqrt(1 - special.expit(z)) * np.log(special.expit(z))",
        ),
        lambda z: mp.sqrt(sigmoid(-z)) * softplus(-z),
        lambda z: -mp.sqrt(sigmoid(-z)) * (sigmoid(z) * softplus(-z) / 2 + sigmoid(-z)),
        scale=lambda z: mp.mpf(1e-300),
    ),
    "focal loss of the other label": Family(
        (
            (
                "-(1 - np.where(False, special.expit(z), 1 - special.expit(z))) ** 1.5"
                " * np.log(np.where(False, special.expit(z), 1 - special.expit(z)))"
            ),
            "-(1 - (1 - special.expit(z))) ** 1.5 * np.log(1 - special.expit(z))",
        ),
        lambda z: sigmoid(z) ** mp.mpf(1.5) * softplus(z),
        lambda z: sigmoid(z) ** mp.mpf(1.5) * (1.5 * sigmoid(-z) * softplus(z) + sigmoid(z)),
        scale=lambda z: mp.mpf(1e-300),
    ),
    "log(1 + tanh z)": Family(
        ("np.log(1 + np.tanh(z))", "np.log(np.tanh(z) + 1)", "np.log1p(np.tanh(z))"),
        lambda z: mp.log(2) - softplus(-2 * z) if abs(z) > 1e-3 else mp.log1p(mp.tanh(z)),
        lambda z: 2 * sigmoid(-2 * z),
    ),
    "Poisson": Family(
        ("np.exp(z) - 3.0 * z", "np.exp(z) - 3.0 * np.log(np.exp(z))"),
        lambda z: mp.exp(z) - 3 * z,
        lambda z: mp.exp(z) - 3,
        POINTS[POINTS < 700],
        lambda z: 3 + 3 * abs(z),
    ),
    "gamma": Family(
        ("3.0 * np.exp(-z) + z", "3.0 / np.exp(z) + np.log(np.exp(z))"),
        lambda z: 3 * mp.exp(-z) + z,
        lambda z: 1 - 3 * mp.exp(-z),
        POINTS[POINTS > -700],
        lambda z: 3 + abs(z),
    ),
    "negative binomial": Family(
        (
            "5.0 * np.log(2.0 + np.exp(z)) - 3.0 * z",
            "5.0 * np.log(np.exp(z) + 2.0) - 3.0 * np.log(np.exp(z))",
        ),
        lambda z: 5 * (mp.log(2) + softplus(z - mp.log(2))) - 3 * z,
        lambda z: 5 * sigmoid(z - mp.log(2)) - 3,
        scale=lambda z: 5 + 5 * abs(z),
    ),
    "Gaussian with log scale": Family(
        (
            "0.5 * (1.5 / np.exp(z)) ** 2 + np.log(np.exp(z))",
            "0.5 * 1.5 ** 2 * np.exp(-2 * z) + z",
            "-np.log(np.exp(-0.5 * (1.5 / np.exp(z)) ** 2) / np.exp(z))",
        ),
        lambda z: mp.mpf(1.125) * mp.exp(-2 * z) + z,
        lambda z: 1 - mp.mpf(2.25) * mp.exp(-2 * z),
        POINTS[POINTS > -300],
        lambda z: 3 + abs(z) + mp.exp(-2 * z),
    ),
    "log of a density": Family(
        (
            "np.log(np.exp(-0.5 * z ** 2) / np.sqrt(2 * np.pi))",
            "np.log(1 / np.sqrt(2 * np.pi) * np.exp(-z ** 2 / 2))",
        ),
        lambda z: -z * z / 2 - mp.log(mp.sqrt(2 * mp.pi)),
        lambda z: -z,
    ),
    "ratio of exponentials": Family(
        (
            "np.exp(z) / (np.exp(z) + np.exp(1.0))",
            "np.exp(z) / (np.exp(1.0) + np.exp(z))",
            "1 / (1 + np.exp(1.0 - z))",
        ),
        lambda z: sigmoid(z - 1),
        lambda z: sigmoid(z - 1) * sigmoid(1 - z),
        scale=lambda z: sigmoid(z - 1) * (1 + abs(z)),
    ),
    "score of odds": Family(
        (
            "np.log(special.expit(z) / (1 - special.expit(z)))",
            "np.log(special.expit(z)) - np.log(1 - special.expit(z))",
            "np.log(1 / (1 + np.exp(-z)) / (1 - 1 / (1 + np.exp(-z))))",
        ),
        lambda z: z,
        lambda z: mp.mpf(1),
    ),
    "slope of a sigmoid": Family(
        (
            "np.exp(-z) / (1 + np.exp(-z)) ** 2",
            "np.exp(z) / (1 + np.exp(z)) ** 2",
            "special.expit(z) * (1 - special.expit(z))",
            "special.expit(z) * special.expit(-z)",
        ),
        lambda z: sigmoid(z) * sigmoid(-z),
        lambda z: sigmoid(z) * sigmoid(-z) * (sigmoid(-z) - sigmoid(z)),
        scale=lambda z: sigmoid(z) * sigmoid(-z),
    ),
    "root of a power of e": Family(
        ("np.sqrt(np.exp(z))", "np.exp(z / 2)", "np.exp(0.5 * z)"),
        lambda z: mp.exp(z / 2),
        lambda z: mp.exp(z / 2) / 2,
        POINTS[POINTS < 1e3],
    ),
    "Gaussian with a softplus for a scale": Family(
        (
            "np.log(np.log(1 + np.exp(z)))",
            "np.log(np.log1p(np.exp(z)))",
            "np.log(np.logaddexp(0, z))",
        ),
        lambda z: mp.log(softplus(z)),
        lambda z: sigmoid(z) / softplus(z),
        scale=lambda z: mp.mpf(1),
    ),
    "reciprocal of cosh": Family(
        ("1 / np.cosh(z)", "2 / (np.exp(z) + np.exp(-z))", "np.cosh(z) ** -1"),
        lambda z: 1 / mp.cosh(z),
        lambda z: -mp.tanh(z) / mp.cosh(z),
    ),
    "share of a density": Family(
        (("0.25 * np.exp(-z ** 2) / (0.25 * np.exp(-z ** 2) + 0.75 * np.exp(-(z - 3.0) ** 2))"),),
        lambda z: sigmoid(9 - 6 * z - mp.log(3)),
        lambda z: -6 * sigmoid(9 - 6 * z - mp.log(3)) * sigmoid(6 * z - 9 + mp.log(3)),
        POINTS[np.abs(POINTS) < 100],
        lambda z: 1 + z * z,
    ),
    "complementary log-log": Family(
        ("np.log(1 - np.exp(-np.exp(z)))", "np.log(-np.expm1(-np.exp(z)))"),
        lambda z: mp.log(-mp.expm1(-mp.exp(z))) if z > -1000 else z - mp.exp(z) / 2,
        lambda z: mp.exp(z - mp.exp(z)) / -mp.expm1(-mp.exp(z)) if z > -1000 else 1 - mp.exp(z) / 2,
        POINTS[np.abs(POINTS) < 1e4],
        lambda z: 1 + abs(z) if z < 0 else mp.exp(z - mp.exp(z)) * (1 + mp.exp(z)),
    ),
    "three densities": Family(
        (
            (
                "np.log(0.2 * np.exp(-0.5 * z ** 2) / np.sqrt(2 * np.pi)"
                " + 0.3 * np.exp(-0.5 * (z - 1) ** 2) / np.sqrt(2 * np.pi)"
                " + 0.5 * np.exp(-0.5 * (z + 2) ** 2) / np.sqrt(2 * np.pi))"
            ),
        ),
        lambda z: _three(z)[0],
        lambda z: _three(z)[1],
        scale=lambda z: 9 + z * z,
    ),
    "probability of a success": Family(
        ("np.log(2.0 / (2.0 + np.exp(z)))", "-np.log((2.0 + np.exp(z)) / 2.0)"),
        lambda z: -softplus(z - mp.log(2)),
        lambda z: -sigmoid(z - mp.log(2)),
        scale=lambda z: 1 + abs(z),
    ),
    "two parts of a mixture": Family(
        (
            "np.log(0.25 * np.exp(z) + 0.75 * np.exp(-z))",
            "np.log(0.75 * np.exp(-z) + 0.25 * np.exp(z))",
        ),
        lambda z: z + mp.log(mp.mpf(0.25)) + softplus(mp.log(3) - 2 * z),
        lambda z: 1 - 2 * sigmoid(mp.log(3) - 2 * z),
        scale=lambda z: 3 + abs(z),
    ),
    "quotient of exponentials": Family(
        ("np.exp(z) / np.exp(z - 1.5)", "np.exp(z) * np.exp(1.5 - z)"),
        lambda z: mp.exp(1.5),
        lambda z: mp.mpf(0),
        POINTS[np.abs(POINTS) < 1e3],
        lambda z: mp.exp(1.5) * (1 + abs(z)),
    ),
}
CASES = [(name, spelling) for name, family in FAMILIES.items() for spelling in family.spellings]


def _ulps(found: AnyArray, exact: list[mp.mpf], scales: list[mp.mpf]) -> AnyArray:
    """Errors in units in the last place of the larger of the number and its scale."""
    errors = []
    for number, right, scale in zip(found, exact, scales, strict=True):
        size = float(max(abs(right), abs(scale)))
        unit = np.spacing(size) if np.isfinite(size) else np.inf
        if not np.isfinite(float(right)):
            errors.append(0.0 if number == float(right) else np.inf)
        else:
            errors.append(float(abs(mp.mpf(float(number)) - right)) / unit)
    return np.array(errors)


@pytest.mark.parametrize(("name", "spelling"), CASES, ids=[f"{n}: {s}" for n, s in CASES])
def test_a_formula_is_right_however_it_is_spelled(name: str, spelling: str) -> None:
    family = FAMILIES[name]
    function = eval(f"lambda z: {spelling}", {"np": np, "special": special})

    def weighted(c: Any, z: Any) -> Any:
        return np.sum(c * function(z))

    ones = np.ones(len(family.points))
    value, slope = kobai.grad(weighted, (0, 1))(ones, family.points)
    with mp.workdps(60):
        points = [mp.mpf(float(z)) for z in family.points]
        scales = [family.scale(z) for z in points]
        values = _ulps(value, [family.value(z) for z in points], scales)
        slopes = _ulps(slope, [family.slope(z) for z in points], scales)
    wrong = (values > 4) | (slopes > 4) | np.isnan(values) | np.isnan(slopes)
    found = (family.points, value, slope, values, slopes)
    assert not wrong.any(), np.stack(found)[:, wrong].T.tolist()
