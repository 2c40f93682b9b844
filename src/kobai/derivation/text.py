"""A derivation as lines of text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kobai.derivation.steps import Step

DIGITS = 4
MOST_ENTRIES = 4
VALUE_COLUMN = 52


def text(title: str, steps: Sequence[Step]) -> str:
    """All steps, each with its formula, the lines that led to it, its shape and value."""
    lines: list[str] = []
    for phase in ("forward", "backward", "update"):
        found = [step for step in steps if step.phase == phase]
        if found:
            lines += ["", phase, *(line for step in found for line in _lines(step))]
    return "\n".join([title, *lines])


def _lines(step: Step) -> list[str]:
    """`dz = da * a * (1 - a)`, and below it `   = a - y` with the value."""
    formulas = [because.after for because in step.because[:1]]
    if not formulas or formulas[-1] != step.formula:
        formulas.append(step.formula)
    heads = [f"  {step.name} {step.sign} ", *[" " * (len(step.name) + 3) + "= "] * len(formulas)]
    lines = [head + formula for head, formula in zip(heads, formulas, strict=False)]
    lines[-1] = f"{lines[-1]:<{VALUE_COLUMN}}  {value_text(step.value, step.shape)}".rstrip()
    return lines


def value_text(value: Any, shape: str = "()") -> str:
    """A number with a few digits; of an array the shape and the first entries."""
    array = np.asarray(value)
    if array.ndim == 0:
        return _number(array.item())
    entries = [_number(entry) for entry in array.ravel()[:MOST_ENTRIES].tolist()]
    if array.size > MOST_ENTRIES:
        entries.append("…")
    return f"{shape} [{' '.join(entries)}]"


def _number(value: Any) -> str:
    return f"{value:.{DIGITS}g}" if isinstance(value, float) else str(value)
