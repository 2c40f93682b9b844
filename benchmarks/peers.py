"""Who is there to be compared with."""

from __future__ import annotations

import ctypes
import importlib.util
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any


@cache
def has(name: str) -> bool:
    """Whether a system is installed; JAX is told to keep doubles."""
    if importlib.util.find_spec(name) is None:
        return False
    if name == "jax":
        import jax

        jax.config.update("jax_enable_x64", True)
    return True


def c_library(source: str) -> Any:
    """C compiled for this processor; None where there is no compiler."""
    folder = Path(tempfile.mkdtemp())
    file, library = folder / "kernel.c", folder / "kernel.so"
    file.write_text(source)
    command = ["gcc", "-O3", "-march=native", "-ffast-math", "-shared", "-fPIC", str(file)]
    try:
        subprocess.run([*command, "-o", str(library), "-lm"], check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return ctypes.CDLL(str(library))
