"""Complex numbers between real ones: what `np.fft` gives, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import kobai
from kobai.errors import ArgumentError, TraceAttributeError, TraceError

OTHER: Any = "other"
X = np.random.default_rng(0).normal(size=(4, 6))


@pytest.mark.parametrize("n", [1, 2, 5, 6, 9])
@pytest.mark.parametrize("norm", ["backward", "ortho", "forward"])
@pytest.mark.parametrize("axis", [0, -1])
def test_the_energy_of_a_transform_has_parsevals_slope(n: int, norm: Any, axis: int) -> None:
    def energy(x: Any) -> Any:
        return np.sum(np.abs(np.fft.fft(x, n, axis, norm)) ** 2)

    scale = {"backward": n, "ortho": 1, "forward": 1 / n}[norm]
    kept = np.zeros(X.shape)
    np.moveaxis(kept, axis, 0)[:n] = 1
    assert np.allclose(kobai.grad(energy)(X), 2 * scale * kept * X, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("n", [5, 6])
def test_a_transform_and_its_inverse_cancel(n: int) -> None:
    x = X[:, :n]
    for there_and_back in (
        lambda x: np.fft.irfft(np.fft.rfft(x), n),
        lambda x: np.fft.ifft(np.fft.fft(x)).real,
        lambda x: np.fft.ifft2(np.fft.fft2(x)).real,
        lambda x: np.fft.fftn(np.fft.ifftn(x)).real,
    ):
        slope = kobai.grad(lambda x, f=there_and_back: np.sum(f(x) ** 3))(x)
        assert np.allclose(slope, 3 * x**2, rtol=1e-12, atol=1e-13)


def test_a_transform_of_zeros_has_slope_0_and_a_smooth_energy() -> None:
    zeros = np.zeros(4)
    assert np.array_equal(kobai.grad(lambda x: np.sum(np.abs(np.fft.rfft(x))))(zeros), zeros)
    first = kobai.grad(lambda x: np.sum(np.abs(np.fft.fft(x)) ** 2))
    assert np.allclose(kobai.grad(lambda x: np.sum(first(x)))(zeros), np.full(4, 8.0))


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_dtypes_are_numpys(dtype: str) -> None:
    kinds: list[Any] = []

    def f(x: Any) -> Any:
        z = np.fft.rfft(x)
        kinds.append((z.dtype, z.shape, z.ndim, len(z), np.iscomplexobj(z), np.shape(z)))
        return np.sum(np.abs(z))

    x = X.astype(dtype)
    assert kobai.grad(f)(x).dtype == x.dtype
    z = np.fft.rfft(x)
    assert kinds[0] == (z.dtype, z.shape, z.ndim, len(z), True, z.shape)


def test_rows_come_one_by_one() -> None:
    slope = kobai.grad(lambda x: sum(np.abs(row[1]) ** 2 for row in np.fft.rfft(x)))(X)
    expected = kobai.grad(lambda x: np.sum(np.abs(np.fft.rfft(x)[:, 1]) ** 2))(X)
    assert np.allclose(slope, expected)


REFUSED: tuple[tuple[str, Callable[[Any], Any], type[Exception]], ...] = (
    ("a complex loss", lambda z: z[0, 0], ArgumentError),
    ("sine", np.sin, TraceError),
    ("power", lambda z: z**3, TraceError),
    ("array", np.asarray, TraceError),
    ("truth", lambda z: 1.0 if z[0, 0] else 0.0, TraceError),
    ("number", lambda z: float(z[0, 0]), TraceError),
    ("comparison", lambda z: z < 1, TraceError),
    ("equality", lambda z: z == 1, TraceError),
    ("fold of a ufunc", np.add.reduce, TraceError),
    ("attribute", lambda z: z.flat, TraceAttributeError),
    ("function", np.sort, TraceError),
    ("rfft", np.fft.rfft, TypeError),
    ("axis", lambda z: np.fft.fft(z, axis=2), np.exceptions.AxisError),
    ("norm", lambda z: np.fft.fft(z, norm=OTHER), ValueError),
    ("lengths", lambda z: np.fft.fft2(z, (2, 2)), TypeError),
)


@pytest.mark.parametrize(("f", "error"), [c[1:] for c in REFUSED], ids=[c[0] for c in REFUSED])
def test_what_is_refused(f: Callable[[Any], Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        kobai.grad(lambda x: f(np.fft.fft(x)))(X)
