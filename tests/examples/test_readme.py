"""The README's programs are examples that run, and print what it shows."""

import doctest
import re
import shlex
from pathlib import Path

from click.testing import CliRunner

import kobai
from kobai.cli import main

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", README, flags=re.DOTALL | re.MULTILINE)
PYTHON = [block for language, block in BLOCKS if language == "python"]
PLAIN = [block for language, block in BLOCKS if not language]


def test_the_first_program_is_the_example() -> None:
    example = (ROOT / "examples/logistic_regression.py").read_text(encoding="utf-8")
    _, _, program = example.partition('"""\n\n')
    assert PYTHON[0] == program


def test_the_output_shown_is_the_examples() -> None:
    expected = (ROOT / "examples/expected/logistic_regression.txt").read_text(encoding="utf-8")
    assert any(block == expected for block in PLAIN)


def test_the_session_prints_what_it_shows() -> None:
    test = doctest.DocTestParser().get_doctest(PYTHON[1], {}, "README", "README.md", 0)
    assert doctest.DocTestRunner().run(test).failed == 0
    assert test.examples


def test_every_public_name_that_the_readme_mentions_exists() -> None:
    names = set(re.findall(r"kobai\.([a-z_]+)", README)) - {"learn"}
    assert {name for name in names if not hasattr(kobai, name)} == set()


def test_the_command_that_derives_prints_a_derivation() -> None:
    (command,) = re.findall(r"`kobai (derive .*?)`", README)
    done = CliRunner().invoke(main, shlex.split(command))
    assert done.exit_code == 0
    assert "dw = X.T @ " in done.output
