"""Random formulas mean the same before and after: value and gradient, in sixty digits.

What is compared is the mathematics, not the rounding: both graphs are evaluated with mpmath. Each
rule is left out of some of the runs, so that no rule covers up for another.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

import mpmath as mp
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.simplify.real_numbers import REAL_WORDS, OutsideDomainError

from kobai.calculus import cotangents
from kobai.facts import Facts
from kobai.graph import CONSTANT, INPUT, OPERATIONS, Graph, Node, reachable
from kobai.simplify import EVALUATE, SIMPLIFY, STABILISE, Context, rewriting, run
from kobai.simplify.rules import STABLE, TIDY

DIGITS = 60
# So many digits that 1 - sigmoid(u) keeps sixty of them wherever a formula leads.
WORKING_DIGITS = 400
UNARY = ("exp", "log", "log1p", "expm1", "sqrt", "tanh", "sinh", "cosh", "sin", "cos", "abs")
BINARY = ("add", "subtract", "multiply", "divide")
NUMBERS = (1.0, -1.0, 2.0, 0.5, 3.0)
POINTS = ((0.3, -0.7), (-1.25, 2.5), (2.0, 0.01))
# Rules about these put in a number, log 2 or log 10, that is rounded.
ROUNDED = {"log2", "log10"}
ARRAY_WORDS = {
    "sum",
    "max",
    "prod",
    "mean",
    "len",
    "where",
    "norm",
    "std",
    "var",
    "logsumexp",
    "softmax",
}
REAL: dict[str, Callable[..., Any]] = {
    **REAL_WORDS,
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "negative": operator.neg,
    "power": lambda x, p: x ** int(p) if p == int(p) else mp.power(x, p),
    "sign": lambda x: mp.mpf(mp.sign(x)),
    "minimum": min,
    "expand_dims": lambda x: x,
    "equal": lambda x, y: x == y,
    "greater": lambda x, y: x > y,
    "less": lambda x, y: x < y,
}


SIDES = tuple(
    left
    for rule in STABLE
    for left in [rule.text.split(" = ")[0]]
    if set(re.findall(r"[a-z_0-9]{2,}", left)) <= set(REAL) - ARRAY_WORDS - ROUNDED
    and not re.search(r">|@|\.T", left)
)


@st.composite
def formulas(draw: st.DrawFn) -> tuple[Node, list[Node]]:
    """A formula of x and y, with parts that are used again."""
    graph = Graph()
    letters = [graph.input(name, (), np.dtype(float)) for name in "xy"]
    parts: list[Any] = [*letters]
    for _ in range(draw(st.integers(3, 12))):
        kind = draw(st.integers(0, 5))
        part = draw(st.sampled_from(parts[-4:]))
        if kind > 3:
            # What a rule is for, of whatever came before: chance alone hardly ever writes it.
            letters_of_rule = {letter: draw(st.sampled_from(parts)) for letter in "uvcd"}
            parts.append(eval(draw(st.sampled_from(SIDES)), {**OPERATIONS, **letters_of_rule}))
        elif kind == 0:
            parts.append(OPERATIONS[draw(st.sampled_from(UNARY))](part))
        elif kind == 1:
            parts.append(OPERATIONS["negative"](part))
        else:
            other = draw(st.sampled_from([*parts, *NUMBERS]))
            pair = (part, other) if draw(st.booleans()) else (other, part)
            parts.append(OPERATIONS[draw(st.sampled_from(BINARY))](*pair))
    return parts[-1], letters


def exact(nodes: list[Node], letters: Mapping[Node, float]) -> list[mp.mpf] | None:
    """Values of a graph in many digits; None where one of its parts has none."""
    values: dict[Node, Any] = {}
    try:
        for node in reachable(nodes):
            if node.op is INPUT:
                values[node] = mp.mpf(letters[node])
            elif node.op is CONSTANT:
                values[node] = mp.mpf(float(node.attribute("value")))
            elif node.op.name == "concatenate":
                return None  # a stacked mixture: test_stable_rows.py holds those to their digits
            else:
                operands = [values[operand] for operand in node.operands]
                values[node] = REAL[node.op.name](*operands)
                if not isinstance(values[node], bool) and abs(values[node]) > 1e100:
                    return None
    except (OutsideDomainError, ZeroDivisionError, ValueError):
        return None
    return [values[node] for node in nodes]


def agree(before: list[mp.mpf], after: list[mp.mpf], digits: int = DIGITS) -> bool:
    tolerance = mp.mpf(10) ** -digits
    return all(abs(a - b) <= tolerance * (1 + abs(a)) for a, b in zip(before, after, strict=True))


@settings(max_examples=400, deadline=None)
@given(formulas(), st.integers(0, len(STABLE) - 1))
def test_a_formula_means_the_same_after_the_rules(
    drawn: tuple[Node, list[Node]], left_out: int
) -> None:
    node, letters = drawn
    rules = STABLE[:left_out] + STABLE[left_out + 1 :] + TIDY
    forms = [
        run(STABILISE, [node], Context(Facts()))[0],
        run((*STABILISE, *SIMPLIFY), [node], Context(Facts()))[0],
        run(EVALUATE, [node], Context(Facts()))[0],
        run((rewriting(rules),), [node], Context(Facts()))[0],
    ]
    with mp.workdps(WORKING_DIGITS):
        for point in POINTS:
            at = dict(zip(letters, point, strict=True))
            before = exact([node], at)
            for form in forms:
                after = exact([form], at)
                if before is not None:
                    assert after is not None, f"{node} at {point}: it had a value"
                    assert agree(before, after), f"{node} at {point}: {before} is not {after}"


@settings(max_examples=300, deadline=None)
@given(formulas())
def test_a_gradient_means_the_same_after_the_rules(drawn: tuple[Node, list[Node]]) -> None:
    node, letters = drawn
    plain = cotangents(node, letters)
    (stable,) = run(STABILISE, [node], Context(Facts()))
    rewritten = cotangents(stable, letters)
    slopes = list(rewritten.values())
    forward = frozenset(reachable([stable]))
    simple = run(SIMPLIFY, slopes, Context(Facts(), frozenset(letters), forward))
    with mp.workdps(WORKING_DIGITS):
        for point in POINTS:
            at = dict(zip(letters, point, strict=True))
            before = exact([plain[x] for x in rewritten if x in plain], at)
            after = exact([s for x, s in zip(rewritten, simple, strict=True) if x in plain], at)
            if before is not None and exact([node], at) is not None:
                assert after is not None, f"{node} at {point}: it had a gradient"
                listed = "; ".join(map(str, reachable([node, *plain.values(), *simple])))
                # Numbers such as 1/3, which collecting makes, are rounded once.
                assert agree(before, after, 14), f"{listed} at {point}"
