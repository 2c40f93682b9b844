"""`np.piecewise`, whose functions are the user's own: each is called with a traced array.

NumPy calls a function with the entries for which its condition holds. Here it is called with all of
them, and chosen from by `np.where`, so that one graph serves all conditions. The two mean the same
for functions that take their entries one by one; others are refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kobai.errors import TraceError
from kobai.frames import user_place
from kobai.graph import reachable
from kobai.tracing.calls import QUERIES
from kobai.tracing.trace import Handle


def piecewise(x: Any, condlist: Any, funclist: Sequence[Any], *args: Any, **kw: Any) -> Any:
    """What holds last counts; where nothing does, one more function than conditions, or 0."""
    conditions = _listed(condlist, np.ndim(x))
    if len(funclist) not in (len(conditions), len(conditions) + 1):
        raise TypeError(
            f"with {len(conditions)} conditions, either {len(conditions)} or "
            f"{len(conditions) + 1} functions are expected"
        )
    found: Any = 0
    if len(funclist) > len(conditions):
        found = _value(funclist[-1], x, args, kw)
    for condition, function in zip(conditions, funclist, strict=False):
        found = np.where(condition, _value(function, x, args, kw), found)
    return np.astype(np.broadcast_to(found, x.shape), x.dtype)


def _listed(condlist: Any, ndim: int) -> list[Any]:
    """One condition may stand by itself."""
    if isinstance(condlist, list | tuple) and np.ndim(condlist[0]) == ndim:
        return list(condlist)
    one: Any = condlist if isinstance(condlist, Handle) else np.asarray(condlist)
    return list(one) if one.ndim > ndim else [one]


def _value(function: Any, x: Any, args: tuple[Any, ...], kw: dict[str, Any]) -> Any:
    """What a function makes of x, if it makes each entry of one entry."""
    if not callable(function):
        return function
    value = function(x, *args, **kw)
    if isinstance(x, Handle) and isinstance(value, Handle):
        dependent = {x.node}
        for node in reachable([value.node]):
            if any(operand in dependent for operand in node.operands):
                dependent.add(node)
                if node.op.kind != "map":
                    raise TraceError(
                        f"a function of np.piecewise uses {node.op.name}, which takes more than "
                        "one entry at a time",
                        where=user_place(),
                        repair="use np.where with masks, or index with the condition: x[condition]",
                    )
    return value


QUERIES[np.piecewise] = piecewise
