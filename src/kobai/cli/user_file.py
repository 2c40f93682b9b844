"""A function in a file of the user's, `FILE.py:FUNCTION`: the file is run, as Python runs it."""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import module_from_spec
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any

from kobai.errors import ArgumentError, KobaiError
from kobai.frames import is_users

MODULE = "user_file"
_TARGET = re.compile(r"(?P<path>.+\.py):(?P<name>[^\W\d]\w*)", re.DOTALL)


def split_target(target: str) -> tuple[Path, str] | None:
    """The path and the function of `FILE.py:FUNCTION`; None for anything else."""
    found = _TARGET.fullmatch(target)
    return (Path(found["path"]), found["name"]) if found else None


def load_function(path: Path, name: str) -> Callable[..., Any]:
    """Run a file and take one of its functions.

    Raises:
        ArgumentError: there is no such file or function, or the file fails; the message has the
            line.
    """
    if not path.is_file():
        raise ArgumentError(f"{path}: there is no such file", repair="check the path's spelling")
    with users_code():
        module = _run(path)
    function: Callable[..., Any] | None = getattr(module, name, None)
    if function is not None and callable(function):
        return function
    known = [key for key, value in vars(module).items() if _is_own(key, value)]
    near = difflib.get_close_matches(name, known, 1)
    raise ArgumentError(
        f"{path}: there is no function {name}"
        + (f"; there are {', '.join(known)}" if known else "; there is none at all"),
        repair=f"write {path}:{(near or known or ['FUNCTION'])[0]}",
    )


@contextmanager
def users_code() -> Iterator[None]:
    """Run code of the user's: what it prints is a message, where it fails is told.

    Raises:
        ArgumentError: the code raised an exception. One from Kobai's own code is let through.
    """
    try:
        with redirect_stdout(sys.stderr):
            yield
    except KobaiError:
        raise
    except (Exception, SystemExit) as error:
        place = _place(error)
        if not place:
            raise
        what = error.msg if isinstance(error, SyntaxError) else error
        raise ArgumentError(
            f"{type(error).__name__}: {what}",
            where=place,
            repair="mend this line, or what leads to it",
        ) from error


class _FreshLoader(SourceFileLoader):
    """Reads the source each time; no compiled copy is left beside the user's file."""

    def path_stats(self, path: Any) -> Any:
        raise OSError


def _run(path: Path) -> ModuleType:
    loader = _FreshLoader(MODULE, str(path))
    spec = ModuleSpec(MODULE, loader, origin=str(path))
    spec.has_location = True
    module = module_from_spec(spec)
    sys.modules[MODULE] = module
    sys.path.insert(0, str(path.resolve().parent))
    try:
        loader.exec_module(module)
    except SyntaxError as error:
        # Of some mistakes, such as null bytes, Python doesn't tell the file.
        error.filename = error.filename or str(path)
        raise
    return module


def _is_own(name: str, value: Any) -> bool:
    is_here = getattr(value, "__module__", "") == MODULE
    return is_here and callable(value) and not isinstance(value, type) and name[0] != "_"


def _place(error: BaseException) -> str:
    """File and line of the user's code that failed; empty if Kobai's own did."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno or 1}"
    frames = []
    traceback: TracebackType | None = error.__traceback__
    while traceback is not None:
        frames.append(traceback)
        traceback = traceback.tb_next
    for entry in reversed(frames):
        package = str(entry.tb_frame.f_globals.get("__name__", "")).partition(".")[0]
        if is_users(entry.tb_frame):
            return f"{entry.tb_frame.f_code.co_filename}:{entry.tb_lineno}"
        if package == "kobai":
            break
    return ""
