"""Problems with known minima, each as residuals; its loss is the sum of their squares.

From Moré, Garbow and Hillstrom, Testing unconstrained optimization software, ACM Trans. Math.
Softw. 7 (1981) 17, with the numbers, starts and minima given there (six digits where there is no
closed form).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Problem:
    """Residuals, where to start, and the least sums of squares: the global one, then local ones."""

    name: str
    residuals: Callable[[Any], Any]
    start: tuple[float, ...]
    minima: tuple[float, ...] = (0.0,)

    def loss(self, x: Any) -> Any:
        return np.sum(self.residuals(x) ** 2)


def _rosenbrock(x: Any) -> Any:
    return np.concatenate([10 * (x[1::2] - x[::2] ** 2), 1 - x[::2]])


def _freudenstein_roth(x: Any) -> Any:
    u, v = x
    first = -13 + u + ((5 - v) * v - 2) * v
    return np.stack([first, -29 + u + ((v + 1) * v - 14) * v])


def _powell_badly_scaled(x: Any) -> Any:
    return np.stack([1e4 * x[0] * x[1] - 1, np.exp(-x[0]) + np.exp(-x[1]) - 1.0001])


def _brown_badly_scaled(x: Any) -> Any:
    return np.stack([x[0] - 1e6, x[1] - 2e-6, x[0] * x[1] - 2])


def _beale(x: Any) -> Any:
    return np.array([1.5, 2.25, 2.625]) - x[0] * (1 - x[1] ** np.arange(1, 4))


def _jennrich_sampson(x: Any) -> Any:
    i = np.arange(1, 11)
    return 2 + 2 * i - (np.exp(i * x[0]) + np.exp(i * x[1]))


def _helical_valley(x: Any) -> Any:
    turn = np.arctan(x[1] / x[0]) / (2 * np.pi)
    if x[0] < 0:
        turn = turn + 0.5
    return np.stack([10 * (x[2] - 10 * turn), 10 * (np.hypot(x[0], x[1]) - 1), x[2]])


def _bard(x: Any) -> Any:
    y = np.array([14, 18, 22, 25, 29, 32, 35, 39, 37, 58, 73, 96, 134, 210, 439]) / 100
    u = np.arange(1.0, 16)
    v = 16 - u
    return y - (x[0] + u / (v * x[1] + np.minimum(u, v) * x[2]))


def _gaussian(x: Any) -> Any:
    half = [0.0009, 0.0044, 0.0175, 0.0540, 0.1295, 0.2420, 0.3521]
    t = (8 - np.arange(1, 16)) / 2
    return x[0] * np.exp(-x[1] * (t - x[2]) ** 2 / 2) - np.array([*half, 0.3989, *half[::-1]])


def _box(x: Any) -> Any:
    t = np.arange(1, 11) / 10
    return np.exp(-t * x[0]) - np.exp(-t * x[1]) - x[2] * (np.exp(-t) - np.exp(-10 * t))


def _powell_singular(x: Any) -> Any:
    return np.stack(
        [
            x[0] + 10 * x[1],
            np.sqrt(5) * (x[2] - x[3]),
            (x[1] - 2 * x[2]) ** 2,
            np.sqrt(10) * (x[0] - x[3]) ** 2,
        ]
    )


def _wood(x: Any) -> Any:
    return np.stack(
        [
            10 * (x[1] - x[0] ** 2),
            1 - x[0],
            np.sqrt(90) * (x[3] - x[2] ** 2),
            1 - x[2],
            np.sqrt(10) * (x[1] + x[3] - 2),
            (x[1] - x[3]) / np.sqrt(10),
        ]
    )


def _brown_dennis(x: Any) -> Any:
    t = np.arange(1, 21) / 5
    first = x[0] + t * x[1] - np.exp(t)
    return first**2 + (x[2] + x[3] * np.sin(t) - np.cos(t)) ** 2


def _watson(x: Any) -> Any:
    t = np.arange(1, 30) / 29
    powers = t[:, np.newaxis] ** np.arange(6)
    slope = powers[:, :5] @ (np.arange(1, 6) * x[1:])
    rest = np.stack([x[0], x[1] - x[0] ** 2 - 1])
    return np.concatenate([slope - (powers @ x) ** 2 - 1, rest])


def _penalty(x: Any) -> Any:
    return np.append(np.sqrt(1e-5) * (x - 1), np.sum(x**2) - 1 / 4)


def _variably_dimensioned(x: Any) -> Any:
    total = np.sum(np.arange(1, 11) * (x - 1))
    return np.concatenate([x - 1, np.stack([total, total**2])])


def _broyden_tridiagonal(x: Any) -> Any:
    before, after = np.append(0.0, x[:-1]), np.append(x[1:], 0.0)
    return (3 - 2 * x) * x - before - 2 * after + 1


def _linear(x: Any) -> Any:
    """Of full rank, with twice as many residuals as parameters."""
    fold = 2 * np.sum(x) / 10
    return np.concatenate([x - fold - 1, -fold - np.ones(5)])


# Along the line on which the first derivative of the loss vanishes, it is (r1 - r2)² / 2.
_V = (2 - np.sqrt(22)) / 3
_LOCAL = (16 + 12 * _V + 4 * _V**2 - 2 * _V**3) ** 2 / 2

PROBLEMS = [
    Problem("Rosenbrock", _rosenbrock, (-1.2, 1)),
    Problem("extended Rosenbrock, n=100", _rosenbrock, (-1.2, 1) * 50),
    Problem("Freudenstein and Roth", _freudenstein_roth, (0.5, -2), (0.0, _LOCAL)),
    Problem("Powell badly scaled", _powell_badly_scaled, (0, 1)),
    Problem("Brown badly scaled", _brown_badly_scaled, (1, 1)),
    Problem("Beale", _beale, (1, 1)),
    Problem("Jennrich and Sampson", _jennrich_sampson, (0.3, 0.4), (124.362,)),
    Problem("helical valley", _helical_valley, (-1, 0, 0)),
    Problem("Bard", _bard, (1, 1, 1), (8.21487e-3,)),
    Problem("Gaussian", _gaussian, (0.4, 1, 0), (1.12793e-8,)),
    Problem("Box three-dimensional", _box, (0, 10, 20)),
    Problem("Powell singular", _powell_singular, (3, -1, 0, 1)),
    Problem("Wood", _wood, (-3, -1, -3, -1)),
    Problem("Brown and Dennis", _brown_dennis, (25, 5, -5, -1), (85822.2,)),
    Problem("Watson, n=6", _watson, (0,) * 6, (2.28767e-3,)),
    Problem("penalty I, n=10", _penalty, tuple(range(1, 11)), (7.08765e-5,)),
    Problem(
        "variably dimensioned, n=10",
        _variably_dimensioned,
        tuple(1 - k / 10 for k in range(1, 11)),
    ),
    Problem("Broyden tridiagonal, n=10", _broyden_tridiagonal, (-1,) * 10),
    Problem("linear, full rank", _linear, (1,) * 5, (5.0,)),
]
