"""A trace, and the handles that belong to it."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from kobai.errors import TraceError
from kobai.evaluation import Evaluator
from kobai.frames import Watch, user_place
from kobai.graph import Graph, Node
from kobai.ops.naming import named
from kobai.ops.shaping import astype
from kobai.sizes import Shape, shape_at_hand

_ACTIVE: ContextVar[Trace | None] = ContextVar("kobai_active_trace", default=None)


def active_trace() -> Trace | None:
    """The recording that is under way in this thread, if any."""
    return _ACTIVE.get()


@contextmanager
def entered(trace: Trace) -> Iterator[None]:
    """Make a trace the active one."""
    token = _ACTIVE.set(trace)
    try:
        yield
    finally:
        _ACTIVE.reset(token)


class Trace:
    """One run of one user's function: its graph, the values at hand, and what Python asked for."""

    def __init__(self, graph: Graph, watch: Watch | None = None) -> None:
        self.graph = graph
        self.watch = watch
        self.names: dict[str, list[Node]] = {}
        self.aliases: dict[Node, str] = {}
        self.integers: dict[str, int] = {}
        self.size_names: dict[str, str] = {}
        self.decisions: list[tuple[Node, Any]] = []
        self.places: dict[Node, str] = {}
        self._evaluator = Evaluator({})
        self.refusals: list[TraceError] = []
        self._seen: dict[str, Node] = {}
        self.is_open = True

    def argument(self, label: str, value: Any, shape: Shape | None) -> Node:
        """The node of an argument; without a shape, for one of a call within the traced call.

        Such an argument gets a node of its own, so that a derivative by it counts its uses alone.
        """
        if shape is not None:
            node = self.graph.input(label, shape, value.dtype)
            self._evaluator.give(node, value)
            return node
        inner = value.node if isinstance(value, Handle) else self.graph.constant(value)
        return named(inner, name=f"{label}@{len(self.graph.nodes)}")

    def close(self) -> None:
        """End the call: its handles can't be used any more."""
        self.is_open = False
        if self.watch is not None:
            self.watch.release()

    def value(self, node: Node) -> Any:
        """The value of a node for the arrays at hand."""
        return self._evaluator.value(node)

    def observe(self) -> None:
        """Give their names to values that the user's function has bound since last time."""
        if self.watch is None:
            return
        for name, value in self.watch.locals().items():
            if isinstance(value, Handle) and value.trace is self:
                self._bind(name, value)
            elif type(value) is int:
                self.integers[name] = value

    def _bind(self, name: str, handle: Handle) -> None:
        if self._seen.get(name) is handle.node:
            return
        if handle.is_argument:
            self.aliases.setdefault(handle.node, name)
        elif handle.node.op is not named:
            number = sum(map(len, self.names.values()))
            bound = self.names.setdefault(name, [])
            handle.node = named(handle.node, name=f"{name}#{number}")
            bound.append(handle.node)
        self._seen[name] = handle.node


class Handle:
    """What a user's function holds for a value: the node that stands for it at the moment."""

    __slots__ = ("__weakref__", "base", "is_argument", "node", "trace", "views")

    def __init__(
        self, node: Node, trace: Trace, base: Handle | None = None, is_argument: bool = False
    ) -> None:
        self.node = node
        self.trace = trace
        self.base = base
        self.is_argument = is_argument
        self.views: list[weakref.ref[Handle]] = []
        if base is not None:
            base.views.append(weakref.ref(self))

    @property
    def shape(self) -> tuple[int, ...]:
        return shape_at_hand(self.node.shape)

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.node.dtype

    def require_open(self) -> None:
        if not self.trace.is_open:
            raise TraceError(
                "a traced value is used after the call that it belongs to",
                where=user_place(),
                repair="return the value instead of keeping it in a global, an attribute or a list",
            )

    def replace(self, node: Node) -> None:
        """Let the handle stand for another value: what `a += b` means without a memory."""
        shared = self.base is not None or any(view() is not None for view in self.views)
        if self.is_argument or shared:
            whose = "an argument" if self.is_argument else "an array that shares its memory"
            raise TraceError(
                f"{whose} is changed in place",
                where=user_place(),
                repair="write x = x + y instead of x += y",
            )
        if shape_at_hand(node.shape) != self.shape or not np.can_cast(
            node.dtype, self.dtype, "same_kind"
        ):
            raise TraceError(
                f"a result of shape {shape_at_hand(node.shape)}, {node.dtype} does not fit "
                f"in place into shape {self.shape}, {self.dtype}",
                where=user_place(),
                repair="write x = x + y instead of x += y",
            )
        self.node = astype(node, self.dtype)
