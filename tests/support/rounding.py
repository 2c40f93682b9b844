"""How far two ways to compute a graph may lie apart: by as much as rounding moves its values.

A graph is run several times with each result moved at random by a few units in the last place, as
far as an implementation may (Parker, Monte Carlo arithmetic, 1997). The spread of an entry is what
rounding can do to it, cancellation and all; a mistake is far outside. Values that are made of exact
operations alone have no spread: their bits are the same. Where a run ends in another whole number,
truth value or infinity, rounding decides, and nothing is asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kobai.evaluation import with_sizes
from kobai.graph import CONSTANT, INPUT, AnyArray, Node, reachable
from kobai.lower.plan import expanded
from kobai.sizes import Size, resolve

RUNS = 5
# How much further than the furthest run a result may be.
MARGIN = 12.0
# Rounded correctly by everybody, so that equal operands give equal bits.
EXACT = frozenset(
    (
        *("add", "subtract", "multiply", "divide", "negative", "abs", "sqrt", "maximum", "minimum"),
        *("where", "sign", "cast", "less", "less_equal", "greater", "greater_equal", "equal"),
        *("not_equal", "logical_and", "logical_or", "logical_not", "logical_xor", "isnan"),
        *("isfinite", "isinf", "stop_gradient", "named", "max", "min", "any", "all", "copysign"),
        *("floor", "ceil", "rint", "trunc", "argmax", "argmin", "sort", "argsort", "gather"),
        *("concatenate", "put", "fmax", "fmin", "signbit", "tril", "diagonal", "diagonal_matrix"),
    )
)
# Results that are one of their operands: rounding has no part in them.
CHOICES = frozenset(
    ("negative", "abs", "maximum", "minimum", "where", "max", "min", "sort", "gather", "put")
)
# Close to zero, their errors are units of their operands.
ABSOLUTE = frozenset(("logaddexp", "logaddexp2", "logsumexp", "log_mixture"))
SIGNLESS = frozenset(("maximum", "minimum", "max", "min", "sort", "fmax", "fmin"))


@dataclass(frozen=True)
class Margins:
    """What is asked of an output: how far each entry may be, and which are asked for."""

    distance: AnyArray
    is_settled: AnyArray


class Rounding:
    """The outputs of a graph, again and again with other rounding."""

    def __init__(self, outputs: Sequence[Node], inputs: Sequence[Node]) -> None:
        # As simple as they get: rounding is that of sums and of elementary functions.
        self._outputs = expanded(outputs)
        self._inputs = list(inputs)
        self._order = reachable([*self._outputs, *inputs])
        self._exact: set[Node] = set()
        self._with_signs: set[Node] = set()
        for node in self._order:
            operands = node.operands
            if all(x in self._exact for x in operands) and _is_exact(node):
                self._exact.add(node)
            if all(x in self._with_signs for x in operands) and node.op.name not in SIGNLESS:
                self._with_signs.add(node)

    def is_exact(self, output: int) -> bool:
        """Whether an output has the same bits however it is computed."""
        return self._outputs[output] in self._exact

    def has_signs(self, output: int) -> bool:
        """Whether that goes for the signs of zeros, too: NumPy picks either of two equal values."""
        return self._outputs[output] in self._with_signs

    def margins(self, arrays: Sequence[Any], seed: int) -> list[Margins]:
        """For each output, how far rounding may move it for these inputs."""
        if len(self._exact) == len(self._order):
            plain = self._run(arrays, None)
            return [Margins(np.zeros(x.shape), np.ones(x.shape, bool)) for x in plain]
        plain = self._run(arrays, None)
        generator = np.random.default_rng(seed)
        runs = [self._run(arrays, generator) for _ in range(RUNS)]
        return [_margins(first, [run[n] for run in runs]) for n, first in enumerate(plain)]

    def _run(self, arrays: Sequence[Any], generator: np.random.Generator | None) -> list[AnyArray]:
        values: dict[Node, Any] = dict(zip(self._inputs, arrays, strict=True))
        lengths = {
            str(size): length
            for node, array in zip(self._inputs, arrays, strict=True)
            for size, length in zip(node.shape, np.shape(array), strict=True)
            if isinstance(size, Size)
        }
        with np.errstate(all="ignore"):
            for node in self._order:
                if node.op is INPUT:
                    continue
                if node.op is CONSTANT:
                    values[node] = node.attribute("value")
                    continue
                try:
                    values[node] = self._value(node, values, lengths, generator)
                except ValueError:  # the largest of nothing, from which softmax subtracts
                    shape = tuple(resolve(d, lengths) for d in node.shape)
                    values[node] = np.full(shape, -np.inf, node.dtype)
        return [np.asarray(values[node]) for node in self._outputs]

    def _value(
        self,
        node: Node,
        values: Mapping[Node, Any],
        lengths: Mapping[str, int],
        generator: np.random.Generator | None,
    ) -> Any:
        attributes = with_sizes(dict(node.attributes), lambda size: size.resolve(lengths))
        operands = [np.asarray(values[x]) for x in node.operands]
        value = np.asarray(node.op.evaluate(*operands, **attributes))
        is_free = node in self._exact or node.op.kind == "move" or node.op.name in CHOICES
        if generator is None or node.dtype.kind != "f" or is_free:
            return value
        size = np.abs(value)
        unit = float(np.finfo(node.dtype).eps)
        if node.op.kind == "contract" or node.op.name in ("sum", "scatter", "cumsum"):
            size = np.asarray(node.op.evaluate(*map(_finite_sizes, operands), **attributes))
            count = max(max(x.size for x in operands) / max(value.size, 1), 1.0)
            unit *= np.sqrt(count)
            # Sums in another order overflow elsewhere, or not at all.
            anything = generator.choice([np.nan, np.inf, 0.0], size.shape)
            value = np.where(np.isfinite(size), value, anything).astype(value.dtype)
        elif node.op.name in ABSOLUTE:
            size = size + sum(np.max(np.abs(x), initial=0.0) for x in operands)
        # Neighbours may be rounded the same way, so that their errors add up.
        moves = 2 * generator.normal(size=value.shape) + generator.normal()
        moved = value + unit * size * moves
        return np.where(np.isfinite(moved), moved, value).astype(value.dtype)


def _is_exact(node: Node) -> bool:
    if not node.operands or node.op.kind == "move" or node.op.name in EXACT:
        return True
    return node.op.name == "sum" and node.dtype.kind != "f"


def _finite_sizes(array: AnyArray) -> AnyArray:
    if array.dtype.kind != "f":
        return array
    return np.where(np.isfinite(array), np.abs(array), 0).astype(array.dtype)


def _margins(plain: AnyArray, runs: Sequence[AnyArray]) -> Margins:
    if plain.dtype.kind != "f":
        same = [run == plain for run in runs]
        return Margins(np.zeros(plain.shape), np.logical_and.reduce(same))
    with np.errstate(all="ignore"):
        distance = np.max([np.abs(run.astype(float) - plain) for run in runs], axis=0)
        is_finite = np.isfinite(plain)
        settled = np.logical_and.reduce([np.isfinite(run) == is_finite for run in runs])
        least = 4 * np.finfo(plain.dtype).eps * np.abs(plain.astype(float))
    tiny = 64 * float(np.finfo(plain.dtype).smallest_subnormal)
    allowed = np.where(np.isfinite(distance), MARGIN * distance + least + tiny, 0.0)
    return Margins(allowed, settled)


def compared(
    found: Any, expected: Any, margins: Margins, *, is_exact: bool, has_signs: bool
) -> str:
    """How a result differs from what is expected; empty if it doesn't."""
    a, b = np.asarray(found), np.asarray(expected)
    if a.shape != b.shape or a.dtype != b.dtype:
        return f"{a.dtype} {a.shape} instead of {b.dtype} {b.shape}"
    with np.errstate(all="ignore"):
        is_nan = np.isnan(a) & np.isnan(b)
        is_same = (a == b) | is_nan
        if is_exact and has_signs and a.dtype.kind == "f":
            is_same &= (np.signbit(a) == np.signbit(b)) | is_nan
        if not is_exact:
            near = np.abs(a.astype(float) - b.astype(float)) <= margins.distance
            is_same |= (near & np.isfinite(b)) | ~margins.is_settled
    if np.all(is_same):
        return ""
    place = tuple(int(axis) for axis in np.argwhere(~is_same)[0])
    count = int(np.sum(~is_same))
    asked = "the same bits" if is_exact else f"within {np.asarray(margins.distance)[place]:.2g}"
    return (
        f"{a.dtype} {a.shape}: {count} wrong; {a[place]!r} instead of {b[place]!r} at {place} "
        f"({asked})"
    )
