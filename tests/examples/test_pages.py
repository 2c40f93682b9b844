"""Pages that are printed from the code say what the code is today."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_page_of_traced_functions_is_that_of_the_registry() -> None:
    command = [sys.executable, "tools/functions_page.py"]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=300, check=True)
    page = (ROOT / "docs" / "functions.md").read_text("utf-8")
    assert printed.stdout.decode("utf-8") == page
