"""The program on the page about checks prints what the page says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "check.md"


def test_the_example_prints_what_the_page_shows(tmp_path: Path) -> None:
    text = PAGE.read_text("utf-8")
    program = re.search(r"```python\n(.*?)```", text, re.DOTALL)
    shown = re.search(r"```text\n(.*?)```", text, re.DOTALL)
    assert program is not None
    assert shown is not None
    path = tmp_path / "page.py"
    path.write_text(program[1], "utf-8")
    done = subprocess.run([sys.executable, path], capture_output=True, encoding="utf-8", check=True)
    assert done.stdout == shown[1]
