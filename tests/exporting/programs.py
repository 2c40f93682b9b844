"""Run exported programs, and read what they print."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np

WARNINGS = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic"]
SANITIZERS = ["-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
SUFFIXES = {"numpy": "py", "c": "c", "octave": "m", "scilab": "sce"}
OCTAVE = ["octave-cli", "--no-init-file", "--no-history"]

Printed = dict[str, np.ndarray]


def printed_by(text: str, target: str, folder: Path) -> Printed:
    """What a program prints, by name; its entries as one row."""
    return printed_by_all({"it": text}, target, folder)["it"]


def printed_by_all(texts: Mapping[str, str], target: str, folder: Path) -> dict[str, Printed]:
    """What each of some programs prints; a language starts once for all of them."""
    paths = {}
    for number, (name, text) in enumerate(texts.items()):
        paths[name] = folder / f"program_{number}.{SUFFIXES[target]}"
        paths[name].write_text(text, encoding="utf-8")
    if target == "c":
        return {name: _entries(_compiled(path)) for name, path in paths.items()}
    start, one = {
        "numpy": (
            "import runpy",
            "print('###', {number})\nrunpy.run_path({path!r}, {{}}, {main!r})",
        ),
        "octave": ("1;", "disp('### {number}');\nsource('{path}');"),
        "scilab": ("", "mprintf('### {number}\\n');\nexec('{path}', -1);"),
    }[target]
    calls = [
        one.format(number=number, path=str(path), main="__main__")
        for number, path in enumerate(paths.values())
    ]
    main = folder / f"main.{SUFFIXES[target]}"
    main.write_text("\n".join([start, *calls, ""]), encoding="utf-8")
    command = {
        "numpy": [sys.executable, "-W", "ignore", str(main)],
        "octave": [*OCTAVE, str(main)],
        "scilab": ["scilab-cli", "-nb", "-e", f"exec('{main}', -1); exit"],
    }[target]
    parts = _run(command).split("### ")[1:]
    assert len(parts) == len(paths), parts[-1:]
    return {name: _entries(part) for name, part in zip(paths, parts, strict=True)}


def _entries(output: str) -> Printed:
    found: Printed = {}
    for line in output.splitlines():
        name, sign, entries = line.partition("=")
        if sign:
            found[name.strip()] = np.array([float(entry) for entry in entries.split()])
    return found


def _compiled(path: Path) -> str:
    binary = str(path.with_suffix(""))
    _run(["gcc", *WARNINGS, *SANITIZERS, "-o", binary, str(path), "-lm"])
    return _run([binary])


def _run(command: list[str]) -> str:
    # A program that is missing is an error, never a reason to skip: tools/system_packages.sh.
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert not done.stderr or command[0].startswith(("scilab", "octave")), done.stderr
    return done.stdout
