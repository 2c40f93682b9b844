"""Formulas with indices: each entry, computed by loops as it is printed, is the step's entry."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from tests.derivation.checking import agrees_where_finite, walked
from tests.derivation.index_reading import as_python
from tests.derivation.models import LABELS, MODELS, X, matrix
from tests.derivation.test_properties import GRAMMAR, Made

import kobai
from kobai.derivation import Derivation, Step
from kobai.targets.index_latex import indexed
from kobai.targets.index_text import index_text


def by_loops(entry: str, step: Step, names: dict[str, Any]) -> Any:
    """All entries of a step, one at a time."""
    shape = np.shape(step.value)
    found = np.empty(shape)
    code = compile(entry, "<entry>", "eval")
    for place in itertools.product(*map(range, shape)):
        letters = {name: i for name, i in zip(step.places, place, strict=True) if name != "0"}
        with np.errstate(all="ignore"):
            found[place] = eval(code, {**names, "math": math, **letters})
    return found


def check_entries(d: Derivation) -> int:
    """Every entry that is printed is right, as Python and as it is read; how many there are."""
    count = 0
    for step, others in walked(d):
        for entry in filter(None, (step.entry, step.in_full_entry)):
            found = by_loops(entry, step, others)
            assert agrees_where_finite(found, step.value), f"{step.name}: {entry}"
            read = by_loops(as_python(index_text(entry), d), step, others)
            assert agrees_where_finite(read, step.value), f"{step.name}: {index_text(entry)}"
        count += bool(step.entry)
    return count


@pytest.mark.parametrize("name", MODELS)
def test_entries_of_an_example_are_those_of_its_steps(name: str) -> None:
    d = MODELS[name].derivation()
    assert check_entries(d) == len(d.steps)
    assert "\\partial" in d.latex(notation="index", names="partial")


@settings(max_examples=30, derandomize=True, deadline=None, database=None)
@given(GRAMMAR)
def test_entries_of_a_made_up_loss_are_those_of_its_steps(loss: Made) -> None:
    check_entries(kobai.derive(loss.function, *loss.args))


def _picked(W: Any, X: Any, y: Any) -> Any:
    z = X @ W
    p = np.exp(z) / np.sum(np.exp(z), axis=1, keepdims=True)
    J = -np.mean(np.log(p[np.arange(len(y)), y]))
    return J


def _slices(W: Any, X: Any, y: Any) -> Any:
    z = X @ W
    rise = z[1:, ::-1] - z[:-1, ::-1]
    J = np.sum(rise**2) + np.max(np.cumsum(z[0]))
    return J


def _stacks(W: Any, X: Any, y: Any) -> Any:
    G = np.einsum("ij,kj->ik", X @ W, X @ W)
    B = np.stack([G, 2 * G]) @ X
    J = np.mean(B**2) + np.prod(np.diagonal(G))
    return J


@pytest.mark.parametrize("loss", [_picked, _slices, _stacks])
def test_moves_rename_indices(loss: Callable[..., Any]) -> None:
    d = kobai.derive(loss, matrix(2, 3), X, np.array([0, 2, 1, 0, 2, 1]), wrt="W")
    assert check_entries(d)
    forward = [step for step in d.steps if step.phase == "forward" and step.name != "B"]
    assert all(step.entry for step in forward)


def test_what_has_no_indices_is_said_to_have_none() -> None:
    def loss(A: Any) -> Any:
        B = np.linalg.inv(A)
        return np.sum(B)

    d = kobai.derive(loss, np.array([[2.0, 1.0], [0.0, 3.0]]), notation="index")
    assert d["B"].entry == ""
    assert "B = (no form with indices: np.linalg.inv(A))" in str(d)


def _textbook(W: Any, b: Any, V: Any, c: Any, X: Any, T: Any) -> Any:
    N, D = X.shape
    M = len(b)
    K = len(c)
    a = X @ W + b
    Z = 1 / (1 + np.exp(-a))
    s = Z @ V + c
    e = np.exp(s)
    Y = e / e.sum(axis=1, keepdims=True)
    J = -(T * np.log(Y)).sum() + 0 * (N + D + M + K)
    return J


def test_the_formulas_of_the_textbook() -> None:
    args = (matrix(2, 4), matrix(1, 4)[0], matrix(4, 3), matrix(1, 3)[0], X, LABELS)
    d = kobai.derive(_textbook, *args, wrt=("W", "b", "V", "c"), notation="index", names="partial")
    text = str(d)
    assert "n = 0..N-1, d = 0..D-1, k = 0..K-1, m = 0..M-1" in text
    for line in (
        "∂J/∂s[n,k] = (∂J/∂e[n,k]) e[n,k]",
        "= Y[n,k] − T[n,k]",
        "∂J/∂V[m,k] = Σ_n (∂J/∂s[n,k]) Z[n,m]",
        "= Σ_n (Y[n,k] − T[n,k]) Z[n,m]",
        "= Σ_n (Y[n,k] − T[n,k])",
        "= Σ_n Σ_k (Y[n,k] − T[n,k]) V[m,k] Z[n,m] (1 − Z[n,m]) X[n,d]",
        "= Σ_n Σ_k (Y[n,k] − T[n,k]) V[m,k] Z[n,m] (1 − Z[n,m])",
    ):
        assert line in text, line
    line = r"\frac{\partial J}{\partial V_{mk}} &= \sum_{n} \frac{\partial J}{\partial s_{nk}} \, Z"
    assert line in d.latex()


def test_a_mean_has_its_divisor_in_front() -> None:
    d = MODELS["rows"].derivation()
    text = d.text(notation="index")
    assert "dw[j] = Σ_i dz[i] X[i,j]\n" in text
    assert "      = 1/m Σ_i (a[i] − y[i]) X[i,j] " in text
    assert r"&= \frac{1}{m} \sum_{i} \left(a_{i} - y_{i}\right) \, X_{ij}" in d.latex("index")


@pytest.mark.parametrize(
    ("symbol", "shown"),
    [
        ("W_{1}", "W_{1,jk}"),
        (r"x_{\mathrm{train}}", r"x_{\mathrm{train},jk}"),
        (r"\frac{\partial C_{T}}{\partial w_{2}}", r"\frac{\partial C_{T}}{\partial w_{2,jk}}"),
    ],
)
def test_a_symbol_with_an_index_takes_more_of_them(symbol: str, shown: str) -> None:
    assert indexed(symbol, ("j", "k")) == shown
