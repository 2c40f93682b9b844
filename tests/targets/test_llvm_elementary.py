"""The elementary functions of the LLVM target: against mpmath, at the edges, and in any lanes."""

from __future__ import annotations

import math
import re
from pathlib import Path

import mpmath as mp
import numpy as np
import pytest
from tests.support.accuracy import CASES, errors, exact, native, points
from tests.support.machine_code import elementary

from kobai.graph import OPERATIONS
from kobai.scalars import CALLS
from kobai.targets.llvm.elementary.functions import BODIES

PAGE = Path(__file__).parents[2] / "docs" / "accuracy.md"
ULPS = 2.0
COUNT = 400
# Operations that bear another name than the function which is their body.
OPERATION = {
    **{f"a{name}": f"arc{name}" for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
    "pow": "power",
    "lgamma": "gammaln",
    "digamma": "psi",
}


def _log_gamma(x: float) -> float:
    if not math.isfinite(x):
        return x
    return math.inf if _is_pole(x) else complex(mp.loggamma(x)).real


def _digamma(x: float) -> float:
    if x == 0:
        return math.copysign(math.inf, -x)
    is_number = x == math.inf or (math.isfinite(x) and not _is_pole(x))
    return float(mp.digamma(x)) if is_number else math.nan


def _is_pole(x: float) -> bool:
    return x <= 0 and x == math.floor(x)


# SciPy's erfc is 0 too early, and 30 units off at 10; its gammaln is infinite for subnormals, and
# its psi has wrong digits next to poles.
PYTHONS = {
    "erf": np.vectorize(math.erf),
    "erfc": np.vectorize(math.erfc),
    "gammaln": np.vectorize(_log_gamma),
    "psi": np.vectorize(_digamma),
}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", CASES)
def test_a_function_is_within_two_units_in_the_last_place(name: str, dtype: str) -> None:
    case = CASES[name]
    generator = np.random.default_rng(7)
    for is_hard in (False, True):
        operands = points(case, dtype, COUNT, generator, hard=is_hard)
        found = native(name, *operands)
        worst, where = errors(found, exact(case, operands), operands)
        assert worst <= ULPS, where


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", CASES)
def test_a_function_is_right_at_the_edges(name: str, dtype: str) -> None:
    limits = np.finfo(dtype)
    tiny, smallest = float(limits.tiny), float(limits.smallest_subnormal)
    sizes = [0.0, np.inf, np.nan, smallest, tiny, tiny * 0.75]
    sizes += [
        float(limits.max),
        float(limits.max) / 2,
        1.0,
        0.5,
        2.0,
        3.0,
        1e-20,
        2.0**27,
        1e9,
        1e22,
    ]
    sizes += [89.0, 104.5, 710.0, 746.5, 1023.5, 1075.5, 9.5, 10.2, 26.9, 28.0]
    sizes += [1 - float(limits.epsneg), 1 + float(limits.eps), np.pi / 2, 100.0]
    x = np.array([*sizes, *(-s for s in sizes)]).astype(dtype)
    operands = (x,)
    if CASES[name].second is not None:
        operands = tuple(side.ravel() for side in np.meshgrid(x, x))
    with np.errstate(all="ignore"):
        evaluate = PYTHONS.get(name, OPERATIONS[name].evaluate)
        expected = np.asarray(evaluate(*(each.astype(float) for each in operands))).astype(dtype)
    found = native(name, *operands)
    tolerance = 4 * float(limits.eps)
    # The sum of two terms, of which neither is small, is 0 between the poles of psi.
    absolute = tolerance if name == "psi" else 2 * smallest
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=absolute)
    is_number = ~np.isnan(expected)
    np.testing.assert_array_equal(np.signbit(found[is_number]), np.signbit(expected[is_number]))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", [name for name in BODIES if CALLS[name] == 1])
def test_the_bits_are_the_same_in_any_number_of_lanes(name: str, dtype: str) -> None:
    generator = np.random.default_rng(3)
    case = CASES[OPERATION.get(name, name)]
    (x,) = points(case, dtype, 64, generator, hard=False)
    x = np.append(x, np.array([np.inf, -np.inf, np.nan, -0.0] * 4, dtype))[-160:]
    found = [elementary(name, x, lanes, inlined=True) for lanes in (1, 2, 16)]
    found.append(elementary(name, x, 1, inlined=False))
    for other in found[1:]:
        np.testing.assert_array_equal(other, found[0])


def test_the_page_has_all_functions() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \|", PAGE.read_text("utf-8"), re.MULTILINE)
    assert rows == [(name, dtype) for name in CASES for dtype in ("float64", "float32")]
    assert set(CASES) == {"sigmoid", *(OPERATION.get(name, name) for name in BODIES)}


def test_the_largest_errors_on_the_page_are_below_two_units() -> None:
    cells = re.findall(r"\| (\d+\.\d+) \|", PAGE.read_text("utf-8"))
    assert len(cells) == 4 * len(CASES)
    assert max(map(float, cells)) <= ULPS
