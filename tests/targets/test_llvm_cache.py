"""Machine code on disk: used where it is whole and the user's own, and never needed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import llvmlite.binding as llvm
import numpy as np
import pytest

from kobai.backends.native import NativeProgram
from kobai.graph import OPERATIONS, Graph
from kobai.lower.plan import plan
from kobai.targets.llvm import cache, engine


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "cache"
    monkeypatch.setenv("KOBAI_CACHE_DIR", str(path))
    return path


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What is compiled, and not read."""
    found: list[Any] = []
    optimise = engine._optimise

    def counting(
        module: llvm.ModuleRef, machine: llvm.TargetMachine, pipeline: engine.Pipeline
    ) -> None:
        found.append(module)
        optimise(module, machine, pipeline)

    monkeypatch.setattr(engine, "_optimise", counting)
    return found


def doubled(x: float = 3.0) -> float:
    graph = Graph()
    node = graph.input("x", (), np.dtype(float))
    output = OPERATIONS["exp"](node * 2.0)
    (found,) = NativeProgram(plan([output], {}), [node]).run(np.array(x))
    return float(found)


EXPECTED = pytest.approx(np.exp(6.0), rel=1e-15)


def test_code_is_compiled_once(folder: Path, compiled: list[Any]) -> None:
    assert doubled() == EXPECTED
    assert doubled() == EXPECTED
    assert len(compiled) == 1
    (file,) = folder.iterdir()
    assert folder.stat().st_mode & 0o077 == 0
    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "contents", [b"", b"short", b"\0" * 4000, None], ids=["empty", "short", "zeros", "one bit"]
)
def test_a_file_that_is_not_whole_is_compiled_anew(
    contents: bytes | None, folder: Path, compiled: list[Any]
) -> None:
    doubled()
    (file,) = folder.iterdir()
    whole = bytearray(file.read_bytes())
    whole[len(whole) // 2] ^= 1
    file.write_bytes(bytes(whole) if contents is None else contents)
    assert doubled() == EXPECTED
    assert len(compiled) == 2
    assert doubled() == EXPECTED
    assert len(compiled) == 2  # what was compiled anew took its place


def test_code_for_another_processor_or_version_is_another_file(
    folder: Path, compiled: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    doubled()
    monkeypatch.setattr(engine, "OPTIONS", "others")
    doubled()
    assert len(compiled) == 2
    assert len(list(folder.iterdir())) == 2


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o722])
def test_a_folder_that_others_write_to_is_not_used(
    mode: int, folder: Path, compiled: list[Any]
) -> None:
    folder.mkdir()
    folder.chmod(mode)
    doubled()
    doubled()
    assert len(compiled) == 2
    assert not list(folder.iterdir())


def test_a_folder_behind_a_link_is_not_used(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir(mode=0o700)
    folder.symlink_to(tmp_path / "other")
    assert doubled() == EXPECTED
    assert cache.folder() is None
    assert not list((tmp_path / "other").iterdir())


def test_a_folder_that_can_not_be_made_is_done_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("KOBAI_CACHE_DIR", str(tmp_path / "file" / "cache"))
    assert doubled() == EXPECTED


def test_a_full_disk_is_done_without(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    assert doubled() == EXPECTED
    assert not list(folder.iterdir())


def test_an_empty_name_turns_it_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KOBAI_CACHE_DIR", "")
    assert cache.folder() is None


def test_old_files_make_room(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "MOST_FILES", 4)
    for number in range(9):
        cache.write(f"{number:064}", b"code")
    left = {file.name for file in folder.iterdir()}
    assert len(left) <= 4
    assert f"{8:064}" in left


def test_code_of_other_rules_is_another_file(
    folder: Path, compiled: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    doubled()
    monkeypatch.setattr(engine, "rules", lambda: "others")
    doubled()
    assert len(compiled) == 2
    monkeypatch.setattr(engine, "rules", lambda: None)  # an installation without its source
    assert doubled() == EXPECTED
    assert len(compiled) == 3
    assert len(list(folder.iterdir())) == 2
