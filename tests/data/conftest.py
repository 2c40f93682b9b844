from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kobai.data import Table, read_csv

ReadText = Callable[..., Table]


@pytest.fixture
def read(tmp_path: Path) -> ReadText:
    """Reads text, or bytes, as if it were the file `table.csv`."""

    def read_text(text: str | bytes, **options: Any) -> Table:
        path = tmp_path / "table.csv"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return read_csv(str(path), **options)

    return read_text
