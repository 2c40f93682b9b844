"""Numbers as LLVM's constants."""

from __future__ import annotations

from llvmlite import ir


class _Splat(ir.Constant):
    """A number in every lane, written once: the text of a program is half of its compilation."""

    def __init__(self, kind: ir.Type, entry: ir.Constant) -> None:
        self.type = kind
        self.constant = entry

    def _get_reference(self) -> str:
        return f"splat ({self.constant})"


def constant_of(kind: ir.Type, value: float, lanes: int) -> ir.Constant:
    """A number of this type, in every lane."""
    entry = ir.Constant(kind, value)
    return entry if lanes == 1 else _Splat(ir.VectorType(kind, lanes), entry)
