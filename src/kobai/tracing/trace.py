"""A trace, and the handles that belong to it."""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Sequence
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
from kobai.sizes import Dim, Shape, Size, at_hand, shape_at_hand
from kobai.tracing.lengths import Comparison, Length
from kobai.tracing.views import is_certain, is_writeable, path, read_from, written_through

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

    def __init__(
        self, graph: Graph, watch: Watch | None = None, *, compares_lengths: bool = False
    ) -> None:
        self.graph = graph
        self.watch = watch
        self.names: dict[str, list[Node]] = {}
        self.places: dict[Node, str] = {}
        self.aliases: dict[Node, str] = {}
        self.integers: dict[str, int] = {}
        self.size_names: dict[str, str] = {}
        self.decisions: list[tuple[Node, Any]] = []
        self.compares_lengths = compares_lengths
        self.fixes_len = False
        self.comparisons: list[Comparison] = []
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

    def decided(self, node: Node) -> Any:
        """The value at hand, on which the rest of the recording is going to depend."""
        value = self.value(node)
        self.decisions.append((node, value))
        return value

    def length(self, dimension: Dim) -> int:
        """A length as the user's function gets it."""
        is_compared = self.compares_lengths and isinstance(dimension, Size)
        return Length(dimension, self) if is_compared else at_hand(dimension)

    def observe(self) -> None:
        """Give their names to values that the user's function has bound since last time."""
        if self.watch is None:
            return
        for name, value in self.watch.locals().items():
            if isinstance(value, Handle) and value.owner is self:
                self._bind(name, value)
            elif type(value) is int:
                self.integers[name] = value

    def note_place(self, first: int) -> None:
        """The nodes from this one on were made by the user's line that runs now."""
        assert self.watch is not None
        place = self.watch.place()
        self.places.update(dict.fromkeys(self.graph.nodes[first:], place))

    def _bind(self, name: str, handle: Handle) -> None:
        if self._seen.get(name) is handle.node:
            return
        if handle.is_argument:
            self.aliases.setdefault(handle.node, name)
        elif handle.node.op is not named:
            number = sum(map(len, self.names.values()))
            self.names.setdefault(name, []).append(handle.called(f"{name}#{number}"))
        self._seen[name] = handle.node


class Handle:
    """What a user's function holds for a value: the node that stands for it at the moment.

    Attributes:
        owner: the call that it belongs to.
        base: the array whose memory this one shares, if it is a view.
        is_argument: whether it is an array of the caller's, which is not to be changed.
    """

    __slots__ = ("__weakref__", "_loose", "_moves", "_node", "base", "is_argument", "owner")

    def __init__(
        self, node: Node, owner: Trace, base: Handle | None = None, is_argument: bool = False
    ) -> None:
        self._node = node
        self.owner = owner
        self.base: Handle | None = None
        self.is_argument = is_argument
        # Views of which NumPy's layout decides whether they share the memory.
        self._loose: Sequence[weakref.ref[Handle]] = ()
        self._moves: Sequence[Node] = ()
        if base is not None:
            root = base if base.base is None else base.base
            moves = path(node, root._node)
            if moves is not None:
                self.base, self._moves = root, moves
                if not is_certain(moves):
                    root._loose = [*root._loose, weakref.ref(self)]

    @property
    def node(self) -> Node:
        root = self.base
        if root is not None and self._source is not root._node:
            self._node = read_from(root._node, self._moves)
            self._moves = path(self._node, root._node) or []
        return self._node

    @node.setter
    def node(self, node: Node) -> None:
        self._node, self.base, self._moves = node, None, []

    @property
    def _source(self) -> Node:
        """The value of the base of which the view was read."""
        return self._moves[0].operands[0] if self._moves else self._node

    @property
    def shape(self) -> tuple[int, ...]:
        if self.owner.compares_lengths:
            return tuple(self.owner.length(d) for d in self._node.shape)
        return shape_at_hand(self._node.shape)

    @property
    def dtype(self) -> np.dtype[Any]:
        return self._node.dtype

    def require_open(self) -> None:
        if not self.owner.is_open:
            raise TraceError(
                "a traced value is used after the call that it belongs to",
                where=user_place(),
                repair="return the value instead of keeping it in a global, an attribute or a list",
            )

    def called(self, name: str) -> Node:
        """The value under a name, from now on."""
        if self.node.op is not named:
            self._node = named(self.node, name=name)
            if self.base is not None:
                self._moves = [*self._moves, self._node]
        return self._node

    def replace(self, node: Node) -> None:
        """Let the array stand for another value: what `a += b` means without a memory."""
        root = self if self.base is None else self.base
        current = self.node
        if root.is_argument:
            raise self._refusal(
                "an argument is changed in place, and with it the caller's array",
                "work on a copy: x = x.copy()",
            )
        if not is_writeable(self._moves):
            raise self._refusal(
                "an array that np.broadcast_to has made is changed in place",
                "copy it first: x = np.broadcast_to(…).copy()",
            )
        if not is_certain(self._moves) or root.has_other_loose(self):
            raise self._refusal(
                "an array is changed in place of which a reshaped form is in use: whether the two "
                "share their memory depends on its layout",
                "copy the reshaped form: x.reshape(…).copy()",
            )
        new, old = shape_at_hand(node.shape), shape_at_hand(current.shape)
        if new != old or not np.can_cast(node.dtype, current.dtype, "same_kind"):
            raise self._refusal(
                f"a result of shape {new}, {node.dtype} does not fit "
                f"in place into shape {old}, {current.dtype}",
                "write x = x + y instead of x += y",
            )
        value = astype(node, current.dtype)
        if self.base is not None:
            value = written_through(self._moves, value)
        root._node = value

    def has_other_loose(self, view: Handle) -> bool:
        """Whether a reshaped form is in use that may share the memory or not."""
        alive = (reference() for reference in self._loose)
        return any(loose is not None and loose is not view for loose in alive)

    def _refusal(self, what: str, repair: str) -> TraceError:
        return TraceError(what, where=user_place(), repair=repair)
