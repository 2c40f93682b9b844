"""Slopes of every elementwise operation where floating-point numbers end, and where it bends.

What a slope has to be is read off NumPy's own values, on both sides of the place: what the two
sides agree on; between them at a kink; and never nan where both sides have a slope.
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from tests.support.samples import OPS, samples_of

import kobai
from kobai.graph import Op
from kobai.tracing import Traced

PLACES = (0.0, -0.0, 1.0, -1.0, 0.5, 2.5, -3.0, 1e3, -1e3, np.inf, -np.inf)
# Where NumPy and SciPy give a value, but the function has none that a slope could belong to.
OUTSIDE: dict[str, Callable[..., Any]] = {
    "power": lambda x, p: np.isinf(x) or np.isinf(p),
    "arctan2": lambda y, x: np.isinf(y) and np.isinf(x),
    "beta": lambda a, b: a <= 0 or b <= 0,
    "betaln": lambda a, b: a <= 0 or b <= 0,
    **dict.fromkeys(("sindg", "cosdg", "tandg"), lambda x: abs(x) == np.inf),
}
MAPS = tuple(
    op
    for op in OPS
    if op.kind == "map"
    and op.name != "stop_gradient"  # it hides its slope
    and not samples_of(op)[0].attributes
    and any(op.rule(position) is not None for position in range(len(op.domain)))
)
STEPS = (2.0**-20, 2.0**-22, 2.0**-24)


def _value(op: Op, given: list[float]) -> float:
    with np.errstate(all="ignore"):
        return float(op.evaluate(*map(np.float64, given)))


def _one_sided(op: Op, given: list[float], position: int, side: int) -> float | None:
    """The slope on one side, or None where the values do not settle on one."""
    place = given[position]
    here = _value(op, given)
    if not np.isfinite(here):
        return None
    found = []
    for step in STEPS:
        moved = list(given)
        if np.isinf(place):
            moved[position] = np.copysign(1e18 / step, place)
            found.append((_value(op, moved) - here) * 1.0)
            continue
        moved[position] = place + side * step * max(1.0, abs(place))
        found.append((_value(op, moved) - here) / (moved[position] - place))
    if not np.all(np.isfinite(found)) or np.ptp(found) > 1e-5 * (1 + np.max(np.abs(found))):
        return None
    return found[-1]


def _slope(op: Op, given: list[float], position: int) -> float:
    def f(x: Any) -> Any:
        operands = [x.node if i == position else value for i, value in enumerate(given)]
        return Traced(op(*operands), x.owner)

    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", kobai.errors.IndependenceWarning)  # a step: slope 0
        return float(kobai.grad(f)(given[position]))


@pytest.mark.parametrize("op", MAPS, ids=lambda op: op.name)
def test_slopes_at_the_edges(op: Op) -> None:
    decided, wrong = 0, []
    is_outside: Callable[..., Any] = OUTSIDE.get(op.name, lambda *given: False)
    for given in itertools.product(PLACES, repeat=len(op.domain)):
        if is_outside(*given):
            continue
        for position in range(len(op.domain)):
            if op.rule(position) is None:
                continue
            sides = [_one_sided(op, list(given), position, side) for side in (-1, 1)]
            known = [side for side in sides if side is not None]
            if len(known) < 2:
                continue
            decided += 1
            found = _slope(op, list(given), position)
            slack = 1e-4 * (1 + max(map(abs, known)))
            if not min(known) - slack <= found <= max(known) + slack:
                wrong.append((given, position, known, found))
    assert not wrong
    assert decided


def test_every_elementwise_operation_is_among_them() -> None:
    assert len(MAPS) > 90
