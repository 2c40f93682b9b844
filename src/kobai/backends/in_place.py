"""Values that change from step to step in their own memory: what is not copied costs nothing.

A new value may take the place of the old one if one map writes it entry by entry, which reads no
other entry of the old one at that time, and nothing reads the old one afterwards.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from kobai.graph import Node
from kobai.lower.kernels import Lowered
from kobai.lower.loops import Buffer, Loop, Map, Product, View
from kobai.lower.ranges import views_read
from kobai.lower.views import whole


def changed_in_place(
    steps: Sequence[Lowered], changes: Sequence[tuple[Node, Node]]
) -> Collection[Node]:
    """The values that can be overwritten by what they change into.

    Args:
        steps: the kernels, in the order in which they run.
        changes: each value before the steps, and after them.
    """
    nodes = {binding.buffer: binding.node for step in steps for binding in step.bindings}
    loops = [loop for step in steps for loop in step.kernel.loops]
    times = Counter(after for _, after in changes)
    return {
        before
        for before, after in changes
        if times[after] == 1
        and (before.shape, before.dtype) == (after.shape, after.dtype)
        and _is_overwritten(loops, before, after, nodes)
    }


def _is_overwritten(
    loops: Sequence[Loop], before: Node, after: Node, nodes: dict[Buffer, Node]
) -> bool:
    writers = [
        (place, view) for place, loop in enumerate(loops) for view in _written(loop, after, nodes)
    ]
    if len(writers) != 1:
        return False
    ((place, written),) = writers
    if not isinstance(loops[place], Map) or written != whole(written.buffer):
        return False
    if any(
        (view.axes, view.fixed, view.buffer.last) != (written.axes, (), written.buffer.last)
        for view in _read(loops[place], before, nodes)
    ):
        return False
    return not any(_read(loop, before, nodes) for loop in loops[place + 1 :])


def _written(loop: Loop, node: Node, nodes: dict[Buffer, Node]) -> list[View]:
    """The views through which a loop writes a value; one that it folds into counts twice."""
    if isinstance(loop, Product):
        views = [loop.c, loop.c]
    else:
        views = [write.view for write in loop.writes]
        views += [fold.target for fold in loop.folds for _ in range(2)]
    return [view for view in views if nodes[view.buffer] is node]


def _read(loop: Loop, node: Node, nodes: dict[Buffer, Node]) -> list[View]:
    return [view for view in views_read(loop) if nodes[view.buffer] is node]
