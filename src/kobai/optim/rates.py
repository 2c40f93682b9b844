"""Learning rates: a number, or a function of the step's number in plain NumPy."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from kobai.errors import ArgumentError, ArgumentTypeError
from kobai.graph import CONSTANT, Node, reachable
from kobai.ops.shaping import astype
from kobai.optim.settings import is_number
from kobai.recording import Recording, record
from kobai.tracing import Traced

# `f(t)` or `f(t, steps)`.
Rate: TypeAlias = float | Callable[..., Any]

_REPAIR = "give a finite number above 0, or a function of the step, such as kobai.optim.Cosine(0.1)"


def require_rate(rate: Any) -> None:
    """Refuse what is no learning rate.

    Raises:
        ArgumentError: it is neither a finite number above 0 nor a function.
    """
    if callable(rate):
        return
    if not is_number(rate) or not 0 < rate < math.inf:
        raise ArgumentError(f"the learning rate is {rate!r}", repair=_REPAIR)


def rate_of(function: Callable[..., Any], t: Any, steps: Any) -> Any:
    """The rate of a step, as a function of `t`, or of `t` and `steps`, has it."""
    return function(t, steps) if _takes_both(function) else function(t)


def rate_at(function: Callable[..., Any], t: Node, steps: Node) -> Node:
    """The rate of a step, as a node.

    Raises:
        ArgumentError: the function decides by the step's number, or what it returns is not one
            finite number from 0.
    """
    recording = _recorded(function)
    result = recording.result
    if not isinstance(result, Traced):
        _require_value(function, result)
        return t.graph.constant(float(result))
    _require_value(function, recording.trace.value(result.node))
    inputs = [leaf.node for leaf in recording.inputs]
    return astype(_copied(result.node, dict(zip(inputs, (t, steps), strict=True))), np.dtype(float))


def _recorded(function: Callable[..., Any]) -> Recording:
    def called(t: Any, steps: Any) -> Any:
        return rate_of(function, t, steps)

    recording = record(called, (np.array(0.0), np.array(1000.0)), (0, 1))
    if recording.trace.decisions:
        raise ArgumentError(
            f"the learning rate {_named(function)} decides by the number of the step",
            repair="choose with np.where(t < 100, 0.1, 0.01), which holds for every step",
        )
    return recording


def _require_value(function: Callable[..., Any], first: Any) -> None:
    try:
        value = np.asarray(first, float)
    except (TypeError, ValueError):
        raise ArgumentTypeError(
            f"the learning rate {_named(function)} returns {first!r}", repair="return one number"
        ) from None
    if value.shape or not 0 <= value < math.inf:
        raise ArgumentError(
            f"the learning rate {_named(function)} is {first!r} at the first step, t = 0",
            repair="return one finite number; t counts the steps that were made before",
        )


def _takes_both(function: Callable[..., Any]) -> bool:
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return False
    given = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return len(given) > 1 and (given[1].default is given[1].empty or given[1].name == "steps")


def _named(function: Callable[..., Any]) -> str:
    return getattr(function, "__name__", "") or repr(function)


def _copied(node: Node, places: dict[Node, Node]) -> Node:
    """A value of one graph in another one, where some nodes have their places."""
    graph = next(iter(places.values())).graph
    for inner in reachable([node]):
        if inner in places:
            continue
        if inner.op is CONSTANT:
            places[inner] = graph.constant(inner.attribute("value"))
        else:
            operands = [places[operand] for operand in inner.operands]
            places[inner] = inner.op(*operands, **dict(inner.attributes))
    return places[node]
