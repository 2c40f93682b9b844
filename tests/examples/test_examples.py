"""Every example runs, and prints what is kept beside it under `examples/expected`."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
PROGRAMS = sorted(path.relative_to(EXAMPLES).as_posix() for path in EXAMPLES.rglob("*.py"))


def printed_by(program: str) -> str:
    environment = os.environ | {"PYTHONWARNINGS": "error", "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, EXAMPLES / program],
        capture_output=True,
        encoding="utf-8",
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("program", PROGRAMS)
def test_an_example_prints_what_is_expected(program: str) -> None:
    expected = EXAMPLES / "expected" / Path(program).with_suffix(".txt")
    assert printed_by(program) == expected.read_text(encoding="utf-8")


def test_no_expected_output_is_left_without_its_example() -> None:
    kept = {path.stem for path in (EXAMPLES / "expected").rglob("*.txt")}
    assert kept == {Path(program).stem for program in PROGRAMS}
