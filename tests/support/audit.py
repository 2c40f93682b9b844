"""What the interpreter tells of while something runs: code, imports, files, processes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

# What the interpreter tells of when code is run, imported, or reaches for the machine.
FORBIDDEN = (
    "exec",
    "import",
    "open",
    "os.",
    "subprocess.",
    "socket.",
    "ctypes.",
    "code.",
    "pickle.",
)

_watching: list[list[str]] = []


def _hook(event: str, _arguments: tuple[object, ...]) -> None:
    if _watching and event.startswith(FORBIDDEN):
        _watching[-1].append(event)


sys.addaudithook(_hook)


@contextmanager
def audited() -> Iterator[list[str]]:
    """The forbidden events that happen meanwhile."""
    events: list[str] = []
    _watching.append(events)
    try:
        yield events
    finally:
        _watching.pop()
