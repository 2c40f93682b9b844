"""What the pipelines make of formulas: tables of `before ; after`, one file for each pipeline.

x, y, z, w are vectors of which nothing is known. It is known that p lies in [0.5, 2], k in [-1, 1],
n, which holds integers, in [1, 3], and that t is 0 or 1. a is sigmoid(z), h is tanh(z), s is
sigmoid(k); c and d are numbers, A and B matrices.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.simplify.formulas import Formula, formula, passed, source

from kobai.facts import Facts
from kobai.graph import Node
from kobai.simplify import EVALUATE, SIMPLIFY, STABILISE, Context, run
from kobai.simplify.rewriting import Pass

PIPELINES: dict[str, tuple[Pass, ...]] = {
    "stabilise": STABILISE,
    "simplify": SIMPLIFY,
    "evaluate": EVALUATE,
}
ARRAYS: dict[str, Any] = {
    **{letter: np.array([0.5, -1.0, 2.0]) for letter in "xyzw"},
    "p": np.array([0.5, 1.0, 2.0]),
    "k": np.array([-1.0, 0.0, 1.0]),
    "t": np.array([0.0, 1.0, 1.0]),
    "n": np.array([1, 2, 3]),
    "c": np.array(0.5),
    "d": np.array(-2.0),
    "A": np.ones((2, 3)),
    "B": np.ones((3, 2)),
}
KNOWN = ("p", "k", "t", "n")
# Letters that stand for a value of a letter.
VALUES = {"a": ("sigmoid", "z"), "h": ("tanh", "z"), "s": ("sigmoid", "k")}
BINDING = "(lambda a, h, s: {})(sigmoid(z), np.tanh(z), sigmoid(k))"


def rows() -> list[Any]:
    found = []
    for name in PIPELINES:
        text = Path(__file__).with_name(f"{name}.txt").read_text(encoding="utf-8")
        for line in text.splitlines():
            if line and not line.startswith("#"):
                before, after = (side.strip() for side in line.split(" ; "))
                found.append(pytest.param(name, before, after, id=f"{name}: {before}"))
    return found


def read(text: str) -> tuple[Formula, Facts, dict[Node, str]]:
    """A formula of a table, what is known of it, and the names it is printed with."""
    before = formula(BINDING.format(text), ARRAYS)
    facts = Facts({before.letters[letter]: ARRAYS[letter] for letter in KNOWN})
    names = {
        node: letter
        for letter, (function, of) in VALUES.items()
        for node in before.node.graph.nodes
        if node.op.name == function and node.operands == (before.letters[of],)
    }
    return before, facts, names


def test_there_are_many() -> None:
    assert len(rows()) >= 150


@pytest.mark.parametrize(("pipeline", "before", "after"), rows())
def test_a_formula_becomes(pipeline: str, before: str, after: str) -> None:
    read_in, facts, names = read(before)
    assert source(passed(PIPELINES[pipeline], read_in.node, facts), names) == after


@pytest.mark.parametrize(("pipeline", "before", "after"), rows())
def test_a_second_run_changes_nothing(pipeline: str, before: str, after: str) -> None:
    read_in, facts, _ = read(before)
    once = passed(PIPELINES[pipeline], read_in.node, facts)
    context = Context(facts)
    assert run(PIPELINES[pipeline], [once], context) == [once]
    assert context.steps == []


@pytest.mark.parametrize(("pipeline", "before", "after"), rows())
def test_the_value_stays(pipeline: str, before: str, after: str) -> None:
    read_in, facts, _ = read(before)
    new = passed(PIPELINES[pipeline], read_in.node, facts)
    one, other = read_in.values(read_in.node, new, **ARRAYS)
    assert np.shape(one) == np.shape(other)
    np.testing.assert_allclose(other, one, rtol=1e-13, atol=1e-15)
