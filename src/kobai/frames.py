"""What the running frames tell: where the user's code stands, and what names its values have.

Names serve the reader and errors alone. A function whose frame can't be found is traced just the
same, with no names.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import numpy as np

_LIBRARIES = tuple(
    str(Path(module.__file__ or "").parent) for module in (sys.modules[__package__], np)
)


def user_place() -> str:
    """`file:line` of the innermost frame that is neither Kobai's nor NumPy's."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and not is_users(frame):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}" if frame is not None else ""


def is_users(frame: FrameType) -> bool:
    """Whether a frame runs neither Kobai's code nor NumPy's."""
    return not frame.f_code.co_filename.startswith(_LIBRARIES)


def code_of(function: Callable[..., Any]) -> CodeType | None:
    """The code that runs when the function is called; None if it is not written in Python."""
    while isinstance(function, functools.partial):
        function = function.func
    function = getattr(function, "__func__", function)
    if not hasattr(function, "__code__"):
        function = type(function).__call__
    code = getattr(function, "__code__", None)
    return code if isinstance(code, CodeType) else None


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
        frame: FrameType | None = sys._getframe(1) if self._code is not None else None
        while frame is not None and frame.f_code is not self._code:
            frame = frame.f_back
        return frame
