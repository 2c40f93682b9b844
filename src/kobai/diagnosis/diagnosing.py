"""From a step that is wrong in itself to its cause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kobai.diagnosis.contents import is_numeric
from kobai.diagnosis.messages import said
from kobai.diagnosis.numbers import agree
from kobai.diagnosis.replay import Plan, Replayer, Seen
from kobai.diagnosis.searching import Cause, Search
from kobai.diagnosis.slips import Case, Slip, simple_slip
from kobai.diagnosis.surroundings import lengths_of
from kobai.diagnosis.truths import Point, Truths
from kobai.diagnosis.values import value_slip


def cause_of(
    replayer: Replayer, truths: Truths, plan: Plan, wrong: Seen, point: Point, count: int
) -> Cause:
    """Why a step is wrong: what the numbers tell for certain, a repair, or what they suggest.

    Args:
        replayer: runs of the user's function.
        truths: the right values.
        plan: how the user's values are read.
        wrong: the step, at a point where it shows.
        point: that point.
        count: how many steps are wrong in themselves.
    """
    search = Search(replayer, truths, plan, wrong, point)
    if count > 1 and (earlier := search.repaired_earlier(count)) is not None:
        return earlier
    cases = _cases(replayer, truths, plan, wrong)
    slip = _returned_elsewhere(replayer, truths, plan, wrong, point) or simple_slip(cases)
    if slip is not None and slip.kind != "sum":
        return Cause(slip)
    if (repaired := search.repaired()) is not None:
        return repaired
    if count == 1 and plan.left_out and (earlier := search.repaired_earlier(count)) is not None:
        return earlier
    return Cause(slip or value_slip(cases, wrong.target.truth) or unknown())


def unknown() -> Slip:
    return Slip("unknown", said("unknown"))


def _cases(replayer: Replayer, truths: Truths, plan: Plan, wrong: Seen) -> list[Case]:
    """The wrong step at every point, with what has a name there."""
    lengths = lengths_of(truths)
    cases = []
    for point in truths.points:
        all_seen = replayer.seen(point, plan, corrected=True)
        seen = next((s for s in all_seen if s.is_same_step(wrong)), None)
        if seen is None:
            continue
        run = replayer.run(point, plan)
        before = run.last if seen.ordinal is None else _before(run.befores, seen.ordinal)
        own = {name: value for name, value in before.items() if is_numeric(value)}
        whole = {n: v for n, v in before.items() if type(v) is int and v > 1}
        values = {**own, **point.values}
        cases.append(Case(seen.value, seen.right, values, {**lengths, **whole}))
    common = set(cases[0].values).intersection(*(case.values for case in cases))
    return [
        Case(c.found, c.right, {n: v for n, v in c.values.items() if n in common}, c.lengths)
        for c in cases
    ]


def _before(befores: Sequence[Mapping[str, Any]], ordinal: int) -> Mapping[str, Any]:
    return befores[ordinal] if ordinal < len(befores) else {}


def _returned_elsewhere(
    replayer: Replayer, truths: Truths, plan: Plan, wrong: Seen, point: Point
) -> Slip | None:
    """Whether the results are right, but for their order."""
    if wrong.ordinal is not None:
        return None
    seen = [s for s in replayer.seen(point, plan, corrected=True) if s.ordinal is None]
    others = [s for s in seen if s.key != wrong.key]
    if any(
        agree(wrong.value, o.right) and np.shape(wrong.value) == np.shape(o.right) for o in others
    ):
        names = ", ".join(truths.parameters)
        return Slip("order", said("order", names=names))
    return None
