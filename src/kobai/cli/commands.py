"""The group of commands: whatever goes wrong becomes one message and an exit code.

| code | meaning |
|---|---|
| 0 | done |
| 1 | the check failed |
| 2 | wrong usage |
| 3 | bad input or data |
| 4 | an operation that Kobai can't differentiate |
| 70 | a mistake of Kobai's own; KOBAI_DEBUG=1 shows the trace |
| 130 | interrupted |
| 141 | nobody reads the output any more (`| head`) |
"""

from __future__ import annotations

import os
import sys
import traceback
from contextlib import suppress
from typing import Any

import click

from kobai.errors import DerivativeError, KobaiError, TraceError

from .console import plain_warnings, say

BAD_INPUT = 3
NOT_DIFFERENTIABLE = 4
INTERNAL_ERROR = 70
INTERRUPTED = 130
OUTPUT_CLOSED = 141


class Commands(click.Group):
    """A click group that lets no traceback reach the user."""

    def invoke(self, ctx: click.Context) -> Any:
        _print_what_the_terminal_lacks()
        try:
            with plain_warnings():
                result = super().invoke(ctx)
            sys.stdout.flush()
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except (Exception, KeyboardInterrupt) as failure:
            raise click.exceptions.Exit(_explained(failure)) from None
        return result


def _explained(failure: BaseException) -> int:
    """Tell the user what happened; return the exit code."""
    if isinstance(failure, BrokenPipeError):
        _discard_output()
        return OUTPUT_CLOSED
    if isinstance(failure, KeyboardInterrupt):
        # A command notes on the exception what it has kept.
        say("interrupted", " ".join(getattr(failure, "__notes__", ["nothing was kept."])))
        return INTERRUPTED
    if isinstance(failure, KobaiError):
        say("error", str(failure))
        undifferentiable = isinstance(failure, DerivativeError | TraceError)
        return NOT_DIFFERENTIABLE if undifferentiable else BAD_INPUT
    if isinstance(failure, OSError):
        _discard_output()
        say("error", f"the system refused: {failure}\n  Repair: check its space and permissions")
        return BAD_INPUT
    if isinstance(failure, MemoryError):
        say("error", "the memory of this machine does not hold the data\n  Repair: use fewer rows")
        return BAD_INPUT
    return _internal_error(failure)


def _internal_error(failure: BaseException) -> int:
    if os.environ.get("KOBAI_DEBUG"):
        traceback.print_exception(failure)
    say(
        "error",
        f"Kobai made a mistake ({type(failure).__name__}: {failure})\n"
        "  Repair: please report it with the command; KOBAI_DEBUG=1 shows where it happened",
    )
    return INTERNAL_ERROR


def _print_what_the_terminal_lacks() -> None:
    """Characters that the output's encoding lacks are printed as escapes; they are no error."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _discard_output() -> None:
    """Python flushes standard output once more at its end, and would complain of the pipe."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
