"""The programs in a page of the docs: runs them, and writes what they print below them.

    python -m tools.page_programs docs/seeds/*.md

A block that begins with ```python is run, the blocks of a page one after another with the same
names; what it prints is the block behind it that begins with ```text.
"""

from __future__ import annotations

import contextlib
import io
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

_PROGRAM = re.compile(
    r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.DOTALL | re.MULTILINE
)


def run(page: str) -> tuple[str, dict[str, Any]]:
    """The page with what its programs print, and the names that they leave."""
    names: dict[str, Any] = {"__name__": "__main__"}
    with tempfile.TemporaryDirectory() as folder:

        def written(match: re.Match[str]) -> str:
            # Errors and checks show lines of the program, which Python looks up in its file.
            path = Path(folder) / f"program_{match.start()}.py"
            path.write_text(match[1], "utf-8")
            with contextlib.redirect_stdout(io.StringIO()) as printed:
                exec(compile(match[1], path, "exec"), names)
            shown = printed.getvalue()
            below = f"\n```text\n{shown}```\n" if shown else ""
            return f"```python\n{match[1]}```\n{below}"

        return _PROGRAM.sub(written, page), names


def main(paths: list[str]) -> None:
    for path in map(Path, paths):
        page, _ = run(path.read_text("utf-8"))
        path.write_text(page, "utf-8", newline="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
