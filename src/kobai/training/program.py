"""One step of training as a program: loss, gradient and update, from one graph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from kobai.backends import Runnable, native_steps, runnable
from kobai.differentiation import differentiated, for_evaluation
from kobai.errors import ArgumentTypeError
from kobai.evaluation import Program
from kobai.facts import Facts
from kobai.graph import AnyArray, Node, reachable
from kobai.optim import Moment, Optimizer
from kobai.recording import Input, Recording
from kobai.training.batches import Batches
from kobai.transforms import scalar_output

if TYPE_CHECKING:
    from kobai.backends.steps import NativeSteps, Running


@dataclass(frozen=True)
class Point:
    """Where training stands: all that the next step depends on.

    Attributes:
        parameters: an array for each.
        states: of each parameter, what the optimiser remembers.
        made: how many steps have led here.
        total: how many there will be in all.
    """

    parameters: list[AnyArray]
    states: list[list[AnyArray]]
    made: int
    total: int

    @property
    def arrays(self) -> list[AnyArray]:
        """Parameters, then states."""
        return [*self.parameters, *(entry for state in self.states for entry in state)]

    def after(self, arrays: Sequence[AnyArray], steps: int) -> Point:
        """The point that some more steps have led to, from its parameters and states."""
        given = iter([np.asarray(array) for array in arrays])
        parameters = [next(given) for _ in self.parameters]
        states = [[next(given) for _ in state] for state in self.states]
        return Point(parameters, states, self.made + steps, self.total)


@dataclass(frozen=True)
class Outcome:
    """What one step found (loss and gradients, at the point given), and where it led."""

    loss: float
    gradients: list[AnyArray]
    point: Point


@dataclass(frozen=True)
class Advance:
    """Where some steps led, what loss each of them met, and the point that the last began at."""

    losses: AnyArray
    before: Point
    point: Point


class _Step:
    """The nodes of a step: the loss, what changes, the data."""

    def __init__(
        self,
        evaluated: Sequence[Node],
        parameters: Sequence[Node],
        before: Sequence[Node],
        data: list[Node],
    ) -> None:
        self.loss, *rest = evaluated
        self.changes = dict(zip(before, rest[len(parameters) :], strict=True))
        self.data = data


class StepProgram:
    """One recording of the loss, with gradient and update, ready to run."""

    def __init__(
        self,
        recording: Recording,
        positions: Sequence[int],
        optimizer: Optimizer,
        batches: Batches,
        calls: int,
    ) -> None:
        parameters = sorted(
            (leaf for leaf in recording.inputs if leaf.path[0] in positions),
            key=lambda leaf: positions.index(leaf.path[0]),
        )
        batch = [leaf for leaf in recording.inputs if leaf.path[0] not in positions]
        require_floating(parameters)
        targets = [leaf.node for leaf in parameters]
        facts = Facts({leaf.node: array for leaf, array in zip(batch, batches.arrays, strict=True)})
        output = scalar_output(recording.result)
        graph = recording.trace.graph
        found: dict[Node, Node] = {}
        if output is None:
            output = graph.constant(float(recording.result))
        else:
            output, found = differentiated(output, targets, facts)
        self.recording = recording
        self.uses = 0
        self.independent = [leaf.label for leaf in parameters if leaf.node not in found]
        gradients = [found.get(w, graph.constant(np.zeros((), w.dtype))) for w in targets]
        states = [
            tuple(
                graph.input(f"{leaf.label}/{name}", leaf.node.shape, leaf.node.dtype)
                for name in optimizer.state_names
            )
            for leaf in parameters
        ]
        at = Moment(graph)
        updated = optimizer.updates(targets, gradients, states, at)
        self._decisions = [value for _, value in recording.trace.decisions]
        after = [*(w for w, _ in updated), *(entry for _, state in updated for entry in state)]
        before = [*targets, *(entry for state in states for entry in state)]
        # The steps are counted where something depends on their number.
        counted = {at.t: at.after, at.steps: at.steps}
        self._is_counted = not counted.keys().isdisjoint(reachable(after))
        if self._is_counted:
            before += counted
            after += counted.values()
        self._count = len(targets)
        outputs = [output, *gradients, *after]
        inputs = [*(leaf.node for leaf in batch), *before]
        axes = {leaf.node: axis for leaf, axis in zip(batch, batches.axes, strict=True)}
        # What Python decided on is compared to the last bit: NumPy computes it, as it did then.
        decided = for_evaluation([node for node, _ in recording.trace.decisions], inputs)
        self._guards = Program(decided, inputs) if decided else None
        evaluated = for_evaluation(outputs, inputs)
        self._inputs = inputs
        self._outputs = evaluated
        self._axes = axes
        self._program = runnable(evaluated, inputs, axes, calls)
        self._step = _Step(evaluated, targets, before, [x.node for x in batch])
        self._native: dict[bool, NativeSteps | None] = {}
        self._running: Running | None = None

    def native(self, batches: Batches, steps: int) -> NativeSteps | None:
        """Steps without Python in between; None where they are not worth it or not possible."""
        if self._decisions or (not batches.is_whole and any(batches.axes)):
            return None
        if batches.is_whole not in self._native:
            self._native[batches.is_whole] = native_steps(
                self._step.loss,
                self._step.changes,
                self._step.data,
                is_whole=batches.is_whole,
                steps=steps,
            )
            if self._native[batches.is_whole] is None:
                # They will be made one by one.
                self._program = runnable(self._outputs, self._inputs, self._axes, steps)
        return self._native[batches.is_whole]

    def advanced(
        self,
        native: NativeSteps,
        point: Point,
        data: Sequence[AnyArray],
        order: AnyArray,
        steps: int,
    ) -> Advance:
        """The point after some steps, and the loss of each."""
        if self._running is None:
            self._running = native.on([np.asarray(array, order="C") for array in data])
        running = self._running
        held = [running.state[node] for node in self._step.changes]
        for place, array in zip(held, self._arrays_of(point), strict=True):
            place[...] = array
        first = running.run(order, steps - 1)
        before = point.after([array.copy() for array in held], steps - 1)
        last = running.run(order[(steps - 1) * native.batch :], 1)
        after = point.after([array.copy() for array in held], steps)
        return Advance(np.concatenate([first, last]), before, after)

    def run(self, point: Point, batch: Sequence[AnyArray]) -> Outcome | None:
        """The step; None if the function would have taken another branch."""
        given = self._given(point, batch)
        if given is None:
            return None
        loss, *rest = self._program.run(*given)
        gradients, after = rest[: self._count], rest[self._count :]
        return Outcome(float(loss), [np.asarray(g) for g in gradients], point.after(after, 1))

    def loss(self, point: Point, batch: Sequence[AnyArray]) -> float | None:
        """The loss alone; None if the function would have taken another branch."""
        given = self._given(point, batch)
        return None if given is None else float(self._loss_program.run(*given)[0])

    @cached_property
    def _loss_program(self) -> Runnable:
        return runnable(self._outputs[:1], self._inputs, self._axes, calls=1)

    def _arrays_of(self, point: Point) -> list[AnyArray]:
        """What changes from step to step."""
        number = [np.array(float(point.made)), np.array(float(point.total))]
        return [*point.arrays, *(number if self._is_counted else [])]

    def _given(self, point: Point, batch: Sequence[AnyArray]) -> tuple[AnyArray, ...] | None:
        """All inputs, if Python would decide with them as it did."""
        given = (*batch, *self._arrays_of(point))
        guards = self._guards.run(*given) if self._guards is not None else []
        pairs = zip(guards, self._decisions, strict=True)
        is_same = all(np.array_equal(found, value, equal_nan=True) for found, value in pairs)
        return given if is_same else None


def require_floating(parameters: Sequence[Input]) -> None:
    """Refuse parameters that a step would have to round."""
    for leaf in parameters:
        if not leaf.node.is_differentiable:
            raise ArgumentTypeError(
                f"parameter {leaf.label} is of dtype {leaf.node.dtype}: "
                "a step along a gradient would have to round it",
                repair="give it as floating numbers: 3.0 for 3, w.astype(float) for an array",
            )
