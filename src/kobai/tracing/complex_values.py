"""Complex numbers on the way from real numbers to real ones: `abs(np.fft.rfft(x)) ** 2`.

A graph holds real numbers alone. A complex value is a pair of traced ones, its real and its
imaginary part, and every operation on it is written as one on the parts. So derivatives need no
convention for complex numbers, as long as a loss ends in real ones. Transforms are in
`kobai.tracing.fourier`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import numpy as np

from kobai.errors import TraceAttributeError, TraceError
from kobai.frames import user_place
from kobai.tracing.array import Traced


class Complex:
    """A traced complex array, as its two parts."""

    __slots__ = ("imag", "real")
    __array_priority__ = 2000.0

    def __init__(self, real: Any, imag: Any) -> None:
        self.real, self.imag = real, imag

    @property
    def shape(self) -> Any:
        return np.shape(self.real)

    @property
    def ndim(self) -> int:
        return np.ndim(self.real)

    @property
    def T(self) -> Complex:
        return Complex(np.transpose(self.real), np.transpose(self.imag))

    @property
    def dtype(self) -> Any:
        return np.result_type(self.real.dtype, np.complex64)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        known = UFUNCS.get(ufunc) if method == "__call__" and not kwargs else None
        return _refuse(ufunc) if known is None else known(*map(parted, inputs))

    def __array_function__(
        self, function: Any, types: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        if function in FUNCTIONS:
            return FUNCTIONS[function](*args, **kwargs)
        if function in PART_BY_PART:
            return _part_by_part(function, *args, **kwargs)
        return _refuse(function)

    def __array__(self, *_: Any, **__: Any) -> NoReturn:
        _refuse(np.array)

    __bool__ = __complex__ = __float__ = __hash__ = __array__
    __eq__ = __ne__ = __ge__ = __gt__ = __le__ = __lt__ = __array__

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):
            raise AttributeError(name)
        _refuse(name, TraceAttributeError)

    def __repr__(self) -> str:
        return f"<traced complex array of shape {self.shape}: {self.real} + 1j * {self.imag}>"

    def __len__(self) -> int:
        return len(self.real)

    def __iter__(self) -> Iterator[Complex]:
        return (self[i] for i in range(len(self)))

    def __getitem__(self, index: Any) -> Complex:
        return Complex(self.real[index], self.imag[index])

    def __pow__(self, exponent: Any) -> Complex:
        if exponent != 2:
            _refuse(np.power)
        return _product(self, self)

    def __abs__(self) -> Any:
        return _modulus(self)

    def __neg__(self) -> Complex:
        return Complex(-self.real, -self.imag)

    def conj(self) -> Complex:
        return Complex(self.real, -self.imag)

    conjugate = conj

    def sum(self, *args: Any, **kwargs: Any) -> Complex:
        return _part_by_part(np.sum, self, *args, **kwargs)

    def mean(self, *args: Any, **kwargs: Any) -> Complex:
        return _part_by_part(np.mean, self, *args, **kwargs)


def parted(value: Any) -> Complex:
    """Any value as its two parts; the number 0.0 for the imaginary part of real ones."""
    if isinstance(value, Complex):
        return value
    if isinstance(value, Traced) or not np.iscomplexobj(value):
        return Complex(value, 0.0)
    return Complex(np.real(value), np.imag(value))


def _is_real(z: Complex) -> bool:
    return isinstance(z.imag, float) and z.imag == 0


def _wide(real: Any, imag: Any) -> Complex:
    """The parts of a sum, in one shape: that of both operands."""
    shape = np.shape(real)
    return Complex(real, imag if np.shape(imag) == shape else np.broadcast_to(imag, shape))


def _sum(a: Complex, b: Complex) -> Complex:
    if _is_real(a) or _is_real(b):
        return _wide(a.real + b.real, b.imag if _is_real(a) else a.imag)
    return Complex(a.real + b.real, a.imag + b.imag)


def _difference(a: Complex, b: Complex) -> Complex:
    return _sum(a, Complex(-b.real, -b.imag))


def _product(a: Complex, b: Complex) -> Complex:
    if _is_real(a) or _is_real(b):
        factor, z = (a.real, b) if _is_real(a) else (b.real, a)
        return Complex(factor * z.real, factor * z.imag)
    return Complex(a.real * b.real - a.imag * b.imag, a.real * b.imag + a.imag * b.real)


def quotient(a: Complex, b: Complex) -> Complex:
    if _is_real(b):
        return Complex(a.real / b.real, a.imag / b.real)
    size = b.real * b.real + b.imag * b.imag
    part = _product(a, Complex(b.real, -b.imag))
    return Complex(part.real / size, part.imag / size)


def _exponential(z: Complex) -> Complex:
    size = np.exp(z.real)
    return Complex(size * np.cos(z.imag), size * np.sin(z.imag))


def _modulus(z: Complex) -> Any:
    """A norm, so that it has slope 0 at 0 and its square is smooth."""
    return np.linalg.norm(np.stack([z.real, z.imag]), axis=0)


def _part_by_part(function: Any, z: Complex, *args: Any, **kwargs: Any) -> Complex:
    return Complex(function(z.real, *args, **kwargs), function(z.imag, *args, **kwargs))


def _refuse(function: Any, kind: type[TraceError] = TraceError) -> NoReturn:
    name = getattr(function, "__name__", function)
    raise kind(
        f"{name} of complex numbers is not traced",
        where=user_place(),
        repair="use sums, products, quotients and np.abs of transforms, or their parts: z.real, "
        "z.imag",
    )


# Functions that act on the real and the imaginary part alike.
PART_BY_PART = frozenset(
    {np.sum, np.mean, np.reshape, np.ravel, np.transpose, np.swapaxes, np.moveaxis, np.squeeze}
)
UFUNCS: dict[np.ufunc, Callable[..., Any]] = {
    np.add: _sum,
    np.subtract: _difference,
    np.multiply: _product,
    np.divide: quotient,
    np.negative: Complex.__neg__,
    np.conjugate: Complex.conj,
    np.absolute: _modulus,
    np.square: lambda z: _product(z, z),
    np.exp: _exponential,
}
FUNCTIONS: dict[Callable[..., Any], Callable[..., Any]] = {
    np.real: lambda val: val.real,
    np.imag: lambda val: val.imag,
    np.angle: lambda z, deg=False: np.arctan2(z.imag, z.real) * (180 / np.pi if deg else 1),
    np.shape: lambda a: a.shape,
    np.ndim: lambda a: a.ndim,
    np.iscomplexobj: lambda x: True,
}

for _symbol, _function in {
    "add": _sum,
    "sub": _difference,
    "mul": _product,
    "truediv": quotient,
}.items():

    def _left(self: Complex, other: Any, apply: Any = _function) -> Complex:
        result: Complex = apply(self, parted(other))
        return result

    def _right(self: Complex, other: Any, apply: Any = _function) -> Complex:
        result: Complex = apply(parted(other), self)
        return result

    setattr(Complex, f"__{_symbol}__", _left)
    setattr(Complex, f"__r{_symbol}__", _right)
