"""From LLVM's language to machine code for the processor at hand."""

from __future__ import annotations

import ctypes
import functools
import itertools
import sys
from collections.abc import Callable, Sequence
from typing import Any

import llvmlite
import llvmlite.binding as llvm
from llvmlite import ir

from kobai.lower.loops import Kernel
from kobai.targets.llvm import cache
from kobai.targets.llvm.functions import emit_kernel
from kobai.targets.llvm.training import Copies, emit_steps

# What of the compiler's settings the code depends on.
OPTIONS = "speed 2, code 2, no vectorisers, no unrolling"
# Names of the libraries, which can't be used twice.
_numbers = itertools.count()
_SIGNATURE = ctypes.CFUNCTYPE(
    None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64, ctypes.c_int64
)
_STEPS_SIGNATURE = ctypes.CFUNCTYPE(
    None,
    ctypes.c_void_p,
    ctypes.c_void_p,
    ctypes.c_void_p,
    ctypes.c_void_p,
    ctypes.c_int64,
    ctypes.c_int64,
)


class Compiled:
    """Kernels as functions, which live as long as this does.

    Attributes:
        functions: one for each kernel.
        scratch: the bytes of scratch memory that each of them needs.
    """

    def __init__(self, kernels: Sequence[Kernel]) -> None:
        module = ir.Module("kobai")
        names = [f"kernel{number}" for number in range(len(kernels))]
        self.scratch = [
            emit_kernel(module, name, kernel) for name, kernel in zip(names, kernels, strict=True)
        ]
        self._code = _linked(module, names)
        self.functions: list[Callable[..., Any]] = [_SIGNATURE(self._code[name]) for name in names]


class CompiledSteps:
    """Steps of training as one function, which lives as long as this does.

    Attributes:
        function: makes some steps.
        scratch: the bytes of scratch memory that they need.
    """

    def __init__(self, kernels: Sequence[Kernel], copies: Copies) -> None:
        module = ir.Module("kobai")
        self.scratch = emit_steps(module, "steps", kernels, copies)
        self._code = _linked(module, ["steps"])
        self.function: Callable[..., Any] = _STEPS_SIGNATURE(self._code["steps"])


def _linked(module: ir.Module, names: Sequence[str]) -> llvm.ResourceTracker:
    """The module as machine code, compiled or read from the disk; it lives as long as the result.

    The result gives the address of each of these functions.
    """
    machine = _machine()
    module.triple = machine.triple
    text = str(module)
    processor = (llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten())
    name = cache.digest(text, machine.triple, *processor, llvmlite.__version__, OPTIONS)
    code = cache.read(name)
    if code is None:
        # A context of its own goes with what LLVM remembers of the module.
        parsed = llvm.parse_assembly(text, llvm.create_context())
        parsed.verify()
        _optimise(parsed, machine)
        code = machine.emit_object(parsed)
        cache.write(name, code)
    library = llvm.JITLibraryBuilder().add_object_img(code).add_current_process()
    for function in names:
        library.export_symbol(function)
    return library.link(_linker(), f"kobai{next(_numbers)}")


def _optimise(module: llvm.ModuleRef, machine: llvm.TargetMachine) -> None:
    """What vectors written out need: values in registers, shared addresses."""
    options = llvm.create_pipeline_tuning_options(speed_level=2)
    options.loop_vectorization = False
    options.slp_vectorization = False
    options.loop_unrolling = False
    builder = llvm.create_pass_builder(machine, options)
    builder.getModulePassManager().run(module, builder)


@functools.cache
def _machine() -> llvm.TargetMachine:
    """The processor at hand."""
    return _target().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=llvm.get_host_cpu_features().flatten(), opt=2
    )


@functools.cache
def _linker() -> llvm.LLJIT:
    """One for all code of the process: each of its own would keep a tenth of a megabyte."""
    return llvm.create_lljit_compiler()


@functools.cache
def _target() -> llvm.Target:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    # Elsewhere Python itself has brought the C library's functions along.
    if sys.platform == "linux":
        llvm.load_library_permanently("libm.so.6")
    return llvm.Target.from_default_triple()
