"""Runs the examples and the pages of the seeds, and writes the page of each of their derivations.

    python -m tools.seed_pages build/pages

A derivation `d` of `examples/seeds/perceptron.py` is drawn on `perceptron-d.html`, and one of
`docs/seeds/perceptron.ja.md`, which is in Japanese, on `perceptron.ja-d.html`.
"""

from __future__ import annotations

import contextlib
import io
import runpy
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tools.page_programs import run

from kobai.derivation import Derivation

ROOT = Path(__file__).parents[1]


def programs() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every example and every page, with the names that its program leaves."""
    for path in sorted((ROOT / "examples/seeds").glob("*.py")):
        with contextlib.redirect_stdout(io.StringIO()):
            names = runpy.run_path(str(path))
        yield path.stem, names
    for path in sorted((ROOT / "docs/seeds").glob("*.md")):
        yield path.stem, run(path.read_text("utf-8"))[1]


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for program, names in programs():
        for name, value in names.items():
            if isinstance(value, Derivation):
                path = folder / f"{program}-{name}.html"
                value.html(path)
                print(path)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
