"""Weighted sums of exponentials, taken without overflow: mixtures, and masked softmax.

All are shifted by the largest exponent whose weight is not 0 (Blanchard, Higham and Higham, IMA J.
Numer. Anal. 41 (2021) 2311), so the weights may be of any sign, and 0 leaves a term out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kobai.errors import TraceError
from kobai.graph import AnyArray, Node, Op, broadcast_shapes
from kobai.ops.choices import equal
from kobai.ops.choices import where as choose
from kobai.ops.elementary import exp, log
from kobai.ops.entries import (
    ANYWHERE,
    ATOM,
    PRODUCT,
    as_nodes,
    converting,
    normalised_axes,
    same_shape,
    ufunc_dtypes,
)
from kobai.ops.exponentials import axis_text, logsumexp, powers_of, shift_of
from kobai.ops.reductions import Axis, spread, total
from kobai.ops.shaping import broadcast_to, squeeze
from kobai.sizes import Shape

_FLOATING = ufunc_dtypes(np.logaddexp)
_WEIGHTS = (0.25, 2.0)


def _folded_shape(u: Node, w: Node, *, axis: tuple[int, ...], keepdims: bool) -> Shape:
    shape = u.shape
    if keepdims:
        return tuple(1 if i in axis else d for i, d in enumerate(shape))
    return tuple(d for i, d in enumerate(shape) if i not in axis)


def _terms(u: AnyArray, w: AnyArray, axis: tuple[int, ...]) -> tuple[AnyArray, ...]:
    """The terms, shifted, their sum, and the shift."""
    u, w = np.broadcast_arrays(u, w)
    shift = shift_of(np.where(w == 0, -np.inf, u).astype(u.dtype), axis)
    terms: AnyArray = np.where(w == 0, 0, w * np.exp(u - shift)).astype(u.dtype)
    return terms, np.sum(terms, axis=axis, keepdims=True), shift


def _logarithm(u: AnyArray, w: AnyArray, *, axis: tuple[int, ...], keepdims: bool) -> AnyArray:
    _, folded, shift = _terms(u, w, axis)
    result: AnyArray = np.log(folded) + shift
    return result if keepdims else np.squeeze(result, axis)[()]


def _shares(u: AnyArray, w: AnyArray, *, axis: tuple[int, ...]) -> AnyArray:
    terms, folded, _ = _terms(u, w, axis)
    result: AnyArray = terms / folded
    return result


def _powers(u: AnyArray, w: AnyArray, *, axis: tuple[int, ...]) -> AnyArray:
    _, folded, shift = _terms(u, w, axis)
    powers: AnyArray = np.exp(u - shift) / folded
    return powers


def _expanded(u: Node, w: Node, axis: tuple[int, ...]) -> tuple[Node, Node, Node, Node]:
    """The powers, the terms and their sum, all shifted, and the shift."""
    is_left_out = equal(w, 0.0)
    _, shift = powers_of(choose(is_left_out, -np.inf, u), axis)
    powers = exp(u - shift)
    terms = choose(is_left_out, 0.0, w * powers)
    return powers, terms, total(terms, axis=axis, keepdims=True), shift


def _expanded_logarithm(u: Node, w: Node, *, axis: tuple[int, ...], keepdims: bool) -> Node:
    _, _, folded, shift = _expanded(u, w, axis)
    result = log(folded) + shift
    return result if keepdims else squeeze(result, axis=axis)


def _expanded_shares(u: Node, w: Node, *, axis: tuple[int, ...]) -> Node:
    _, terms, folded, _ = _expanded(u, w, axis)
    return terms / folded


def _expanded_powers(u: Node, w: Node, *, axis: tuple[int, ...]) -> Node:
    powers, _, folded, _ = _expanded(u, w, axis)
    return powers / folded


def _logarithm_text(node: Node, u: str, w: str) -> str:
    kept = ", keepdims=True" if node.attribute("keepdims") else ""
    return f"scipy.special.logsumexp({u}, {axis_text(node)}, b={w}{kept})"


def _powers_text(node: Node, u: str, w: str) -> str:
    axis = f"{axis_text(node)}, keepdims=True"
    shifted = f"np.exp({u:11} - np.max({u}, {axis}))"
    return f"{shifted} / np.sum({w:12} * {shifted}, {axis})"


def _remaining(g: Node, y: Node, axis: tuple[int, ...]) -> Node:
    """What of a cotangent is not common to the shares `y`: they sum to 1."""
    return g - total(g * y, axis=axis, keepdims=True)


def _entry(name: str, evaluate: Callable[..., AnyArray], **fields: Any) -> Op:
    return Op(
        name=name,
        kind="reduce",
        evaluate=converting(np.logaddexp, evaluate),
        dtypes=lambda u, w, **_: _FLOATING(u, w),
        domain=(*ANYWHERE, _WEIGHTS),
        **fields,
    )


log_mixture: Op = _entry(
    "log_mixture",
    _logarithm,
    expansion=_expanded_logarithm,
    shape=_folded_shape,
    precedence=ATOM,
    derivative=(
        lambda g, y, u, w, *, axis, keepdims: (
            spread(g, axis, keepdims) * mixture_shares(u, w, axis=axis)
        ),
        lambda g, y, u, w, *, axis, keepdims: (
            spread(g, axis, keepdims) * mixture_powers(u, w, axis=axis)
        ),
    ),
    text=_logarithm_text,
    latex=r"\log \sum {1:13} \, e^{{{0}}}",
    latex_precedence=PRODUCT,
)
# w exp(u) / sum(w exp(u)).
mixture_shares: Op = _entry(
    "mixture_shares",
    _shares,
    expansion=_expanded_shares,
    shape=same_shape,
    precedence=PRODUCT,
    latex_precedence=ATOM,
    derivative=(
        lambda g, y, u, w, *, axis: y * _remaining(g, y, axis),
        lambda g, y, u, w, *, axis: mixture_powers(u, w, axis=axis) * _remaining(g, y, axis),
    ),
    text=lambda node, u, w: f"{w:12} * {_powers_text(node, u, w)}",
    latex=r"\frac{{{1:13} \, e^{{{0}}}}}{{\sum {1:13} \, e^{{{0}}}}}",
)
# exp(u) / sum(w exp(u)).
mixture_powers: Op = _entry(
    "mixture_powers",
    _powers,
    expansion=_expanded_powers,
    shape=same_shape,
    precedence=PRODUCT,
    latex_precedence=ATOM,
    derivative=(
        lambda g, y, u, w, *, axis: (
            g * y - mixture_shares(u, w, axis=axis) * total(g * y, axis=axis, keepdims=True)
        ),
        lambda g, y, u, w, *, axis: -(y * total(g * y, axis=axis, keepdims=True)),
    ),
    text=_powers_text,
    latex=r"\frac{{e^{{{0}}}}}{{\sum {1:13} \, e^{{{0}}}}}",
)


def mixed(u: Node, w: Node) -> tuple[Node, Node]:
    """Exponents and weights as these operations take them: each term with an exponent of its own.

    Weights are broadcast by the operations.
    """
    shape = broadcast_shapes(u.shape, w.shape)
    return u if u.shape == shape else broadcast_to(u, shape=shape), w


def logsumexp_of(
    a: Any,
    axis: Axis = None,
    b: Any = None,
    keepdims: bool = False,
    return_sign: bool = False,
) -> Node:
    """scipy.special.logsumexp, with `b` for weights."""
    if return_sign:
        raise TraceError(
            "logsumexp is traced without return_sign",
            repair="leave it out: where the sum is negative, its logarithm is nan",
        )
    u, *weights = as_nodes([a] if b is None else [a, b])
    axes = normalised_axes(axis, max(u.ndim, *(w.ndim for w in weights), 0))
    if not axes:
        return u + log(weights[0]) if weights else u
    if weights:
        return log_mixture(*mixed(u, weights[0]), axis=axes, keepdims=keepdims)
    return logsumexp(u, axis=axes, keepdims=keepdims)
