"""A check as it is read: the verdict, the first wrong step side by side, then every step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kobai.derivation.text import value_text
from kobai.diagnosis.messages import said

if TYPE_CHECKING:
    from kobai.diagnosis.result import Check, CheckedStep

_VERDICTS = {
    "right": "is right",
    "wrong": "is wrong",
    "inherits": "inherits",
    "other": "is other",
}


def report(check: Check) -> str:
    """The whole report."""
    wrong = next((step for step in check.steps if step.verdict == "wrong"), None)
    verdict = (
        said("all right")
        if wrong is None
        else said("first wrong", name=wrong.name, cause=check.cause)
    )
    lines = [said("title", hand=check.hand, loss=check.loss, verdict=verdict)]
    if wrong is not None:
        lines += ["", *_side_by_side(wrong, check)]
    lines += ["", *_table(check)]
    lines += ["", *check.notes] if check.notes else []
    return "\n".join(lines)


def _side_by_side(step: CheckedStep, check: Check) -> list[str]:
    """The user's line and number, and the right ones."""
    your, right = said("your"), said("right")
    width = max(len(your), len(right))
    lines = [f"  {said('line', line=step.line, text=step.source)}"] if step.source else []
    if check.slip is not None and check.slip.repaired:
        lines.append(f"  {'':{width}}  → {check.slip.repaired}")
    lines.append(f"  {your:{width}}  {step.name} = {_text(step.value)}")
    formula = f"{step.meaning} = {step.formula}" if step.formula else step.meaning
    lines.append(f"  {right:{width}}  {formula}")
    lines.append(f"  {'':{width}}  = {_text(step.right)}")
    return lines


def _table(check: Check) -> list[str]:
    names = [
        step.name if step.name == step.meaning else f"{step.name} ({step.meaning})"
        for step in check.steps
    ]
    width = max(map(len, names), default=0)
    lines = []
    for step, name in zip(check.steps, names, strict=True):
        if step.verdict == "scaled":
            verdict = said("is scaled", factor=f"{check.scale:g}")
        else:
            verdict = said(_VERDICTS[step.verdict])
        note = f"; {step.note}" if step.note else ""
        lines.append(f"  {name:{width}}  {verdict}{note}")
    return lines


def _text(value: object) -> str:
    array = np.asarray(value)
    if array.dtype.kind == "f" and array.ndim == 0:
        return value_text(float(array))
    return value_text(array, str(array.shape))
