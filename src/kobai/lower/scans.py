"""What a scan passes on from entry to entry, by the name of its operation.

Every first entry is taken as it is: 0 times what is not finite, or 0 plus -0, would be another.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from kobai.graph import Node
from kobai.lower.loops import Scan, State, View
from kobai.lower.places import counter, length_of
from kobai.ops.elementary import logaddexp
from kobai.scalars import Scalar, differ, number, same, select


def _log_sum(before: Scalar, x: Scalar) -> Scalar:
    assert logaddexp.body is not None
    value: Scalar = logaddexp.body(before, x)
    return value


# What was passed on, and the operands' entries, to what is passed on.
_FOLLOWING: dict[str, Callable[..., Scalar]] = {
    "cumsum": lambda before, x: before + x,
    "cumprod": lambda before, x: before * x,
    "running_max": lambda before, x: select((before >= x) | differ(before, before), before, x),
    "running_min": lambda before, x: select((before <= x) | differ(before, before), before, x),
    "log_sums": _log_sum,
    "recurrence": lambda before, a, b: a * before + b,
}
SCANS = frozenset((*_FOLLOWING, "first_places"))


def scan_of(node: Node, given: Sequence[Scalar], tiled: int | None, target: View) -> Scan:
    """The loops of a scan.

    Args:
        node: one of `SCANS`.
        given: the operands' entries, of the dtypes that the operation converts them to.
        tiled: the axis of the examples.
        target: where the result is kept.
    """
    axis = node.attribute("axis")
    is_reverse = bool(dict(node.attributes).get("reverse", False))
    place = counter(axis)
    first = length_of(node.shape[axis]) - 1 if is_reverse else number(0, place.dtype)
    is_first = same(place, first)
    if node.op.name == "first_places":
        states = _first_places(given[0], place, is_first)
    else:
        before = Scalar("state", (), node.dtype)
        following = _FOLLOWING[node.op.name](before, *given)
        states = (State(before, select(is_first, given[-1], following)),)
    return Scan(node.shape, tiled, axis, is_reverse, states, target)


def _first_places(y: Scalar, place: Scalar, is_first: Scalar) -> tuple[State, ...]:
    """Where entries that don't fall first had their value; nan is one value."""
    found, before = Scalar("state", (), place.dtype), Scalar("state", (), y.dtype)
    is_same = same(y, before) | (differ(y, y) & differ(before, before))
    following = select(is_first | ~is_same, place, found)
    return State(found, following), State(before, y)


def is_scan(node: Node) -> bool:
    """Whether a node is a scan that loops can run, over operands of its own shape."""
    return (
        node.op.name in SCANS
        and node.dtype != np.dtype(bool)
        and all(x.shape == node.shape for x in node.operands)
    )
