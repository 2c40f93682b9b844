"""The programs on the page about checks print what the page says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "check.md"
EXAMPLES = re.findall(
    r"```python\n(.*?)```\n\n<!-- output -->\n```text\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL
)


def test_the_page_has_examples() -> None:
    assert len(EXAMPLES) == 2


@pytest.mark.parametrize(("program", "shown"), EXAMPLES)
def test_an_example_prints_what_the_page_shows(tmp_path: Path, program: str, shown: str) -> None:
    path = tmp_path / "page.py"
    path.write_text(program, "utf-8")
    done = subprocess.run([sys.executable, path], capture_output=True, encoding="utf-8", check=True)
    assert done.stdout == shown
