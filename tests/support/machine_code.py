"""Functions of arrays from LLVM's language, for tests of what is written in it."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import llvmlite.binding as llvm
import numpy as np
from llvmlite import ir

from kobai.graph import AnyArray
from kobai.targets.llvm.elementary import Elementary

_LENGTH = ir.IntType(64)
_KEPT: list[object] = []


def machine_code(text: str, name: str) -> Callable[..., Any]:
    """A function of this text, of two addresses and a length; it is never freed."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    llvm.load_library_permanently("libm.so.6")
    machine = llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=llvm.get_host_cpu_features().flatten(), opt=2
    )
    parsed = llvm.parse_assembly(text)
    parsed.verify()
    code = machine.emit_object(parsed)
    linker = llvm.create_lljit_compiler()
    library = llvm.JITLibraryBuilder().add_object_img(code).add_current_process()
    linked = library.export_symbol(name).link(linker, name)
    _KEPT.extend((linker, linked))
    kind = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64)
    return kind(linked[name])


def elementary(name: str, x: AnyArray, lanes: int, *, inlined: bool) -> AnyArray:
    """An elementary function of a whole number of vectors."""
    bits = 8 * x.itemsize
    module = ir.Module("test")
    element = ir.DoubleType() if bits == 64 else ir.FloatType()
    value = element if lanes == 1 else ir.VectorType(element, lanes)
    kind = ir.FunctionType(ir.VoidType(), [value.as_pointer(), value.as_pointer(), _LENGTH])
    function = ir.Function(module, kind, "each")
    source, target, count = function.args
    entry, body, done = (function.append_basic_block(part) for part in ("entry", "body", "done"))
    ir.IRBuilder(entry).branch(body)
    b = ir.IRBuilder(body)
    index = b.phi(_LENGTH)
    index.add_incoming(ir.Constant(_LENGTH, 0), entry)
    given = b.load(b.gep(source, [index]), align=x.itemsize)
    found = Elementary(b, lanes, bits, inlined=inlined).apply(name, [given])
    b.store(found, b.gep(target, [index]), align=x.itemsize)
    following = b.add(index, ir.Constant(_LENGTH, 1))
    index.add_incoming(following, b.block)
    b.cbranch(b.icmp_signed("<", following, count), body, done)
    ir.IRBuilder(done).ret_void()
    result = np.empty_like(x)
    machine_code(str(module), "each")(x.ctypes.data, result.ctypes.data, len(x) // lanes)
    return result
