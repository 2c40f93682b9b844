"""What all printed forms have in common: operands in parentheses where they need them.

An entry's template names the precedence that an operand has to have: in `{0:12} * {1:13}` a sum
(11) gets parentheses on both sides, a product (12) on the right alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Self

from kobai.evaluation import with_sizes
from kobai.graph import Node, Op
from kobai.sizes import Shape, Size

ATOM = 100


class Source(str):
    """A printed expression that knows how tightly it binds."""

    __slots__ = ("parentheses", "precedence")

    precedence: int
    parentheses: str

    def __new__(cls, text: str, precedence: int = ATOM, parentheses: str = "({})") -> Self:
        source = super().__new__(cls, text)
        source.precedence = precedence
        source.parentheses = parentheses
        return source

    def __format__(self, wanted: str) -> str:
        if wanted and self.precedence < int(wanted):
            return self.parentheses.format(str(self))
        return str(self)


def printed(
    node: Node,
    names: Mapping[Node, str],
    size_names: Mapping[str, str],
    template: Callable[[Op], str | Callable[..., str]],
    precedence: Callable[[Op], int],
    leaf: Callable[[Node, Node | None], Source],
    parentheses: str,
) -> Source:
    """The expression of a node.

    Args:
        node: what to print.
        names: sources for values that have a name: the expression ends at them.
        size_names: names for the symbols of sizes.
        template: the printed form of an operation.
        precedence: how tightly that form binds.
        leaf: the source of a constant or size, given the node that uses it.
        parentheses: how to enclose an expression, with `{}` in its place.
    """
    sources: dict[Node, Source] = {}

    def source_of(operand: Node, user: Node | None) -> Source:
        if operand in names:
            return Source(names[operand])
        if operand.op.kind == "leaf":
            return leaf(operand, user)
        return sources[operand]

    if node in names:
        return Source(names[node])
    for current in _unnamed(node, names):
        if current.op.kind == "leaf":
            continue
        operands = [source_of(operand, current) for operand in current.operands]
        form = template(current.op)
        shown = _renamed(current, size_names)
        text = form(shown, *operands) if callable(form) else form.format(*operands)
        sources[current] = Source(text, precedence(current.op), parentheses)
    return sources[node] if node in sources else source_of(node, None)


def printed_operations(node: Node, names: Mapping[Node, str]) -> int:
    """How many operations its expression has, where a shared one is written at every use."""
    counts: dict[Node, int] = {}
    for current in _unnamed(node, names):
        is_operation = current.op.kind != "leaf" and current not in names
        counts[current] = is_operation + sum(counts.get(x, 0) for x in current.operands)
    return counts[node]


def _unnamed(node: Node, names: Mapping[Node, str]) -> list[Node]:
    """The nodes from this one down to those that have names, operands first."""
    found = {node}
    stack = [node]
    while stack:
        for operand in stack.pop().operands:
            if operand not in found and operand not in names:
                found.add(operand)
                stack.append(operand)
    return sorted(found, key=lambda current: current.index)


def _renamed(node: Node, names: Mapping[str, str]) -> Node:
    """The node and its operands with sizes under the names that are shown, outside any graph."""

    def copied(original: Node, operands: tuple[Node, ...]) -> Node:
        return _copy(original, operands, with_sizes(original.shape, rename), rename)

    def rename(size: Size) -> Any:
        return size.renamed(names)

    return copied(node, tuple(copied(operand, operand.operands) for operand in node.operands))


def scalar_copy(node: Node, names: Mapping[str, str]) -> Node:
    """The node as it is of single entries: it and its operands are numbers."""

    def rename(size: Size) -> Any:
        return size.renamed(names)

    operands = tuple(_copy(x, x.operands, (), rename) for x in node.operands)
    return _copy(node, operands, (), rename)


def _copy(
    original: Node, operands: tuple[Node, ...], shape: Shape, rename: Callable[[Size], Any]
) -> Node:
    copy = Node()
    copy.op, copy.dtype, copy.index = original.op, original.dtype, original.index
    copy.operands = operands
    copy.attributes = with_sizes(original.attributes, rename)
    copy.shape = shape
    return copy
