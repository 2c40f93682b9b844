"""Writes a file whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from kobai.data.wording import place
from kobai.errors import ArgumentError


def check_writable(path: str) -> None:
    """Refuse a path that can't be written, before hours of training and not after."""
    target = _resolved(path)
    try:
        reason = _obstacle(target)
    except OSError as error:
        reason = error.strerror or str(error)
    if reason:
        raise _refused(path, reason)


def write_whole(path: str, parts: Iterable[bytes]) -> None:
    """Write to a new file beside the path, then put it in the path's place in one step.

    Whoever reads the path sees the old file or the new one, never a part; an interruption leaves
    the old one.
    """
    check_writable(path)
    target = _resolved(path)
    draft = target.with_name(f".{target.name[:100]}.{secrets.token_hex(6)}.part")
    try:
        with draft.open("xb") as file:
            file.writelines(parts)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
    except OSError as error:
        raise _refused(path, error.strerror or str(error)) from None
    finally:
        draft.unlink(missing_ok=True)


def _obstacle(target: Path) -> str:
    if target.is_dir():
        return "this is a folder"
    if target.exists() and not target.is_file():
        return "this is a device or a pipe, which can't be replaced as a whole"
    if not target.parent.is_dir():
        return "its folder does not exist"
    if not os.access(target.parent, os.W_OK):
        return "its folder can't be written"
    return ""


def _resolved(path: str) -> Path:
    """The file itself where the path is a link to it, so that the link stays."""
    try:
        return Path(path).resolve()
    except ValueError as error:
        raise _refused(path, str(error)) from None


def _refused(path: str, reason: str) -> ArgumentError:
    return ArgumentError(
        f"the file can't be written: {reason}",
        where=place(path),
        repair="name another file, in a folder that exists and that you may write",
    )
