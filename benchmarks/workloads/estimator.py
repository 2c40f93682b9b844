"""`kobai.learn.LogisticRegression` beside scikit-learn's, to the same objective."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from benchmarks.peers import has
from benchmarks.running import KOBAI, Contender, Goal, Section, compared

EXAMPLES, FEATURES = 500_000, 50
KINDS = ("standardised", "correlated")


def drawn(kind: str) -> tuple[Any, Any]:
    random = np.random.default_rng(0)
    X = random.standard_normal((EXAMPLES, FEATURES))
    w = 0.3 * random.standard_normal(FEATURES)
    y = (random.random(EXAMPLES) < 1 / (1 + np.exp(-(X @ w + 0.3)))).astype(np.int64)
    if kind == "correlated":
        # Each feature has half of its variance from the one before.
        for j in range(1, FEATURES):
            X[:, j] = (X[:, j] + X[:, j - 1]) / np.sqrt(2)
    return X, y


def objective(model: Any, X: Any, y: Any) -> float:
    z = X @ model.coef_[0] + model.intercept_[0]
    loss = np.mean(np.logaddexp(0, z) - y * z)
    return float(loss + np.sum(model.coef_**2) / (2 * len(y)))


def contenders(kind: str) -> Iterator[Contender]:
    from sklearn import linear_model

    from kobai import learn

    X, y = drawn(kind)

    def fitted(make: Callable[[], Any]) -> Callable[[], list[float]]:
        return lambda: [objective(make().fit(X, y), X, y)]

    yield Contender(KOBAI, fitted(learn.LogisticRegression))

    def peer() -> Any:
        return linear_model.LogisticRegression(max_iter=1000)

    yield Contender("scikit-learn, lbfgs", fitted(peer))


def sections() -> Iterator[Section]:
    if not has("sklearn"):
        return
    for kind in KINDS:
        yield compared(
            f"LogisticRegression on {EXAMPLES:,} × {FEATURES} {kind} features, the whole fit",
            contenders(kind),
            [Goal(("scikit-learn, lbfgs",), 3)],
            tolerance=1e-6,
            rounds=3,
        )
