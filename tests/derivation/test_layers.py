"""Layers that repeat are found in the graph, and their formulas are those of the steps."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from tests.derivation.models import LABELS, MODELS, X, matrix

import kobai
from kobai.derivation import Derivation
from kobai.derivation.recurrences import Recurrence, Reference

SIZES = (2, 4, 5, 3, 4, 3)
WEIGHTS = [matrix(p, q) for p, q in pairwise(SIZES)]
BIASES = [matrix(1, q)[0] for q in SIZES[1:]]


def lists(W: Any, b: Any, X: Any, T: Any) -> Any:
    a = X
    for k in range(len(W) - 1):
        z = a @ W[k] + b[k]
        a = np.tanh(z)
    z = a @ W[-1] + b[-1]
    a = 1 / (1 + np.exp(-z))
    C = np.sum((a - T) ** 2) / 2
    return C


def shuffled(W: Any, b: Any, X: Any, T: Any) -> Any:
    apple = X @ W[0] + b[0]
    tree = np.tanh(apple)
    river = tree @ W[1] + b[1]
    stone = np.tanh(river)
    cloud = stone @ W[2] + b[2]
    moon = np.tanh(cloud)
    sun = moon @ W[3] + b[3]
    star = np.tanh(sun)
    sky = star @ W[4] + b[4]
    sea = 1 / (1 + np.exp(-sky))
    return np.sum((sea - T) ** 2) / 2


def relu_softmax(W: Any, b: Any, X: Any, T: Any) -> Any:
    H = X
    for V, c in zip(W[:-1], b[:-1], strict=True):
        S = H @ V + c
        H = np.maximum(S, 0)
    S = H @ W[-1] + b[-1]
    E = np.exp(S)
    Y = E / np.sum(E, axis=1, keepdims=True)
    return -np.sum(T * np.log(Y))


def another_in_the_middle(W: Any, b: Any, X: Any, T: Any) -> Any:
    a = X
    for k in range(len(W)):
        z = a @ W[k] + b[k]
        a = np.maximum(z, 0) if k == 2 else np.tanh(z)
    return np.sum((a - T) ** 2) / 2


def in_columns(W: Any, b: Any, X: Any, T: Any) -> Any:
    a = X.T
    for V, c in zip(W, b, strict=True):
        z = V.T @ a + c[:, None]
        a = 1 / (1 + np.exp(-z))
    return np.sum((a - T.T) ** 2) / 2


def residual(W: Any, b: Any, X: Any, T: Any) -> Any:
    a = X
    for k in range(3):
        h = np.tanh(a @ W[0] @ W[0].T + b[k][:2])
        a = a + h
    return np.sum(a**2) + 0 * np.sum(T)


NETS = [lists, shuffled, relu_softmax, another_in_the_middle, in_columns, residual]


def derived(net: Callable[..., Any], **options: Any) -> Derivation:
    return kobai.derive(net, WEIGHTS, BIASES, X, LABELS, wrt=("W", "b"), **options)


@pytest.mark.parametrize("names", ["d", "delta"])
@pytest.mark.parametrize("net", NETS)
def test_a_recurrence_is_the_formula_of_each_of_its_steps(
    net: Callable[..., Any], names: str
) -> None:
    d = derived(net, names=names)
    assert d.recurrences
    assert any(len(line.layers) > 1 and line.phase == "backward" for line in d.recurrences)
    for line in d.recurrences:
        for layer, name in line.names.items():
            assert line.at(layer) == d[name].formula
    shown = [name for line in d.recurrences for name in line.names.values()]
    assert len(set(shown)) == len(shown)


def backward(d: Derivation) -> dict[Reference, list[Recurrence]]:
    found: dict[Reference, list[Recurrence]] = {}
    for line in d.recurrences:
        found.setdefault(line.left, []).append(line)
    return found


@pytest.mark.parametrize("net", [lists, shuffled, relu_softmax, in_columns])
def test_hidden_layers_share_one_line_and_the_output_layer_has_its_own(
    net: Callable[..., Any],
) -> None:
    d = derived(net)
    lines = backward(d)
    ((weighted, found),) = [
        (left, found)
        for left, found in lines.items()
        if left.is_slope and len(found) == 2 and d[next(iter(found[0].names.values()))].error_name
    ]
    assert weighted.is_slope
    assert sorted(len(line.layers) for line in found) == [1, 4]


def test_names_don_t_matter() -> None:
    one, other = derived(lists), derived(shuffled)
    assert [[len(line.layers), line.phase] for line in one.recurrences] == [
        [len(line.layers), line.phase] for line in other.recurrences
    ]


def test_a_layer_that_differs_is_shown_as_such() -> None:
    text = str(derived(another_in_the_middle))
    assert "a^l = np.tanh(z^l)" in text
    assert "l = 1..2, 4..5" in text
    assert "a^3 = np.maximum(z^3, 0)" in text
    assert "dz^3 = np.where(z^3 > 0, dz^4 @ W^4.T, 0)" in text


def test_the_lines_of_the_textbook() -> None:
    d = derived(lists, names="delta")
    text = str(d)
    assert "\n  δ^l = ∂C/∂z^l: the errors of the units\n" in text
    for line in (
        "δ^L = (a^L - T) * a^L * (1 - a^L)",
        "δ^l = δ^{l+1} @ W^{l+1}.T * (1 - (a^l)**2)",
        "∂C/∂W^l = a^{l-1}.T @ δ^l",
        "∂C/∂b^l = np.sum(δ^l, axis=0)",
    ):
        assert f"\n  {line} " in text, line
    assert d["delta_5"].formula == "(a_5 - T) * a_5 * (1 - a_5)"
    assert d["dW_4"].formula == "a_4.T @ delta_5"
    latex = d.latex()
    assert r"\delta^{(l)} &= \frac{\partial C}{\partial z^{(l)}}" in latex
    assert r"\frac{\partial C}{\partial W^{(l)}} &= {a^{(l-1)}}^\top \delta^{(l)}" in latex


def one_example(W: Any, b: Any, x: Any, t: Any) -> Any:
    a = x
    for k in range(len(W)):
        z = W[k].T @ a + b[k]
        a = 1 / (1 + np.exp(-z))
    C = np.sum((a - t) ** 2) / 2
    return C


def test_the_recurrence_entry_by_entry() -> None:
    args = (WEIGHTS, BIASES, X[0], LABELS[0])
    d = kobai.derive(one_example, *args, wrt=("W", "b"), names="delta", notation="index")
    text = str(d)
    for line in (
        "i, j, k: units of the layers l-1, l, l+1",
        "z^l[j] = Σ_i W^l[i,j] a^{l-1}[i] + b^l[j]",
        "δ^L[j] = (a^L[j] − t[j]) a^L[j] (1 − a^L[j])",
        "δ^l[j] = (Σ_k δ^{l+1}[k] W^{l+1}[j,k]) a^l[j] (1 − a^l[j])",
        "∂C/∂W^l[i,j] = δ^l[j] a^{l-1}[i]",
        "∂C/∂b^l[j] = δ^l[j]",
    ):
        assert f"\n  {line}" in text, line
    assert "n: examples" not in text


def entry_by_entry(widths: tuple[int, ...]) -> str:
    W = [matrix(p, q) for p, q in pairwise(widths)]
    b = [matrix(1, q)[0] for q in widths[1:]]
    d = kobai.derive(lists, W, b, X, LABELS, wrt=("W", "b"), names="delta", notation="index")
    return str(d)


@pytest.mark.parametrize("widths", [SIZES, (2, 2, 2, 2, 2, 3)])
def test_letters_of_examples_and_units_are_told_apart(widths: tuple[int, ...]) -> None:
    text = entry_by_entry(widths)
    assert "\n  n: examples\n" in text
    assert "\n  δ^l[n,j] = (Σ_k δ^{l+1}[n,k] W^{l+1}[j,k]) (1 − a^l[n,j]²) " in text
    assert "\n  ∂C/∂W^l[i,j] = Σ_n δ^l[n,j] a^{l-1}[n,i] " in text
    assert "\n  z^l[n,j] = Σ_i a^{l-1}[n,i] W^l[i,j] + b^l[j] " in text


def test_where_units_have_the_letter_of_examples_layers_are_in_matrices() -> None:
    text = entry_by_entry((2, 6, 6, 6, 6, 3))
    assert "∂C/∂W^l = a^{l-1}.T @ δ^l" in text


def test_a_quotient_that_is_a_whole_argument_has_no_parentheses() -> None:
    text = str(derived(lists, names="partial"))
    assert "∂C/∂b^l = np.sum(∂C/∂z^l, axis=0)" in text
    assert "∂C/∂W^l = a^{l-1}.T @ (∂C/∂z^l)" in text
    assert "∂C/∂b_4 = np.sum(∂C/∂z_5, axis=0)" in text


@pytest.mark.parametrize("name", ["rows", "one example", "parabola", "softmax", "saturated"])
def test_what_has_no_layers_has_no_recurrence(name: str) -> None:
    d = MODELS[name].derivation()
    assert d.recurrences == ()
    assert "\nlayers\n" not in str(d)


def test_many_layers_are_one_line() -> None:
    def deep(W: Any, X: Any) -> Any:
        a = X
        for k in range(len(W)):
            z = a @ W[k]
            a = np.tanh(z)
        return np.sum(a)

    d = kobai.derive(deep, [matrix(2, 2) for _ in range(12)], X, wrt="W")
    assert max(len(line.layers) for line in d.recurrences) == 12
    assert "W^1..W^12 = W_0, W_1, …, W_11" in str(d)
