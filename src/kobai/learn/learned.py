"""What an estimator has learned stays whole: a fit that fails leaves the one before it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sklearn.base import BaseEstimator


@contextmanager
def kept_on_failure(estimator: BaseEstimator) -> Iterator[None]:
    """Give an estimator back what it had learned before, where a block is left by an exception."""
    before = _learned(estimator)
    try:
        yield
    except BaseException:
        for name in _learned(estimator):
            delattr(estimator, name)
        vars(estimator).update(before)
        raise


def _learned(estimator: BaseEstimator) -> dict[str, Any]:
    """The attributes that fits set."""
    return {k: v for k, v in vars(estimator).items() if k.endswith("_") or k == "_sample"}
