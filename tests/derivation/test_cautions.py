"""What could not be made safe is told, with the user's line; what could be is not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kobai
from kobai.derivation import Caution
from kobai.formulas import Formula

X = np.array([[1.0, 2.0], [-1.0, 0.5], [0.3, -0.2]])
Y = np.array([1.0, 0.0, 1.0])
W = np.array([0.5, -1.0])


def _cautions(f: Callable[..., Any]) -> tuple[Caution, ...]:
    return kobai.derive(f, W, X, Y, wrt="w").cautions


def _log_of_a_product(w: Any, X: Any, y: Any) -> Any:
    return np.sum(np.log(X @ w + 3.0))


def _columns(w: Any, X: Any, y: Any) -> Any:
    return np.mean((X @ w - y[:, None]) ** 2)


def _saturated(w: Any, X: Any, y: Any) -> Any:
    a = np.tanh(X @ w * 100)
    return np.mean((a - y) ** 2)


def _cancelled(w: Any, X: Any, y: Any) -> Any:
    z = X @ w + 1e6
    return np.mean(z**3) - np.mean(z) ** 3


@pytest.mark.parametrize(
    ("f", "what", "line"),
    [
        (_log_of_a_product, "np.log(X @ w + 3) is minus infinity or nan where", "np.log(X @ w"),
        (_columns, "X @ w - y[:, None] spreads shapes (3,) and (3, 1) to (3, 3)", "y[:, None]"),
        (_saturated, "saturates: 3 of 3 entries are so far out", "np.tanh"),
        (_cancelled, "is a difference of nearly equal numbers: ", "np.mean(z**3)"),
    ],
)
def test_what_may_go_wrong_is_told_with_its_line(
    f: Callable[..., Any], what: str, line: str
) -> None:
    (caution,) = _cautions(f)
    assert what in caution.what
    path, _, number = caution.where.rpartition(":")
    assert line in Path(path).read_text("utf-8").splitlines()[int(number) - 1]
    assert caution.repair
    assert str(caution) in str(kobai.derive(f, W, X, Y, wrt="w"))


def _naive(w: Any, X: Any, y: Any) -> Any:
    a = 1 / (1 + np.exp(-(X @ w)))
    return -np.mean(y * np.log(a) + (1 - y) * np.log(1 - a))


def _variance(w: Any, X: Any, y: Any) -> Any:
    z = X @ w + 1e8
    return np.mean(z**2) - np.mean(z) ** 2


def _positive(w: Any, X: Any, y: Any) -> Any:
    return np.sum(np.log(1 + (X @ w) ** 2)) + np.sum(np.log(np.exp(X @ w) + 1))


def _same_shapes(w: Any, X: Any, y: Any) -> Any:
    return np.mean(((X @ w)[:, None] - y[:, None]) ** 2)


@pytest.mark.parametrize("f", [_naive, _variance, _positive, _same_shapes])
def test_what_was_made_safe_is_not_told(f: Callable[..., Any]) -> None:
    assert _cautions(f) == ()


def test_a_typed_formula_has_no_line() -> None:
    (caution,) = kobai.derive(Formula("np.sum(np.log(w))"), W, wrt="w").cautions
    assert caution.where == ""
    assert str(caution).startswith("np.log(w) is minus infinity")
