"""The LLVM target: its elementary functions against mpmath, and code for other processors."""

from __future__ import annotations

from collections.abc import Callable

import llvmlite.binding as llvm
import mpmath as mp
import numpy as np
import pytest
from llvmlite import ir
from tests.backends.losses import drawn, mixture, network
from tests.lower.test_splitting import planned

from kobai.backends.native import NativeProgram
from kobai.graph import OPERATIONS, AnyArray, Graph
from kobai.lower.kernels import Lowered
from kobai.lower.plan import plan
from kobai.targets.llvm.functions import emit_kernel

COUNT = 1000
ULPS = 2.0
FUNCTIONS: dict[str, tuple[Callable[[mp.mpf], mp.mpf], tuple[float, float]]] = {
    # Exact values; the range of the argument, for doubles.
    "exp": (mp.exp, (-745.0, 709.7)),
    "expm1": (mp.expm1, (-40.0, 709.7)),
    "log": (mp.log, (1e-3, 3.0)),
    "log1p": (mp.log1p, (-0.9999, 3.0)),
    "tanh": (mp.tanh, (-20.0, 20.0)),
    "sigmoid": (lambda x: 1 / (1 + mp.exp(-x)), (-700.0, 40.0)),
}


def native(name: str, x: AnyArray) -> AnyArray:
    graph = Graph()
    node = graph.input("x", x.shape, x.dtype)
    (found,) = NativeProgram(plan([OPERATIONS[name](node)], {}), [node]).run(x)
    result: AnyArray = found
    return result


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_an_elementary_function_is_within_two_units_in_the_last_place(
    name: str, dtype: str
) -> None:
    exact, (low, high) = FUNCTIONS[name]
    generator = np.random.default_rng(0)
    scale = 1.0 if dtype == "float64" else 0.12 if high > 100 or low < -100 else 1.0
    far = 300 if dtype == "float64" else 36
    points = [
        generator.uniform(low * scale, high * scale, COUNT),
        np.clip(generator.normal(size=COUNT), low * scale, high * scale),
        10.0 ** generator.uniform(-far, 0.3, COUNT),
        -(10.0 ** generator.uniform(-far, -0.01, COUNT)),
    ]
    if name == "log":
        points = [np.abs(p) for p in points]
        points[2] = 10.0 ** generator.uniform(-far, far, COUNT)
    x = np.concatenate(points).astype(dtype)
    x = x[x != 0]
    found = native(name, x)
    with mp.workdps(60):
        for argument, value in zip(x.tolist(), found.tolist(), strict=True):
            expected = exact(mp.mpf(argument))
            unit = float(np.spacing(np.abs(np.dtype(dtype).type(float(expected)))))
            assert abs(mp.mpf(value) - expected) <= ULPS * unit, argument


@pytest.mark.parametrize(
    ("triple", "cpu", "features", "expected"),
    [
        ("x86_64-unknown-linux-gnu", "haswell", "", "vfmadd"),
        ("x86_64-unknown-linux-gnu", "skylake-avx512", "+prefer-256-bit,-prefer-256-bit", "zmm"),
        ("aarch64-unknown-linux-gnu", "neoverse-n1", "", "fmla"),
        ("arm64-apple-darwin", "apple-m1", "", "fmla"),
    ],
)
def test_code_for_other_processors(triple: str, cpu: str, features: str, expected: str) -> None:
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    machine = llvm.Target.from_triple(triple).create_target_machine(cpu=cpu, features=features)
    for loss in (network, mixture):
        module = ir.Module("kobai")
        module.triple = triple
        steps = planned(loss, *drawn(100, "float64")).steps
        kernels = [step.kernel for step in steps if isinstance(step, Lowered)]
        for number, kernel in enumerate(kernels):
            emit_kernel(module, f"kernel{number}", kernel)
        parsed = llvm.parse_assembly(str(module))
        parsed.verify()
        text = machine.emit_assembly(parsed)
        assert expected in text
        assert text.count("kernel") >= len(kernels)
