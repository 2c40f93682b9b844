"""The LLVM target: code for other processors."""

from __future__ import annotations

import llvmlite.binding as llvm
import pytest
from llvmlite import ir
from tests.backends.losses import drawn, mixture, network
from tests.lower.test_splitting import planned

from kobai.lower.kernels import Lowered
from kobai.scalars import CALLS
from kobai.targets.llvm.elementary import Elementary
from kobai.targets.llvm.elementary.functions import BODIES
from kobai.targets.llvm.functions import emit_kernel

PROCESSORS = [
    ("x86_64-unknown-linux-gnu", "haswell", "", "vfmadd"),
    ("x86_64-unknown-linux-gnu", "skylake-avx512", "+prefer-256-bit,-prefer-256-bit", "zmm"),
    ("aarch64-unknown-linux-gnu", "neoverse-n1", "", "fmla"),
    ("arm64-apple-darwin", "apple-m1", "", "fmla"),
]


def assembly(text: str, triple: str, cpu: str, features: str) -> str:
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    machine = llvm.Target.from_triple(triple).create_target_machine(cpu=cpu, features=features)
    parsed = llvm.parse_assembly(text)
    parsed.verify()
    return machine.emit_assembly(parsed)


@pytest.mark.parametrize(("triple", "cpu", "features", "expected"), PROCESSORS)
def test_code_for_other_processors(triple: str, cpu: str, features: str, expected: str) -> None:
    for loss in (network, mixture):
        module = ir.Module("kobai")
        module.triple = triple
        steps = planned(loss, *drawn(100, "float64")).steps
        kernels = [step.kernel for step in steps if isinstance(step, Lowered)]
        for number, kernel in enumerate(kernels):
            emit_kernel(module, f"kernel{number}", kernel)
        text = assembly(str(module), triple, cpu, features)
        assert expected in text
        assert text.count("kernel") >= len(kernels)


@pytest.mark.parametrize("bits", [64, 32])
@pytest.mark.parametrize(("triple", "cpu", "features", "expected"), PROCESSORS)
def test_elementary_functions_for_other_processors(
    triple: str, cpu: str, features: str, expected: str, bits: int
) -> None:
    module = ir.Module("kobai")
    module.triple = triple
    element = ir.DoubleType() if bits == 64 else ir.FloatType()
    value = ir.VectorType(element, 512 // bits)
    for name in BODIES:
        kind = ir.FunctionType(value, [value] * CALLS[name])
        function = ir.Function(module, kind, f"kernel.{name}")
        b = ir.IRBuilder(function.append_basic_block("entry"))
        b.ret(Elementary(b, 512 // bits, bits).apply(name, function.args))
    assert expected in assembly(str(module), triple, cpu, features)
