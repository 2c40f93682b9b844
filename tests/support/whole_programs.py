"""Whole NumPy programs of forty operations and more, made of what people write.

A program is a function of `x` (2, 3) and `v` (3,). Each statement is one of the expressions that
`tests/tracing/functions` lists, on values of these shapes that came before; or some lines that
write into arrays, take views, branch or loop. Results are squashed into the range in which every
expression is smooth. Choices are asked for one by one, so that Hypothesis can shrink a program, and
a plain generator of random numbers can make them fast.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import scipy
from scipy import special

import kobai
from kobai.errors import DerivativeError
from kobai.graph import AnyArray

Choose: TypeAlias = Callable[[int], int]

FUNCTIONS = Path(__file__).parents[1] / "tracing" / "functions"
LEAST_STATEMENTS, MOST_STATEMENTS = 4, 7
PLAIN = np.random.default_rng(1)
NAMES: dict[str, Any] = {
    "np": np,
    "scipy": scipy,
    "special": special,
    "p": PLAIN.uniform(0.5, 1.5, (2, 3)),
    "q": PLAIN.uniform(0.5, 1.5, (3, 2)),
    "mask": np.array([True, False, True]),
}
SHAPES = {"x": (2, 3), "v": (3,)}
# Lines that write, view, branch and loop; the last one leaves a value of some shape in `y`.
BLOCKS = (
    "y = {x}.copy()\ny[0] = {v}\ny[:, 1] *= {v}[0]",
    "y = {x} * 2\nrow = y[1]\nrow += {v}\nrow[0] = y[0, 2]",
    "y = np.zeros_like({x})\ny[1] = {v}\ny[0, ::2] = {x}[1, 1:]\ny += {x}",
    "y = {x}.copy()\ny[{x} > 1] *= {v}[1]\ny[p > 1] = {x}[p > 1] ** 2",
    "y = np.zeros_like({v})\nnp.add.at(y, [0, 2, 2], {v})\ny *= {x}[0]",
    "y = {x} + 0.0\ny[[0, 1], [2, 2]] = {v}[:2]\ny.T[0] += 1.0",
    "y = np.empty_like({x})\nnp.multiply({x}, {v}, out=y)\nnp.exp({x}, out=y, where=p > 1)",
    "y = {x}.copy()\nflat = y[0].reshape(3, 1)\nflat *= {v}[:, None]\ny[1] -= y[0]",
    "y = {v}.copy()\nfor i in range(1, 3):\n    y[i] = np.tanh(y[i - 1]) * {x}[0, i]",
    "if np.sum({x}) > 6:\n    y = {x} * {v}\nelse:\n    y = {x} / {v}",
    "y = {v}\nwhile np.sum(y) > 1.2:\n    y = y * 0.8",
    "y = [row @ {v} for row in {x}]\ny = np.stack(y)",
    "order = np.argsort({v})\ny = {v}[order] * {x}[:, order]",
    "y = sum(max(a, b) for a, b in zip({v}, {x}[0] - 3))",
    "first, second = np.split({x}, 2)\ny = first * {v} + second",
    "y = {x}.copy()\ny[np.argmax({x}[:, 0])] = {v}",
    "y = np.where({x} > 1, np.log({x}), {x} ** 2) * {v}",
    "y = {x}\ny = y - np.mean(y, axis=0)\ny = y @ y.T",
)


@cache
def expressions() -> tuple[str, ...]:
    """Expressions that are smooth, of any shape; those that mix in lower precision are left out."""
    lines = [
        line
        for file in sorted(FUNCTIONS.glob("*_smooth.txt"))
        for line in file.read_text("utf-8").splitlines()
        if line and "float32" not in line
    ]
    return tuple(re.sub(r"\b([xv])\b(?!=)", r"{\1}", _escaped(line)) for line in lines)


def _escaped(line: str) -> str:
    return line.replace("{", "{{").replace("}", "}}")


def written(choose: Choose) -> str:
    """The source of a program."""
    values = {"x": ["x"], "v": ["v"]}
    lines: list[str] = []
    terms = ["np.sum(x) / 7", "np.sum(v) / 5"]
    for number in range(LEAST_STATEMENTS + choose(MOST_STATEMENTS - LEAST_STATEMENTS + 1)):
        picked = {kind: names[choose(len(names))] for kind, names in values.items()}
        if choose(4) == 0:
            lines += BLOCKS[choose(len(BLOCKS))].format(**picked).splitlines()
            expression = "y"
        else:
            expression = expressions()[choose(len(expressions()))].format(**picked)
        lines.append(f"t{number} = {expression}")
        for kind, low, high in (("x", 1.0, 0.7), ("v", 0.6, 0.3)):
            # A result of the shape of x or v stays one; any other is folded into both.
            name = f"{kind}{number}"
            lines.append(f"{name} = {low} + {high} * np.sin(fitted(t{number}, {picked[kind]}))")
            values[kind].append(name)
        terms.append(f"{0.5 + number / 7:.3f} * np.mean(x{number} * v{number})")
    body = "\n    ".join([*lines, f"return {' + '.join(terms)}"])
    return f"def f(x, v):\n    {body}\n"


def fitted(value: Any, like: Any) -> Any:
    """The value within -1 and 1, in the shape of another: or else its mean, moved by that other."""
    small = np.tanh(value / 4)
    return small if np.shape(value) == np.shape(like) else np.mean(small) + 0.3 * like


def compiled(source: str) -> Callable[[Any, Any], Any]:
    names = {**NAMES, "fitted": fitted}
    exec(source, names)
    function: Callable[[Any, Any], Any] = names["f"]
    return function


def arguments(generator: np.random.Generator) -> list[AnyArray]:
    return [generator.uniform(0.4, 1.6, (2, 3)), generator.uniform(0.4, 0.85, 3)]


def verdict(source: str, seed: int) -> tuple[str, str]:
    """How a program ends: right, wrong, refused, or without a value in NumPy; and the reason."""
    f = compiled(source)
    with warnings.catch_warnings(action="ignore"):  # NumPy's, of what programs do to their values
        try:
            plain = float(f(*arguments(np.random.default_rng(seed))))
        except np.linalg.LinAlgError as error:
            return "without a value", str(error)
        if not np.isfinite(plain):
            return "without a value", str(plain)
        try:
            found = _mistake(f, plain, seed)
        except DerivativeError as error:
            return "refused", error.what
        except np.linalg.LinAlgError as error:
            # A matrix that is singular but for rounding, which LAPACK notices in its transpose.
            return "refused", str(error)
    return ("wrong", found) if found else ("right", "")


def _mistake(f: Callable[[Any, Any], Any], plain: float, seed: int) -> str:
    """What is wrong with the derivatives of a function; empty if nothing is."""
    generator = np.random.default_rng(seed)
    given = arguments(generator)
    kept = [array.copy() for array in given]
    along = [generator.uniform(-1, 1, array.shape) for array in given]
    value, slopes = kobai.value_and_grad(f, argnums=(0, 1))(*given)
    if not np.isclose(value, plain, rtol=1e-9):
        return f"the value {value} is {plain} in NumPy"
    if any(not np.array_equal(a, b) for a, b in zip(given, kept, strict=True)):
        return "an argument was changed"
    if any(s.shape != a.shape or s.dtype != a.dtype for s, a in zip(slopes, given, strict=True)):
        return "a gradient has another shape or dtype than its argument"
    backward = float(sum(np.sum(s * d) for s, d in zip(slopes, along, strict=True)))
    size = float(sum(np.sum(np.abs(s * d)) for s, d in zip(slopes, along, strict=True))) + 1e-9
    found = _disagreement(f, kept, along, backward, size)
    near = (abs(_slope(f, kept, along, step) - backward) for step in (1e-12, 1e-10, 1e-8))
    if found and any(change > 1e-6 * size + 1e-9 for change in near):
        return ""  # a kink whose side rounding decides: the deviation of numbers that are equal
    return found


def _disagreement(
    f: Callable[[Any, Any], Any],
    given: list[AnyArray],
    along: list[AnyArray],
    backward: float,
    size: float,
) -> str:
    """How forward mode or differences disagree with reverse mode; empty if they don't."""
    _, forward = kobai.jvp(f, given, along)
    if not abs(forward - backward) <= 1e-8 * size:
        return f"reverse mode gives {backward}, forward mode {forward}"

    def moved(step: float) -> float:
        return float(f(*(a + step * d for a, d in zip(given, along, strict=True))))

    try:
        differences = _differences(moved)
        if abs(differences - backward) <= 1e-6 * size + 1e-9 or _is_kink(moved, size):
            return ""
    except np.linalg.LinAlgError:
        return ""  # at the edge of where it has a value
    return f"reverse mode gives {backward}, differences {differences}"


def _slope(
    f: Callable[[Any, Any], Any], given: list[AnyArray], along: list[AnyArray], step: float
) -> float:
    """The derivative along a direction, a step further."""
    there = [a + step * d for a, d in zip(given, along, strict=True)]
    slopes = kobai.grad(f, argnums=(0, 1))(*there)
    return float(sum(np.sum(s * d) for s, d in zip(slopes, along, strict=True)))


def _differences(moved: Callable[[float], float], step: float = 1e-3) -> float:
    """Central differences, extrapolated (Richardson)."""
    table: list[float] = [
        (moved(step / 2**k) - moved(-step / 2**k)) / (2 * step / 2**k) for k in range(4)
    ]
    for order in range(1, len(table)):
        pairs = zip(table[1:], table, strict=False)
        table = [(4**order * fine - rough) / (4**order - 1) for fine, rough in pairs]
    return table[0]


def _is_kink(moved: Callable[[float], float], size: float) -> bool:
    """Whether the function bends within the reach of the differences: its curvature jumps."""
    steps = np.array([-1e-3, -5e-4, -2e-4, 0, 2e-4, 5e-4, 1e-3])
    values = np.array([moved(step) for step in steps])
    fitted_values = np.polyval(np.polyfit(steps, values, 4), steps)
    return bool(np.max(np.abs(fitted_values - values)) > 1e-9 * (size + abs(values[3])))
