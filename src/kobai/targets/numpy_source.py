"""NumPy source for a node: the formulas that people read, and that read back to the same values."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from kobai.graph import CONSTANT, INPUT, AnyArray, AnyDType, Node, Op
from kobai.sizes import Size
from kobai.targets.source import Source, printed

LARGEST_LITERAL = 16

# What Python's own numbers become, and the type of number that stands for each kind of dtype.
_PYTHONS = (np.dtype(float), np.dtype(int), np.dtype(bool))
_PYTHON_KINDS: dict[str, Any] = {"f": float, "i": int, "u": int, "b": bool}


def numpy_source(
    node: Node,
    names: Mapping[Node, str],
    size_names: Mapping[str, str] | None = None,
    forms: Mapping[str, Callable[..., str]] | None = None,
) -> str:
    """A NumPy expression over the names given.

    `forms` are texts that replace those of some operations, by the operations' names.

    Example:
        >>> import numpy as np
        >>> from kobai.graph import Graph
        >>> x = Graph().input("x", (3,), np.dtype(float))
        >>> numpy_source(2 * x + 1, {x: "x"})
        '2 * x + 1'
    """
    sizes = size_names or {}

    def leaf(node: Node, user: Node | None) -> Source:
        if node.op is CONSTANT:
            return constant_source(node, user)
        if node.op is INPUT:
            return Source(node.attribute("name"))
        return _size(node.attribute("size").renamed(sizes))

    own = forms or {}

    def text(op: Op) -> str | Callable[..., str]:
        return own.get(op.name, op.text)

    return printed(node, names, sizes, text, lambda op: op.precedence, leaf, "({})")


def _size(size: Size) -> Source:
    """A size as an operand: `m - 1` binds as a sum does, `m*n` as a product."""
    text = str(size)
    precedence = 11 if " " in text else 12 if "*" in text else 100
    return Source(text, precedence)


def constant_source(node: Node, user: Node | None) -> Source:
    """A number, or a small array, as the node that uses it needs it."""
    value = node.attribute("value")
    if value.ndim:
        return Source(_array(node))
    is_literal = _means_the_same(user, node.dtype)
    text = _number(value, is_short=is_literal and user is not None and _fixes_dtype(user, node))
    if not is_literal:
        return Source(f"np.{node.dtype.name}({text})")
    return Source(text, 13 if text.startswith("-") else 100)


def _number(value: Any, is_short: bool = False) -> str:
    number = value.item()
    if isinstance(number, bool | int):
        return repr(number)
    if not math.isfinite(number):
        return {"inf": "np.inf", "-inf": "-np.inf"}.get(str(number), "np.nan")
    if is_short and number.is_integer() and abs(number) < 1e6 and str(number) != "-0.0":
        return str(int(number))
    return str(value)


def _means_the_same(user: Node | None, dtype: AnyDType) -> bool:
    """Whether a Python number does for a number of this dtype: it takes its dtype from the others.

    Another dtype may come out, as of `np.float64(0.1) * x` for an x in single precision.
    """
    if user is None:
        return dtype in _PYTHONS
    attributes = dict(user.attributes)
    found = [operand.dtype for operand in user.operands]
    plain = [
        _PYTHON_KINDS[operand.dtype.kind] if _is_scalar(operand) else operand.dtype
        for operand in user.operands
    ]
    try:
        return bool(user.op.dtypes(*plain, **attributes) == user.op.dtypes(*found, **attributes))
    except TypeError:
        return False


def _is_scalar(node: Node) -> bool:
    return node.op is CONSTANT and not node.ndim


def _fixes_dtype(user: Node, constant: Node) -> bool:
    """Whether another operand decides the dtype, so that `1` means the same as `1.0`."""
    return user.op.kind == "map" and any(
        operand.dtype == constant.dtype and operand.op is not CONSTANT for operand in user.operands
    )


def _array(node: Node) -> str:
    value = node.attribute("value")
    if value.size > LARGEST_LITERAL:
        return f"array_{node.index}"
    dtype = "" if value.dtype in _PYTHONS else f", np.{value.dtype.name}"
    if not value.size:
        return f"np.zeros({value.shape}{dtype})"
    return f"np.array({_entries(value)}{dtype})"


def _entries(array: AnyArray) -> str:
    """Nested lists of numbers, each with the digits that tell it from its neighbours."""
    if not array.ndim:
        return _number(array)
    return f"[{', '.join(_entries(np.asarray(part)) for part in array)}]"
