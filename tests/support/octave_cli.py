"""Octave's own answers: values and slopes of many formulas from one process."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

# Names that no formula uses: it is evaluated between them.
_HEADER = """1;
function value__ = run__(text__, names__, values__)
  for k__ = 1:numel(names__)
    eval([names__{k__} " = values__{k__};"]);
  end
  eval([text__ ";"]);
  value__ = ans;
end
function print__(x)
  printf("answer %d %d %d", isreal(x), rows(x), columns(x));
  printf(" %.17g", double(real(x)));
  printf("\\n");
end
function value__(text, names, values)
  try
    print__(run__(text, names, values));
  catch problem
    printf("answer error %s\\n", strrep(problem.message, "\\n", " "));
  end
end
function slopes__(text, names, values)
  global directions__;
  step = 1e-6;
  slopes = [];
  try
    for k = 1:numel(directions__)
      up = cellfun(@(x, d) x + step * d, values, directions__{k}, "UniformOutput", false);
      down = cellfun(@(x, d) x - step * d, values, directions__{k}, "UniformOutput", false);
      slopes(end + 1) = (run__(text, names, up) - run__(text, names, down)) / (2 * step);
    end
    print__(slopes);
  catch problem
    printf("answer error %s\\n", strrep(problem.message, "\\n", " "));
  end
end
global directions__;
warning("off", "all");
"""


@dataclass(frozen=True)
class Answer:
    """What Octave says: a matrix, or the message of an error.

    Attributes:
        value: of two axes; empty after an error.
        is_real: whether no entry has an imaginary part.
        error: the message.
    """

    value: np.ndarray
    is_real: bool = True
    error: str = ""


def values(
    formulas: Sequence[str], arguments: Mapping[str, np.ndarray], folder: Path
) -> list[Answer]:
    """The value of each formula, whose last statement has no name."""
    return _answers("value__", formulas, arguments, [], folder)


def slopes(
    formulas: Sequence[str],
    arguments: Mapping[str, np.ndarray],
    directions: Sequence[Mapping[str, np.ndarray]],
    folder: Path,
) -> list[Answer]:
    """Central differences of each formula along directions in which all arguments move."""
    return _answers("slopes__", formulas, arguments, directions, folder)


def _answers(
    function: str,
    formulas: Sequence[str],
    arguments: Mapping[str, np.ndarray],
    directions: Sequence[Mapping[str, np.ndarray]],
    folder: Path,
) -> list[Answer]:
    names = ", ".join(f"'{name}'" for name in arguments)
    moves = ", ".join(_cell([move[name] for name in arguments]) for move in directions)
    lines = [_HEADER, f"names = {{{names}}};", f"values = {_cell(arguments.values())};"]
    lines.append(f"directions__ = {{{moves}}};")
    lines += [f"{function}({_quoted(formula)}, names, values);" for formula in formulas]
    path = folder / "answers.m"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    # A program that is missing is an error, never a reason to skip: tools/system_packages.sh.
    done = subprocess.run(
        ["octave-cli", "--no-init-file", "--no-history", "--quiet", str(path)],
        capture_output=True,
        text=True,
        check=True,
        stdin=subprocess.DEVNULL,
        timeout=300,
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("answer ")]
    answers = list(map(_read, lines))
    assert len(answers) == len(formulas), done.stderr
    return answers


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _cell(matrices: Iterable[np.ndarray]) -> str:
    return "{" + ", ".join(map(_written, matrices)) + "}"


def _written(matrix: np.ndarray) -> str:
    rows = np.atleast_2d(matrix)
    return "[" + "; ".join(" ".join(f"{entry:.17g}" for entry in row) for row in rows) + "]"


def _read(line: str) -> Answer:
    _, kind, *rest = line.split(" ")
    if kind == "error":
        return Answer(np.empty((0, 0)), error=" ".join(rest))
    rows, columns, *entries = rest
    matrix = np.reshape(np.array(entries, float), (int(rows), int(columns)), order="F")
    return Answer(matrix, kind == "1")
