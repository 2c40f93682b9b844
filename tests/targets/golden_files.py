"""Golden files: texts that are compared with what is printed, and written anew on demand alone.

    KOBAI_WRITE_GOLDEN=1 pytest tests/targets tests/derivation

writes them; look at what changed before committing it.
"""

from __future__ import annotations

import os
from pathlib import Path

OPTION = "KOBAI_WRITE_GOLDEN"


def compare(path: Path, text: str) -> None:
    """Fail unless the file holds this text; with the option, make it so."""
    if os.environ.get(OPTION):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.exists(), f"there is no {path.name}: run with {OPTION}=1"
    assert text == path.read_text(encoding="utf-8"), f"{path.name} differs: see {OPTION}"
