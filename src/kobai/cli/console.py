"""What the commands write on standard error: messages, warnings, progress. Results go to stdout."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

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


def step_bars(text: str, *, quiet: bool) -> tuple[StepBar, ...]:
    """A callback for scikit-learn's estimators that shows a bar of steps; none off a terminal."""
    return () if quiet or not sys.stderr.isatty() else (StepBar(text),)


class StepBar:
    """A bar of the steps of a fit. It is shown from `setup` to `teardown`."""

    def __init__(self, text: str) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        columns = TextColumn(text), BarColumn(), MofNCompleteColumn(), TextColumn("steps at most")
        self._bar = Progress(*columns, console=Console(stderr=True), transient=True)
        self._steps = self._bar.add_task("")

    def setup(self, estimator: Any, context: Any) -> None:
        # The last task is no step: it finds that none is left.
        self._bar.update(self._steps, total=context.max_subtasks - 1)
        self._bar.start()

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
        """Where a step begins, those before it are done."""
        if context.parent is not None:
            self._bar.update(self._steps, completed=context.task_id)

    def on_fit_task_end(self, estimator: Any, context: Any) -> None:
        """Counted when the next one begins."""

    def teardown(self, estimator: Any, context: Any) -> None:
        self._bar.stop()
