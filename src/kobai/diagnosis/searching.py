"""The search for the change to the user's source that mends a step, by running it changed."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np

from kobai.diagnosis.contents import is_numeric
from kobai.diagnosis.expressions import UnreadableError, evaluate
from kobai.diagnosis.numbers import agree, close
from kobai.diagnosis.repairs import Repair, Surroundings, repairs
from kobai.diagnosis.repairs.trees import swapped
from kobai.diagnosis.replay import Plan, Replayer, Seen
from kobai.diagnosis.slips import Slip
from kobai.diagnosis.statements import Statement, at_line, statements
from kobai.diagnosis.surroundings import outside, surroundings_of
from kobai.diagnosis.truths import Point, Truths
from kobai.diagnosis.watching import Event, Patch, Run
from kobai.diagnosis.wording import slip_of

MOST_STATEMENTS = 6
# How many lines of the user's function may run for one search, and how often it may in any case.
MOST_LINES = 60_000
FEWEST_RUNS, MOST_RUNS = 40, 600
# Of a statement in a loop, in how many turns two repairs of it are compared.
MOST_TURNS = 12


@dataclass(frozen=True)
class Cause:
    """Why a step is wrong.

    Attributes:
        slip: in words.
        event: the variable in which the slip is, if it is not the step itself.
        right: the value that this variable should have.
        patch: the repair, if it holds everywhere.
    """

    slip: Slip
    event: Event | None = None
    right: Any = None
    patch: Patch | None = None


@dataclass
class Search:
    """One search.

    Attributes:
        replayer: runs of the user's function.
        truths: the right values.
        plan: how the user's values are read.
        wrong: the step, at a point where it shows.
        point: that point.
    """

    replayer: Replayer
    truths: Truths
    plan: Plan
    wrong: Seen
    point: Point
    run: Run = field(init=False)
    statements: list[Statement] = field(init=False)
    runs_left: int = field(init=False)

    def __post_init__(self) -> None:
        self.run = self.replayer.run(self.point, self.plan)
        self.statements = statements(self.replayer.hand.code)
        affordable = MOST_LINES // max(self.run.lines, 1)
        self.runs_left = min(max(affordable, FEWEST_RUNS), MOST_RUNS)

    def repaired(self) -> Cause | None:
        """A repair that makes the step right."""
        for statement, most in self._shared(self._statements_before()):
            for repair, around in islice(self._repairs(statement), most):
                patch = _patch(statement, repair)
                if self._is_right_with(patch, repair):
                    return self._cause(repair, around, patch)
        return None

    def repaired_earlier(self, count: int) -> Cause | None:
        """A repair of a variable that has no right value, and that several steps use.

        Args:
            count: how many steps are wrong in themselves.
        """
        known = {
            name
            for (name, _, _), target in self.replayer.matches(self.point).events.items()
            if (target.label, target.truth) not in self.plan.left_out
        }
        last = len(self.run.events) if self.wrong.ordinal is None else self.wrong.ordinal
        tried: dict[int, Statement] = {}
        for event in reversed(self.run.events[:last]):
            statement = at_line(self.statements, event.line)
            if event.name not in known and not event.is_given and statement is not None:
                tried.setdefault(statement.node.lineno, statement)
        before = self._wrong_ones()
        for statement, most in self._shared(list(tried.values())):
            for repair, around in islice(self._distinct(statement), most):
                patch = _patch(statement, repair)
                wrong, _ = self.replayer.mended(self.point, self.plan, patch)
                is_better = wrong == 0 if count == 1 else wrong <= before - 2
                if is_better and self._is_mended_everywhere(patch, wrong):
                    return self._cause(repair, around, patch)
        return None

    def _shared(self, found: list[Statement]) -> Iterator[tuple[Statement, int]]:
        """Each statement with its share of the runs: half of what is left, the likelier first."""
        chosen = found[:MOST_STATEMENTS]
        for statement in chosen:
            yield statement, self.runs_left // (1 if statement is chosen[-1] else 2)

    def _wrong_ones(self) -> int:
        seen = self.replayer.seen(self.point, self.plan, corrected=True)
        return sum(not one.is_right for one in seen)

    def _statements_before(self) -> list[Statement]:
        """The step's own statement and those after the step before it, the last first."""
        wrong, found = self.wrong, self.statements
        own = [s for s in found if s.is_return] if wrong.ordinal is None else []
        used: dict[int, Statement] = {}
        for event in reversed(self.run.events):
            if wrong.ordinal is not None and event.ordinal > wrong.ordinal:
                continue
            target = self.replayer.matches(self.point).events.get(event.place)
            is_step = target is not None and event.ordinal != wrong.ordinal
            if target is not None and is_step and target.truth != wrong.target.truth:
                continue
            statement = at_line(found, event.line)
            if statement is not None and not event.is_given:
                used.setdefault(statement.node.lineno, statement)
        return [*own, *used.values()]

    def _repairs(self, statement: Statement) -> Iterator[tuple[Repair, Surroundings]]:
        """Repairs that may be right: if the statement gives the step, what gives the right one."""
        if statement.expression is None:
            return
        before = self._before(statement)
        names = {**outside(self.replayer.hand), **before}
        if self._runs_once(statement) and self._is_direct(statement.expression, names):
            around = self._surroundings(statement, before)
            for repair in repairs(statement.expression, around):
                if self._gives_right(repair, names):
                    yield repair, around
        else:
            yield from self._distinct(statement)

    def _distinct(self, statement: Statement) -> Iterator[tuple[Repair, Surroundings]]:
        """Repairs that give a value here, each another than those before: a run takes its time."""
        if statement.expression is None:
            return
        around = self._surroundings(statement, self._before(statement))
        turns = [{**outside(self.replayer.hand), **turn} for turn in self._turns(statement)]
        seen = {_outcome(statement.expression, turns)}
        for repair in repairs(statement.expression, around):
            outcome = _outcome(repair.expression, [{**turn, **repair.extras} for turn in turns])
            if outcome is None or outcome in seen:
                continue
            seen.add(outcome)
            self.runs_left -= 1
            yield repair, around

    def _surroundings(self, statement: Statement, before: Mapping[str, Any]) -> Surroundings:
        return surroundings_of(self.replayer.hand, self.truths, self.run, before, statement)

    def _before(self, statement: Statement) -> Mapping[str, Any]:
        """The variables before the statement's last run."""
        event = self._last_event(statement)
        return self.run.last if event is None else self.run.befores[event.ordinal]

    def _turns(self, statement: Statement) -> list[Mapping[str, Any]]:
        """The variables before a statement's runs; some of them, from the first to the last."""
        at = [event.ordinal for event in self.run.events if statement.covers(event.line)]
        spread = np.linspace(0, len(at) - 1, min(len(at), MOST_TURNS)).astype(int)
        return [self.run.befores[at[k]] for k in spread] or [self.run.last]

    def _last_event(self, statement: Statement) -> Event | None:
        last = self.wrong.ordinal
        at = [
            event
            for event in self.run.events
            if statement.covers(event.line) and (last is None or event.ordinal <= last)
        ]
        return at[-1] if at else None

    def _runs_once(self, statement: Statement) -> bool:
        names = [event.name for event in self.run.events if statement.covers(event.line)]
        return len(names) == len(set(names))

    def _is_direct(self, expression: ast.expr, names: Mapping[str, Any]) -> bool:
        """Whether the expression, by itself, gives the user's value."""
        try:
            value = evaluate(expression, names)
        except UnreadableError:
            return False
        return is_numeric(value) and close(value, self.wrong.value)

    def _gives_right(self, repair: Repair, names: Mapping[str, Any]) -> bool:
        try:
            value = evaluate(repair.expression, {**names, **repair.extras})
        except UnreadableError:
            return False
        return is_numeric(value) and agree(value, self.wrong.right)

    def _is_right_with(self, patch: Patch, repair: Repair) -> bool:
        # An earlier version of a variable is that of one point.
        points = (self.point,) if repair.extras else (self.point, *self._other_points())
        return all(self.replayer.patched(p, self.plan, patch, self.wrong) for p in points)

    def _is_mended_everywhere(self, patch: Patch, wrong: int) -> bool:
        return all(
            self.replayer.mended(point, self.plan, patch)[0] <= wrong
            for point in self._other_points()
        )

    def _other_points(self) -> Iterator[Point]:
        return (point for point in self.truths.points if point is not self.point)

    def _cause(self, repair: Repair, around: Surroundings, patch: Patch) -> Cause:
        slip = slip_of(repair, around)
        event = self._last_event(patch.statement)
        own = self.wrong.target.label.partition("[")[0]
        known = self.replayer.matches(self.point).events
        if event is None or event.name == own or event.place in known:
            return Cause(slip, patch=None if repair.extras else patch)
        run = self.replayer.mended(self.point, self.plan, patch)[1]
        right = run.events[event.ordinal].value if event.ordinal < len(run.events) else None
        return Cause(slip, event, right, None if repair.extras else patch)


def _patch(statement: Statement, repair: Repair) -> Patch:
    """A repair, with values in place of names that the user's function has not."""
    expression, extras = repair.expression, repair.extras
    for node in [n for n in ast.walk(expression) if isinstance(n, ast.Name) and n.id in extras]:
        expression = swapped(expression, node, ast.Constant(extras[node.id]))
    return Patch(statement, expression)


def _outcome(expression: ast.expr, turns: Sequence[Mapping[str, Any]]) -> Any:
    """Something by which expressions are told apart; None if one gives no number."""
    try:
        identities = [_identity(evaluate(expression, names)) for names in turns]
    except UnreadableError:
        return None
    return None if None in identities else tuple(identities)


def _identity(value: Any) -> Any:
    """Something by which values are told apart; None for what is no number."""
    if isinstance(value, dict | list | tuple):
        parts = value.values() if isinstance(value, dict) else value
        return tuple(_identity(part) for part in parts)
    if not is_numeric(value) and not isinstance(value, int):
        return None
    array = np.asarray(value, dtype=float)
    return array.shape, np.round(array, 9).tobytes()
