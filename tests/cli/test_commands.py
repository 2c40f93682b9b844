"""Exit codes and streams, whatever happens."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from kobai.cli.commands import Commands
from kobai.cli.console import progress, step_bars
from kobai.errors import (
    ArgumentError,
    DataError,
    DerivativeError,
    DivergenceWarning,
    ModelFileError,
    TraceError,
)
from kobai.learn import LogisticRegression

from .conftest import FIT, Invoke, Run, flowers_csv


def group_that(failure: BaseException) -> click.Group:
    """A program with one command, which fails."""

    @click.command()
    def fail() -> None:
        raise failure

    return Commands(commands={"fail": fail})


@pytest.mark.parametrize(
    ("failure", "code", "message"),
    [
        (DataError("a hole", where="line 3"), 3, "error: line 3: a hole\n"),
        (ModelFileError("no model", repair="fit"), 3, "error: no model\n  Repair: fit\n"),
        (ArgumentError("bad"), 3, "error: bad\n"),
        (DerivativeError("floor"), 4, "error: floor\n"),
        (TraceError("float(x)"), 4, "error: float(x)\n"),
        (KeyboardInterrupt(), 130, "interrupted: nothing was kept.\n"),
        (BrokenPipeError(), 141, ""),
        (OSError(28, "No space"), 3, "error: the system refused: [Errno 28] No space\n"),
        (MemoryError(), 3, "error: the memory of this machine does not hold the data\n"),
        (click.UsageError("what?"), 2, "Error: what?\n"),
        (click.exceptions.Exit(1), 1, ""),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
def test_exit_codes(failure: BaseException, code: int, message: str) -> None:
    result = CliRunner().invoke(group_that(failure), ["fail"])
    assert result.exit_code == code
    assert message in result.stderr
    assert result.stdout == ""


def test_a_mistake_of_our_own(monkeypatch: pytest.MonkeyPatch) -> None:
    result = CliRunner().invoke(group_that(ZeroDivisionError("by 0")), ["fail"])
    assert result.exit_code == 70
    assert result.stderr == (
        "error: Kobai made a mistake (ZeroDivisionError: by 0)\n"
        "  Repair: please report it with the command; KOBAI_DEBUG=1 shows where it happened\n"
    )
    monkeypatch.setenv("KOBAI_DEBUG", "1")
    result = CliRunner().invoke(group_that(ZeroDivisionError("by 0")), ["fail"])
    assert "Traceback" in result.stderr


def test_warnings_are_messages() -> None:
    import warnings

    @click.command()
    def warn() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("default")
            warnings.warn("the loss grew", DivergenceWarning, stacklevel=1)

    result = CliRunner().invoke(Commands(commands={"warn": warn}), ["warn"])
    assert result.exit_code == 0
    assert result.stderr == "warning: the loss grew\n"


@pytest.mark.parametrize("no_colour", ["", "1"])
def test_colour_on_request_only(monkeypatch: pytest.MonkeyPatch, no_colour: str) -> None:
    monkeypatch.setenv("NO_COLOR", no_colour)
    result = CliRunner().invoke(group_that(DataError("bad")), ["fail"], color=True)
    assert ("\x1b[" in result.stderr) == (not no_colour)


def test_help_names_the_commands(kobai: Invoke) -> None:
    for arguments in (("--help",), ("-h",)):
        result = kobai(*arguments)
        assert result.exit_code == 0
        assert re.search(r"fit .*\n  predict ", result.stdout)
    assert "--target COLUMN" in kobai("fit", "-h").stdout
    assert kobai("none").exit_code == 2


def test_version(run: Run) -> None:
    result = run("--version")
    assert result.returncode == 0
    assert re.fullmatch(r"kobai, version \d+\.\d+\.\d+\S*\n", result.stdout)


def test_help_and_version_import_nothing_heavy(folder: Path) -> None:
    code = (
        "import sys; from kobai.cli import main\n"
        "try: main([{argument!r}])\n"
        "except SystemExit: print(*sorted(sys.modules), file=sys.stderr)"
    )
    for argument in ("--help", "--version", "fit --help"):
        command = [sys.executable, "-c", code.format(argument=argument)]
        result = subprocess.run(command, capture_output=True, text=True, check=True)
        heavy = {"sklearn", "scipy", "rich", "safetensors", "llvmlite", "pyarrow"}
        assert not heavy & set(result.stderr.split())


def test_a_process_ends_with_the_same_code(run: Run) -> None:
    result = run("fit", "none.csv", "--target", "y")
    assert result.returncode == 3
    assert result.stdout == ""
    assert result.stderr == (
        "error: none.csv: there is no such file\n  Repair: check the path's spelling\n"
    )


def test_a_process_reads_standard_input(run: Run) -> None:
    result = run("fit", "-", *FIT[2:], input=flowers_csv())
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    assert "dz" in result.stdout


def test_characters_that_the_output_lacks_are_escaped(run: Run) -> None:
    environment = os.environ | {"PYTHONIOENCODING": "latin-1"}
    result = run(*FIT, env=environment)
    assert result.returncode == 0
    assert result.stdout.startswith(r"'\u54c1\u7a2e'")


def test_a_closed_output_is_no_error(kobai: Invoke) -> None:
    assert kobai(*FIT).exit_code == 0
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "kobai.cli", "predict", "model.kobai", "花.csv"]
    result = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert result.returncode == 141
    assert result.stderr == b""


def test_a_full_disk_is_told(kobai: Invoke) -> None:
    assert kobai(*FIT).exit_code == 0
    command = [sys.executable, "-m", "kobai.cli", "predict", "model.kobai", "花.csv"]
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False)
    assert result.returncode == 3
    assert b"No space left on device" in result.stderr
    assert b"Traceback" not in result.stderr


class Terminal(io.StringIO):
    """A standard error that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "quiet", "shown"),
    [(Terminal(), False, True), (Terminal(), True, False), (io.StringIO(), False, False)],
    ids=["terminal", "quiet", "file"],
)
def test_progress_is_shown_on_a_terminal_only(
    monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, quiet: bool, shown: bool
) -> None:
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    with progress("Training on 9 rows", quiet=quiet):
        pass
    assert ("Training on 9 rows" in stream.getvalue()) == shown


def test_steps_are_shown_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    assert step_bars("Training", quiet=False) == ()
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    assert step_bars("Training", quiet=True) == ()
    bars = step_bars("Training", quiet=False)
    steps = LogisticRegression().set_callbacks(*bars).fit([[0], [1]], [0, 1]).n_iter_[0]
    assert re.search(rf"Training .* {steps}/1000\S* steps at most", terminal.getvalue())
