"""Work in a process of its own: for memory, for first calls, and for whole programs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
# Compiled Python files, which an installed package has and a working copy may be told not to write.
COMPILED = tempfile.mkdtemp()


def program(source: str, **environment: str) -> str:
    """What a Python program prints."""
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    found = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", source],
        check=True,
        capture_output=True,
        text=True,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(paths),
            "PYTHONPYCACHEPREFIX": COMPILED,
            "PYTHONDONTWRITEBYTECODE": "",
            **environment,
        },
    )
    return found.stdout


def reported(source: str, **environment: str) -> Any:
    """The last line that a program prints, as JSON."""
    return json.loads(program(source, **environment).splitlines()[-1])
