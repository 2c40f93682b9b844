"""What a function of the user's binds while it runs, line by line, and other values in their place.

The function itself runs, unmodified, on plain arrays. After each of its lines its local variables
are compared with what they were before; what is new or has changed, in place too, is an event.
"""

from __future__ import annotations

import ast
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import CodeType, FrameType
from typing import Any

import numpy as np

from kobai.diagnosis.contents import Path, copied, leaves, same_contents, store
from kobai.diagnosis.expressions import UnreadableError, evaluate
from kobai.diagnosis.statements import Statement

Place = tuple[str, Path, int]
Replace = Callable[["Event"], Any]


@dataclass(frozen=True)
class Event:
    """A variable, or an entry of a list or dict, was bound or changed.

    Attributes:
        ordinal: the how-manieth event of the run.
        turn: the how-manieth of this variable or entry.
        name: the local variable.
        keys: positions and keys within it, if it is a list, a tuple or a dict.
        line: the line that did it.
        value: a copy of what it holds.
        identity: of the object, which the run keeps.
        is_given: whether the object was there before the first line.
    """

    ordinal: int
    turn: int
    name: str
    keys: Path
    line: int
    value: Any
    identity: int
    is_given: bool

    @property
    def place(self) -> Place:
        """What it has in common with the same event of another run."""
        return self.name, self.keys, self.turn


@dataclass(frozen=True)
class Patch:
    """Another expression for one statement of the user's."""

    statement: Statement
    expression: ast.expr


class Enough(BaseException):
    """The run has shown what was asked for."""


@dataclass
class Run:
    """One run of the user's function.

    Attributes:
        events: what was bound, in order.
        result: what was returned.
        is_whole: whether the function came to its end.
        befores: for each event, the variables as they were before its line.
        last: the variables at the end.
        lines: how many lines ran.
    """

    events: list[Event] = field(default_factory=list)
    result: Any = None
    befores: list[Mapping[str, Any]] = field(default_factory=list)
    alive: list[Any] = field(default_factory=list)
    last: Mapping[str, Any] = field(default_factory=dict)
    lines: int = 0
    is_whole: bool = False


def run_watched(
    function: Callable[..., Any],
    code: CodeType | None,
    args: Sequence[Any],
    replace: Replace | None = None,
    patches: Sequence[Patch] = (),
) -> Run:
    """Run a function and tell what its variables became.

    Args:
        function: the user's.
        code: the code whose frame is looked at.
        args: its arguments.
        replace: for each event, the value to go on with; None keeps it. It may raise `Enough`.
        patches: statements whose expressions are others.
    """
    watcher = _Watcher(code, replace, patches)
    outer = sys.gettrace()
    sys.settrace(watcher.called)
    try:
        with np.errstate(all="ignore"):
            result = function(*args)
    except Enough:
        return watcher.run
    finally:
        sys.settrace(outer)
    watcher.run.result = watcher.patched_result(result)
    watcher.run.is_whole = True
    return watcher.run


class _Watcher:
    def __init__(
        self, code: CodeType | None, replace: Replace | None, patches: Sequence[Patch]
    ) -> None:
        self.run = Run()
        self._code = code
        self._replace = replace
        self._patches = patches
        self._frame: FrameType | None = None
        self._line = 0
        self._snapshot: dict[Path, tuple[Any, Any]] = {}
        self._roots: dict[str, set[int]] = {}
        self._given: set[int] = set()
        self._bound: dict[Path, int] = {}
        self._turns: Counter[Path] = Counter()
        self._before: Mapping[str, Any] = {}
        self._pending: list[tuple[Statement, Any]] = []
        self._returned: list[Any] = []

    def called(self, frame: FrameType, event: str, argument: Any) -> Any:
        """The trace function of calls: only the user's function is looked into, its first call."""
        if frame.f_code is not self._code or self._frame is not None:
            return None
        self._frame = frame
        for path, value in leaves(frame.f_locals):
            self._remember(path, value)
            self._bound[path] = -1
            self._given.add(id(value))
        self._line = frame.f_lineno
        return self._stepped

    def patched_result(self, result: Any) -> Any:
        return self._returned[0] if self._returned else result

    def _stepped(self, frame: FrameType, event: str, argument: Any) -> Any:
        if event not in ("line", "return"):
            return self._stepped
        # Asked for once: to ask again would undo what is written into it.
        variables = frame.f_locals
        self.run.lines += 1
        patch = self._patch_at(frame.f_lineno) if event == "line" else None
        is_inside = patch is not None and patch.statement in [s for s, _ in self._pending]
        if self._pending and not is_inside:
            self._write(variables, *self._pending.pop())
        self._observe(variables)
        self._line = frame.f_lineno
        self._before = copied(variables)
        if event == "return":
            self.run.last = self._before
        if patch is not None and not is_inside:
            self._evaluate(frame, patch)
        return self._stepped

    def _patch_at(self, line: int) -> Patch | None:
        return next((patch for patch in self._patches if patch.statement.covers(line)), None)

    def _evaluate(self, frame: FrameType, patch: Patch) -> None:
        try:
            value = evaluate(patch.expression, {**frame.f_globals, **self._before})
        except UnreadableError:
            raise Enough from None
        self._pending.append((patch.statement, value))

    def _write(self, variables: Any, statement: Statement, value: Any) -> None:
        if statement.is_return:
            self._returned = [value]
            return
        try:
            statement.write(variables, self._frame, value)
        except Exception:
            raise Enough from None

    def _observe(self, variables: Any) -> None:
        new: list[tuple[Path, Any]] = []
        in_place: dict[int, tuple[Path, Any]] = {}
        for path, value in list(leaves(variables)):
            known = self._snapshot.get(path)
            is_same = known is not None and known[0] is value
            if known is not None and is_same and same_contents(known[1], value):
                continue
            is_moved = len(path) > 1 and not is_same and id(value) in self._roots.get(path[0], ())
            self._remember(path, value)
            if is_same:
                # Of several names of one array, the one that was given to it last has changed.
                other = in_place.get(id(value))
                if other is None or self._bound[path] > self._bound[other[0]]:
                    in_place[id(value)] = path, value
                continue
            self._bound[path] = len(self.run.events)
            if not is_moved:
                new.append((path, value))
        for path, value in in_place.values():
            self._tell(variables, path, value, True)
        for path, value in new:
            self._tell(variables, path, value, False)

    def _tell(self, variables: Any, path: Path, value: Any, is_in_place: bool) -> None:
        event = Event(
            len(self.run.events),
            self._turns[path],
            path[0],
            path[1:],
            self._line,
            np.array(value)[()],
            id(value),
            id(value) in self._given and not is_in_place,
        )
        self.run.events.append(event)
        self._turns[path] += 1
        self.run.befores.append(self._before)
        new = self._replace(event) if self._replace is not None else None
        if new is None:
            return
        is_array = isinstance(value, np.ndarray) and value.flags.writeable
        if is_in_place and is_array and value.shape == np.shape(new) and value.dtype.kind == "f":
            value[...] = new
            for other, (known, _) in list(self._snapshot.items()):
                if known is value:
                    self._remember(other, value)
        else:
            new = np.array(new, copy=True) if np.ndim(new) else new
            store(variables, path, new)
            value = new
        self._remember(path, value)

    def _remember(self, path: Path, value: Any) -> None:
        self._snapshot[path] = value, np.array(value)
        self._roots.setdefault(path[0], set()).add(id(value))
        self.run.alive.append(value)
