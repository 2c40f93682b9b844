"""Steps that are given as a dict of arrays: there is no function to run again.

What a step is to be for the user's own earlier values is told by the right formula, worked out on
these values.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import optree

from kobai.diagnosis.expressions import UnreadableError, formula_value
from kobai.diagnosis.messages import said
from kobai.diagnosis.names import Names, Role
from kobai.diagnosis.numbers import agree, ratio
from kobai.diagnosis.result import Check, CheckedStep, Verdict
from kobai.diagnosis.slips import Case, Slip, simple_slip, value_slip
from kobai.diagnosis.truths import Truths, truths_of
from kobai.errors import ArgumentError


def check_values(
    f: Callable[..., Any],
    hand: Mapping[str, Any],
    args: tuple[Any, ...],
    wrt: Sequence[str] | None,
) -> Check:
    """Compare arrays by their names."""
    names = [*inspect.signature(f).parameters]
    floating = [
        name
        for name, arg in zip(names, args, strict=False)
        if any(np.asarray(leaf).dtype.kind == "f" for leaf in optree.tree_leaves(arg))
    ]
    truths = truths_of(f, args, wrt or floating)
    found = _found(hand, Names(truths))
    if not found:
        raise ArgumentError(
            said("no names", found=", ".join(hand) or "-"),
            repair=said("no names: repair", examples=", ".join(truths.parameters[:3])),
        )
    scales = _scales(found, truths)
    readings = [_judged(found, truths, scale) for scale in scales]
    steps, scale = min(
        zip(readings, scales, strict=True),
        key=lambda pair: sum(step.verdict == "wrong" for step in pair[0]),
    )
    wrong = next((step for step in steps if step.verdict == "wrong"), None)
    slip = _slip(wrong, truths) if wrong is not None else None
    is_used = any(step.verdict == "scaled" for step in steps)
    key = "convention" if wrong is None else "convention with mistakes"
    notes = (said(key, factor=f"{scale:g}"),) if is_used else ()
    return Check("hand", getattr(f, "__name__", "loss"), tuple(steps), slip, scale, notes)


Found = list[tuple[str, str, Role, Any]]


def _found(hand: Mapping[str, Any], names: Names) -> Found:
    """Names, what they stand for, and values; a list has one for each layer."""
    result: Found = []
    for name, value in hand.items():
        meaning = names.meaning(name) or names.meaning("grads", (name,))
        leaves = optree.tree_leaves(value)
        if meaning is None or len(leaves) != len(meaning.names):
            continue
        labels = [name] if len(leaves) == 1 else [f"{name}[{k}]" for k in range(len(leaves))]
        result.extend(
            (label, truth, meaning.role, leaf)
            for label, truth, leaf in zip(labels, meaning.names, leaves, strict=True)
        )
    return result


def _scales(found: Found, truths: Truths) -> list[float]:
    values = truths.points[0].values
    has_results = any(role == "parameter" for _, _, role, _ in found)
    ratios = [
        factor
        for _, truth, role, value in found
        if role == "backward" and has_results
        if (factor := ratio(value, values[truth])) is not None
    ]
    return list(dict.fromkeys([1.0, *(round(factor, 9) for factor in ratios)]))


def _judged(found: Found, truths: Truths, scale: float) -> list[CheckedStep]:
    values = truths.points[0].values
    given = {truth: value for _, truth, _, value in found}
    scaled = {truth: value / scale for _, truth, role, value in found if role == "backward"}
    steps = []
    for label, truth, role, value in found:
        right = values[truth]
        step = truths.step(truth)
        shape_note = ""
        if agree(value, right):
            verdict: Verdict = "right"
            if np.shape(value) != np.shape(right):
                shape_note = said("shape differs", found=np.shape(value), wanted=np.shape(right))
        elif role == "backward" and scale != 1 and agree(value, scale * np.asarray(right)):
            verdict = "scaled"
        elif _inherits(
            truth, value, truths, {**given, **scaled}, scale if role == "backward" else 1.0
        ):
            verdict = "inherits"
        else:
            verdict = "wrong"
        formula = step.formula if step is not None else ""
        steps.append(CheckedStep(label, truth, verdict, value, right, formula, "", 0, shape_note))
    return steps


def _inherits(
    truth: str, value: Any, truths: Truths, given: Mapping[str, Any], scale: float
) -> bool:
    """Whether the right formula gives this value, worked out on the user's own values."""
    step = truths.step(truth)
    if step is None:
        return False
    formulas = [step.formula, *(because.after for because in step.because)]
    values = {**truths.points[0].values, **given}
    for formula in formulas:
        try:
            if agree(value, scale * np.asarray(formula_value(formula, values))):
                return True
        except UnreadableError:
            continue
    return False


def _slip(wrong: CheckedStep, truths: Truths) -> Slip:
    names = truths.derivation.names
    lengths = {n: names[n] for n in truths.derivation.legend if np.ndim(names[n]) == 0}
    case = Case(wrong.value, wrong.right, truths.points[0].values, lengths)
    found = simple_slip([case]) or value_slip([case], wrong.meaning)
    return found or Slip("unknown", said("unknown"))
