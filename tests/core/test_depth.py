"""Graphs of 100,000 nodes: nothing recurses, and nothing takes more than linear time."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import numpy as np
import pytest

import kobai
from kobai.calculus import cotangents
from kobai.evaluation import Evaluator, Program
from kobai.facts import Facts
from kobai.graph import Graph, Node, reachable
from kobai.ops.elementary import sin
from kobai.recording import record
from kobai.simplify import EVALUATE, SIMPLIFY, STABILISE, Context, run

DEPTH = 100_000
SHORT, LONG = 500, 2_000


def _chain(depth: int) -> tuple[Node, Node]:
    x = Graph().input("x", (), np.dtype(float))
    node = x
    for _ in range(depth // 2):
        node = sin(node) * 1.001
    return x, node


@pytest.fixture(scope="module")
def deep() -> tuple[Node, Node]:
    return _chain(DEPTH)


def test_a_chain_is_walked_differentiated_and_run_without_recursion(
    deep: tuple[Node, Node],
) -> None:
    x, output = deep
    assert len(reachable([output])) > DEPTH > 50 * sys.getrecursionlimit()
    slope = cotangents(output, [x])[x]
    value, slope_value = Program([output, slope], [x]).run(np.array(0.5))
    expected, expected_slope = 0.5, 1.0
    for _ in range(DEPTH // 2):
        expected_slope *= 1.001 * np.cos(expected)
        expected = 1.001 * np.sin(expected)
    assert value == expected
    assert np.isclose(slope_value, expected_slope, rtol=1e-9)


def test_facts_and_values_of_a_chain_are_found_without_recursion(deep: tuple[Node, Node]) -> None:
    x, output = deep
    facts = Facts({x: np.array(0.5)})
    assert facts.interval(output).is_bounded
    assert facts.is_defined(output)
    assert abs(Evaluator({x: np.array(0.5)}).value(output)) < 1


def test_facts_of_a_diamond_of_shared_values_are_each_found_once() -> None:
    node = x = Graph().input("x", (), np.dtype(float))
    for _ in range(200):
        node = sin(node) + sin(node)
    assert Facts({x: np.array(0.5)}).is_defined(node)
    assert not Facts().is_defined(node)


def test_a_chain_is_simplified_without_recursion() -> None:
    x, output = _chain(LONG)
    slope = cotangents(output, [x])[x]
    context = Context(Facts(), frozenset([x]))
    for passes in (STABILISE, SIMPLIFY, EVALUATE):
        output, slope = run(passes, [output, slope], context)
    value, _ = Program([output, slope], [x]).run(np.array(0.5))
    assert np.isfinite(value)


def test_a_long_loop_is_traced_and_differentiated() -> None:
    def f(x: Any) -> Any:
        for _ in range(LONG // 2):
            x = x + 0.001 * np.sin(x)
        return x

    value, slope = kobai.value_and_grad(f)(0.5)
    assert value == f(0.5)
    assert np.isclose(slope, (f(0.5 + 1e-6) - f(0.5 - 1e-6)) / 2e-6, rtol=1e-6)


def test_a_long_loop_with_a_decision_in_each_turn_takes_linear_work() -> None:
    def f(x: Any, turns: int) -> Any:
        while turns:
            x = x * 1.0001 if x > 0 else -x
            turns -= 1
        return x

    _assert_linear(lambda turns: record(f, (0.5, turns), [0]))


def _differentiate(depth: int) -> None:
    x, output = _chain(depth)
    cotangents(output, [x])


def _gradient(depth: int) -> None:
    def f(x: Any) -> Any:
        for _ in range(depth // 2):
            x = np.sin(x) * 1.001
        return x

    kobai.grad(f)(0.5)


@pytest.mark.parametrize("work", [_differentiate, _gradient])
def test_work_grows_with_the_length_and_not_with_its_square(work: Callable[[int], None]) -> None:
    _assert_linear(work)


def _assert_linear(work: Callable[[int], object]) -> None:
    work(100)
    assert _calls(lambda: work(LONG)) < 1.5 * (LONG / SHORT) * _calls(lambda: work(SHORT))


def _calls(work: Callable[[], object]) -> int:
    """How many functions the work calls: the same count however busy the machine is."""
    count = 0

    def watch(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count
