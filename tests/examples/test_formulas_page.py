"""The commands on the page about formulas print what the page says, and it lists all functions."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from click.testing import CliRunner

from kobai.cli import main
from kobai.formulas.octave.functions import CONSTANTS, FUNCTIONS
from kobai.formulas.octave.operators import BINARY, POSTFIX, POWERS, PREFIX

PAGE = Path(__file__).parents[2] / "docs" / "formulas.md"


def printed() -> str:
    """The page, with what its commands print today."""
    return re.sub(r"(?s)(?<=```console\n).*?(?=```)", _shown, PAGE.read_text("utf-8"))


def _shown(block: re.Match[str]) -> str:
    commands = [line for line in block[0].splitlines() if line.startswith("$ ")]
    runner = CliRunner()
    results = [runner.invoke(main, shlex.split(command[2:])[1:]).output for command in commands]
    return "".join(
        f"{command}\n{result}" for command, result in zip(commands, results, strict=True)
    )


def test_the_commands_print_what_the_page_shows() -> None:
    assert printed() == PAGE.read_text("utf-8")


def test_the_page_lists_what_is_read() -> None:
    words = set(re.findall(r"[^\s`,]+", PAGE.read_text("utf-8").replace("\\|", "|")))
    assert {*FUNCTIONS, *CONSTANTS, *BINARY, *POSTFIX, *POWERS, *PREFIX} <= words
