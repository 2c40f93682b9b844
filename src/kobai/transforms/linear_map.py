"""A derivative at a point: linear in inputs of its own, and used as often as wanted.

Directions and cotangents are inputs of the graph, so it is derived and simplified once. What does
not depend on them is computed once too. So nothing of the traced call is needed later, except
inside another recording: there the derivative is part of that graph, and ends with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kobai.differentiation import for_evaluation
from kobai.errors import TraceError
from kobai.evaluation import Program
from kobai.frames import user_place
from kobai.graph import CONSTANT, AnyDType, Graph, Node, reachable, substitute
from kobai.recording import Recording
from kobai.sizes import Shape
from kobai.tracing import Traced, active_trace


def slot(graph: Graph, shape: Shape, dtype: AnyDType) -> Node:
    """A direction or cotangent that is not known yet."""
    return graph.input(f"slot@{len(graph.nodes)}", shape, dtype)


class LinearMap:
    """Values of a recording, and images that depend on slots.

    Attributes:
        values: the values, as arrays; as handles inside another recording.
    """

    def __init__(
        self,
        recording: Recording,
        values: Sequence[Node],
        images: Sequence[Node | None],
        slots: Sequence[Node],
    ) -> None:
        self._trace = recording.trace if recording.is_nested else None
        self._slots = list(slots)
        self._is_image = [image is not None for image in images]
        present = [image for image in images if image is not None]
        if recording.is_nested:
            self.values: list[Any] = [Traced(node, recording.trace) for node in values]
            self._images = present
            return
        targets = [leaf.node for leaf in recording.inputs]
        nodes = for_evaluation([*values, *present], [*targets, *slots])
        values, present = nodes[: len(values)], nodes[len(values) :]
        known = known_before(present, slots)
        arrays = Program([*values, *known], targets).run(*[leaf.value for leaf in recording.inputs])
        # Copies: a result may be an argument itself, a view, or the same for two arguments.
        self.values = [np.array(array)[()] for array in arrays[: len(values)]]
        self._known = [np.array(array) for array in arrays[len(values) :]]
        graph = recording.trace.graph
        self._inputs = [slot(graph, node.shape, node.dtype) for node in known]
        self._images = substitute(present, dict(zip(known, self._inputs, strict=True)))
        self._program = Program(self._images, [*self._inputs, *self._slots])

    def __call__(self, given: Sequence[Any]) -> list[Any]:
        """The images for these arrays or handles in the slots; None where there is none."""
        images = iter(self._applied(given))
        return [next(images) if is_image else None for is_image in self._is_image]

    def _applied(self, given: Sequence[Any]) -> list[Any]:
        trace = self._trace
        if trace is not None:
            if not trace.is_open or any(
                isinstance(x, Traced) and x.owner is not trace for x in given
            ):
                raise TraceError(
                    "a derivative is used outside the traced call in which it was taken",
                    where=user_place(),
                    repair="use it there, or take it outside of any function that is traced",
                )
            nodes = [x.node if isinstance(x, Traced) else trace.graph.constant(x) for x in given]
            new = substitute(self._images, dict(zip(self._slots, nodes, strict=True)))
            return [Traced(node, trace) for node in new]
        trace = active_trace()
        if trace is None or not any(isinstance(x, Traced) for x in given):
            for value in given:
                if isinstance(value, Traced):
                    value.require_open()
            arrays = self._program.run(*self._known, *given)
            return [np.array(array)[()] for array in arrays]
        graph = trace.graph
        replaced = {
            node: graph.constant(value)
            for node, value in zip(self._inputs, self._known, strict=True)
        }
        for node, value in zip(self._slots, given, strict=True):
            replaced[node] = value.node if isinstance(value, Traced) else graph.constant(value)
        for node in reachable(self._images):
            if node.op is CONSTANT:
                replaced[node] = graph.constant(node.attribute("value"))
        return [Traced(node, trace) for node in substitute(self._images, replaced)]


def known_before(images: Sequence[Node], slots: Sequence[Node]) -> list[Node]:
    """The nodes at which what depends on no slot meets what does."""
    dependent = set(slots)
    met: dict[Node, None] = {}
    for node in reachable(images):
        if any(operand in dependent for operand in node.operands):
            dependent.add(node)
            met.update(dict.fromkeys(o for o in node.operands if o not in dependent))
    met.update(dict.fromkeys(image for image in images if image not in dependent))
    return [node for node in met if node.op is not CONSTANT]
