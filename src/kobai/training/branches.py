"""A function of the parameters as programs, one for each way that its `if`s have gone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
import optree

from kobai.differentiation import for_evaluation
from kobai.errors import TraceError
from kobai.evaluation import Program
from kobai.graph import AnyArray
from kobai.recording import Input, Recording, record
from kobai.sizing import is_repeatable, random_state
from kobai.training.program import require_floating

MOST_BRANCHES = 16
T = TypeVar("T")


@dataclass(frozen=True)
class Form:
    """Where the parameters stand among a function's arguments.

    Attributes:
        positions: of the arguments that hold parameters, in the order of their nests.
        structure: of the list of their nests.
        data: the other arguments.
        axes: the examples axis of each of these.
    """

    positions: tuple[int, ...]
    structure: optree.PyTreeSpec
    data: tuple[AnyArray, ...]
    axes: tuple[int, ...]

    def arguments(self, leaves: Sequence[AnyArray]) -> list[Any]:
        """The arguments of the function, for these leaves of the parameters."""
        nests: Any = optree.tree_unflatten(self.structure, leaves)
        given: list[Any] = list(self.data)
        for position, nest in sorted(zip(self.positions, nests, strict=True), key=lambda x: x[0]):
            given.insert(position, nest)
        return given

    def parameters(self, recording: Recording) -> list[Input]:
        """The inputs of a recording that stand for the leaves, in the order of these."""
        inputs = [leaf for leaf in recording.inputs if leaf.path[0] in self.positions]
        return sorted(inputs, key=lambda leaf: self.positions.index(leaf.path[0]))

    def examples(self, recording: Recording) -> list[Input]:
        """The inputs that stand for the data."""
        return [leaf for leaf in recording.inputs if leaf.path[0] not in self.positions]


class Branches(Generic[T]):
    """What was made of each recording of a function, and which of them fits the values at hand.

    The function is recorded once, and anew where a decision that Python took by a value would turn.
    A driver compares values from step to step: a function that draws random numbers, or keeps
    something from call to call, is refused, at the first recording or at a later look (after 1, 2,
    4, 8, … uses, as two draws may agree).

    Args:
        function: the user's.
        form: its arguments.
        made: what to make of a recording.
    """

    def __init__(
        self, function: Callable[..., Any], form: Form, made: Callable[[Recording], T]
    ) -> None:
        self._function = function
        self._form = form
        self._made = made
        self._branches: list[_Branch[T]] = []

    def at(self, leaves: Sequence[AnyArray]) -> T:
        """What was made of the recording that holds for these parameters."""
        for branch in self._branches:
            if branch.holds(leaves, self._form.data):
                if branch.is_due():
                    self._require_repeatable(branch.recording, leaves)
                return branch.made
        recording = self._recorded(leaves)
        require_floating(self._form.parameters(recording))
        self._require_repeatable(recording, leaves)
        branch = _Branch(recording, self._form, self._made(recording))
        self._branches = [branch, *self._branches[: MOST_BRANCHES - 1]]
        return branch.made

    def _recorded(self, leaves: Sequence[AnyArray]) -> Recording:
        given = self._form.arguments(leaves)
        before = random_state()
        recording = record(self._function, given, range(len(given)))
        if random_state() != before:
            raise _differs()
        return recording

    def _require_repeatable(self, recording: Recording, leaves: Sequence[AnyArray]) -> None:
        if not is_repeatable(recording, self._recorded(leaves)):
            raise _differs()


class _Branch(Generic[T]):
    """One recording, and the decisions for which it holds."""

    def __init__(self, recording: Recording, form: Form, made: T) -> None:
        self.recording = recording
        self.made = made
        self._uses = 0
        inputs = [x.node for x in (*form.parameters(recording), *form.examples(recording))]
        self._decisions = [value for _, value in recording.trace.decisions]
        # What Python decided on is compared to the last bit: NumPy computes it, as it did then.
        decided = for_evaluation([node for node, _ in recording.trace.decisions], inputs)
        self._guards = Program(decided, inputs) if decided else None

    def holds(self, leaves: Sequence[AnyArray], data: Sequence[AnyArray]) -> bool:
        if self._guards is None:
            return True
        found = zip(self._guards.run(*leaves, *data), self._decisions, strict=True)
        return all(np.array_equal(value, decided, equal_nan=True) for value, decided in found)

    def is_due(self) -> bool:
        """Whether it is time to look at the function again: as seldom as at powers of 2."""
        self._uses += 1
        return self._uses & (self._uses - 1) == 0


def _differs() -> TraceError:
    return TraceError(
        "the function is another from call to call: it draws random numbers, or keeps something; "
        "its values at two points can't be compared",
        repair="draw the numbers before, and give them as data; or use steps that compare no "
        "values, such as kobai.optim.GradientDescent",
    )
