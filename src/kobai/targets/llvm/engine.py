"""From LLVM's language to machine code for the processor at hand."""

from __future__ import annotations

import ctypes
import functools
import itertools
import sys
import threading
from collections.abc import Callable, Sequence
from typing import Any, Literal

import llvmlite
import llvmlite.binding as llvm
from llvmlite import ir

from kobai.lower.loops import Kernel
from kobai.lower.steps import Steps
from kobai.targets.llvm import cache
from kobai.targets.llvm.functions import emit_kernel
from kobai.targets.llvm.identity import rules, text_of
from kobai.targets.llvm.products import scratch_of
from kobai.targets.llvm.training import emit_steps

# What of the compiler's settings the code depends on.
OPTIONS = "code 2"
# Programs that share a linker: of each it keeps a hundredth of a megabyte until all are dropped.
LINKED_TOGETHER = 64
_numbers = itertools.count()
_newest: list[llvm.LLJIT] = []
_lock = threading.Lock()
Pipeline = Literal["values in registers", "speed 1"]
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
        names = [f"kernel{number}" for number in range(len(kernels))]

        def emit(module: ir.Module) -> None:
            for name, kernel in zip(names, kernels, strict=True):
                emit_kernel(module, name, kernel)

        self.scratch = [scratch_of(kernel) for kernel in kernels]
        self._code = _linked(tuple(kernels), names, emit, "values in registers")
        self.functions: list[Callable[..., Any]] = [_SIGNATURE(self._code[name]) for name in names]


class CompiledSteps:
    """Steps of training as one function, which lives as long as this does.

    Args:
        steps: what is done at each.
        is_thorough: whether there are so many steps that the compiler may take its time.

    Attributes:
        function: makes some steps.
        scratch: the bytes of scratch memory that they need.
    """

    def __init__(self, steps: Steps, *, is_thorough: bool) -> None:
        def emit(module: ir.Module) -> None:
            emit_steps(module, "steps", steps)

        pipeline: Pipeline = "speed 1" if is_thorough else "values in registers"
        self.scratch = max(map(scratch_of, steps.kernels), default=0)
        self._code = _linked(steps, ["steps"], emit, pipeline)
        self.function: Callable[..., Any] = _STEPS_SIGNATURE(self._code["steps"])


def _linked(
    loops: object, names: Sequence[str], emit: Callable[[ir.Module], None], pipeline: Pipeline
) -> llvm.ResourceTracker:
    """Machine code, compiled or read from the disk; it lives as long as the result.

    Args:
        loops: all that the code depends on, beside the rules by which loops become code.
        names: the functions whose addresses the result gives.
        emit: writes the code to a module.
        pipeline: how much of LLVM's optimiser is run.
    """
    code = None
    own = rules()
    name = ""
    if own is not None:
        processor = (llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten())
        versions = (own, llvmlite.__version__, OPTIONS, pipeline)
        name = cache.digest(text_of(loops), *names, _machine().triple, *processor, *versions)
        code = cache.read(name)
    if code is None:
        code = _compiled(emit, pipeline)
        if name:
            cache.write(name, code)
    library = llvm.JITLibraryBuilder().add_object_img(code).add_current_process()
    for function in names:
        library.export_symbol(function)
    return library.link(*_linker())


def _compiled(emit: Callable[[ir.Module], None], pipeline: Pipeline) -> bytes:
    """The machine code of a module."""
    machine = _machine()
    module = ir.Module("kobai")
    module.triple = machine.triple
    emit(module)
    # A context of its own goes with what LLVM remembers of the module.
    parsed = llvm.parse_assembly(str(module), llvm.create_context())
    parsed.verify()
    _optimise(parsed, machine, pipeline)
    code: bytes = machine.emit_object(parsed)
    return code


def _optimise(module: llvm.ModuleRef, machine: llvm.TargetMachine, pipeline: Pipeline) -> None:
    """What vectors written out need: values in registers.

    Of twenty programs none but a sigmoid net of three units ran faster by more than the noise
    after all of `speed 2`, which took sixty times as long. It also kept a fifth of a megabyte of
    each module for good, as it registers each of its passes with a builder that llvmlite can't
    free all of.
    """
    options = llvm.create_pipeline_tuning_options(speed_level=1)
    options.loop_vectorization = False
    options.slp_vectorization = False
    options.loop_unrolling = False
    builder = llvm.create_pass_builder(machine, options)
    if pipeline == "speed 1":
        passes = builder.getModulePassManager()
    else:
        passes = llvm.create_new_module_pass_manager()
        passes.add_sroa_pass()
    passes.run(module, builder)


@functools.cache
def _machine() -> llvm.TargetMachine:
    """The processor at hand."""
    return _target().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=llvm.get_host_cpu_features().flatten(), opt=2
    )


def _linker() -> tuple[llvm.LLJIT, str]:
    """A linker, and a name for the next program: names can't be used twice.

    It lives as long as a program of its own: one for each would keep a tenth of a megabyte
    meanwhile, one for all would keep something of every program for good.
    """
    with _lock:
        number = next(_numbers)
        if number % LINKED_TOGETHER == 0:
            _newest[:] = [llvm.create_lljit_compiler()]
        return _newest[0], f"kobai{number}"


@functools.cache
def _target() -> llvm.Target:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    # Elsewhere Python itself has brought the C library's functions along.
    if sys.platform == "linux":
        llvm.load_library_permanently("libm.so.6")
    return llvm.Target.from_default_triple()
