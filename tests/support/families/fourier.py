"""Parts of the discrete Fourier transform."""

from __future__ import annotations

import numpy as np
from tests.support.family import Family, Uses

from kobai.graph import AnyArray

USES: Uses = (
    (((4,),), {"axis": 0}),
    (((2, 3),), {"axis": 1}),
    (((3, 2),), {"axis": 0}),
)


def _real(x: AnyArray, axis: int) -> AnyArray:
    found: AnyArray = np.fft.fft(np.real(x), axis=axis).real
    found = found + 1j * np.fft.fft(np.imag(x), axis=axis).real
    return found


def _imag(x: AnyArray, axis: int) -> AnyArray:
    found: AnyArray = np.fft.fft(np.real(x), axis=axis).imag
    found = found + 1j * np.fft.fft(np.imag(x), axis=axis).imag
    return found


FAMILY = Family(
    uses={"fourier_real": USES, "fourier_imag": USES},
    analytic={"fourier_real": _real, "fourier_imag": _imag},
)
