"""Where a graph repeats itself: the chain of values that everything passes, and its period.

A layer takes the value before it and parameters of its own. The values through which every way from
the data to the loss leads form a chain; the subgraphs between neighbours are compared by what they
compute, whatever the user calls things. A period of the chain is a layer.

Method: immediate post-dominators of an acyclic graph, as nearest common ancestors in the tree of
those found (Cooper, Harvey and Kennedy, "A simple, fast dominance algorithm", 2001).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from kobai.evaluation import with_sizes
from kobai.graph import CONSTANT, INPUT, SIZE, Node, reachable
from kobai.ops.naming import named

LONGEST_PERIOD = 64


@dataclass(frozen=True)
class Segment:
    """What lies between one value of the chain and the next.

    Attributes:
        signature: equal for segments that compute the same of their parts.
        nodes: the values in it, in the order of a walk; the next value of the chain is the first.
        is_activation: whether it is a function of the value before it alone, entry by entry.
        has_input: whether an argument enters in it.
    """

    signature: int
    nodes: tuple[Node, ...]
    is_activation: bool
    has_input: bool


@dataclass(frozen=True)
class Period:
    """A part of a chain that repeats itself.

    Attributes:
        first: where it begins.
        length: how many segments repeat.
        count: how many times they are there, in full.
    """

    first: int
    length: int
    count: int


def bare(node: Node) -> Node:
    """The value without its names."""
    while node.op is named:
        node = node.operands[0]
    return node


class Comparison:
    """Signatures of segments, equal where the segments are alike."""

    def __init__(self) -> None:
        self._known: dict[Any, int] = {}

    def segment(self, before: Node, value: Node) -> Segment:
        """The segment that computes one value from another."""
        order = _walk(value, before)
        slots: dict[Node, int] = {}
        signatures: dict[Node, int] = {before: self._id(("before",))}
        for node in order:
            if node.op is INPUT and node is not before:
                slots.setdefault(node, len(slots))
        for node in sorted(order, key=lambda node: node.index):
            if node not in signatures:
                signatures[node] = self._id(_key(node, signatures, slots))
        is_activation = not slots and all(
            node.op.kind in ("map", "leaf") for node in order if node is not before
        )
        nodes = tuple(node for node in order if node is not before)
        return Segment(signatures[value], nodes, is_activation, bool(slots))

    def _id(self, key: Any) -> int:
        return self._known.setdefault(key, len(self._known))


def _walk(value: Node, before: Node) -> list[Node]:
    """The nodes from a value down to another one and to leaves, in the order of the operands."""
    found: dict[Node, None] = {}
    stack = [value]
    while stack:
        node = bare(stack.pop())
        if node in found:
            continue
        found[node] = None
        if node is not before:
            stack.extend(reversed(node.operands))
    return list(found)


def _key(node: Node, signatures: dict[Node, int], slots: dict[Node, int]) -> Any:
    if node.op is INPUT:
        return ("input", slots[node], node.ndim)
    if node.op is SIZE:
        return ("size",)
    if node.op is CONSTANT:
        return ("constant", node)
    attributes = with_sizes(node.attributes, lambda _: "length")
    operands = tuple(signatures[bare(operand)] for operand in node.operands)
    try:
        hash(attributes)
    except TypeError:
        attributes = ("one of a kind", node)
    return (node.op.name, attributes, operands, tuple(d == 1 for d in node.shape))


def chains(output: Node) -> Iterable[list[Node]]:
    """From each argument, the values through which every way to the output leads."""
    after: dict[Node, Node | None] = {bare(output): None}
    depth = {bare(output): 0}
    users: dict[Node, list[Node]] = {}
    order = [node for node in reachable([output]) if node.op is not named]
    for node in order:
        for operand in node.operands:
            users.setdefault(bare(operand), []).append(node)
    for node in reversed(order):
        if node in after:
            continue
        first, *others = users[node]
        meeting = first
        for other in others:
            meeting = _meeting(meeting, other, after, depth)
        after[node] = meeting
        depth[node] = depth[meeting] + 1
    for leaf in order:
        if leaf.op is INPUT:
            chain: list[Node] = []
            current: Node | None = leaf
            while current is not None:
                chain.append(current)
                current = after[current]
            yield chain


def _meeting(
    one: Node, other: Node, after: dict[Node, Node | None], depth: dict[Node, int]
) -> Node:
    """The first value that is on the ways of both."""
    while one is not other:
        if depth[one] < depth[other]:
            one, other = other, one
        following = after[one]
        assert following is not None
        one = following
    return one


def period(segments: Sequence[Segment]) -> Period | None:
    """The part of a chain that is covered best by repeating a few segments, two times or more."""
    best: Period | None = None
    signatures = [segment.signature for segment in segments]
    for length in range(1, min(LONGEST_PERIOD, len(segments) // 2) + 1):
        same = 0
        for first in reversed(range(len(segments) - length)):
            same = same + 1 if signatures[first] == signatures[first + length] else 0
            count = same // length + 1
            if count < 2 or not any(s.has_input for s in segments[first : first + length]):
                continue
            covered = best.length * best.count if best is not None else 0
            is_better = count * length > covered or (
                best is not None
                and count * length == covered
                and best.length == length
                and first < best.first
            )
            if is_better:
                best = Period(first, length, count)
    return best
