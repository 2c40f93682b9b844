"""NumPy source for a node: the formulas that people read, and that read back to the same values."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from kobai.graph import CONSTANT, INPUT, Node
from kobai.sizes import Size
from kobai.targets.source import Source, printed

LARGEST_LITERAL = 16


def numpy_source(
    node: Node, names: Mapping[Node, str], size_names: Mapping[str, str] | None = None
) -> str:
    """A NumPy expression over the names given.

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
            return _constant(node, user)
        if node.op is INPUT:
            return Source(node.attribute("name"))
        return _size(node.attribute("size").renamed(sizes))

    return printed(node, names, sizes, lambda op: op.text, lambda op: op.precedence, leaf, "({})")


def _size(size: Size) -> Source:
    """A size as an operand: `m - 1` binds as a sum does, `m*n` as a product."""
    text = str(size)
    precedence = 11 if " " in text else 12 if "*" in text else 100
    return Source(text, precedence)


def _constant(node: Node, user: Node | None) -> Source:
    value = node.attribute("value")
    if value.ndim:
        return Source(_array(node))
    text = _number(value.item(), is_short=user is not None and _fixes_dtype(user, node))
    return Source(text, 13 if text.startswith("-") else 100)


def _number(value: float, is_short: bool) -> str:
    if isinstance(value, bool | int):
        return repr(value)
    if not math.isfinite(value):
        return {"inf": "np.inf", "-inf": "-np.inf"}.get(str(value), "np.nan")
    if is_short and value.is_integer() and abs(value) < 1e6 and str(value) != "-0.0":
        return str(int(value))
    return repr(value)


def _fixes_dtype(user: Node, constant: Node) -> bool:
    """Whether another operand decides the dtype, so that `1` means the same as `1.0`."""
    return user.op.kind == "map" and any(
        operand.dtype == constant.dtype and operand.op is not CONSTANT for operand in user.operands
    )


def _array(node: Node) -> str:
    value = node.attribute("value")
    if value.size > LARGEST_LITERAL:
        return f"array_{node.index}"
    entries = np.array2string(value, separator=", ", threshold=LARGEST_LITERAL, floatmode="unique")
    return f"np.array({' '.join(entries.split())})"
