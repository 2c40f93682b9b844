"""The largest or smallest entry so far, and logarithms of running sums of powers.

`np.maximum.accumulate` and `np.minimum.accumulate`: each entry of the result is an entry of the
array, the first of those that tie, and its slope goes there. `np.logaddexp.accumulate`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kobai.graph import AnyArray, Node, Op
from kobai.ops.choices import equal, where
from kobai.ops.elementary import exp
from kobai.ops.entries import (
    ANYWHERE,
    ATOM,
    as_nodes,
    normalised_axis,
    promoted,
    same_shape,
    traces,
    ufunc_dtypes,
    unchanged,
)
from kobai.ops.gathering import along_axis, placed, scatter
from kobai.ops.scans import recurrence, shifted

_PLACE = np.dtype(np.intp)


def _first_places(y: AnyArray, *, axis: int) -> AnyArray:
    found: AnyArray = np.apply_along_axis(lambda run: np.searchsorted(run, run), axis, y)
    return found.astype(_PLACE)


def _first_places_text(node: Node, y: str) -> str:
    if node.ndim == 1:
        return f"np.searchsorted({y}, {y})"
    run = "lambda y: np.searchsorted(y, y)"
    return f"np.apply_along_axis({run}, {node.attribute('axis')}, {y})"


first_places: Op = Op(
    name="first_places",
    kind="library",
    evaluate=_first_places,
    shape=same_shape,
    dtypes=lambda y, **_: (promoted(y)[0], _PLACE),
    derivative=(None,),
    text=_first_places_text,
    latex=r"\operatorname{{first\ places}}\left({0}\right)",
    precedence=ATOM,
    domain=ANYWHERE,
)


def _running(name: str, numpy: np.ufunc, sign: int) -> Op:
    accumulate: Callable[..., Any] = numpy.accumulate

    def derivative(g: Node, y: Node, x: Node, *, axis: int) -> Node:
        rising = y if sign > 0 else -y
        at = placed(x, along_axis(x.shape, first_places(rising, axis=axis), axis))
        return scatter(g, *at.arrays, index=at.places, shape=x.shape)

    def text(node: Node, x: str) -> str:
        axis = node.attribute("axis")
        return f"np.{numpy.__name__}.accumulate({x}{f', axis={axis}' if axis else ''})"

    op = Op(
        name=name,
        kind="scan",
        evaluate=lambda x, *, axis: accumulate(x, axis),
        shape=same_shape,
        dtypes=unchanged,
        derivative=(derivative,),
        text=text,
        latex=rf"\operatorname{{{{running\ {numpy.__name__[:3]}}}}}\left({{0}}\right)",
        bounds=lambda x, **_: x,
        precedence=ATOM,
        domain=ANYWHERE,
    )

    @traces(accumulate)
    def called(array: Any, axis: int = 0, dtype: Any = None, out: None = None) -> Node:
        if dtype is not None or out is not None:
            raise TypeError("it takes an array and an axis alone")
        (x,) = as_nodes((array,))
        return op(x, axis=normalised_axis(axis, x.ndim))

    return op


running_max = _running("running_max", np.maximum, 1)
running_min = _running("running_min", np.minimum, -1)


def _log_sums_rule(g: Node, y: Node, x: Node, *, axis: int, reverse: bool) -> Node:
    """x_k has the share exp(x_k - y_i) in each y_i from k on.

    With weights g_i these add up to exp(x_k - y_k) t_k, where t_k = g_k + exp(y_k - y_(k+1))
    t_(k+1): no exponent is above 0.
    """
    following = shifted(y, np.inf, axis, not reverse)
    backwards = recurrence(_share(y, following), g, axis=axis, reverse=not reverse)
    return _share(x, y) * backwards


def _share(a: Node, b: Node) -> Node:
    """exp(a - b), and all of it where both are the same infinity."""
    return exp(where(equal(a, b), 0.0, a - b))


def _log_sums(x: AnyArray, *, axis: int, reverse: bool) -> AnyArray:
    run = np.logaddexp.accumulate
    return np.flip(run(np.flip(x, axis), axis), axis) if reverse else run(x, axis)


def _log_sums_text(node: Node, x: str) -> str:
    axis = node.attribute("axis")
    along = f", {axis}" if node.ndim > 1 else ""
    if not node.attribute("reverse"):
        return f"np.logaddexp.accumulate({x}{along})"
    return f"np.flip(np.logaddexp.accumulate(np.flip({x}{along}){along}){along})"


def _log_sums_latex(node: Node, x: str) -> str:
    bound = r"j \ge i" if node.attribute("reverse") else r"j \le i"
    return rf"\log \sum_{{{bound}}} e^{{\left({x}\right)_j}}"


log_sums: Op = Op(
    name="log_sums",
    kind="scan",
    evaluate=_log_sums,
    shape=same_shape,
    dtypes=lambda x, **_: ufunc_dtypes(np.logaddexp)(x, x)[1:],
    derivative=(_log_sums_rule,),
    text=_log_sums_text,
    latex=_log_sums_latex,
    precedence=ATOM,
    domain=ANYWHERE,
)


@traces(np.logaddexp.accumulate)
def _logaddexp_accumulate(array: Any, axis: int = 0, dtype: Any = None, out: None = None) -> Node:
    if dtype is not None or out is not None:
        raise TypeError("it takes an array and an axis alone")
    (x,) = as_nodes((array,))
    return log_sums(x, axis=normalised_axis(axis, x.ndim), reverse=False)
