"""Steps that are given as a dict of arrays: there is no function to run again.

What a step is to be for the user's own earlier values is told by the right formula, worked out on
these values.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import optree

from kobai.diagnosis.expressions import UnreadableError, formula_value
from kobai.diagnosis.messages import said
from kobai.diagnosis.names import Names, Role
from kobai.diagnosis.numbers import agree, ratio
from kobai.diagnosis.result import Check, CheckedStep, Verdict
from kobai.diagnosis.slips import Case, Slip, simple_slip
from kobai.diagnosis.surroundings import lengths_of
from kobai.diagnosis.truths import Truths, truths_of
from kobai.diagnosis.values import value_slip
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
    is_right = all(step.is_right for step in steps)
    is_used = any(step.verdict == "scaled" for step in steps)
    key = "convention" if is_right else "convention with mistakes"
    notes = (said(key, factor=f"{scale:g}"),) if is_used else ()
    return Check("hand", getattr(f, "__name__", "loss"), tuple(steps), scale, notes)


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
    given |= {truth: value / scale for _, truth, role, value in found if role == "backward"}
    own = {**values, **given}
    steps = []
    for label, truth, role, value in found:
        right, own_scale = values[truth], scale if role == "backward" else 1.0
        step = truths.step(truth)
        note, slip = "", None
        expected = [own_scale * np.asarray(v) for v in _worked_out(truth, truths, own)]
        if agree(value, right):
            verdict: Verdict = "right"
            if np.shape(value) != np.shape(right):
                note = said("shape differs", found=np.shape(value), wanted=np.shape(right))
        elif own_scale != 1 and agree(value, own_scale * np.asarray(right)):
            verdict = "scaled"
        elif any(agree(value, other) for other in expected):
            verdict = "inherits"
        else:
            verdict = "wrong"
            slip = _slip(value, [own_scale * np.asarray(right), *expected], truth, truths, own)
        formula = step.formula if step is not None else ""
        steps.append(CheckedStep(label, truth, verdict, value, right, formula, "", 0, note, slip))
    return steps


def _worked_out(truth: str, truths: Truths, own: Mapping[str, Any]) -> list[Any]:
    """What the right formulas give for the user's own values."""
    step = truths.step(truth)
    if step is None:
        return []
    found = []
    for formula in (step.formula, *(because.after for because in step.because)):
        try:
            found.append(formula_value(formula, own))
        except UnreadableError:
            continue
    return found


def _slip(
    value: Any, rights: Sequence[Any], truth: str, truths: Truths, own: Mapping[str, Any]
) -> Slip:
    """The slip that leads from one of the right values to the user's.

    Args:
        value: the user's.
        rights: the right value, then what is right for the user's earlier values.
        truth: the name of the step.
        truths: the right values.
        own: the user's values, and the right ones of what they have not.
    """
    cases = [Case(value, right, own, lengths_of(truths)) for right in rights]
    for hypothesis in (simple_slip, partial(value_slip, truth=truth)):
        for case in cases:
            slip = hypothesis([case])
            if slip is not None and slip.kind != "unknown":
                return slip
    return value_slip(cases[:1], truth) or Slip("unknown", said("unknown"))
