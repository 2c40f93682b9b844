"""What machine code depends on, as text: the loops, and the rules that write code for them.

The name under which code is kept is made of these, not of LLVM's text: a process that finds its
code on disk need not write that text. Loops have one text in every process. It is made of all
fields of whatever is reachable, and something unknown is an error: nothing is left out in silence.
"""

from __future__ import annotations

import functools
import hashlib
import sys
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kobai.lower.loops import Buffer
from kobai.scalars import Scalar
from kobai.sizes import Size

# Where the rules are by which loops become code: packages, or modules.
RULES = ("kobai.targets.llvm", "kobai.lower", "kobai.scalars", "kobai.sizes")
_PLAIN = (bool, int, float, str, type(None))


def text_of(value: Any) -> str:
    """Loops as text; two of them have the same text only if their code is the same.

    Args:
        value: kernels, loops, views, scalars, sizes, dtypes and plain values, in tuples.
    """
    lines: dict[str, str] = {}
    words: dict[int, str] = {}
    stack: list[tuple[Any, Sequence[Any] | None]] = [(value, None)]
    while stack:
        current, parts = stack.pop()
        if id(current) in words:
            continue
        if parts is None:
            parts = _parts(current)
            if parts is not None:
                stack.append((current, parts))
                stack.extend((part, None) for part in reversed(parts) if id(part) not in words)
                continue
            words[id(current)] = _word(current)
            continue
        line = f"{type(current).__name__} {' '.join([words[id(part)] for part in parts])}"
        if isinstance(current, Scalar | Buffer):
            line += f" {len(lines)}"  # two of these are two, even if all their parts are the same
        words[id(current)] = lines.setdefault(line, f"#{len(lines)}")
    return "\n".join(lines)


def _parts(value: Any) -> Sequence[Any] | None:
    """What it is made of; None if it is one word."""
    if isinstance(value, tuple):
        return value
    if isinstance(value, Scalar):
        return (value.instruction, value.dtype, value.operands, value.label)
    if is_dataclass(value):
        return [getattr(value, field.name) for field in fields(value)]
    return None


def _word(value: object) -> str:
    if isinstance(value, Size):
        return f"size({value})"
    if isinstance(value, np.dtype):
        return f"dtype({value.str})"
    if isinstance(value, _PLAIN):
        return f"{type(value).__name__}({value!r})"
    raise TypeError(value)


@functools.cache
def rules() -> str | None:
    """A digest of the rules' own source; None where it can't be read."""
    found = hashlib.sha256()
    try:
        for name in RULES:
            path = Path(str(sys.modules[name].__file__))
            files = sorted(path.parent.rglob("*.py")) if path.name == "__init__.py" else [path]
            for file in files:
                contents = file.read_bytes()
                place = file.relative_to(path.parent).as_posix()
                found.update(f"{name} {place} {len(contents)}\n".encode())
                found.update(contents)
    except OSError:
        return None
    return found.hexdigest()
