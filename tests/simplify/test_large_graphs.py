"""Graphs of 100,000 nodes: in linear time, and without recursion."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import process_time

import numpy as np
import pytest
from tests.simplify.test_passes import PIPELINES

from kobai.calculus import cotangents
from kobai.facts import Facts
from kobai.graph import OPERATIONS, Graph, Node, reachable
from kobai.ops.naming import named
from kobai.simplify import Context, run

exp, log, tanh = (OPERATIONS[name] for name in ("exp", "log", "tanh"))


def letters() -> tuple[Node, Node]:
    graph = Graph()
    return graph.input("x", (3,), np.dtype(float)), graph.input("y", (3,), np.dtype(float))


def polynomial(nodes: int) -> Node:
    """x y + x, times y + x, …: one region of arithmetic."""
    x, y = letters()
    value = x
    for _ in range(nodes // 2):
        value = value * y + x
    return value


def recurrence(nodes: int) -> Node:
    """A step of a network again and again: regions of arithmetic that all see each other."""
    x, y = letters()
    value = x
    for _ in range(nodes // 3):
        value = value * y + tanh(value)
    return value


def sigmoids(nodes: int) -> Node:
    """Formulas for STABILISE, each in the next: log(1 / (1 + exp(-x)))."""
    x, _ = letters()
    value = x
    for _ in range(nodes // 5):
        value = log(1 / (1 + exp(-value)))
    return value


def wide_sum(nodes: int) -> Node:
    """x + 1 y + 2 y + …: terms that could all be collected."""
    x, y = letters()
    value = x
    for k in range(nodes // 3):
        value = value + y * float(k % 7)
    return value


def signs(nodes: int) -> Node:
    """-(-(-x)) …, and signs that move through products."""
    x, y = letters()
    value = x
    for _ in range(nodes // 4):
        value = (-value) * (-y) * -1
    return value


def names(nodes: int) -> Node:
    x, y = letters()
    value = x
    for k in range(nodes // 3):
        value = named(value * y - 1, name=f"v#{k}")
    return value


def gradient(nodes: int) -> Node:
    """The derivative of a deep net of one unit, as reverse mode writes it."""
    x, y = letters()
    value = x
    for _ in range(nodes // 8):
        value = tanh(value * y)
    return cotangents(OPERATIONS["sum"](value, axis=(0,), keepdims=False), [y])[y]


SHAPES: dict[str, Callable[[int], Node]] = {
    build.__name__: build
    for build in (polynomial, recurrence, sigmoids, wide_sum, signs, names, gradient)
}


@contextmanager
def little_stack() -> Iterator[None]:
    """As deep as the caller and a few frames more: nothing may recurse along the graph."""
    depth, frame = 0, sys._getframe()
    while frame.f_back is not None:
        depth, frame = depth + 1, frame.f_back
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(depth + 120)
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


def simplified(shape: str, pipeline: str, nodes: int) -> tuple[Node, float]:
    """The node after the pipeline, with little stack, and the seconds that it took."""
    node = SHAPES[shape](nodes)
    assert len(reachable([node])) > nodes / 4
    start = process_time()
    with little_stack():
        (new,) = run(PIPELINES[pipeline], [node], Context(Facts()))
    assert new.shape == node.shape
    return new, process_time() - start


@pytest.mark.parametrize("pipeline", PIPELINES)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_deep_graph_needs_no_stack(shape: str, pipeline: str) -> None:
    simplified(shape, pipeline, 6_000)


@pytest.mark.parametrize("pipeline", ["stabilise", "simplify"])
@pytest.mark.parametrize("shape", ["polynomial", "wide_sum"])
def test_a_hundred_thousand_nodes_take_seconds(shape: str, pipeline: str) -> None:
    _, seconds = simplified(shape, pipeline, 100_000)
    assert seconds < 30


@pytest.mark.parametrize("pipeline", PIPELINES)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_graph_four_times_as_large_makes_four_times_the_nodes(shape: str, pipeline: str) -> None:
    made = []
    for nodes in (1_000, 4_000):
        new, _ = simplified(shape, pipeline, nodes)
        made.append(len(new.graph.nodes))
    assert made[1] < 4.3 * made[0]
