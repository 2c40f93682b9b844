"""Parameters and data for the losses of `models`, drawn anew for each number of rows."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from tests.backends import models

Generator = np.random.Generator


@dataclass(frozen=True)
class Case:
    """A loss, what draws its arguments, and the fewest rows that it makes sense for.

    Attributes:
        most: rows that fill a benchmark; losses of all pairs grow with their square.
        has_known_shapes: whether no shape depends on what stands in an array.
    """

    loss: Callable[..., Any]
    draw: Callable[[Generator, int], tuple[Any, ...]]
    least: int = 1
    most: int = 100_000
    has_known_shapes: bool = True

    @property
    def name(self) -> str:
        return self.loss.__name__

    def arguments(self, rows: int) -> tuple[Any, ...]:
        return self.draw(np.random.default_rng(rows), rows)


FEATURES = 10


def linear(g: Generator) -> tuple[Any, Any]:
    return 0.3 * g.normal(size=FEATURES), np.float64(0.1)


def rows_of(g: Generator, n: int) -> Any:
    return g.normal(size=(n, FEATURES))


def layers(g: Generator, *widths: int) -> list[tuple[Any, Any]]:
    pairs = itertools.pairwise(widths)
    return [(g.normal(size=(a, b)) / np.sqrt(a), 0.1 * g.normal(size=b)) for a, b in pairs]


def labels(g: Generator, n: int) -> Any:
    """Ones and zeros, both of them where there are two rows."""
    y = (g.random(n) > 0.5) * 1.0
    y[:2] = [1.0, 0.0][:n]
    return y


def one_value(g: Generator, n: int) -> Any:
    return linear(g), rows_of(g, n), g.normal(size=n)


def counted(g: Generator, n: int) -> Any:
    return linear(g), rows_of(g, n), g.poisson(3, size=n).astype(float)


def scaled_counts(g: Generator, n: int) -> Any:
    return (*linear(g), np.float64(0.5)), rows_of(g, n), g.poisson(3, size=n).astype(float)


def signed(g: Generator, n: int) -> Any:
    return linear(g), rows_of(g, n), 2 * labels(g, n) - 1


def classes(g: Generator, n: int) -> Any:
    return linear(g), rows_of(g, n), labels(g, n)


def without_bias(g: Generator, n: int) -> Any:
    return linear(g)[0], rows_of(g, n), labels(g, n)


def three_quantiles(g: Generator, n: int) -> Any:
    p = (0.3 * g.normal(size=(FEATURES, 3)), g.normal(size=3))
    return p, rows_of(g, n), g.normal(size=n)


def ratings(g: Generator, n: int) -> Any:
    users, items, rank = 300, 200, 8
    p = tuple(g.normal(size=s) for s in ((users, rank), (items, rank), users, items))
    return p, g.integers(0, users, n), g.integers(0, items, n), g.normal(size=n)


def three_layers(g: Generator, n: int) -> Any:
    return layers(g, FEATURES, 20, 12, 3), rows_of(g, n), g.normal(size=(n, 3))


def survival(g: Generator, n: int) -> Any:
    return linear(g)[0], rows_of(g, n), g.exponential(size=n), labels(g, n)


def censored(g: Generator, n: int) -> Any:
    return (*linear(g), np.float64(0.2)), rows_of(g, n), g.exponential(size=n), labels(g, n)


def kernel(g: Generator, n: int) -> Any:
    p = (g.normal(size=FEATURES), np.float64(0.3), np.float64(-1.0))
    return p, rows_of(g, n), g.normal(size=n)


def grades(g: Generator, n: int) -> Any:
    p = (linear(g)[0], np.array([-1.0]), np.array([0.1, -0.2]))
    return p, rows_of(g, n), g.integers(0, 4, n)


def views(g: Generator, n: int) -> Any:
    return g.normal(size=(FEATURES, 6)), rows_of(g, n), rows_of(g, n)


def tails(g: Generator, n: int) -> Any:
    return (*linear(g), np.float64(-0.3), np.float64(1.2)), rows_of(g, n), g.normal(size=n)


def shares(g: Generator, n: int) -> Any:
    return (*linear(g), np.float64(1.0)), rows_of(g, n), 0.01 + 0.98 * g.random(n)


def encoded(g: Generator, n: int) -> Any:
    sizes = ((FEATURES, 16), (16, 4), (16, 4), (4, 16), (16, FEATURES))
    p = [layer for size in sizes for layer in layers(g, *size)]
    return p, (g.random((n, FEATURES)) > 0.5) * 1.0, g.normal(size=(n, 4))


def sequences(g: Generator, n: int) -> Any:
    features, units = 4, 8
    sizes = ((features, 4 * units), (units, 4 * units), 4 * units, units)
    p = tuple(0.4 * g.normal(size=size) for size in sizes)
    return p, g.normal(size=(n, 5, features)), g.normal(size=n)


def tokens(g: Generator, n: int) -> Any:
    p = tuple(0.5 * g.normal(size=size) for size in ((4, 6), (4, 6), (4, 5), 5))
    return p, g.normal(size=(n, 5, 4)), g.normal(size=n)


def tagged(g: Generator, n: int) -> Any:
    p = (g.normal(size=(4, 3)), g.normal(size=(3, 3)))
    return p, g.normal(size=(n, 5, 4)), g.integers(0, 3, (n, 5))


CASES = (
    Case(models.poisson, counted),
    Case(models.hinge, signed),
    Case(models.huber, one_value),
    Case(models.quantile, three_quantiles),
    Case(models.factorisation, ratings),
    Case(models.tanh_net, three_layers),
    Case(models.cox, survival),
    Case(models.gaussian_process, kernel, most=400),
    Case(models.negative_binomial, scaled_counts),
    Case(models.ordinal, grades),
    Case(models.contrastive, views, most=1000),
    Case(models.pairwise_hinge, without_bias, most=1000),
    Case(models.masked_pairs, without_bias, least=2, most=1000, has_known_shapes=False),
    Case(models.student, tails),
    Case(models.beta_regression, shares),
    Case(models.autoencoder, encoded),
    Case(models.lstm, sequences, most=20_000),
    Case(models.focal, classes),
    Case(models.weibull, censored),
    Case(models.attention, tokens, most=20_000),
    Case(models.chain, tagged, most=20_000),
)
