"""One step of training as a program: loss, gradient and update, from one graph."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import optree

from kobai.backends import native_steps, runnable
from kobai.differentiation import differentiated, for_evaluation
from kobai.errors import ArgumentTypeError, IndependenceWarning
from kobai.evaluation import Program
from kobai.facts import Facts
from kobai.frames import user_level
from kobai.graph import AnyArray, Node
from kobai.optim import Optimizer
from kobai.recording import Input, Recording, record
from kobai.sizing import is_repeatable, random_state
from kobai.training.batches import Batches
from kobai.transforms import scalar_output

if TYPE_CHECKING:
    from kobai.backends.steps import NativeSteps, Running

MOST_VARIANTS = 8


@dataclass(frozen=True)
class Outcome:
    """What one step found (loss and gradients, at the parameters given) and made."""

    loss: float
    gradients: list[AnyArray]
    parameters: list[AnyArray]
    states: list[list[AnyArray]]


@dataclass(frozen=True)
class Advance:
    """Where some steps led, what loss each of them met, and the parameters that the last met."""

    losses: AnyArray
    before: list[AnyArray]
    parameters: list[AnyArray]
    states: list[list[AnyArray]]


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
    """

    def __init__(
        self,
        loss: Callable[..., Any],
        positions: Sequence[int],
        optimizer: Optimizer,
        batches: Batches,
    ) -> None:
        self._loss = loss
        self._positions = tuple(positions)
        self._optimizer = optimizer
        self._batches = batches
        self._programs: dict[tuple[Any, ...], list[_StepProgram]] = {}
        self._is_repeatable = True
        self._warned: set[str] = set()

    def step(
        self,
        arguments: Sequence[Any],
        states: list[list[AnyArray]],
        batch: Sequence[AnyArray],
    ) -> Outcome:
        """One step from these parameters (one nest for each parameter position)."""
        given = self._arguments(arguments, batch)
        known = self._programs.setdefault(tuple(array.shape for array in batch), [])
        leaves = _leaves(given, self._positions)
        for program in known:
            outcome = program.run(leaves, batch, states)
            if outcome is not None and self._still_holds(program, given):
                return outcome
        recording, is_drawn = _recorded(self._loss, given)
        program = _StepProgram(recording, self._positions, self._optimizer, self._batches)
        self._warn_of_independence(program)
        if self._is_repeatable and len(known) < MOST_VARIANTS:
            if is_drawn or not is_repeatable(recording, _recorded(self._loss, given)[0]):
                self._forget()
            else:
                known.append(program)
        outcome = program.run(leaves, batch, states)
        assert outcome is not None  # the decisions were taken on these very values
        return outcome

    def advance(
        self,
        arguments: Sequence[Any],
        states: list[list[AnyArray]],
        order: AnyArray,
        steps: int,
        ahead: int,
    ) -> Advance | None:
        """Several steps at once; None where they have to be made one by one.

        Args:
            arguments: the parameters, one nest for each of their positions.
            states: what the optimiser remembers.
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
        leaves = _leaves(given, self._positions)
        try:
            return program.advanced(native, leaves, states, self._batches.arrays, order, steps)
        except IndexError:
            return None  # one by one it shows where

    def _still_holds(self, program: _StepProgram, given: Sequence[Any]) -> bool:
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

    def _warn_of_independence(self, program: _StepProgram) -> None:
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


def _leaves(given: Sequence[Any], positions: Sequence[int]) -> list[AnyArray]:
    return [np.asarray(leaf) for p in sorted(positions) for leaf in optree.tree_leaves(given[p])]


class _Step:
    """The nodes of a step: the loss, what changes, the data."""

    def __init__(
        self,
        evaluated: Sequence[Node],
        parameters: Sequence[Node],
        states: Sequence[tuple[Node, ...]],
        data: list[Node],
    ) -> None:
        self.loss, *rest = evaluated
        before = [*parameters, *(entry for state in states for entry in state)]
        self.changes = dict(zip(before, rest[len(parameters) :], strict=True))
        self.data = data


class _StepProgram:
    """One recording of the loss, with gradient and update, ready to run."""

    def __init__(
        self,
        recording: Recording,
        positions: Sequence[int],
        optimizer: Optimizer,
        batches: Batches,
    ) -> None:
        parameters = [leaf for leaf in recording.inputs if leaf.path[0] in positions]
        batch = [leaf for leaf in recording.inputs if leaf.path[0] not in positions]
        _require_floating(parameters)
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
        updated = [
            optimizer.update(w, dw, state)
            for w, dw, state in zip(targets, gradients, states, strict=True)
        ]
        self._decisions = [value for _, value in recording.trace.decisions]
        self._counts = len(targets), len(optimizer.state_names)
        outputs = [
            output,
            *gradients,
            *(w for w, _ in updated),
            *(entry for _, state in updated for entry in state),
        ]
        inputs = [*targets, *(leaf.node for leaf in batch), *(s for state in states for s in state)]
        axes = {leaf.node: axis for leaf, axis in zip(batch, batches.axes, strict=True)}
        # What Python decided on is compared to the last bit: NumPy computes it, as it did then.
        decided = for_evaluation([node for node, _ in recording.trace.decisions], inputs)
        self._guards = Program(decided, inputs) if decided else None
        evaluated = for_evaluation(outputs, inputs)
        self._program = runnable(evaluated, inputs, axes)
        self._step = _Step(evaluated, targets, states, [x.node for x in batch])
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
        return self._native[batches.is_whole]

    def advanced(
        self,
        native: NativeSteps,
        parameters: Sequence[AnyArray],
        states: Sequence[Sequence[AnyArray]],
        data: Sequence[AnyArray],
        order: AnyArray,
        steps: int,
    ) -> Advance:
        """Parameters and states after some steps, and the loss of each."""
        if self._running is None:
            self._running = native.on([np.asarray(array, order="C") for array in data])
        running = self._running
        held = [running.state[node] for node in self._step.changes]
        flat = [*parameters, *(entry for state in states for entry in state)]
        for place, array in zip(held, flat, strict=True):
            place[...] = array
        count, kept = self._counts
        first = running.run(order, steps - 1)
        before = [array.copy() for array in held[:count]]
        last = running.run(order[(steps - 1) * native.batch :], 1)
        new, rest = [x.copy() for x in held[:count]], [x.copy() for x in held[count:]]
        states_now = [rest[i * kept : (i + 1) * kept] for i in range(count)]
        return Advance(np.concatenate([first, last]), before, new, states_now)

    def run(
        self,
        parameters: Sequence[AnyArray],
        batch: Sequence[AnyArray],
        states: Sequence[Sequence[AnyArray]],
    ) -> Outcome | None:
        """The step; None if the function would have taken another branch."""
        flat = [entry for state in states for entry in state]
        given = (*parameters, *batch, *flat)
        guards = self._guards.run(*given) if self._guards is not None else []
        if any(
            not np.array_equal(found, value, equal_nan=True)
            for found, value in zip(guards, self._decisions, strict=True)
        ):
            return None
        loss, *rest = self._program.run(*given)
        count, kept = self._counts
        gradients, new, remembered = rest[:count], rest[count : 2 * count], rest[2 * count :]
        return Outcome(
            float(loss),
            [np.asarray(gradient) for gradient in gradients],
            [np.asarray(array) for array in new],
            [remembered[i * kept : (i + 1) * kept] for i in range(count)],
        )


def _require_floating(parameters: Sequence[Input]) -> None:
    for leaf in parameters:
        if not leaf.node.is_differentiable:
            raise ArgumentTypeError(
                f"parameter {leaf.label} is of dtype {leaf.node.dtype}: "
                "a step along a gradient would have to round it",
                repair="give it as floating numbers: 3.0 for 3, w.astype(float) for an array",
            )
