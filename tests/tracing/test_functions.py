"""NumPy as it is written: every function, method and operator that a traced array answers."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy
from scipy import special
from tests.support.derivatives import by_differences, relative_error

import kobai
from kobai.graph import SPECIAL, TRANSLATIONS, AnyArray

GENERATOR = np.random.default_rng(1)
X = GENERATOR.uniform(0.3, 1.7, (2, 3))
V = GENERATOR.uniform(0.3, 0.9, 3)
P = GENERATOR.uniform(0.5, 1.5, (2, 3))
Q = GENERATOR.uniform(0.5, 1.5, (3, 2))
MASK = np.array([True, False, True])

# x (2, 3) and v (3,) are traced; p (2, 3), q (3, 2) and mask (3,) are plain arrays.


def _sources(kind: str) -> list[str]:
    """The expressions in the files of this kind, one a line."""
    files = sorted((Path(__file__).parent / "functions").glob(f"*_{kind}.txt"))
    return [line for file in files for line in file.read_text("utf-8").splitlines() if line]


# Expressions in the differentiated x and v, and in plain p, q and mask.
SMOOTH, STEPS = _sources("smooth"), _sources("steps")


def _value(source: str, x: Any, v: Any) -> Any:
    names = {
        "np": np,
        "scipy": scipy,
        "special": special,
        "p": P,
        "q": Q,
        "mask": MASK,
        "x": x,
        "v": v,
    }
    return eval(source, names)


def _weighed(source: str, x: Any, v: Any) -> Any:
    result = _value(source, x, v)
    weights = np.random.default_rng(2).uniform(0.5, 1.5, np.shape(result))
    return np.sum(weights * result)


@pytest.mark.parametrize("source", SMOOTH)
def test_a_function_has_numpys_value_and_its_derivative(source: str) -> None:
    def f(x: Any, v: Any) -> Any:
        return _weighed(source, x, v) + 0.25 * np.sum(x) + 0.25 * np.sum(v), _value(source, x, v)

    (_, value), slopes = kobai.value_and_grad(f, argnums=(0, 1), has_aux=True)(X, V)
    expected = np.asarray(_value(source, X, V))
    assert (value.shape, value.dtype) == (expected.shape, expected.dtype)
    assert np.allclose(value, expected, rtol=1e-14, atol=0)

    def plain(arrays: Any) -> Any:
        return f(*arrays)[0]

    for which, slope in enumerate(slopes):
        assert relative_error(slope, by_differences(plain, [X, V], which, 1e-3)) < 1e-9


@pytest.mark.parametrize("source", STEPS)
def test_a_function_with_steps_has_numpys_value(source: str) -> None:
    def f(x: Any, v: Any) -> Any:
        return np.sum(x) + np.sum(v), _value(source, x, v)

    _, value = kobai.grad(f, argnums=(0, 1), has_aux=True)(X, V)
    expected: Any = _value(source, X, V)
    assert np.array_equal(value, expected)
    assert np.asarray(value).dtype == np.asarray(expected).dtype


def test_every_function_that_is_traced_is_tried_above() -> None:
    sources = "\n".join([*SMOOTH, *STEPS])
    for function, translation in TRANSLATIONS.items():
        if inspect.signature(translation).return_annotation == "NoReturn":
            continue  # it tells what to write instead
        name = _written(function)
        assert f"{name}(" in sources, f"{name} is not tried"
    for name in SPECIAL:
        assert f"special.{name}(" in sources, f"special.{name} is not tried"


def _written(function: Callable[..., Any]) -> str:
    """A function of NumPy's as its users write it."""
    owner = getattr(function, "__self__", None)
    if isinstance(owner, np.ufunc):
        return f"np.{owner.__name__}.{function.__name__}"
    module = (getattr(function, "__module__", None) or "numpy").replace("numpy", "np", 1)
    return f"{module}.{function.__name__}"


def test_there_are_as_many_sources_as_were_written() -> None:
    assert (len(SMOOTH), len(STEPS)) == (823, 118)
    assert len({*SMOOTH, *STEPS}) == len(SMOOTH) + len(STEPS)


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_a_gradient_has_the_dtype_and_shape_of_its_variable(dtype: str, order: Any) -> None:
    x = np.asarray(X, dtype, order=order)
    value, slope = kobai.value_and_grad(lambda x: np.mean(np.tanh(x @ Q.astype(dtype)) ** 2))(x)
    assert (slope.dtype, slope.shape) == (x.dtype, x.shape)
    assert value.dtype == x.dtype


@pytest.mark.parametrize(
    "view",
    [
        X[::-1],
        X[:, ::2],
        np.asfortranarray(X),
        X.astype(">f8"),
        np.frombuffer(b"\0" + X.tobytes(), np.uint8)[1:].view(np.float64).reshape(2, 3),
        np.broadcast_to(V, (2, 3)),
        X[:0],
    ],
    ids=["reversed", "strided", "Fortran", "big-endian", "unaligned", "broadcast", "empty"],
)
def test_the_layout_in_memory_makes_no_difference(view: AnyArray) -> None:
    kept = view.copy()
    plain = np.array(view, float)
    found = kobai.grad(lambda x: np.sum(np.sin(x) * x))(view)
    assert np.array_equal(found, kobai.grad(lambda x: np.sum(np.sin(x) * x))(plain))
    assert np.array_equal(view, kept)


def test_numpy_functions_of_plain_arrays_stay_plain() -> None:
    def f(x: Any) -> Any:
        ramp = np.linspace(0, 1, 3)
        ramp[0] = 5
        assert type(np.cumsum(ramp)) is np.ndarray
        return np.sum(x * ramp)

    assert np.array_equal(kobai.grad(f)(V), [5, 0.5, 1])
