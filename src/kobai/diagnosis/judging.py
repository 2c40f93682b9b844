"""The verdict on each step, and the cause of each that is wrong in itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from kobai.diagnosis.diagnosing import cause_of, unknown
from kobai.diagnosis.matching import label
from kobai.diagnosis.messages import said
from kobai.diagnosis.objectives import Objective
from kobai.diagnosis.replay import Key, Plan, Replayer, Seen, own_mistakes
from kobai.diagnosis.result import Check, CheckedStep, Verdict
from kobai.diagnosis.searching import Cause
from kobai.diagnosis.statements import at_line, statements
from kobai.diagnosis.truths import Point, Truths

MOST_CAUSES = 4


def judged(
    f: Callable[..., Any],
    replayer: Replayer,
    truths: Truths,
    plan: Plan,
    objective: Objective | None,
) -> Check:
    """All steps of a function, judged.

    Args:
        f: the loss.
        replayer: runs of the user's function.
        truths: the right values.
        plan: how the user's values are read.
        objective: what it is if it is a boosting library's objective.
    """
    causes = _causes(replayer, truths, plan)
    wrong = {key: found.cause for key, found in causes.items() if found.cause.event is None}
    shown = next((found.point for found in causes.values()), truths.points[0])
    plain = _plain(replayer, shown, plan)
    steps = [
        _step(seen, _verdict(seen, wrong, plan, replayer, truths), replayer, truths, wrong)
        for seen in plain.values()
    ]
    steps += [
        _step(seen, "other", replayer, truths, {})
        for seen in replayer.seen(shown, Plan(plan.scale, free=plan.free), corrected=False)
        if seen.key in plan.left_out and seen.key not in plain
    ]
    for found in causes.values():
        steps = _with_earlier(steps, found.cause, replayer)
    is_used = any(step.verdict == "scaled" for step in steps)
    notes = _notes(truths, plan, shown, is_right=not causes, is_used=is_used)
    if objective is not None:
        notes.insert(0, objective.note(truths))
    name = getattr(f, "__name__", "loss")
    return Check(replayer.hand.name, name, tuple(steps), plan.scale, tuple(notes))


@dataclass(frozen=True)
class _Found:
    """The cause of a mistake, and where it shows."""

    cause: Cause
    point: Point


def _causes(replayer: Replayer, truths: Truths, plan: Plan) -> dict[Key, _Found]:
    """Every mistake that is one in itself, in order; a repair of one may mend those after it."""
    found: dict[Key, _Found] = {}
    own = dict(own_mistakes(replayer, truths.points, plan))
    is_stuck = False
    while own:
        key = next(iter(own))
        point, wrong = _shown(replayer, truths, plan, key)
        if len(found) >= MOST_CAUSES or is_stuck:
            found[key] = _Found(Cause(unknown()), point)
            del own[key]
            continue
        cause = cause_of(replayer, truths, plan, wrong, point, len(own))
        found[key] = _Found(cause, point)
        # What is not understood may be the cause of the rest too.
        is_stuck = cause.slip.kind == "unknown"
        if cause.event is not None and cause.patch is not None:
            replayer = replayer.with_patch(cause.patch)
            left = own_mistakes(replayer, truths.points, plan)
            own = {k: seen for k, seen in own.items() if k in left}
        own.pop(key, None)
    return found


def _shown(replayer: Replayer, truths: Truths, plan: Plan, key: Key) -> tuple[Point, Seen]:
    """A point where a mistake shows, the one given if it does there."""
    return next(
        (point, seen)
        for point in truths.points
        for seen in replayer.seen(point, plan, corrected=True)
        if seen.key == key and not seen.is_right
    )


def _with_earlier(steps: list[CheckedStep], cause: Cause, replayer: Replayer) -> list[CheckedStep]:
    """A variable of the user's as a wrong step, where the slip is in one without a right value."""
    event = cause.event
    if event is None:
        return steps
    statement = at_line(statements(replayer.hand.code), event.line)
    text = statement.text if statement is not None else ""
    name = label(event)
    found = CheckedStep(
        name, name, "wrong", event.value, cause.right, "", text, event.line, "", cause.slip
    )
    rest = [step for step in steps if step.name != name]
    place = next(
        (k for k, step in enumerate(rest) if not step.is_right and step.line >= event.line),
        sum(step.line < event.line for step in rest if step.is_right),
    )
    return [*rest[:place], found, *rest[place:]]


def _plain(replayer: Replayer, point: Point, plan: Plan) -> dict[Key, Seen]:
    """One value for each step as the user computed it: a wrong one, if any turn was wrong."""
    found: dict[Key, Seen] = {}
    for seen in replayer.seen(point, plan, corrected=False):
        if seen.key not in found or (found[seen.key].is_right and not seen.is_right):
            found[seen.key] = seen
    return found


def _verdict(
    seen: Seen, wrong: Mapping[Key, Cause], plan: Plan, replayer: Replayer, truths: Truths
) -> Verdict:
    if seen.key in wrong:
        return "wrong"
    everywhere = [
        s
        for point in truths.points
        for s in replayer.seen(point, plan, corrected=False)
        if s.key == seen.key
    ]
    if not all(s.is_right for s in everywhere):
        return "inherits"
    return "scaled" if seen.is_scaled else "right"


def _step(
    seen: Seen,
    verdict: Verdict,
    replayer: Replayer,
    truths: Truths,
    wrong: Mapping[Key, Cause],
) -> CheckedStep:
    found = statements(replayer.hand.code)
    statement = at_line(found, seen.line)
    if statement is None and seen.ordinal is None:
        statement = next((s for s in reversed(found) if s.is_return), None)
    cause = wrong.get(seen.key)
    if cause is not None and cause.patch is not None:
        statement = cause.patch.statement
    step = truths.step(seen.target.truth)
    shapes = np.shape(seen.value), np.shape(seen.right)
    is_looser = seen.is_right and shapes[0] != shapes[1]
    note = said("shape differs", found=shapes[0], wanted=shapes[1]) if is_looser else ""
    return CheckedStep(
        seen.target.label,
        seen.target.truth,
        verdict,
        seen.value,
        seen.right,
        step.formula if step is not None and seen.target.example is None else "",
        statement.text if statement is not None else "",
        statement.node.lineno if statement is not None else seen.line,
        note,
        cause.slip if cause is not None else None,
    )


def _notes(truths: Truths, plan: Plan, shown: Point, *, is_right: bool, is_used: bool) -> list[str]:
    notes = []
    if plan.scale != 1 and is_used:
        key = "convention" if is_right else "convention with mistakes"
        notes.append(said(key, factor=_factor_text(plan.scale, truths)))
    if shown is not truths.points[0]:
        notes.append(said("hidden"))
    return notes


def _factor_text(scale: float, truths: Truths) -> str:
    for name in truths.derivation.legend:
        value = truths.derivation.names[name]
        for sign in (1, -1):
            if np.ndim(value) == 0 and scale == sign * float(value):
                return f"{'-' if sign < 0 else ''}{name}"
    return f"{scale:g}"
