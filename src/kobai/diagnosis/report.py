"""A check as it is read: the verdict, the first wrong step side by side, then every step."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, TypeAlias
from unicodedata import east_asian_width

import numpy as np

from kobai.derivation.text import value_text
from kobai.diagnosis.messages import said, translated

if TYPE_CHECKING:
    from kobai.diagnosis.result import Check, CheckedStep

Say: TypeAlias = Callable[..., str]
_VERDICTS = {
    "right": "is right",
    "wrong": "is wrong",
    "inherits": "inherits",
    "other": "is other",
}


def report(check: Check) -> str:
    """The whole report."""
    wrong = [step for step in check.steps if step.verdict == "wrong"]
    say = partial(_said, check.lang)
    verdict = (
        say("first wrong", name=wrong[0].name, cause=check.cause) if wrong else say("all right")
    )
    lines = [say("title", hand=check.hand, loss=check.loss, verdict=verdict)]
    for step in wrong:
        if step is not wrong[0] and step.slip is not None:
            lines += ["", say("also wrong", name=step.name, cause=step.slip.words)]
        if step.slip is not None:
            lines += ["", *_side_by_side(step, say)]
    lines += ["", *_table(check, say)]
    lines += ["", *check.notes] if check.notes else []
    return "\n".join(lines)


def _said(lang: str, key: str, **parts: object) -> str:
    return translated(said(key, **parts), lang)


def _side_by_side(step: CheckedStep, say: Say) -> list[str]:
    """The user's line and number, and the right ones."""
    your, right = say("your"), say("right")
    width = max(_width(your), _width(right))
    indent = " " * (width + 4)
    lines = [f"  {say('line', line=step.line, text=step.source)}"] if step.source else []
    if step.slip is not None and step.slip.repaired:
        lines.append(f"{indent}→ {step.slip.repaired}")
    lines.append(f"  {_padded(your, width)}  {step.name} = {_text(step.value)}")
    if step.right is None:
        return lines
    formula = f"{step.meaning} = {step.formula}" if step.formula else step.meaning
    lines.append(f"  {_padded(right, width)}  {formula}")
    lines.append(f"{indent}= {_text(step.right)}")
    return lines


def _table(check: Check, say: Say) -> list[str]:
    names = [
        step.name if step.name == step.meaning else f"{step.name} ({step.meaning})"
        for step in check.steps
    ]
    width = max(map(_width, names), default=0)
    lines = []
    for step, name in zip(check.steps, names, strict=True):
        if step.verdict == "scaled":
            verdict = say("is scaled", factor=f"{check.scale:g}")
        else:
            verdict = say(_VERDICTS[step.verdict])
        note = f"; {step.note}" if step.note else ""
        lines.append(f"  {_padded(name, width)}  {verdict}{note}")
    return lines


def _width(text: str) -> int:
    """How many columns a text takes: an ideograph takes two."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))


def _text(value: object) -> str:
    array = np.asarray(value)
    if array.dtype.kind == "f" and array.ndim == 0:
        return value_text(float(array))
    return value_text(array, str(array.shape))
