"""What a function of the user's binds while it runs, line by line, and other values in their place.

The function itself runs, unmodified, on plain arrays. After each of its lines its local variables
are compared with what they were before; what is new or has changed, in place too, is an event.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import CodeType, FrameType
from typing import Any

import numpy as np

from kobai.diagnosis.expressions import UnreadableError, evaluate
from kobai.diagnosis.statements import Statement

DEEPEST = 3
Path = tuple[Any, ...]
Replace = Callable[["Event"], Any]


@dataclass(frozen=True)
class Event:
    """A variable, or an entry of a list or dict, was bound or changed.

    Attributes:
        ordinal: the how-manieth event of the run.
        name: the local variable.
        keys: positions and keys within it, if it is a list, a tuple or a dict.
        line: the line that did it.
        value: a copy of what it holds.
        identity: of the object, which the run keeps.
        is_given: whether the object was there before the first line.
    """

    ordinal: int
    name: str
    keys: Path
    line: int
    value: Any
    identity: int
    is_given: bool


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
    """

    events: list[Event] = field(default_factory=list)
    result: Any = None
    befores: list[Mapping[str, Any]] = field(default_factory=list)
    alive: list[Any] = field(default_factory=list)
    is_whole: bool = False


def run_watched(
    function: Callable[..., Any],
    code: CodeType | None,
    args: Sequence[Any],
    replace: Replace | None = None,
    patch: Patch | None = None,
) -> Run:
    """Run a function and tell what its variables became.

    Args:
        function: the user's.
        code: the code whose frame is looked at.
        args: its arguments.
        replace: for each event, the value to go on with; None keeps it. It may raise `Enough`.
        patch: a statement whose expression is another one.
    """
    watcher = _Watcher(code, replace, patch)
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
    def __init__(self, code: CodeType | None, replace: Replace | None, patch: Patch | None) -> None:
        self.run = Run()
        self._code = code
        self._replace = replace
        self._patch = patch
        self._frame: FrameType | None = None
        self._line = 0
        self._snapshot: dict[Path, tuple[Any, Any]] = {}
        self._roots: dict[str, set[int]] = {}
        self._given: set[int] = set()
        self._before: Mapping[str, Any] = {}
        self._pending: list[Any] = []
        self._returned: list[Any] = []

    def called(self, frame: FrameType, event: str, argument: Any) -> Any:
        """The trace function of calls: only the user's function is looked into, its first call."""
        if frame.f_code is not self._code or self._frame is not None:
            return None
        self._frame = frame
        for path, value in _leaves(frame.f_locals):
            self._remember(path, value)
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
        is_inside = (
            event == "line"
            and self._patch is not None
            and self._patch.statement.covers(frame.f_lineno)
        )
        if self._pending and not is_inside:
            self._write(variables, self._pending.pop(), event)
        self._observe(variables)
        self._line = frame.f_lineno
        self._before = _copied(variables)
        if is_inside and not self._pending:
            self._evaluate(frame, variables)
        return self._stepped

    def _evaluate(self, frame: FrameType, variables: Mapping[str, Any]) -> None:
        assert self._patch is not None
        try:
            value = evaluate(self._patch.expression, {**frame.f_globals, **self._before})
        except UnreadableError:
            raise Enough from None
        self._pending.append(value)

    def _write(self, variables: Any, value: Any, event: str) -> None:
        assert self._patch is not None
        if self._patch.statement.is_return:
            self._returned = [value]
            return
        try:
            self._patch.statement.write(variables, self._frame, value)
        except Exception:
            raise Enough from None

    def _observe(self, variables: Any) -> None:
        changed: set[int] = set()
        for path, value in list(_leaves(variables)):
            known = self._snapshot.get(path)
            is_same = known is not None and known[0] is value
            if known is not None and is_same and _equal(known[1], value):
                continue
            root = self._roots.setdefault(path[0], set())
            is_moved = len(path) > 1 and not is_same and id(value) in root
            is_twice = is_same and id(value) in changed
            self._remember(path, value)
            if is_moved or is_twice:
                continue
            changed.add(id(value))
            self._tell(variables, path, value, is_same)

    def _tell(self, variables: Any, path: Path, value: Any, is_in_place: bool) -> None:
        event = Event(
            len(self.run.events),
            path[0],
            path[1:],
            self._line,
            np.array(value)[()],
            id(value),
            id(value) in self._given and not is_in_place,
        )
        self.run.events.append(event)
        self.run.befores.append(self._before)
        new = self._replace(event) if self._replace is not None else None
        if new is None:
            return
        is_array = isinstance(value, np.ndarray) and value.flags.writeable
        if is_in_place and is_array and value.shape == np.shape(new) and value.dtype.kind == "f":
            value[...] = new
        else:
            new = np.array(new, copy=True) if np.ndim(new) else new
            _store(variables, path, new)
            value = new
        self._remember(path, value)

    def _remember(self, path: Path, value: Any) -> None:
        self._snapshot[path] = value, np.array(value)
        self._roots.setdefault(path[0], set()).add(id(value))
        self.run.alive.append(value)


def _leaves(variables: Mapping[str, Any]) -> Iterator[tuple[Path, Any]]:
    """Numbers and arrays in the variables, with the way to each."""
    for name, value in variables.items():
        yield from _leaves_of((name,), value)


def _leaves_of(path: Path, value: Any) -> Iterator[tuple[Path, Any]]:
    if is_numeric(value):
        yield path, value
    elif len(path) <= DEEPEST and isinstance(value, list | tuple):
        for position, entry in enumerate(value):
            yield from _leaves_of((*path, position), entry)
    elif len(path) <= DEEPEST and isinstance(value, dict):
        for key, entry in value.items():
            yield from _leaves_of((*path, key), entry)


def is_numeric(value: Any) -> bool:
    """An array or a floating number; whole numbers are counters."""
    if isinstance(value, np.ndarray | np.generic):
        return value.dtype.kind in "fiu"
    return isinstance(value, float)


def _copied(variables: Mapping[str, Any]) -> dict[str, Any]:
    """The variables with arrays of their own, as a line may change them in place."""
    return {name: _copy(value, 0) for name, value in variables.items()}


def _copy(value: Any, depth: int) -> Any:
    if isinstance(value, np.ndarray):
        return value.copy()
    if depth < DEEPEST and type(value) in (list, tuple):
        return type(value)(_copy(entry, depth + 1) for entry in value)
    if depth < DEEPEST and type(value) is dict:
        return {key: _copy(entry, depth + 1) for key, entry in value.items()}
    return value


def _store(variables: Any, path: Path, value: Any) -> None:
    holder: Any = variables
    for key in path[:-1]:
        holder = holder[key]
    if not isinstance(holder, tuple):
        holder[path[-1]] = value


def _equal(before: Any, value: Any) -> bool:
    now = np.asarray(value)
    return before.shape == now.shape and bool(np.array_equal(before, now, equal_nan=True))
