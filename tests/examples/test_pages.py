"""Pages that are printed from the code say what the code is today."""

from __future__ import annotations

import doctest
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("page", ["functions", "rules"])
def test_a_page_is_what_the_code_prints_today(page: str) -> None:
    command = [sys.executable, f"tools/{page}_page.py"]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=300, check=True)
    kept = (ROOT / "docs" / f"{page}.md").read_text("utf-8")
    assert printed.stdout.decode("utf-8") == kept


def test_the_page_on_derivations_prints_what_it_shows() -> None:
    found = doctest.testfile(str(ROOT / "docs/derivation.md"), module_relative=False)
    assert found.attempted
    assert not found.failed
