"""Machine code on disk: what was compiled once need not be compiled by the next process.

A file is named by a digest of all that the code depends on, and begins with one of its contents;
one that doesn't fit is not used, and whatever goes wrong on disk, code is compiled anew. The folder
has to be the user's alone: who can write there can have code run.
"""

from __future__ import annotations

import hashlib
import os
import stat
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

MOST_FILES = 500
_DIGEST = hashlib.sha256().digest_size


def folder() -> Path | None:
    """The folder, made if it has to be; None where there is none that only the user writes to."""
    named = os.environ.get("KOBAI_CACHE_DIR")
    if named == "":
        return None
    if named is not None:
        path = Path(named)
    elif sys.platform == "darwin":
        path = Path.home() / "Library" / "Caches" / "kobai"
    elif os.name == "nt":
        path = Path(os.environ.get("LOCALAPPDATA", Path.home())) / "kobai" / "cache"
    else:
        path = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kobai"
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = path.lstat()
    except OSError:
        return None
    if not stat.S_ISDIR(found.st_mode):
        return None
    if hasattr(os, "getuid"):
        is_own = found.st_uid == os.getuid()
        if not is_own or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            return None
    return path


def digest(*parts: str) -> str:
    """The name of code that depends on these texts."""
    found = hashlib.sha256()
    for part in parts:
        text = part.encode()
        found.update(len(text).to_bytes(8, "little"))
        found.update(text)
    return found.hexdigest()


def read(name: str) -> bytes | None:
    """The code of this name; None if there is none, or none that is whole."""
    path = folder()
    if path is None:
        return None
    try:
        whole = (path / name).read_bytes()
    except OSError:
        return None
    code = whole[_DIGEST:]
    return code if hashlib.sha256(code).digest() == whole[:_DIGEST] else None


def write(name: str, code: bytes) -> None:
    """Keep code under a name; nothing happens where it can't be kept."""
    path = folder()
    if path is None:
        return
    with suppress(OSError):
        handle, temporary = tempfile.mkstemp(dir=path)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(hashlib.sha256(code).digest() + code)
            Path(temporary).replace(path / name)
        except OSError:
            Path(temporary).unlink()
            raise
        _prune(path)


def _prune(path: Path) -> None:
    """Leave the newest files."""
    files = list(path.iterdir())
    if len(files) > MOST_FILES:
        for old in sorted(files, key=lambda file: file.stat().st_mtime)[: len(files) // 2]:
            old.unlink(missing_ok=True)
