"""Ctrl-C: exit code 130, nothing half written, and a word on what was kept."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import FIT, Invoke


def test_while_training(folder: Path) -> None:
    (folder / "model.kobai").write_bytes(b"old")
    command = [sys.executable, str(Path(__file__).with_name("endless.py")), *FIT]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "training\n"
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=300)
    assert process.returncode == 130
    assert stdout == ""
    assert stderr == (
        "interrupted: Nothing was written: model.kobai and report.html are as they were.\n"
    )
    assert (folder / "model.kobai").read_bytes() == b"old"
    assert sorted(path.name for path in folder.iterdir()) == ["model.kobai", "花.csv"]


def test_while_writing_the_report(
    kobai: Invoke, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "report.html").write_bytes(b"old")
    synchronise = os.fsync
    calls = []

    def interrupted_the_second_time(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == 2:
            raise KeyboardInterrupt
        synchronise(descriptor)

    monkeypatch.setattr("kobai.tables.files.os.fsync", interrupted_the_second_time)
    result = kobai(*FIT)
    assert result.exit_code == 130
    assert result.stderr == (
        "interrupted: The model was written to model.kobai; report.html is as it was.\n"
    )
    assert (folder / "report.html").read_bytes() == b"old"
    assert len(list(folder.iterdir())) == 3
