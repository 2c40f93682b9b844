"""Random programs as machine code have NumPy's values and gradients; `make fuzz` runs more."""

from __future__ import annotations

from unittest import mock

import numpy as np
import pytest
from tests.support import native_fuzz, native_training
from tests.support.native_programs import Shape, Written

from kobai.backends.folds import together
from kobai.graph import OPERATIONS
from kobai.scalars import tanh

PARTS, PROGRAMS, TRAINED = 4, 5, 3

# Programs that were wrong once: source, shapes and dtypes of the arguments.
M = "m"
# Of this seed, programs have a symbol for the examples, and small tiles.
SEED = 3
FOUND: dict[str, tuple[str, tuple[Shape, ...], tuple[str, ...]]] = {
    "rows against rows of a rearranged copy": (
        "def f(a):\n    v = a[:, None] - a[None]\n    return np.mean(v ** 2), [v]\n",
        ((M, 3),),
        ("float64",),
    ),
    "one row against rows of a rearranged copy": (
        "def f(a, b):\n    v = np.exp(a * b) * a[0] - a @ a[-1:].T\n    return np.sum(v), [v]\n",
        ((M, 3), (3,)),
        ("float64", "float64"),
    ),
    "products of two dtypes": (
        "def f(a, w, b):\n    v = a @ w + b\n    return np.mean(v ** 2), [v, w @ w, a @ a.T]\n",
        ((M, 5), (5, 5), ()),
        ("float32", "float64", "float32"),
    ),
}


@pytest.mark.parametrize("part", range(PARTS))
def test_programs_of_numbered_seeds(part: int) -> None:
    for seed in range(part * PROGRAMS, (part + 1) * PROGRAMS):
        end, reason, source = native_fuzz.verdict(seed, has_long=False)
        assert end != "wrong", f"seed {seed}: {reason}\n{source}"


@pytest.mark.parametrize("seed", range(TRAINED))
def test_models_of_numbered_seeds(seed: int) -> None:
    end, reason, source = native_training.verdict(seed)
    assert end == "right", f"seed {seed}: {reason}\n{source}"


@pytest.mark.parametrize("name", FOUND)
def test_what_was_wrong_once_is_right(name: str) -> None:
    source, shapes, dtypes = FOUND[name]
    program = Written(source, shapes, dtypes, has_pairs=True)
    for seed in range(4):
        end, reason, _ = native_fuzz.verdict(seed, program)
        assert end == "right", reason


SIMPLE = Written(
    "def f(a, b):\n    v = np.tanh(a * b)\n    return np.sum(v, axis=0) @ b, [v + 1]\n",
    ((M, 3), (3,)),
    ("float64", "float64"),
    has_pairs=True,
)


def test_a_function_that_is_wrong_in_its_last_digits_is_noticed() -> None:
    assert native_fuzz.verdict(SEED, SIMPLE)[0] == "right"
    op = OPERATIONS["tanh"]
    right = op.body
    object.__setattr__(op, "body", lambda x: tanh(x) * (1 + 1e-13))
    try:
        assert native_fuzz.verdict(SEED, SIMPLE)[0] == "wrong"
    finally:
        object.__setattr__(op, "body", right)


def test_a_part_that_is_left_out_is_noticed() -> None:
    with mock.patch(
        "kobai.backends.native.together", lambda kind, parts: together(kind, parts[:1])
    ):
        assert native_fuzz.verdict(SEED, SIMPLE)[0] == "wrong"


def test_what_is_written_beside_an_array_is_noticed() -> None:
    guard = native_fuzz.Guard()
    array = guard.new((5,), np.dtype(float))
    array[:] = 1.0
    guard.check()
    array = guard.new((5,), np.dtype(float))
    np.lib.stride_tricks.as_strided(array, (6,))[5] = 1.0
    with pytest.raises(native_fuzz.WrongError, match="beside"):
        guard.check()
