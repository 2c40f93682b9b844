"""What the running frames tell: where the user's code stands, and what names its values have.

Names serve the reader and errors alone. A function whose frame can't be found is traced just the
same, with no names. One whose names are in no frame, such as a typed formula, tells them itself.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any, Protocol, runtime_checkable

_LIBRARIES = frozenset({"kobai", "numpy", "scipy", "optree", "functools", "contextlib", "sklearn"})


def user_place() -> str:
    """`file:line` of the innermost frame that is the user's."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and not is_users(frame):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}" if frame is not None else ""


def user_level() -> int:
    """How many frames up that is from the function that asks: the `stacklevel` of a warning."""
    frame: FrameType | None = sys._getframe(1)
    level = 1
    while frame is not None and not is_users(frame):
        frame = frame.f_back
        level += 1
    return level


def is_users(frame: FrameType) -> bool:
    """Whether a frame runs the user's code: not Kobai's, nor that of a library it goes through."""
    package, _, _ = str(frame.f_globals.get("__name__", "")).partition(".")
    return package not in _LIBRARIES


def code_of(function: Callable[..., Any]) -> CodeType | None:
    """The code that runs when the function is called; None if it is not written in Python."""
    while isinstance(function, functools.partial):
        function = function.func
    function = getattr(function, "__func__", function)
    if not hasattr(function, "__code__"):
        function = type(function).__call__
    code = getattr(function, "__code__", None)
    return code if isinstance(code, CodeType) else None


class Watch(Protocol):
    """Tells the names of a function's values while it runs."""

    def locals(self) -> dict[str, Any]:
        """Named values as they are now; after the function's return, as they were then."""
        ...

    def release(self) -> None:
        """Forget the values, so that the user's arrays are not kept alive."""
        ...


@runtime_checkable
class Watchable(Protocol):
    """A function that knows the names of its values, as no frame does."""

    def watched_run(self) -> tuple[Callable[..., Any], Watch]:
        """What to run in its place, once, and what tells the names meanwhile."""
        ...


def watched(function: Callable[..., Any]) -> tuple[Callable[..., Any], Watch]:
    """What to run for a function, and what tells the names of its values."""
    candidate: object = function
    if isinstance(candidate, Watchable):
        return candidate.watched_run()
    return function, FrameWatch(function)


class FrameWatch:
    """The local variables of one function while it runs, and at its return."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._code = code_of(function)
        self._frame: FrameType | None = None

    def locals(self) -> dict[str, Any]:
        """Local variables as they are now; after the function's return, as they were then."""
        if self._frame is None:
            self._frame = self._find()
        return dict(self._frame.f_locals) if self._frame is not None else {}

    def release(self) -> None:
        """Forget the frame, so that it doesn't keep the user's arrays alive."""
        self._code = self._frame = None

    def _find(self) -> FrameType | None:
        """The outermost frame of the function: of one that calls itself, the first call's."""
        found = None
        frame: FrameType | None = sys._getframe(1) if self._code is not None else None
        while frame is not None:
            if frame.f_code is self._code:
                found = frame
            frame = frame.f_back
        return found
