"""Run exported programs, and read what they print."""

import subprocess
import sys
from pathlib import Path

import numpy as np

WARNINGS = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic"]
SANITIZERS = ["-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]


def printed_by(text: str, target: str, folder: Path) -> dict[str, np.ndarray]:
    """What a program prints, by name; its entries as one row."""
    match target:
        case "numpy":
            path = folder / "program.py"
            command = [sys.executable, "-W", "ignore", str(path)]
        case "c":
            path = folder / "program.c"
            command = [str(folder / "program")]
        case "octave":
            path = folder / "program.m"
            command = ["octave-cli", "--no-init-file", "--no-history", str(path)]
        case _:
            path = folder / "program.sce"
            command = ["scilab-cli", "-nb", "-e", f"exec('{path}', -1); exit"]
    path.write_text(text, encoding="utf-8")
    if target == "c":
        output = str(folder / "program")
        _run(["gcc", *WARNINGS, *SANITIZERS, "-o", output, str(path), "-lm"])
    found: dict[str, np.ndarray] = {}
    for line in _run(command).splitlines():
        name, sign, entries = line.partition("=")
        if sign:
            found[name.strip()] = np.array([float(entry) for entry in entries.split()])
    return found


def _run(command: list[str]) -> str:
    # A program that is missing is an error, never a reason to skip: tools/system_packages.sh.
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert not done.stderr or command[0].startswith(("scilab", "octave")), done.stderr
    return done.stdout
