"""What the commands write on standard error: messages, warnings, progress. Results go to stdout."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import click


def say(kind: str, text: str) -> None:
    """One message, its kind in colour on a terminal unless NO_COLOR is set."""
    colours = {"error": "red", "warning": "yellow", "interrupted": "yellow"}
    label = f"{kind}:"
    if not os.environ.get("NO_COLOR"):
        label = click.style(label, fg=colours.get(kind), bold=True)
    click.echo(f"{label} {text}", err=True)


@contextmanager
def plain_warnings() -> Iterator[None]:
    """Show a warning as a message, without the line of our source that gave it."""
    with warnings.catch_warnings():
        warnings.showwarning = lambda message, *_, **__: say("warning", str(message))
        yield


@contextmanager
def progress(text: str, *, quiet: bool) -> Iterator[None]:
    """Show on a terminal that the work goes on; elsewhere, nothing."""
    if quiet or not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(text):
        yield
