"""The discrete Fourier transform of real numbers: its real and its imaginary part.

With w = exp(-2 pi i / n), the transform is the product with the matrix F of entries w**(j k). F is
symmetric, so that each part is its own transpose, and the slope of a transform is a transform.
Complex numbers are pairs of these parts: see `kobai.tracing.complex_values`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from kobai.graph import AnyArray, AnyDType, Node, Op, Promotable
from kobai.ops.entries import ANYWHERE, ATOM, promoted, same_shape


@cache
def _dtypes_of(operand: Promotable) -> tuple[AnyDType, ...]:
    dtype = promoted(operand)[0]
    return dtype, np.fft.fft(np.ones(1, dtype)).real.dtype


def _part(name: str, part: str, derivative: Callable[..., Node]) -> Op:
    def evaluate(x: AnyArray, *, axis: int) -> AnyArray:
        found: AnyArray = getattr(np.fft.fft(x, axis=axis), part)
        return found

    def text(node: Node, x: str) -> str:
        axis = node.attribute("axis")
        return f"np.fft.fft({x}{'' if axis == node.ndim - 1 else f', axis={axis}'}).{part}"

    symbol = {"real": "Re", "imag": "Im"}[part]
    return Op(
        name=name,
        kind="library",
        evaluate=evaluate,
        shape=same_shape,
        dtypes=lambda x, **_: _dtypes_of(x),
        derivative=(derivative,),
        text=text,
        latex=rf"\operatorname{{{{{symbol}}}}} \mathcal{{{{F}}}}\left({{0}}\right)",
        precedence=ATOM,
        domain=ANYWHERE,
    )


fourier_real: Op = _part(
    "fourier_real", "real", lambda g, y, x, *, axis: fourier_real(g, axis=axis)
)
fourier_imag: Op = _part(
    "fourier_imag", "imag", lambda g, y, x, *, axis: fourier_imag(g, axis=axis)
)
