"""The examples axis of a graph: which values carry it, where it is folded, in how many passes.

A value carries the examples if it has one entry (or row, or matrix) for each of them. Where they
are folded (a sum, a maximum, the product `X.T @ dz`), the examples end: such a result is known once
all of them have been seen. A value that carries the examples and needs such a result belongs to a
later pass over them; what carries none belongs to the rests between the passes.

Times number the two: 0, 2, 4, … are the rests, 1, 3, 5, … the passes. Nothing here knows a model:
the kind of each operation says how an axis goes through it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from kobai.graph import INPUT, Node, reachable
from kobai.ops.indexing import Part
from kobai.ops.placement import placement

# Folds whose parts can be put together again.
FOLDS = frozenset({"sum", "max", "min", "any", "all"})


@dataclass(frozen=True)
class Split:
    """How a graph is computed in passes over the examples.

    Attributes:
        axes: for each value that carries the examples, along which axis.
        folds: the values in which the examples end.
        times: for each value, the rest (even) or the pass (odd) that computes it.
    """

    axes: Mapping[Node, int]
    folds: frozenset[Node]
    times: Mapping[Node, int]

    @property
    def passes(self) -> int:
        """How often the examples are read."""
        return len({time for node, time in self.times.items() if time % 2 and node.operands})

    def available(self, node: Node) -> int:
        """The rest from which on all of a value is there."""
        time = self.times[node]
        return time + time % 2

    def __str__(self) -> str:
        lines = [
            f"{node!r}  [axis {self.axes[node]}]" if node in self.axes else repr(node)
            for node in self.times
            if node.op is INPUT
        ]
        for time in sorted(set(self.times.values())):
            nodes = [n for n, t in self.times.items() if t == time and n.operands]
            if nodes:
                title = f"pass {time // 2 + 1} over the examples" if time % 2 else "once"
                lines += [title, *(f"  {self._line(node)}" for node in nodes)]
        return "\n".join(lines)

    def _line(self, node: Node) -> str:
        if node in self.folds:
            return f"{node}  [folds the examples]"
        return f"{node}  [axis {self.axes[node]}]" if node in self.axes else repr(node)


def split(
    outputs: Sequence[Node], inputs: Mapping[Node, int], is_native: Collection[Node]
) -> Split:
    """Split a graph over the examples.

    Args:
        outputs: what is computed.
        inputs: the inputs that carry the examples, each with its axis.
        is_native: the nodes that can be computed a few examples at a time; others see all of them.
    """
    axes: dict[Node, int] = {}
    folds: set[Node] = set()
    times: dict[Node, int] = {}
    for node in reachable(outputs):
        if not node.operands:
            times[node] = 0
            if node in inputs:
                axes[node] = inputs[node]
            continue
        axis, aligned, is_fold = _through(node, axes) if node in is_native else (None, (), False)
        if axis is None and not is_fold:
            times[node] = max(times[x] + times[x] % 2 for x in node.operands)
            continue
        needed = 1
        for place, operand in enumerate(node.operands):
            time = times[operand]
            if place not in aligned or operand not in axes:
                time += time % 2
            needed = max(needed, time + (time % 2 == 0))
        times[node] = needed
        if is_fold:
            folds.add(node)
        else:
            assert axis is not None
            axes[node] = axis
    return Split(axes, frozenset(folds), times)


def _through(node: Node, axes: Mapping[Node, int]) -> tuple[int | None, tuple[int, ...], bool]:
    """The axis that a result carries; the operands that are read example by example; a fold."""
    match node.op.kind:
        case "map":
            return _through_map(node, axes)
        case "reduce" if node.op.name in FOLDS:
            (x,) = node.operands
            if x not in axes:
                return None, (), False
            folded = node.attribute("axis")
            if axes[x] in folded:
                return None, (0,), True
            kept = node.attribute("keepdims")
            before = 0 if kept else sum(axis < axes[x] for axis in folded)
            return axes[x] - before, (0,), False
        case "contract" if node.op.name == "matmul":
            return _through_product(node, axes)
        case "move" if node.op.name in ("gather", "scatter"):
            return _through_index(node, axes)
        case "move" if node.op.name == "concatenate":
            return _beside(node, axes, node.attribute("axis"))
        case "move":
            found = moved_axis(node, axes.get(node.operands[0]))
            return found, (0,), False
        case "scan" | "library" if "axis" in dict(node.attributes):
            return _beside(node, axes, node.attribute("axis"))
        case _:
            return None, (), False


def _through_map(node: Node, axes: Mapping[Node, int]) -> tuple[int | None, tuple[int, ...], bool]:
    places = {
        place: axes[x] + node.ndim - x.ndim for place, x in enumerate(node.operands) if x in axes
    }
    if not places:
        return None, (), False
    # Rows against columns: the pairs of examples are computed one row at a time.
    axis = min(places.values())
    return axis, tuple(place for place, found in places.items() if found == axis), False


def _through_product(
    node: Node, axes: Mapping[Node, int]
) -> tuple[int | None, tuple[int, ...], bool]:
    a, b = node.operands
    if a.ndim > 2 or b.ndim > 2:
        return None, (), False
    left, right = axes.get(a), axes.get(b)
    if left is not None and a.ndim == 2 and left == 0:
        return 0, (0,), False
    if right is not None and b.ndim == 2 and right == 1:
        return node.ndim - 1, (1,), False
    inner = (left == a.ndim - 1, right == 0)
    if any(inner):
        return None, tuple(place for place, is_inner in enumerate(inner) if is_inner), True
    return None, (), False


def _through_index(
    node: Node, axes: Mapping[Node, int]
) -> tuple[int | None, tuple[int, ...], bool]:
    axis, aligned = entries_axis(node, axes)
    if axis is None or node.op.name == "gather":
        return axis, aligned, False
    kept = placement(node).array_axis(axis)
    return kept, aligned, kept is None


def entries_axis(node: Node, axes: Mapping[Node, int]) -> tuple[int | None, tuple[int, ...]]:
    """The axis along which what is gathered, or scattered, carries the examples.

    Entries carry them if one of the index arrays does, or the array itself along an axis that they
    go through place by place. The operands that are read example by example come with it.
    """
    at = placement(node)
    x, *arrays = node.operands
    places = {
        number: at.axes[number - 1][axes[array]]
        for number, array in enumerate(arrays, 1)
        if array in axes
    }
    if x in axes:
        found = at.entries_axis(axes[x]) if node.op.name == "gather" else axes[x]
        if found is not None:
            places[0] = found
    axis = min(places.values(), default=None)
    return axis, tuple(place for place, own in places.items() if own == axis)


def _beside(
    node: Node, axes: Mapping[Node, int], own: int
) -> tuple[int | None, tuple[int, ...], bool]:
    """What is passed on, or joined, along another axis than that of the examples."""
    places = {place: axes[x] for place, x in enumerate(node.operands) if x in axes}
    axis = min(places.values(), default=None)
    if axis is None or axis == own:
        return None, (), False
    return axis, tuple(place for place, found in places.items() if found == axis), False


def moved_axis(node: Node, axis: int | None) -> int | None:
    """Where an axis is after entries were rearranged; None where it is none any more."""
    if axis is None:
        return None
    (x,) = node.operands[:1]
    match node.op.name:
        case "transpose":
            found: int = node.attribute("axes").index(axis)
            return found
        case "expand_dims":
            rest = [i for i in range(node.ndim) if i not in node.attribute("axis")]
            return rest[axis]
        case "squeeze":
            dropped: tuple[int, ...] = node.attribute("axis")
            # Of a single example, the axis may be dropped: then it carries none any more.
            return None if axis in dropped else axis - sum(i < axis for i in dropped)
        case "broadcast_to":
            return axis + node.ndim - x.ndim
        case "getitem":
            index = node.attribute("index")
            place = index[axis]
            is_whole = isinstance(place, Part) and place == Part(0, x.shape[axis], 1)
            return sum(isinstance(p, Part) for p in index[:axis]) if is_whole else None
        case "put":
            index = node.attribute("index")
            into = [i for i, p in enumerate(index) if isinstance(p, Part)][axis]
            is_whole = index[into] == Part(0, node.shape[into], 1)
            return into if is_whole else None
        case _:
            return None
