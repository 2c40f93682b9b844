"""The parameters on their way: epochs, until the steps are made or there is a reason to end."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import optree

from kobai.errors import DivergenceWarning
from kobai.frames import user_level
from kobai.graph import AnyArray
from kobai.optim import Optimizer
from kobai.training.batches import Batches
from kobai.training.program import Advance, Outcome, Point
from kobai.training.progress import Bar
from kobai.training.rates import Rates
from kobai.training.results import Fit, Progress
from kobai.training.steps import Stepper

# Steps that are made without looking back, and entries that they may read meanwhile: a tenth of a
# second or so, after which an interrupt is seen.
MOST_AT_ONCE = 16_384
ENTRIES_AT_ONCE = 10_000_000


class Run:
    """The parameters on their way."""

    def __init__(
        self,
        stepper: Stepper,
        cut: Batches,
        params: tuple[list[Any], bool],
        optimizer: Optimizer,
        tolerance: float | None,
        steps: int,
        rates: Rates,
    ) -> None:
        self._rates = rates
        self._stepper = stepper
        self._batches = cut
        nest: Any
        nest, self._is_tuple = params
        leaves, self._structure = optree.tree_flatten(nest)
        begin = [np.array(leaf) for leaf in leaves]
        states = [[np.zeros_like(leaf) for _ in optimizer.state_names] for leaf in begin]
        self._begin = begin
        self._point = self._finite = Point(begin, states, 0, steps)
        self._optimizer = optimizer
        self._tolerance = tolerance
        self._steps = steps
        self._dropped = 0  # steps that led to what is not finite
        self._history: list[float] = []
        self._stretch_steps = 2
        entries = sum(array.size for array in (*cut.first(), *begin))
        self._most = max(min(MOST_AT_ONCE, ENTRIES_AT_ONCE // max(entries, 1)), 1)
        self._converged = False
        self._warning = ""

    def until(
        self,
        generator: np.random.Generator,
        callbacks: Sequence[Callable[[Progress], Any]],
        bar: Bar,
    ) -> Fit:
        """Run epochs until the steps are made or there is a reason to end."""
        reason, steps = "", self._steps
        with bar:
            while self._made < steps and not reason:
                reason = self._stretch(generator, alone=not callbacks)
                epochs, loss = len(self._history), self._history[-1] if self._history else np.nan
                bar.show(self._made, loss)
                answers: list[Any] = []
                if callbacks and not reason:
                    params = optree.tree_map(lambda leaf: np.array(leaf)[()], self.params)
                    progress = Progress(self._made, steps, epochs, loss, params)
                    answers = [callback(progress) for callback in callbacks]
                if any(answers):
                    reason = f"a callback ended training after {self._made} steps"
        last = self._loss()
        if not np.isfinite(last) and self._point is not self._finite:
            reason = self._diverged(last)
            last = self._loss()
        if self._warning:
            warnings.warn(self._warning, DivergenceWarning, stacklevel=user_level())
        return Fit(
            params=self.params,
            loss=last,
            history=np.array(self._history),
            steps=self._made,
            reason=reason or f"all {self._made} steps are made",
            converged=self._converged,
            optimizer=self._optimizer,
            compared=partial(
                self._rates.stability,
                self._optimizer,
                self._nest(self._begin if self._warning else self._answer.parameters),
                self._made,
                steps,
            ),
        )

    @property
    def params(self) -> Any:
        """The parameters in the form in which they were given."""
        nest = self._nest(self._answer.parameters)
        return tuple(nest) if self._is_tuple else nest[0]

    @property
    def _made(self) -> int:
        return self._point.made + self._dropped

    @property
    def _answer(self) -> Point:
        """The point with what the optimiser has found in the parameters' place."""
        now = self._point
        if not now.made:
            return now
        found = map(self._optimizer.answer, now.parameters, now.states)
        return replace(now, parameters=list(found))

    def _nest(self, leaves: Sequence[AnyArray]) -> Any:
        """Parameters in the form in which they were given, for each of their positions."""
        return optree.tree_unflatten(self._structure, [leaf[()] for leaf in leaves])

    def _stretch(self, generator: np.random.Generator, *, alone: bool) -> str:
        """An epoch, or several where nobody waits for each of them."""
        left = self._steps - self._made
        cut = self._batches
        is_even = cut.rows % cut.size == 0
        epochs = min(left, max(self._stretch_steps, cut.per_epoch)) // cut.per_epoch
        if self._tolerance is None and alone and is_even and self._history and epochs:
            before = generator.bit_generator.state
            orders = [cut.order(generator) for _ in range(epochs)] if not cut.is_whole else []
            order = np.concatenate(orders) if orders else np.empty(0, np.int64)
            found = self._advanced(order, epochs * cut.per_epoch, left)
            # Twice as many each time, so that an interrupt is seen early on.
            self._stretch_steps = min(2 * self._stretch_steps, self._most)
            if found is not None:
                losses = found.losses.reshape(epochs, cut.per_epoch)
                self._history += np.mean(losses, axis=1, dtype=float).tolist()
                return ""
            generator.bit_generator.state = before
        return self._epoch(generator)

    def _advanced(self, order: AnyArray, count: int, left: int) -> Advance | None:
        """Several steps, unless they can't be made at once or lead to what is not finite."""
        nest = self._nest(self._point.parameters)
        found = self._stepper.advance(nest, self._point, order, count, left)
        if found is None:
            return None
        if not all(np.all(np.isfinite(x)) for x in (found.losses, *found.point.parameters)):
            return None  # one by one it shows where
        self._finite, self._point = found.before, found.point
        return found

    def _epoch(self, generator: np.random.Generator) -> str:
        """Go through the data once; the reason to end training, if there is one."""
        mean = EpochMean()
        order = self._batches.order(generator)
        done = 0
        # The first step of all records the loss.
        is_fast = self._tolerance is None and not self._batches.is_whole
        while done < self._batches.per_epoch and self._made < self._steps:
            if is_fast and self._made:
                count = self._at_once_in(order, done, mean)
                done += count
                is_fast = bool(count)
                continue
            batch = self._batches.batch(order, done)
            outcome = self._outcome(batch)
            if not self._is_finite(outcome):
                return self._diverged(outcome.loss)
            self._finite = self._point
            mean.add(outcome, self._batches.rows_of(batch))
            done += 1
            if self._batches.is_whole and self._is_within_tolerance(outcome.gradients):
                break
            self._point = outcome.point
        self._history.append(mean.loss)
        if self._is_within_tolerance(mean.gradients):
            self._converged = True
            return f"the gradient is at most {self._tolerance:g} after {self._made} steps"
        return ""

    def _at_once_in(self, order: AnyArray, done: int, mean: EpochMean) -> int:
        """Make some of an epoch's steps after those that are done; how many."""
        size = self._batches.size
        left = self._steps - self._made
        count = min(self._batches.rows // size - done, left, self._most)
        found = self._advanced(order[done * size :], count, left) if count else None
        if found is None:
            return 0
        mean.add_loss(float(np.mean(found.losses, dtype=float)), count * size)
        return count

    def _outcome(self, batch: Sequence[AnyArray]) -> Outcome:
        return self._stepper.step(self._nest(self._point.parameters), self._point, batch)

    def _loss(self) -> float:
        """The loss of what was found, on all data."""
        answer = self._answer
        return self._stepper.loss(self._nest(answer.parameters), answer, self._batches.arrays)

    def _is_within_tolerance(self, gradients: Sequence[AnyArray]) -> bool:
        if self._tolerance is None:
            return False
        return all(np.max(np.abs(g), initial=0.0) <= self._tolerance for g in gradients)

    def _is_finite(self, outcome: Outcome) -> bool:
        return bool(np.isfinite(outcome.loss)) and all(
            np.all(np.isfinite(leaf)) for leaf in outcome.point.parameters
        )

    def _diverged(self, loss: float) -> str:
        """Go back to the last parameters with a finite loss, and find the words for it."""
        what = "a parameter" if np.isfinite(loss) else "the loss"
        value = "not finite" if np.isfinite(loss) else loss
        reason = f"diverged: {what} is {value} at step {self._made + 1}"
        if self._finite is self._point and what == "the loss":
            advice = "Look at the loss with the starting parameters: it has no finite value there"
        else:
            advice = "Try a smaller learning rate, or standardise the data"
            advice += self._rates.advice(self._optimizer, self._nest(self._begin))
        self._dropped = self._point.made - self._finite.made
        self._point = self._finite
        last = f" (the last finite loss was {self._history[-1]:g})" if self._history else ""
        self._warning = (
            f"training {reason}{last}; the parameters of the last finite step are kept. {advice}"
        )
        return reason


class EpochMean:
    """Loss and gradient of an epoch, each batch weighed by its rows; of one batch, its very own.

    Attributes:
        loss: the mean so far.
        gradients: the mean so far, for each parameter; none before the first batch.
    """

    def __init__(self) -> None:
        self.loss = 0.0
        self.gradients: list[AnyArray] = []
        self._rows = 0

    def add(self, outcome: Outcome, rows: int) -> None:
        share = self.add_loss(outcome.loss, rows)
        means = self.gradients or outcome.gradients
        self.gradients = [
            mean + share * (gradient - mean)
            for mean, gradient in zip(means, outcome.gradients, strict=True)
        ]

    def add_loss(self, loss: float, rows: int) -> float:
        """The loss on some more rows; their share in the mean."""
        self._rows += rows
        share = rows / self._rows
        self.loss += share * (loss - self.loss)
        return share
