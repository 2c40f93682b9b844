"""What infinities, nan and zeros become stays what NumPy makes of them, where nothing is proved.

STABILISE and EVALUATE change a program by rules that are proved; SIMPLIFY may add up in another
order, but an infinity or a nan stays one. The programs of the table keep every bit.
"""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from tests.simplify.formulas import formula, passed
from tests.simplify.test_passes import PIPELINES
from tests.simplify.test_rules import have_the_same_bits

from kobai.evaluation import Program
from kobai.graph import OPERATIONS, Graph, Node
from kobai.simplify import EVALUATE, SIMPLIFY, STABILISE

ENTRIES = "0 -0 1 -1 2 0.5 -3 inf -inf nan 5e-324 -1e-310 1e308 -1e300 1e-300"
VALUES = np.array([float(entry) for entry in ENTRIES.split(" ")])
X, Y = (grid.ravel() for grid in np.meshgrid(VALUES, VALUES))
ARRAYS = {"x": X, "y": Y}

PROGRAMS = """
x - x
x / x
x * 0
0 * x
x + 0
0 + x
0 - x
x - -0.0
x + -0.0
x * -0.0
0 / x
x / 0
-0.0 / x
x**0
x**0.0
x**0.5
x**-1
x**1
x * 1
x / 1
-(-x)
x * -1
x / -1
x - 0
x + y - y
x + y - x
x - y - x
x * y / y
x / y * y
x * y / x
x / y / x
y / x * x
2 * x - x
3 * x - 2 * x
x / 2 - x
x**2 / x
x**2 / x**2
x**3 / x
x * x / x
x * (y - y)
(x - x) * y
(x - x) + y
(x / x) * y
x - x + y / y
x * y - y * x
x * y + x * y
x * y - x
x * y + x
x * y - x * 2
x**2 - x
x**2 + x * y
x * np.inf
x - np.inf
x + np.inf - np.inf
np.inf - x
np.inf * x - np.inf * x
x + np.nan
x * np.nan
np.nan - np.nan + x
x != x
x == x
(x == y) * x
np.isnan(x) * 1.0
np.isfinite(x) * y
np.where(x == x, x, 0)
np.where(x > 0, x, 0)
np.where(x > 0, x, 0) - np.where(x > 0, x, 0)
np.where(x > 0, x / x, x - x)
np.maximum(x, 0)
np.maximum(x, x)
np.minimum(x, y) - np.minimum(x, y)
np.maximum(x, y) - x
np.abs(x) - np.abs(x)
np.abs(-x)
np.abs(x) / x
np.sign(x) * x
np.sqrt(x)
np.sqrt(x)**2
np.sqrt(x) * np.sqrt(x)
np.exp(x)
np.exp(x) - np.exp(x)
np.exp(np.log(x))
np.exp(x) * 0
np.log(x) - np.log(x)
np.log(x * x)
np.log(x) + np.log(y)
np.log(-x)
np.expm1(x) + 1
np.log1p(x) * 0
np.tanh(x) - np.tanh(x)
np.tanh(x) / np.tanh(x)
np.tanh(x) * np.inf
np.sin(x) - np.sin(x)
np.sin(x)**2 + np.cos(x)**2
np.cos(x) * 0
1 / (2 + np.exp(-x))
np.log(1 - x)
x * 1e200 * 1e200
x * 1e-200 * 1e-200
x * 1e308 * 10
(x - x) / (y - y)
"""
TABLE = PROGRAMS.strip().splitlines()


def test_the_table_is_long() -> None:
    assert len(set(TABLE)) == len(TABLE) >= 100


@pytest.mark.parametrize("pipeline", PIPELINES)
@pytest.mark.parametrize("program", TABLE)
def test_a_program_keeps_every_bit(program: str, pipeline: str) -> None:
    before = formula(program, ARRAYS)
    after = passed(PIPELINES[pipeline], before.node)
    one, other = before.values(before.node, after, **ARRAYS)
    assert have_the_same_bits(one, other)


BINARY = tuple(OPERATIONS[name] for name in ("add", "subtract", "multiply", "divide"))
LEAVES: tuple[Any, ...] = ("x", "y", "x", "y", 0.0, -0.0, 1.0, -1.0, 2.0, 0.5, np.inf, np.nan)
# Without over- and underflow: a sum in another order may overflow where it did not.
MODERATE = np.array([0.0, -0.0, 1.0, -1.0, 2.0, 0.5, -3.0, np.inf, -np.inf, np.nan])
XM, YM = (grid.ravel() for grid in np.meshgrid(MODERATE, MODERATE))


def drawn(choices: random.Random, letters: dict[str, Node], depth: int) -> Any:
    """A random program over the letters: a node, or a number.

    Divisors are letters or numbers: `-(x - y)` may become `y - x`, which turns the sign of a zero,
    and a divisor would make infinities of unlike sign of that.
    """
    if depth == 0 or choices.random() < 0.2:
        leaf = choices.choice(LEAVES)
        return letters.get(leaf, leaf) if isinstance(leaf, str) else leaf
    if choices.random() < 0.15:
        return -drawn(choices, letters, depth - 1)
    op = choices.choice(BINARY)
    left = drawn(choices, letters, depth - 1)
    right = drawn(choices, letters, 0 if op.name == "divide" else depth - 1)
    if not isinstance(left, Node) and not isinstance(right, Node):
        left = letters["x"]
    return op(left, right)


def programs(seed: int, number: int) -> list[tuple[Node, list[Node]]]:
    choices = random.Random(seed)
    found: list[tuple[Node, list[Node]]] = []
    while len(found) < number:
        graph = Graph()
        letters = {name: graph.input(name, XM.shape, XM.dtype) for name in "xy"}
        node = drawn(choices, letters, depth=4)
        if isinstance(node, Node):
            found.append((node, list(letters.values())))
    return found


@pytest.mark.parametrize("seed", range(8))
def test_random_arithmetic_is_stable_already(seed: int) -> None:
    for node, letters in programs(seed, 250):
        for passes in (STABILISE, EVALUATE):
            one, other = Program([node, passed(passes, node)], letters).run(XM, YM)
            assert have_the_same_bits(one, other), node


@pytest.mark.parametrize("seed", range(8))
def test_simplified_random_arithmetic_keeps_nan_and_infinity(seed: int) -> None:
    changed = 0
    for node, letters in programs(100 + seed, 250):
        new = passed(SIMPLIFY, node)
        one, other = Program([node, new], letters).run(XM, YM)
        np.testing.assert_allclose(other, one, rtol=1e-14, atol=1e-14)
        changed += new is not node
    assert changed > 50
