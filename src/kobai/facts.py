"""What is known of a value before it is computed: its bounds, and whether it is finite.

Known from the operation that makes it (a sigmoid lies in (0, 1)), and from the arrays at hand (the
labels lie in [0, 1], the rows of T sum to 1). A fact that was read off an array is written down in
`used`, so that a program that outlives the call can guard it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from kobai.evaluation import Evaluator
from kobai.graph import CONSTANT, INPUT, SIZE, Node
from kobai.intervals import FINITE, REAL, Interval
from kobai.sizes import Size


class Facts:
    """Facts about the nodes of a graph, each found once, and none before it is asked for.

    Args:
        arrays: arrays at hand for inputs whose entries may be looked at. An input that training
            changes is not among them.
        finite: inputs of which no more is known than that they are finite numbers.
        is_whole: whether an input is always all of its array, and not a batch of it: only then is
            a sum over the array a fact about the input.
    """

    def __init__(
        self,
        arrays: Mapping[Node, Any] | None = None,
        *,
        finite: Collection[Node] = (),
        is_whole: bool = False,
    ) -> None:
        self._arrays = dict(arrays or {})
        self._finite = frozenset(finite)
        self._folds = Evaluator(self._arrays if is_whole else {})
        self._intervals: dict[Node, Interval] = {}
        self._defined: dict[Node, bool] = {}
        self._numbers: dict[Node, float | None] = {}
        self._known: dict[Node, bool] = {}
        self.used: dict[Node, Interval] = {}
        self.asked: dict[Node, Interval] = {}

    def interval(self, node: Node) -> Interval:
        """Where the exact value lies, wherever it is not nan; what is asked is noted in `asked`."""
        found = self.asked[node] = self._interval(node)
        return found

    def _interval(self, node: Node) -> Interval:
        stack = [node]
        while stack:
            current = stack[-1]
            asked = current.operands if current.op.bounds is not None else ()
            missing = [o for o in asked if o not in self._intervals]
            if missing and current not in self._intervals:
                stack.extend(missing)
                continue
            stack.pop()
            if current not in self._intervals:
                self._intervals[current] = self._found(current)
        return self._intervals[node]

    def is_defined(self, node: Node) -> bool:
        """Whether the value is a finite number for certain: neither nan nor infinite."""
        stack = [node]
        while stack:
            current = stack[-1]
            missing = [o for o in current.operands if o not in self._defined]
            if current not in self._defined and not self._interval(current).is_bounded:
                self._defined[current] = False
            if missing and current not in self._defined:
                stack.extend(missing)
                continue
            stack.pop()
            if current not in self._defined:
                is_known = current.op is not INPUT or current in self._arrays
                is_known = is_known or current in self._finite
                operands = (self._defined[operand] for operand in current.operands)
                self._defined[current] = is_known and all(operands)
        return self._defined[node]

    def number(self, node: Node) -> float | None:
        """0 or 1, if a fold of known arrays comes to that at every entry: rows that sum to 1."""
        if node not in self._numbers:
            self._numbers[node] = self._folded(node) if node.op.kind == "reduce" else None
        return self._numbers[node]

    def _folded(self, node: Node) -> float | None:
        if not self._is_known(node):
            return None
        values = np.asarray(self._folds.value(node))
        return next((number for number in (0.0, 1.0) if np.all(values == number)), None)

    def _is_known(self, node: Node) -> bool:
        """Whether the value can be computed: it is made of arrays at hand alone."""
        stack = [node]
        while stack:
            current = stack[-1]
            missing = [o for o in current.operands if o not in self._known]
            if missing and current not in self._known:
                stack.extend(missing)
                continue
            stack.pop()
            if current not in self._known:
                is_leaf = current.op.kind == "leaf"
                parts = [self._known[operand] for operand in current.operands]
                self._known[current] = self._folds.knows(current) if is_leaf else all(parts)
        return self._known[node]

    def _found(self, node: Node) -> Interval:
        if node.op is CONSTANT:
            return _span(node.attribute("value"))
        if node.op is SIZE:
            size: Size = node.attribute("size")
            grows = all(coefficient > 0 for _, coefficient in size.terms)
            return Interval(1 if grows else -np.inf, np.inf, low_open=not grows, high_open=True)
        if node.op is INPUT:
            return self._looked_at(node)
        if node.op.bounds is None:
            return REAL
        found: Interval = node.op.bounds(
            *(self._intervals[operand] for operand in node.operands), **dict(node.attributes)
        )
        return found & _of_shift(node) if node.op.name == "subtract" else found

    def _looked_at(self, node: Node) -> Interval:
        if node not in self._arrays:
            return FINITE if node in self._finite else REAL
        self.used[node] = _span(self._arrays[node])
        return self.used[node]


def _of_shift(node: Node) -> Interval:
    """`x - max(x)` is at most 0: a shifted softmax takes its powers. `x - min(x)` is at least 0."""
    x, extreme = node.operands
    core = extreme
    while core.op.name in ("expand_dims", "squeeze", "broadcast_to"):
        (core,) = core.operands
    if core.op.name not in ("max", "min") or core.operands[0] is not x:
        return REAL
    axes = core.attribute("axis")
    kept = tuple(1 if axis in axes else d for axis, d in enumerate(x.shape))
    if extreme.shape != kept and (extreme.ndim or len(axes) < x.ndim):
        return REAL  # an extreme of other rows than those that it is taken from
    return Interval(high=0.0) if core.op.name == "max" else Interval(low=0.0)


def _span(array: Any) -> Interval:
    values = np.asarray(array)
    if not values.size:
        return Interval(0, 0)
    low, high = float(np.min(values)), float(np.max(values))
    if np.isnan(low) or np.isnan(high):
        return REAL
    # A few entries tell of most arrays that they hold fractions.
    is_whole = values.dtype.kind != "f" or (_is_whole(values.flat[:64]) and _is_whole(values))
    return Interval(low, high, is_whole=is_whole)


def _is_whole(values: Any) -> bool:
    return bool(np.all(values == np.floor(values)))
