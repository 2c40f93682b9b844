"""`np.fft` of traced arrays: each transform is written with the parts of that of real numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from kobai.ops.fourier import fourier_imag, fourier_real
from kobai.tracing.array import Traced
from kobai.tracing.calls import QUERIES, call
from kobai.tracing.complex_values import FUNCTIONS, Complex, parted, quotient


def _transform(part: Any, x: Any, axis: int) -> Any:
    """A part of the transform of real numbers; of plain ones, by NumPy."""
    if isinstance(x, Traced):
        return call(part, lambda node: part(node, axis=axis), (x,), {})
    return np.fft.fft(x, axis=axis).real if part is fourier_real else np.fft.fft(x, axis=axis).imag


def _scaled(z: Complex, length: Any, norm: str | None, whole: str) -> Complex:
    """By 1, 1/n or its root; 1/n is for the transform of this direction."""
    kind = norm or "backward"
    if kind not in ("backward", "ortho", "forward"):
        raise ValueError(f"Invalid norm value {norm}")
    if kind == "ortho":
        return quotient(z, Complex(np.sqrt(length), 0.0))
    return quotient(z, Complex(length, 0.0)) if kind == whole else z


def _fitted(x: Any, n: int | None, axis: int) -> Any:
    """Cropped, or filled up with zeros, to n entries along an axis."""
    length = x.shape[axis]
    if n is None or n == length:
        return x
    lead = (slice(None),) * (axis % x.ndim)
    if n < length:
        return x[(*lead, slice(0, n))]
    shape = list(x.shape)
    shape[axis] = n - length
    return np.concatenate([x, np.zeros(shape, x.dtype)], axis=axis)


def _fft(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None) -> Complex:
    """(C + i S)(x + i y), where C and S are the parts of the matrix F."""
    z = parted(a)
    axis = normalize_axis_index(axis, z.ndim)
    x = _fitted(z.real, n, axis)
    real, imag = (_transform(part, x, axis) for part in (fourier_real, fourier_imag))
    if isinstance(a, Complex):
        y = _fitted(z.imag, n, axis)
        real = real - _transform(fourier_imag, y, axis)
        imag = imag + _transform(fourier_real, y, axis)
    return _scaled(Complex(real, imag), x.shape[axis], norm, "forward")


def _ifft(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None) -> Complex:
    """The inverse of F is its conjugate over n: the conjugate of F times the conjugate."""
    z = parted(a)
    conjugate = Complex(z.real, -z.imag) if isinstance(a, Complex) else a
    found = _fft(conjugate, n, axis).conj()
    return _scaled(found, found.real.shape[axis], norm, "backward")


def _rfft(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None) -> Complex:
    """The first half of the transform of real numbers; the other is its conjugate."""
    if isinstance(a, Complex):
        raise TypeError("it is given complex numbers")
    found = _fft(a, n, axis, norm)
    half = int(found.real.shape[axis]) // 2 + 1
    return found[(*(slice(None),) * (axis % found.ndim), slice(0, half))]


def _irfft(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None) -> Any:
    """Of the half and its mirrored conjugate; imaginary parts that no real signal has are lost."""
    z = parted(a)
    axis = normalize_axis_index(axis, z.ndim)
    length = 2 * (int(z.real.shape[axis]) - 1) if n is None else int(n)
    half = length // 2 + 1
    lead = (slice(None),) * axis
    mirrored = (*lead, slice(length - half, 0, -1))
    x = _fitted(z.real, half, axis)
    x = np.concatenate([x, x[mirrored]], axis=axis)
    real = _transform(fourier_real, x, axis)
    if isinstance(a, Complex):
        y = _fitted(z.imag, half, axis)
        y = np.concatenate([y, -y[mirrored]], axis=axis)
        real = real + _transform(fourier_imag, y, axis)
    return _scaled(Complex(real, 0.0), length, norm, "backward").real


def _over_axes(
    one: Callable[..., Any], last: Sequence[int] | None, at_end: Callable[..., Any]
) -> Callable[..., Any]:
    """A transform over several axes, one after the other; that of the last axis is special.

    It comes first where it makes complex numbers of real ones, and last where it does the opposite.
    """

    def transform(a: Any, s: Any = None, axes: Any = last, norm: str | None = None) -> Any:
        if s is not None:
            raise TypeError("it is given 's'")
        *others, end = range(np.ndim(a)) if axes is None else axes
        found = at_end(a, None, end, norm) if at_end is not _irfft else a
        for axis in others:
            found = one(found, None, axis, norm)
        return at_end(found, None, end, norm) if at_end is _irfft else found

    return transform


def _shift(a: Any, axes: Any, *, is_back: bool) -> Any:
    """The halves of each axis exchanged."""
    if isinstance(a, Complex):
        return Complex(*(_shift(part, axes, is_back=is_back) for part in (a.real, a.imag)))
    places = normalize_axis_tuple(range(a.ndim) if axes is None else axes, a.ndim)
    halves = [int(a.shape[axis]) // 2 for axis in places]
    return np.roll(a, [-half for half in halves] if is_back else halves, places)


for _name, _translation in {
    "fft": _fft,
    "ifft": _ifft,
    "rfft": _rfft,
    "irfft": _irfft,
    "fft2": _over_axes(_fft, (-2, -1), _fft),
    "ifft2": _over_axes(_ifft, (-2, -1), _ifft),
    "rfft2": _over_axes(_fft, (-2, -1), _rfft),
    "irfft2": _over_axes(_ifft, (-2, -1), _irfft),
    "fftn": _over_axes(_fft, None, _fft),
    "ifftn": _over_axes(_ifft, None, _ifft),
    "rfftn": _over_axes(_fft, None, _rfft),
    "irfftn": _over_axes(_ifft, None, _irfft),
    "fftshift": lambda x, axes=None: _shift(x, axes, is_back=False),
    "ifftshift": lambda x, axes=None: _shift(x, axes, is_back=True),
}.items():
    QUERIES[getattr(np.fft, _name)] = FUNCTIONS[getattr(np.fft, _name)] = _translation
