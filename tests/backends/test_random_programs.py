"""Random programs as machine code have NumPy's values and gradients; `make fuzz` runs more."""

from __future__ import annotations

import pytest
from tests.support import native_fuzz, native_training
from tests.support.native_programs import Shape, Written

PARTS, PROGRAMS, TRAINED = 4, 5, 3

# Programs that were wrong once: source, shapes and dtypes of the arguments.
M = "m"
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
