"""A bar on the terminal while training takes its time."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self

QUIET_SECONDS = 0.5
REFRESH_SECONDS = 0.1
WIDTH = 30


class Bar:
    """Shows itself on stderr if wanted, if that is a terminal and training takes its time."""

    def __init__(self, steps: int, is_wanted: bool) -> None:
        self._steps = max(steps, 1)
        self._is_terminal = is_wanted and sys.stderr.isatty()
        self._due = time.monotonic() + QUIET_SECONDS
        self._is_shown = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._is_shown:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()

    def show(self, made: int, loss: float) -> None:
        """Draw the bar, if it is time to."""
        now = time.monotonic()
        if not self._is_terminal or now < self._due:
            return
        self._is_shown, self._due = True, now + REFRESH_SECONDS
        filled = WIDTH * made // self._steps
        bar = "█" * filled + "░" * (WIDTH - filled)
        sys.stderr.write(f"\r\033[K{bar} {made}/{self._steps} steps, loss {loss:.6g}")
        sys.stderr.flush()
