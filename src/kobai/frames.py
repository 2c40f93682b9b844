"""What the running frames tell: where the user's code stands, and what names its values have.

Names serve the reader and errors alone. A function whose frame can't be found is traced just the
same, with no names. One whose names are in no frame, such as a typed formula, tells them itself.
"""

from __future__ import annotations

import dis
import functools
import sys
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any, Protocol, runtime_checkable

_RECORDER = "kobai.recording"
# Python's functions that compare what they are given.
_DECIDING = frozenset({"bool", "max", "min", "sorted"})
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
    return not is_library(str(frame.f_globals.get("__name__", "")))


def is_library(module: str) -> bool:
    """Whether a module is Kobai's, or that of a library that its calls go through."""
    return module.partition(".")[0] in _LIBRARIES


def is_asked_by_sparse(method: str) -> bool:
    """Whether a function is being called by such a method of SciPy's sparse matrices."""
    frame = sys._getframe(2)
    module = str(frame.f_globals.get("__name__", ""))
    return module.startswith("scipy.sparse") and frame.f_code.co_name.endswith(method)


def decides_on_the_way() -> bool:
    """Whether a function that is being recorded takes decisions: an `if`, a comparison, `max`."""
    frame: FrameType | None = sys._getframe(1)
    is_met = is_recorded = False
    while frame is not None:
        is_met = is_met or (is_users(frame) and decides(frame.f_code))
        is_recorded = is_recorded or (is_met and frame.f_globals.get("__name__") == _RECORDER)
        frame = frame.f_back
    return is_recorded


@functools.lru_cache(maxsize=1024)
def decides(code: CodeType) -> bool:
    """Whether the code compares something, jumps on a condition, or has Python do so."""
    names = {instruction.opname for instruction in dis.get_instructions(code)}
    is_jump = any("JUMP" in name and "_IF_" in name for name in names)
    return is_jump or "COMPARE_OP" in names or not _DECIDING.isdisjoint(code.co_names)


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

    def place(self) -> str:
        """Where the function stands, as `file:line`; empty if it is in no file."""
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

    def place(self) -> str:
        """The innermost line of the user's that runs now."""
        return user_place()

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
