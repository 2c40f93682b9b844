"""The user's function run again with right values in place of its wrong ones.

A step that is wrong although everything before it was set right is wrong in itself; one that is
wrong only in the run as it was written inherits an earlier mistake.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import optree

from kobai.diagnosis.calls import Hand
from kobai.diagnosis.matching import Matches, Target
from kobai.diagnosis.numbers import agree, ratio
from kobai.diagnosis.truths import Point
from kobai.diagnosis.watching import Enough, Event, Patch, Run, run_watched

Key: TypeAlias = tuple[str, str]


@dataclass(frozen=True)
class Seen:
    """One value of the user's beside the right one.

    Attributes:
        target: what it is to be.
        value: the user's.
        right: the right one, in the user's scale.
        is_right: whether they agree.
        is_scaled: whether it is the right one times the convention's factor.
        ordinal: of the event; None for a part of the result.
        number: how many values of this step the run had before: a loop over examples has many.
        line: of the user's source; 0 for a part of the result.
    """

    target: Target
    value: Any
    right: Any
    is_right: bool
    is_scaled: bool
    ordinal: int | None
    number: int
    line: int

    @property
    def key(self) -> Key:
        return self.target.label, self.target.truth

    def is_same_step(self, other: Seen) -> bool:
        """Whether this is the same step in the same turn, of another run."""
        return (self.key, self.number) == (other.key, other.number)


@dataclass(frozen=True)
class Plan:
    """How the user's values are read.

    Attributes:
        scale: derivatives by values on the way may be this many times the derivative of the loss:
            m, where they are those of one example's loss.
        left_out: names that stand for something else here.
        free: whether the results may be scaled too, as those of boosting objectives may.
    """

    scale: float = 1.0
    left_out: frozenset[Key] = frozenset()
    free: bool = False


@dataclass
class Replayer:
    """Runs of one function of the user's.

    Attributes:
        hand: the function.
        match: which values of a run, at a point, are compared with what.
        patches: slips that are known already, repaired.
        lines: how many lines of it have run, over all runs.
    """

    hand: Hand
    match: Callable[[Run, Point], Matches]
    patches: tuple[Patch, ...] = ()
    lines: int = 0
    runs: dict[tuple[int, Plan, bool], list[Seen]] = field(default_factory=dict)
    found: dict[int, Matches] = field(default_factory=dict)

    def matches(self, point: Point) -> Matches:
        """Which values are compared: a branch may be taken at one point and not at another."""
        if id(point) not in self.found:
            args = self.hand.arguments(point)
            run = run_watched(self.hand.function, self.hand.code, args)
            self.found[id(point)] = self.match(run, point)
        return self.found[id(point)]

    def with_patch(self, patch: Patch) -> Replayer:
        """The same function with one slip less."""
        return Replayer(self.hand, self.match, (*self.patches, patch), self.lines, found=self.found)

    def seen(self, point: Point, plan: Plan, *, corrected: bool) -> list[Seen]:
        """All values of one run, beside the right ones."""
        key = id(point), plan, corrected
        if key not in self.runs:
            self.runs[key] = self._observed(point, plan, corrected)[0]
        return self.runs[key]

    def run(self, point: Point, plan: Plan) -> Run:
        """A corrected run, with its events."""
        return self._observed(point, plan, True)[1]

    def mended(self, point: Point, plan: Plan, patch: Patch) -> tuple[int, Run]:
        """How many values are wrong if one statement computes another expression."""
        seen, run = self._observed(point, plan, True, patch)
        wrong = sum(not s.is_right for s in seen)
        is_comparable = run.is_whole and len(seen) == len(self.seen(point, plan, corrected=True))
        return (wrong if is_comparable else len(self.matches(point).events) + 1), run

    def patched(self, point: Point, plan: Plan, patch: Patch, wanted: Seen) -> bool:
        """Whether a value is right if one statement computes another expression."""
        for seen in self._observed(point, plan, True, patch, wanted)[0]:
            if seen.is_same_step(wanted):
                return seen.is_right and np.shape(seen.value) == np.shape(seen.right)
        return False

    def _observed(
        self,
        point: Point,
        plan: Plan,
        corrected: bool,
        patch: Patch | None = None,
        stop: Seen | None = None,
    ) -> tuple[list[Seen], Run]:
        matches = self.matches(point)
        observer = _Observer(matches, point, plan, corrected, stop)
        args = self.hand.arguments(point)
        patches = self.patches if patch is None else (patch, *self.patches)
        try:
            run = run_watched(self.hand.function, self.hand.code, args, observer.replace, patches)
        except Exception:
            # With other values in it the function may fail: then it shows nothing.
            if not corrected:
                raise
            return (observer.seen if patch is None else []), Run()
        self.lines += run.lines
        leaves = optree.tree_leaves(run.result) if run.is_whole else []
        for position, target in matches.result.items():
            if position < len(leaves):
                observer.look(target, leaves[position], None, 0)
        return observer.seen, run


class _Observer:
    def __init__(
        self, matches: Matches, point: Point, plan: Plan, corrected: bool, stop: Seen | None
    ) -> None:
        self.seen: list[Seen] = []
        self._matches, self._point, self._plan = matches, point, plan
        self._corrected, self._stop = corrected, stop
        self._scale = plan.scale
        self._counts: Counter[Key] = Counter()

    def replace(self, event: Event) -> Any:
        target = self._matches.events.get(event.place)
        if target is None or not target.label.startswith(event.name):
            return None
        if (target.label, target.truth) in self._plan.left_out:
            return None
        seen = self.look(target, event.value, event.ordinal, event.line)
        if self._stop is not None and seen.is_same_step(self._stop):
            raise Enough
        if seen.is_right or not self._corrected:
            return None
        return fitted(seen.right, seen.value)

    def look(self, target: Target, value: Any, ordinal: int | None, line: int) -> Seen:
        right = target.value(self._point)
        is_own_scale = agree(value, right)
        may_scale = target.role == "backward" or self._plan.free
        scaled = may_scale and self._plan.scale != 1
        is_scaled = scaled and not is_own_scale and agree(value, self._plan.scale * right)
        if may_scale and (is_own_scale or is_scaled):
            self._scale = self._plan.scale if is_scaled else 1.0
        if may_scale and self._scale != 1 and not is_own_scale:
            right = self._scale * np.asarray(right)
        number = self._counts[target.label, target.truth]
        self._counts[target.label, target.truth] += 1
        is_right = is_own_scale or is_scaled
        seen = Seen(target, value, right, is_right, is_scaled, ordinal, number, line)
        self.seen.append(seen)
        return seen


def fitted(right: Any, value: Any) -> Any:
    """The right value in the user's layout, where only axes of length 1 differ."""
    array, shape = np.asarray(right), np.shape(value)
    is_same = tuple(n for n in array.shape if n != 1) == tuple(n for n in shape if n != 1)
    return array.reshape(shape)[()] if is_same else array[()]


def best_plan(
    replayer: Replayer, points: Collection[Point], lengths: Collection[int], *, free: bool
) -> Plan:
    """The reading with the fewest mistakes: a convention that is kept to is no mistake.

    A name is taken to stand for something else than it seems to if that explains two mistakes.
    """
    first = next(iter(points))
    plain = replayer.seen(first, Plan(), corrected=False)
    if not own_mistakes(replayer, points, Plan(free=free)):
        return Plan(free=free)
    scales: dict[float, None] = {1.0: None}
    for length in lengths:
        scales[float(length)] = None
        if not free:
            scales[-float(length)] = None
    for seen in plain:
        factor = ratio(seen.value, seen.right)
        if factor is not None and seen.target.role == "backward" and not free:
            scales.setdefault(next((s for s in scales if abs(s - factor) < 1e-6), factor), None)
    plans = [_without_strangers(replayer, points, Plan(scale, free=free)) for scale in scales]
    return min(
        plans, key=lambda plan: len(own_mistakes(replayer, points, plan)) + 0.5 * len(plan.left_out)
    )


def _without_strangers(replayer: Replayer, points: Collection[Point], plan: Plan) -> Plan:
    while True:
        own = own_mistakes(replayer, points, plan)
        for key, seen in own.items():
            if seen.target.role == "parameter":
                continue
            other = Plan(plan.scale, plan.left_out | {key}, plan.free)
            rest = len(own_mistakes(replayer, points, other))
            # A value on the way forward may be another one (a shift of a softmax) and do no harm;
            # a derivative that nothing depends on is a mistake.
            gain = 1 if seen.target.role == "forward" or rest else 2
            if rest <= len(own) - gain:
                plan = other
                break
        else:
            return plan


def own_mistakes(replayer: Replayer, points: Collection[Point], plan: Plan) -> Mapping[Key, Seen]:
    """What is wrong in itself at any of the points, in the order of the function."""
    found: dict[Key, Seen] = {}
    for point in points:
        for seen in replayer.seen(point, plan, corrected=True):
            if not seen.is_right:
                found.setdefault(seen.key, seen)
    return dict(sorted(found.items(), key=lambda pair: _place(pair[1])))


def _place(seen: Seen) -> float:
    return float("inf") if seen.ordinal is None else seen.ordinal
