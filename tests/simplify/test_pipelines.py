"""What holds for every pipeline: an end, no growth, and no memory of how a formula was spelled."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import permutations

import numpy as np
import pytest
from tests.simplify.formulas import formula, passed, source
from tests.simplify.test_passes import ARRAYS, PIPELINES, read, rows
from tests.simplify.test_special_values import XM, YM, programs

from kobai.evaluation import Program
from kobai.facts import Facts
from kobai.graph import OPERATIONS, Graph, Node, reachable
from kobai.ops.naming import named
from kobai.simplify import EVALUATE, SIMPLIFY, STABILISE, Context, run
from kobai.simplify.collecting import cost

# What computing takes: a library function is worth several operations of arithmetic.
FUNCTION = 4
ARITHMETIC = ("add", "subtract", "multiply", "divide", "power", "negative")


def effort(outputs: Iterable[Node]) -> int:
    """What it takes to compute these values."""
    return sum(
        1 if node.op.name in ARITHMETIC else FUNCTION
        for node in reachable(outputs)
        if node.op.kind in ("map", "reduce", "contract")
    )


# The form that is computed may take more, to be exact.
@pytest.mark.parametrize(
    ("pipeline", "before", "after"), [row for row in rows() if row.values[0] != "evaluate"]
)
def test_the_effort_never_grows(pipeline: str, before: str, after: str) -> None:
    read_in, facts, _ = read(before)
    assert effort([passed(PIPELINES[pipeline], read_in.node, facts)]) <= effort([read_in.node])


@pytest.mark.parametrize("seed", range(4))
def test_the_effort_of_random_programs_never_grows(seed: int) -> None:
    for node, _ in programs(seed, 150):
        for passes in (STABILISE, SIMPLIFY):
            new = passed(passes, node)
            assert effort([new]) <= effort([node])
            assert cost(new) <= cost(node)


@pytest.mark.parametrize("seed", range(4))
def test_a_second_run_on_a_random_program_changes_nothing(seed: int) -> None:
    for node, _ in programs(50 + seed, 150):
        for passes in (STABILISE, SIMPLIFY, EVALUATE):
            once = passed(passes, node)
            assert passed(passes, once) is once


FORMULAS = (
    "(-t / a + (1 - t) / (1 - a)) * a * (1 - a)",
    "np.log(1 + np.exp(x)) + np.log(1 + np.exp(-x))",
    "2 * (a - t) * a * (1 - a) / 2",
    "x * p / p + y * 1",
)


@pytest.mark.parametrize("text", FORMULAS)
def test_values_that_share_a_graph_are_simplified_together(text: str) -> None:
    read_in, facts, _ = read(text)
    both = [read_in.node, read_in.node * 3]
    for passes in PIPELINES.values():
        first, second = run(passes, both, Context(facts))
        assert passed(passes, read_in.node, facts) is first
        assert effort([first, second]) <= effort([first]) + 2


def test_factors_of_a_chain_rule_may_stand_in_any_order() -> None:
    factors = ("(-t / a + (1 - t) / (1 - a))", "a", "(1 - a)", "p")
    for order in permutations(factors):
        read_in, facts, names = read(" * ".join(order))
        found = source(passed(SIMPLIFY, read_in.node, facts), names)
        assert found in ("(a - t) * p", "p * (a - t)")


def test_terms_of_a_chain_rule_may_stand_in_any_order() -> None:
    for order in permutations(("(1 - t) * a", "-t * (1 - a)", "p", "-p")):
        read_in, facts, names = read(" + ".join(order))
        assert source(passed(SIMPLIFY, read_in.node, facts), names) in ("a - t", "-t + a")


@pytest.mark.parametrize("commuted", ["1 / (1 + np.exp(-x))", "1 / (np.exp(-x) + 1)"])
@pytest.mark.parametrize(
    "whole", ["np.log({})", "1 - {}", "y * ({})", "({}) * y", "-np.log(1 - {})"]
)
def test_a_sum_in_a_pattern_may_stand_in_either_order(whole: str, commuted: str) -> None:
    text, other = (whole.format(a) for a in (commuted, "sigmoid(x)"))
    assert stabilised(text) == stabilised(other)


def stabilised(text: str) -> str:
    return source(passed(STABILISE, formula(text, ARRAYS).node))


def test_a_name_on_every_value_changes_nothing() -> None:
    text = "-(y * np.log(1 / (1 + np.exp(-x))) + (1 - y) * np.log(1 - 1 / (1 + np.exp(-x))))"
    plain = formula(text, ARRAYS)
    new: dict[Node, Node] = {}
    for node in reachable([plain.node]):
        rebuilt = node.rebuilt(tuple(new[operand] for operand in node.operands))
        new[node] = named(rebuilt, name=f"v{node.index}") if node.operands else rebuilt
    assert passed(STABILISE, new[plain.node]) is passed(STABILISE, plain.node)


def test_a_target_is_a_variable_whatever_it_is_made_of() -> None:
    graph = Graph()
    z = graph.input("z", (3,), np.dtype(float))
    a = named(1 / (1 + OPERATIONS["exp"](-z)), name="a")
    (new,) = run(STABILISE, [OPERATIONS["log"](a)], Context(Facts(), frozenset([a])))
    assert new is OPERATIONS["log"](a)


def test_a_rewrite_is_recorded_with_what_it_needed() -> None:
    read_in, facts, names = read("(-t / a + (1 - t) / (1 - a)) * a * (1 - a)")
    context = Context(facts)
    run(SIMPLIFY, [read_in.node], context)
    step = context.steps[-1]
    assert step.rule == "multiply out and collect"
    assert source(step.before, names) == "(-t / a + (1 - t) / (1 - a)) * a * (1 - a)"
    assert source(step.after, names) == "a - t"
    proved = {source(node, names): str(interval) for node, interval in step.facts}
    assert proved == {"a": "(0, 1)", "1 - a": "(0, 1)", "t": "[0, 1]"}


def test_recorded_rewrites_lead_from_the_formula_to_the_result() -> None:
    for node, letters in programs(7, 100):
        context = Context(Facts())
        (new,) = run(SIMPLIFY, [node], context)
        assert (new is node) == (not context.steps)
        for step in context.steps:
            one, other = Program([step.before, step.after], letters).run(XM, YM)
            np.testing.assert_allclose(other, one, rtol=1e-14, atol=1e-14)
