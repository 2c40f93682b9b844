"""Random NumPy programs: their gradients against complex step and against differences."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.derivatives import by_complex_step, by_differences, extrapolated, relative_error
from tests.support.programs import Written, programs

import kobai
from kobai.graph import AnyArray

# Operations of a program whose complex extension is not the one that complex step needs.
REAL_ONLY = ("logaddexp", "maximum", "minimum", ">", "**")


def _arguments(program: Written, seed: int) -> list[AnyArray]:
    generator = np.random.default_rng(seed)
    return [np.asarray(generator.uniform(-1.5, 1.5, shape)) for shape in program.shapes]


def _is_analytic(program: Written) -> bool:
    return not any(name in program.source for name in REAL_ONLY)


MANY, SOME = (settings(max_examples=n * settings().max_examples // 60) for n in (100, 25))


@MANY
@given(programs(), st.integers(0, 2**16))
def test_a_gradient_is_exact(program: Written, seed: int) -> None:
    f = program.compiled()
    arrays = _arguments(program, seed)
    value, slopes = kobai.value_and_grad(f, (0, 1))(*arrays)
    assert np.isclose(value, f(*arrays), rtol=1e-13)
    for which, slope in enumerate(slopes):
        assert slope.shape == arrays[which].shape
        if _is_analytic(program):
            exact = by_complex_step(lambda moved: complex(f(*moved)), arrays, which)
            assert relative_error(slope, exact) < 1e-12
        else:
            exact = by_differences(lambda moved: float(f(*moved)), arrays, which, 2e-3)
            assert relative_error(slope, exact) < 1e-8


@SOME
@given(programs(most=8), st.integers(0, 2**16))
def test_a_product_with_the_hessian_is_the_difference_of_gradients(
    program: Written, seed: int
) -> None:
    f = program.compiled()
    arrays = _arguments(program, seed)
    tangents = _arguments(program, seed + 1)
    found = kobai.hvp(f, arrays, tangents)
    slope = kobai.grad(f, (0, 1))

    def moved(step: float, which: int) -> Any:
        return slope(*(a + step * t for a, t in zip(arrays, tangents, strict=True)))[which]

    for which, product in enumerate(found):

        def central(h: float, which: int = which) -> Any:
            return (moved(h, which) - moved(-h, which)) / (2 * h)

        assert relative_error(product, extrapolated(central, 2e-3, levels=3)) < 1e-7


@SOME
@given(programs(), st.integers(0, 2**16))
def test_forward_mode_agrees_with_reverse_mode(program: Written, seed: int) -> None:
    f = program.compiled()
    arrays = _arguments(program, seed)
    tangents = _arguments(program, seed + 1)
    value, tangent = kobai.jvp(f, arrays, tangents)
    expected, slopes = kobai.value_and_grad(f, (0, 1))(*arrays)
    terms = [np.sum(s * t) for s, t in zip(slopes, tangents, strict=True)]
    size = 1 + sum(np.sum(abs(s * t)) for s, t in zip(slopes, tangents, strict=True))
    assert np.isclose(value, expected, rtol=1e-13)
    assert abs(tangent - sum(terms)) <= 1e-12 * size
