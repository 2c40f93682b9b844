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


@pytest.mark.parametrize("page", ["derivation", "optimisers"])
def test_a_page_prints_what_it_shows(page: str) -> None:
    found = doctest.testfile(str(ROOT / f"docs/{page}.md"), module_relative=False, encoding="utf-8")
    assert found.attempted
    assert not found.failed
