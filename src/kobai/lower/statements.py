"""A graph as a list of statements, for programs that people read.

Each value that has a name, or is used more than once, is a statement: one nest of loops that
computes it from the values before it. What is used once is written where it is used.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from kobai.graph import Node, reachable
from kobai.lower.functions import Functions
from kobai.lower.kernels import Lowering
from kobai.lower.loops import Buffer, Loop, Map, Write
from kobai.lower.native import is_native, leaf
from kobai.lower.views import base_of, is_view, seen, whole
from kobai.ops.placement import counts_only
from kobai.scalars import Scalar
from kobai.splitting import Split

# Operations that one statement holds at most.
MOST_OPERATIONS = 12


@dataclass(frozen=True, eq=False)
class Statement:
    """One value and the loops that compute it.

    Attributes:
        node: the value.
        buffer: where it is kept.
        loops: what computes it.
        arrays: for every buffer of the loops, the value that it holds.
    """

    node: Node
    buffer: Buffer
    loops: tuple[Loop, ...]
    arrays: Mapping[Buffer, Node]


class UnprintableError(ValueError):
    """A value that loops can't compute."""

    def __init__(self, node: Node) -> None:
        self.node = node
        super().__init__(node.op.name)


def statements(
    outputs: Sequence[Node], named: Collection[Node], functions: Functions
) -> list[Statement]:
    """The statements that compute some values, in an order in which they can run.

    Args:
        outputs: the values; moves and leaves among them are computed by nobody.
        named: values that have a name.
        functions: collects the functions that the statements call.

    Raises:
        UnprintableError: loops can't compute a value on the way.
    """
    order = _needed(outputs)
    for node in order:
        if not is_native(node):
            raise UnprintableError(node)
    own = _parts(order, {base_of(x) for x in outputs}, named)
    return [_statement(root, parts, functions) for root, parts in own.items()]


def copying(node: Node, *, is_kept: bool = False) -> Statement:
    """The statement that writes a value to another array.

    The value is a leaf, or is read out of the array that it is a view of; one that is kept has an
    array of its own.
    """
    base = node if is_kept else base_of(node)
    source, target = Buffer(base.dtype, base.shape), Buffer(node.dtype, node.shape)
    view = whole(source) if is_kept else seen(node, source)
    value = (None if is_kept else leaf(base)) or Scalar("read", (), node.dtype, view)
    loop = Map(node.shape, None, (Write(whole(target), value),), ())
    return Statement(node, target, (loop,), {source: base, target: node})


def _needed(outputs: Sequence[Node]) -> list[Node]:
    found = set(outputs)
    for node in reversed(reachable(outputs)):
        if node in found:
            found.update(x for x in node.operands if not counts_only(x, node))
    return sorted(found, key=lambda node: node.index)


def _parts(
    order: Sequence[Node], outputs: Collection[Node], named: Collection[Node]
) -> dict[Node, list[Node]]:
    """For each statement's value the nodes that it is made of, itself the last."""
    users: dict[Node, list[tuple[Node, bool]]] = {}
    computed = [node for node in order if node.op.kind != "leaf" and not is_view(node)]
    for node in computed:
        for x in node.operands:
            users.setdefault(base_of(x), []).append((node, x is base_of(x)))
    parts: dict[Node, list[Node]] = {}
    inner: dict[Node, list[Node]] = {}
    for node in computed:
        made: list[Node] = []
        for x in dict.fromkeys(node.operands):
            if x in inner:
                made += inner.pop(x)
        made.append(node)
        uses = users.get(node, [])
        is_inner = (
            node.op.kind == "map"
            and node not in outputs
            and node not in named
            and len(uses) == 1
            and uses[0][1]
            and _takes_in(uses[0][0], node)
            and len(made) < MOST_OPERATIONS
        )
        (inner if is_inner else parts)[node] = made
    return {root: parts[root] for root in sorted(parts, key=lambda node: node.index)}


def _takes_in(user: Node, node: Node) -> bool:
    """Whether the loops of a value's user can compute the value in passing."""
    if user.op.kind == "map":
        return user.shape == node.shape
    return user.op.kind == "reduce"


def _statement(root: Node, nodes: Sequence[Node], functions: Functions) -> Statement:
    ordered = sorted(nodes, key=lambda node: node.index)
    split = Split({}, frozenset(), {})
    lowering = Lowering(ordered, {root}, split, is_tiled=False, entry=functions.entry, asks=False)
    lowered = lowering.lowered(ordered)
    arrays = {binding.buffer: binding.node for binding in lowered.bindings}
    flags = {binding.buffer for binding in lowered.bindings if binding.role == "flag"}
    buffer = next(b.buffer for b in lowered.bindings if b.node is root and b.role == "result")
    loops = [_without(loop, flags) for loop in lowered.kernel.loops]
    return Statement(root, buffer, tuple(loop for loop in loops if loop is not None), arrays)


def _without(loop: Loop, flags: Collection[Buffer]) -> Loop | None:
    """The loop without what only checks places: programs check them where they are used."""
    if not isinstance(loop, Map):
        return loop
    folds = tuple(fold for fold in loop.folds if fold.target.buffer not in flags)
    return replace(loop, folds=folds) if folds or loop.writes else None


def is_cheap(node: Node) -> bool:
    """Whether a value is as easy to read as a name would be: `1 - momentum`."""
    is_plain = all(x.op.kind == "leaf" and not x.ndim for x in node.operands)
    return is_plain and node.op.name in ("add", "subtract", "multiply", "divide")
