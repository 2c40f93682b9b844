"""Runs the examples of the seeds and writes the page of each of their derivations.

python tools/seed_pages.py build/pages
"""

from __future__ import annotations

import contextlib
import io
import runpy
import sys
from pathlib import Path

from kobai.derivation import Derivation

SEEDS = Path(__file__).parents[1] / "examples" / "seeds"


def derivations(program: Path) -> dict[str, Derivation]:
    """The derivations that a program leaves in its names."""
    with contextlib.redirect_stdout(io.StringIO()):
        names = runpy.run_path(str(program))
    return {name: value for name, value in names.items() if isinstance(value, Derivation)}


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for program in sorted(SEEDS.glob("*.py")):
        for name, derivation in derivations(program).items():
            path = folder / f"{program.stem}-{name}.html"
            derivation.html(path)
            print(path)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
