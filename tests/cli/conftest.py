from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from kobai.cli import main

Invoke = Callable[..., Result]
Run = Callable[..., subprocess.CompletedProcess[str]]


def flowers_csv(rows: int = 60) -> str:
    """Two kinds of flower that length and colour tell apart, with an identifier."""
    random = np.random.default_rng(0)
    lines = ["番号,長さ,色,品種"]
    for row in range(rows):
        length, colour = 5 * (row % 2) + random.normal(), ("赤", "青")[random.integers(2)]
        lines.append(f"n{row},{length:.3f},{colour},{('桜', '梅')[row % 2]}")
    return "\n".join(lines) + "\n"


FIT = ("fit", "花.csv", "--target", "品種", "--drop", "番号")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder but for `花.csv`."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "花.csv").write_text(flowers_csv(), encoding="utf-8")
    return tmp_path


@pytest.fixture
def kobai(folder: Path) -> Invoke:
    """Runs a command in this process, in the working folder."""

    def invoke(*arguments: str, stdin: str | bytes | None = None) -> Result:
        return CliRunner().invoke(main, arguments, input=stdin)

    return invoke


@pytest.fixture
def run(folder: Path) -> Run:
    """Runs a command as a process of its own, in the working folder."""

    def run_process(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "kobai.cli", *arguments]
        return subprocess.run(
            command, capture_output=True, encoding="utf-8", timeout=300, check=False, **options
        )

    return run_process
