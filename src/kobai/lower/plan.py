"""From a graph to the steps that compute it: kernels, and what NumPy computes between them."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from kobai.graph import Node, reachable
from kobai.lower.kernels import Lowered, Lowering
from kobai.lower.native import is_native
from kobai.lower.views import base_of, is_view
from kobai.ops.placement import counts_only
from kobai.splitting import Split, split

# The length up to which a side of a matrix product is thin: there it is memory's to bound.
THIN = 16
# Multiplications of a matrix product up to which one thread is as fast as NumPy's two.
MOST_PRODUCTS = 2_000_000


@dataclass(frozen=True)
class Plan:
    """Steps in the order in which they run.

    Attributes:
        outputs: the values that are asked for, made of operations that loops can run.
        steps: a kernel, or a node that NumPy computes.
        split: where the examples are.
    """

    outputs: tuple[Node, ...]
    steps: tuple[Lowered | Node, ...]
    split: Split


def plan(outputs: Sequence[Node], inputs: Mapping[Node, int], *, is_at_once: bool = False) -> Plan:
    """Plan the computation of some values.

    Args:
        outputs: the values.
        inputs: the inputs that carry the examples, each with its axis.
        is_at_once: whether the lengths are known and small, as in steps of training: no passes, and
            no product is left to NumPy. Otherwise large ones are NumPy's, whose threads share one
            without being woken.
    """
    simple = expanded(outputs)
    native = {
        node
        for node in reachable(simple)
        if is_native(node) and (is_at_once or not _is_large_product(node))
    }
    order = _needed(simple, native)
    found = split(simple, inputs, native)
    if is_at_once:
        found = replace(found, times=dict.fromkeys(found.times, 0))
    phases = _phases(order, native, found)
    kept = _kept(order, simple, phases)
    steps: list[Lowered | Node] = []
    computed = [n for n in order if n.operands and not (n in native and is_view(n))]
    computed.sort(key=lambda node: phases[node])
    for (time, segment), group in groupby(computed, key=lambda node: phases[node]):
        nodes = list(group)
        if segment % 2:
            steps.extend(nodes)
        else:
            own = kept & set(nodes)
            lowering = Lowering(nodes, own, found, is_tiled=bool(time % 2))
            steps.append(lowering.lowered(nodes))
    return Plan(tuple(simple), tuple(steps), found)


def _is_large_product(node: Node) -> bool:
    """Whether every side of a product is long, and NumPy's threads are worth it."""
    if node.op.name != "matmul":
        return False
    a, b = node.operands
    lengths = (*a.shape, *b.shape[b.ndim - 1 :])
    known = [d for d in lengths if isinstance(d, int)]
    if a.ndim + b.ndim < 4 or any(d <= THIN for d in known):
        return False
    return len(known) < len(lengths) or math.prod(known) > MOST_PRODUCTS


def expanded(outputs: Sequence[Node]) -> list[Node]:
    """The same values, of operations that have no simpler form."""
    new: dict[Node, Node] = {}
    simple: set[Node] = set()
    for node in reachable(outputs):
        new[node] = _expanded(node.rebuilt(tuple(new[x] for x in node.operands)), simple)
        simple.add(new[node])
    return [new[output] for output in outputs]


def _expanded(node: Node, known: Collection[Node]) -> Node:
    """A node in its simplest form, and so all that it is made of beside what is known as simple."""
    if node.op.expansion is None:
        return node
    simple: Node | None = node.op.expansion(*node.operands, **dict(node.attributes))
    if simple is None or simple.dtype != node.dtype:
        return node
    inner: dict[Node, Node] = {}
    for part in _down_to(known, simple):
        operands = tuple(inner.get(x, x) for x in part.operands)
        inner[part] = _expanded(part.rebuilt(operands), known)
    return inner.get(simple, simple)


def _down_to(known: Collection[Node], node: Node) -> list[Node]:
    """The node and what it is made of, as far as that is not known; operands before users."""
    found: set[Node] = set()
    waiting = [node]
    while waiting:
        current = waiting.pop()
        if current not in known and current not in found:
            found.add(current)
            waiting.extend(current.operands)
    return sorted(found, key=lambda part: part.index)


def _needed(outputs: Sequence[Node], native: set[Node]) -> list[Node]:
    """Every node whose value is needed: one that counts the rows of an index is not."""
    found = set(outputs)
    for node in reversed(reachable(outputs)):
        if node in found:
            found.update(x for x in node.operands if node not in native or not counts_only(x, node))
    return sorted(found, key=lambda node: node.index)


def _phases(order: Sequence[Node], native: set[Node], found: Split) -> dict[Node, tuple[int, int]]:
    """For each node its time, and within a rest its turn: kernels even, NumPy odd."""
    turns: dict[Node, tuple[int, int]] = {}
    for node in order:
        time = found.times[node]
        if not node.operands:
            turns[node] = (0, 0)
            continue
        turn = 0
        is_numpy = node not in native
        for operand in node.operands:
            before, other = turns.get(base_of(operand), (0, 0))
            if before == time:
                turn = max(turn, other)
        if not time % 2 and turn % 2 != is_numpy:
            turn += 1
        turns[node] = (time, turn)
    return turns


def _kept(
    order: Sequence[Node], outputs: Sequence[Node], phases: Mapping[Node, tuple[int, int]]
) -> set[Node]:
    """The values that are asked for outside the step that computes them."""
    kept = {base_of(output) for output in outputs}
    for node in order:
        for operand in node.operands:
            base = base_of(operand)
            if base in phases and phases[base] != phases[node]:
                kept.add(base)
    return kept
