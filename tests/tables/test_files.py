"""A file is written whole or not at all."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from kobai.errors import ArgumentError
from kobai.tables.files import check_writable, write_whole


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def test_written_and_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a"
    write_whole(str(path), [b"one", b"two"])
    assert path.read_bytes() == b"onetwo"
    write_whole(str(path), [b"three"])
    assert path.read_bytes() == b"three"
    assert names(tmp_path) == ["a"]


@pytest.mark.parametrize("failure", [KeyboardInterrupt, MemoryError, OSError(28, "No space left")])
def test_an_interruption_leaves_the_old_file(
    tmp_path: Path, failure: type[BaseException] | OSError
) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")

    def parts() -> Iterator[bytes]:
        yield b"new"
        raise failure

    expected = ArgumentError if isinstance(failure, OSError) else failure
    with pytest.raises(expected):
        write_whole(str(path), parts())
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["a"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "file")
    write_whole(str(tmp_path / "link"), [b"x"])
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_bytes() == b"x"


def test_the_file_has_the_usual_permissions(tmp_path: Path) -> None:
    (tmp_path / "usual").touch()
    write_whole(str(tmp_path / "ours"), [b"x"])
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_paths_that_cannot_be_written(tmp_path: Path) -> None:
    for path, reason in {
        str(tmp_path): "this is a folder",
        str(tmp_path / "none" / "a"): "its folder does not exist",
        os.devnull: "this is a device or a pipe, which can't be replaced as a whole",
        "a\0b": "embedded null",
        str(tmp_path / ("x" * 300)): "File name too long",
    }.items():
        with pytest.raises(ArgumentError, match=re.escape(reason)):
            write_whole(path, [b"x"])
    assert names(tmp_path) == []


def test_a_folder_without_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(ArgumentError, match="its folder can't be written"):
        check_writable(str(tmp_path / "a"))
