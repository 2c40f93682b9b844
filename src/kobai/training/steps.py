"""The steps of one loss: recorded when they have to be, run again as often as they can be."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from kobai.errors import IndependenceWarning
from kobai.frames import user_level
from kobai.graph import AnyArray
from kobai.optim import Optimizer
from kobai.recording import Recording, record
from kobai.sizing import is_repeatable, random_state
from kobai.training.batches import Batches
from kobai.training.program import Advance, Outcome, Point, StepProgram

MOST_VARIANTS = 8
T = TypeVar("T")


class Stepper:
    """Runs training steps of one loss; records the loss when it has to, and as seldom as it can.

    A recording is used again for batches of the same shapes as long as every value on which the
    function's `if`s depended comes out the same. A loss that draws random numbers, or keeps
    something from call to call, is recorded anew at every step. It shows in the state of the
    generators that everybody shares, or in two recordings that differ; as two draws of a generator
    of its own may agree, they are compared again after 1, 2, 4, 8, … uses.

    Args:
        loss: the user's function.
        positions: which of its arguments hold parameters; the others take the data arrays in order.
        optimizer: what makes a step of a gradient.
        batches: the data.
        steps: how many will be made.
        goes_ahead: whether several steps may be made at once.
    """

    def __init__(
        self,
        loss: Callable[..., Any],
        positions: Sequence[int],
        optimizer: Optimizer,
        batches: Batches,
        steps: int,
        *,
        goes_ahead: bool,
    ) -> None:
        self._loss = loss
        self._positions = tuple(positions)
        self._optimizer = optimizer
        self._batches = batches
        self._steps = steps
        self._goes_ahead = goes_ahead
        self._programs: dict[tuple[Any, ...], list[StepProgram]] = {}
        self._is_repeatable = True
        self._warned: set[str] = set()

    def step(self, arguments: Sequence[Any], point: Point, batch: Sequence[AnyArray]) -> Outcome:
        """One step from a point, whose parameters are in one nest for each of their positions."""
        return self._asked(arguments, point, batch, StepProgram.run)

    def loss(self, arguments: Sequence[Any], point: Point, batch: Sequence[AnyArray]) -> float:
        """The loss alone at a point."""
        return self._asked(arguments, point, batch, StepProgram.loss)

    def _asked(
        self,
        arguments: Sequence[Any],
        point: Point,
        batch: Sequence[AnyArray],
        question: Callable[[StepProgram, Point, Sequence[AnyArray]], T | None],
    ) -> T:
        """What a program of the loss answers; it is recorded if none fits."""
        given = self._arguments(arguments, batch)
        known = self._programs.setdefault(tuple(array.shape for array in batch), [])
        for program in known:
            answer = question(program, point, batch)
            if answer is not None and self._still_holds(program, given):
                return answer
        recording, is_drawn = _recorded(self._loss, given)
        calls = self._calls(batch)
        program = StepProgram(recording, self._positions, self._optimizer, self._batches, calls)
        self._warn_of_independence(program)
        if self._is_repeatable and len(known) < MOST_VARIANTS:
            if is_drawn or not is_repeatable(recording, _recorded(self._loss, given)[0]):
                self._forget()
            else:
                known.append(program)
        answer = question(program, point, batch)
        assert answer is not None  # the decisions were taken on these very values
        return answer

    def _calls(self, batch: Sequence[AnyArray]) -> int:
        """How many steps will be made on batches of this size, one by one."""
        rows = self._batches.rows_of(batch)
        if rows == self._batches.size and not self._goes_ahead:
            return self._steps
        return -(-self._steps // self._batches.per_epoch)

    def advance(
        self,
        arguments: Sequence[Any],
        point: Point,
        order: AnyArray,
        steps: int,
        ahead: int,
    ) -> Advance | None:
        """Several steps at once; None where they have to be made one by one.

        Args:
            arguments: the parameters, one nest for each of their positions.
            point: where they begin.
            order: the rows of the batches, one batch after the other.
            steps: how many to make now.
            ahead: how many there are to be made in all.
        """
        first = self._batches.first()
        known = self._programs.get(tuple(array.shape for array in first), [])
        if len(known) != 1 or not self._is_repeatable or steps < 1:
            return None
        (program,) = known
        native = program.native(self._batches, ahead)
        given = self._arguments(arguments, first)
        if native is None or not self._still_holds(program, given):
            return None
        try:
            return program.advanced(native, point, self._batches.arrays, order, steps)
        except IndexError:
            return None  # one by one it shows where

    def _still_holds(self, program: StepProgram, given: Sequence[Any]) -> bool:
        """Whether the loss is still what was recorded; looked at ever more seldom."""
        program.uses += 1
        if not self._is_repeatable or program.uses & (program.uses - 1):
            return self._is_repeatable
        recording, is_drawn = _recorded(self._loss, given)
        if is_drawn or not is_repeatable(program.recording, recording):
            self._forget()
        return self._is_repeatable

    def _forget(self) -> None:
        """From now on, record the loss at every step."""
        self._is_repeatable = False
        for known in self._programs.values():
            known.clear()

    def _arguments(self, arguments: Sequence[Any], batch: Sequence[AnyArray]) -> list[Any]:
        given = list(batch)
        for position, argument in sorted(zip(self._positions, arguments, strict=True)):
            given.insert(position, argument)
        return given

    def _warn_of_independence(self, program: StepProgram) -> None:
        for label in program.independent:
            if label not in self._warned:
                self._warned.add(label)
                warnings.warn(
                    f"the loss does not depend on parameter {label}: it stays as it is",
                    IndependenceWarning,
                    stacklevel=user_level(),
                )


def _recorded(loss: Callable[..., Any], given: Sequence[Any]) -> tuple[Recording, bool]:
    """A recording, and whether the shared generators of random numbers were used for it."""
    before = random_state()
    recording = record(loss, given, range(len(given)))
    return recording, random_state() != before
