"""Any text at all gives a formula or a FormulaError, and any formula a value or a KobaiError."""

from __future__ import annotations

import time
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from functools import partial

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.support import formula_fuzz
from tests.support.audit import audited

import kobai
from kobai.errors import FormulaError, KobaiError
from kobai.formulas import Formula
from kobai.formulas.functions import FUNCTIONS

from .test_security import ATTACKS

FORMULAS = [
    "z = X @ w + b; a = sigmoid(z); mean(-(y*log(a) + (1-y)*log(1-a)))",
    "m = len(y); J = sum((X @ w - y)**2)/(2*m) + lam*np.sum(w**2)",
    "a = relu(X @ W1 + b1)\np = softmax(a @ W2, axis=1)\n-sum(T*log(p))/X.shape[0]",
    "logaddexp(x, y)[1:, ::2].sum() + x.T.mean(axis=0, keepdims=True)[0, -1]",
    "where((x > 0) & (x < 1), x**2, abs(x)).max() + einsum('ij,jk->', A, B)",
    "concatenate((x, y[None, :]), axis=0).reshape(2, -1).sum() * pi / e**2",
]
TOKENS = [
    *"xywX0123459.,:;=+-*/@<>()[]&|~^'\"{}#!%?$\\\n\t ",
    *(
        "**",
        "==",
        "<=",
        "0.5",
        "1e300",
        "'ij,j->i'",
        "lambda",
        "if",
        "for",
        "import",
        "True",
        "None",
    ),
    *(
        "axis=0",
        "keepdims=True",
        "np.",
        ".T",
        ".shape[0]",
        ".sum()",
        ".reshape(",
        "__class__",
        "z = ",
    ),
    *("π", "²", "（", "\0", "\ud800", "\u200b", "e", "pi"),
    *FUNCTIONS,
]
VALUES = (1.5, np.array([0.5, 2.0, 0.25]), np.array([[0.5, 1.0], [2.0, 0.1]]), np.ones((3, 2)))

patient = partial(settings, deadline=timedelta(seconds=2))
texts = st.text(st.characters(exclude_categories=[]), max_size=60)
soups = st.lists(st.sampled_from(TOKENS), max_size=25).map("".join)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A formula with a few parts left out, doubled, or replaced."""
    text = draw(st.sampled_from(FORMULAS))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        stop = min(len(text), start + draw(st.integers(0, 6)))
        new = draw(st.sampled_from(["", text[start:stop] * 2, *TOKENS]))
        text = text[:start] + new + text[stop:]
    return text


def tried(text: str, choice: int) -> None:
    """Read a text and compute it for some values."""
    with audited() as events, suppress(KobaiError):
        formula = read(text)
        values = [VALUES[(choice + i) % len(VALUES)] for i in range(len(formula.arguments))]
        formula(*values)
    assert events == []


def read(text: str) -> Formula:
    """The formula; nothing but a FormulaError may be raised."""
    try:
        return Formula(text)
    except KobaiError as error:
        if type(error) is not FormulaError or len(str(error)) > 2_000:
            raise AssertionError from error
        raise


@patient(max_examples=300)
@given(texts, st.integers(0, 3))
@example(ATTACKS[0], 0)
def test_random_text(text: str, choice: int) -> None:
    tried(text, choice)


@patient(max_examples=400)
@given(soups, st.integers(0, 3))
def test_random_words(text: str, choice: int) -> None:
    tried(text, choice)


@patient(max_examples=400)
@given(mutated(), st.integers(0, 3))
def test_mutated_formulas(text: str, choice: int) -> None:
    tried(text, choice)


@st.composite
def expressions(draw: st.DrawFn, depth: int = 3) -> str:
    """A valid expression over arrays X (4×3) and w (3), and a number b, entry by entry."""
    if depth == 0 or draw(st.integers(0, 5)) == 0:
        return draw(st.sampled_from(["X", "w", "b", "2", "0.5", "pi", "X.T.T"]))
    part = expressions(depth - 1)
    one, two = draw(part), draw(part)
    form = draw(
        st.sampled_from(
            [
                "({} + {})",
                "({} - {})",
                "({} * {})",
                "({} / {})",
                "sigmoid({})",
                "tanh({})",
                "exp(-{})",
                "log(1 + ({})**2)",
                "sqrt(1 + abs({}))",
                "maximum({}, {})",
                "(-{})**2",
                "mean(X * {}, axis=0, keepdims=True)",
                "where({} > 0, {}, 1)",
            ]
        )
    )
    return form.format(one, two)


@patient(max_examples=25)
@given(expressions(), expressions())
def test_what_can_be_computed_can_be_derived(first: str, second: str) -> None:
    formula = Formula(f"z = {first}; a = {second} + z; mean((a - X)**2)")
    values = {"X": np.linspace(0.2, 1.7, 12).reshape(4, 3), "w": np.arange(1.0, 4), "b": 0.3}
    arguments = [values[name] for name in formula.arguments]
    value = formula(*arguments)
    derivation = kobai.derive(formula, *arguments)
    np.testing.assert_allclose(derivation["loss"].value, value, rtol=1e-9)
    known = {**derivation.names, **{step.name: step.value for step in derivation}}
    with np.errstate(all="ignore"):
        for step in derivation:
            again = eval(step.formula, {"np": np}, known)
            np.testing.assert_allclose(again, step.value, rtol=1e-6, atol=1e-9)


def test_texts_of_all_kinds_in_both_dialects() -> None:
    ends: Counter[str] = Counter()
    for seed in range(2_000):
        end, reason, text = formula_fuzz.verdict(seed)
        assert end != "wrong", f"seed {seed}: {reason}\n{text}"
        ends[end] += 1
    assert ends["refused"] > 1_000
    assert ends["computed"] > 200


def test_reading_takes_a_moment() -> None:
    began = time.process_time()
    for _ in range(20):
        for text in FORMULAS:
            Formula(text)
    assert (time.process_time() - began) / 120 < 0.05
