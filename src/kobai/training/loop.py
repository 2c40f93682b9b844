"""`minimize`: the training loop."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import optree

from kobai.errors import ArgumentError, ArgumentTypeError, DivergenceWarning, TraceError
from kobai.frames import user_level, user_place
from kobai.graph import AnyArray
from kobai.optim import GradientDescent, Optimizer
from kobai.tracing import active_trace
from kobai.training.batches import Batches, batches, is_count
from kobai.training.progress import Bar
from kobai.training.steps import Advance, Outcome, Stepper

DEFAULT_STEPS = 1000
# Steps that are made without looking back, and entries that they may read meanwhile: a tenth of a
# second or so, after which an interrupt is seen.
MOST_AT_ONCE = 16_384
ENTRIES_AT_ONCE = 10_000_000


@dataclass(frozen=True)
class Progress:
    """Where training stands; what callbacks are given.

    Attributes:
        step: how many steps are done.
        steps: how many there will be at most.
        epoch: how many times the data was gone through.
        loss: the loss of the last epoch: the mean over its batches, weighed by their rows.
        params: a copy of the parameters, in the form in which they were given.
    """

    step: int
    steps: int
    epoch: int
    loss: float
    params: Any


@dataclass(frozen=True)
class Fit:
    """The result of `minimize`.

    Attributes:
        params: the parameters found, in the form, shapes and dtypes in which they were given.
        loss: the loss at these parameters on all the data.
        history: the loss of each epoch, as its steps met it: the mean over the batches, weighed by
            their rows. Without batches an epoch is a step, and entry k the loss before step k.
        steps: how many steps were made.
        reason: why training ended, in a sentence.
        converged: whether it ended because the gradient was within the tolerance.
    """

    params: Any
    loss: float
    history: AnyArray = field(repr=False)
    steps: int
    reason: str
    converged: bool


def minimize(
    loss: Callable[..., Any],
    params: Any,
    data: Any = None,
    *,
    optimizer: Optimizer = GradientDescent(0.1),
    steps: int | None = None,
    epochs: int | None = None,
    batch_size: int | None = None,
    shuffle: bool = True,
    seed: int = 0,
    callbacks: Sequence[Callable[[Progress], Any]] = (),
    tolerance: float | None = None,
    argnums: int | Sequence[int] | None = None,
    axis: int | Sequence[int] = 0,
    progress: bool = True,
) -> Fit:
    """Train: make a loss that is written in plain NumPy small, by steps against its gradient.

    Args:
        loss: `loss(params, *batch)`, or with `argnums` any function; returns one number.
        params: the parameters to begin with, floating: any nest of dicts, lists, tuples and arrays.
            They are not changed.
        data: an array, or a tuple of arrays that hold one entry for each example along `axis`.
        optimizer: what makes a step of a gradient; see `kobai.optim`.
        steps: how many steps to make at most; 1,000 if neither this nor `epochs` is given.
        epochs: how many times to go through the data, in place of `steps`.
        batch_size: examples for one step; None for all of them. The last batch of an epoch may be
            shorter. `batch_size=1` gives the loss arrays of length 1 along the examples axis.
        shuffle: give each epoch an order of its own (where a batch is not all of the data).
        seed: of the orders.
        callbacks: each is called with a `Progress` after each epoch that doesn't end training of
            itself, by tolerance or divergence; a true answer ends training.
        tolerance: end when no entry of the gradient (its mean over an epoch's batches, weighed by
            their rows) is larger than this in size.
        argnums: the positions of the parameters among the loss's arguments: `params` is a tuple of
            them (for an int, the one itself), and the other arguments are the data.
        axis: the examples axis of the data, one for all arrays or one for each.
        progress: show a bar on stderr, if that is a terminal and training takes its time.

    Returns:
        A `Fit`.

    Raises:
        ArgumentError: arguments that contradict each other.
        ArgumentTypeError: a parameter that is not of floating dtype, or data that are not numbers.
        TraceError: the loss uses a construct that can't be traced.

    Warns:
        DivergenceWarning: the loss or a parameter was no longer finite. Training stops, and the
            parameters of the last step with a finite loss are kept.

    Example:
        >>> import kobai
        >>> fit = kobai.minimize(lambda x: x**2 + x, 3.0)
        >>> print(f"{fit.params:.6f}")
        -0.500000
    """
    if active_trace() is not None:
        raise TraceError(
            "minimize is called inside a function that is traced",
            where=user_place(),
            repair="train first, and give the function what was found",
        )
    if not callable(getattr(optimizer, "update", None)):
        raise ArgumentTypeError(
            f"the optimizer is {optimizer!r}",
            repair="give one of kobai.optim, such as kobai.optim.GradientDescent(0.1)",
        )
    if tolerance is not None and not tolerance >= 0:
        raise ArgumentError(f"the tolerance is {tolerance!r}", repair="give a number from 0")
    cut = batches(data, axis, batch_size, shuffle)
    if data is None and batch_size is not None:
        raise ArgumentError("batch_size without data", repair="give the data, or leave it out")
    positions, nest = _parameters(params, argnums, len(cut.arrays))
    _require_signature(loss, len(nest) + len(cut.arrays))
    is_tuple = isinstance(argnums, Sequence)
    count = _step_count(steps, epochs, cut)
    stepper = Stepper(loss, positions, optimizer, cut, count, goes_ahead=tolerance is None)
    run = _Run(stepper, cut, (nest, is_tuple), optimizer, tolerance)
    return run.until(count, np.random.default_rng(seed), callbacks, Bar(count, progress))


def _parameters(
    params: Any, argnums: int | Sequence[int] | None, data: int
) -> tuple[list[int], list[Any]]:
    """Positions of the parameters, and the nest at each."""
    if argnums is None or isinstance(argnums, int):
        position = argnums or 0
        if not 0 <= position <= data:
            raise ArgumentError(
                f"argnums {position} doesn't fit {data + 1} arguments",
                repair="count the loss's arguments from 0",
            )
        return [position], [params]
    if not isinstance(params, tuple | list) or len(params) != len(argnums):
        raise ArgumentError(
            f"argnums names {len(argnums)} arguments, but params is not a tuple of as many",
            repair="give params=(w, b) for argnums=(0, 1)",
        )
    positions = [int(number) for number in argnums]
    if len(set(positions)) < len(positions) or not all(
        0 <= number < data + len(positions) for number in positions
    ):
        raise ArgumentError(
            f"argnums {tuple(argnums)} don't fit {data + len(positions)} arguments",
            repair="count the loss's arguments from 0, each once",
        )
    return positions, list(params)


def _require_signature(loss: Callable[..., Any], count: int) -> None:
    try:
        signature = inspect.signature(loss)
    except (TypeError, ValueError):
        return
    try:
        signature.bind(*range(count))
    except TypeError as error:
        name = getattr(loss, "__name__", "loss")
        raise ArgumentError(
            f"{name}{signature} is to be called with {count} arguments: {error}",
            repair="params come first, then one argument for each data array; or give argnums",
        ) from None


def _step_count(steps: int | None, epochs: int | None, cut: Batches) -> int:
    if steps is not None and epochs is not None:
        raise ArgumentError("both steps and epochs are given", repair="give one of them")
    for name, value in (("steps", steps), ("epochs", epochs)):
        if value is not None and not is_count(value, least=0):
            raise ArgumentError(f"{name} is {value!r}", repair="give a whole number from 0")
    if epochs is not None:
        return epochs * cut.per_epoch
    return DEFAULT_STEPS if steps is None else steps


class _Run:
    """The parameters on their way."""

    def __init__(
        self,
        stepper: Stepper,
        cut: Batches,
        params: tuple[list[Any], bool],
        optimizer: Optimizer,
        tolerance: float | None,
    ) -> None:
        self._stepper = stepper
        self._batches = cut
        nest: Any
        nest, self._is_tuple = params
        leaves, self._structure = optree.tree_flatten(nest)
        self._leaves = [np.array(leaf) for leaf in leaves]
        self._states = [
            [np.zeros_like(leaf) for _ in optimizer.state_names] for leaf in self._leaves
        ]
        self._tolerance = tolerance
        self._finite = self._leaves
        self._history: list[float] = []
        self._made = 0
        self._stretch_steps = 2
        entries = sum(array.size for array in (*cut.first(), *self._leaves))
        self._most = max(min(MOST_AT_ONCE, ENTRIES_AT_ONCE // max(entries, 1)), 1)
        self._converged = False
        self._warning = ""

    def until(
        self,
        steps: int,
        generator: np.random.Generator,
        callbacks: Sequence[Callable[[Progress], Any]],
        bar: Bar,
    ) -> Fit:
        """Run epochs until the steps are made or there is a reason to end."""
        reason = ""
        with bar:
            while self._made < steps and not reason:
                reason = self._stretch(steps, generator, alone=not callbacks)
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
        if not np.isfinite(last) and self._leaves is not self._finite:
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
        )

    @property
    def params(self) -> Any:
        """The parameters in the form in which they were given."""
        leaves = [leaf[()] for leaf in self._leaves]
        nest = optree.tree_unflatten(self._structure, leaves)
        return tuple(nest) if self._is_tuple else nest[0]

    def _stretch(self, steps: int, generator: np.random.Generator, *, alone: bool) -> str:
        """An epoch, or several where nobody waits for each of them."""
        left = steps - self._made
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
        return self._epoch(steps, generator)

    def _advanced(self, order: AnyArray, count: int, left: int) -> Advance | None:
        """Several steps, unless they can't be made at once or lead to what is not finite."""
        nest: Any = optree.tree_unflatten(self._structure, self._leaves)
        found = self._stepper.advance(nest, self._states, order, count, left)
        if found is None:
            return None
        if not all(np.all(np.isfinite(x)) for x in (found.losses, *found.parameters)):
            return None  # one by one it shows where
        self._finite = found.before
        self._leaves, self._states = found.parameters, found.states
        self._made += count
        return found

    def _epoch(self, steps: int, generator: np.random.Generator) -> str:
        """Go through the data once; the reason to end training, if there is one."""
        mean = _EpochMean()
        order = self._batches.order(generator)
        done = 0
        # The first step of all records the loss.
        is_fast = self._tolerance is None and not self._batches.is_whole
        while done < self._batches.per_epoch and self._made < steps:
            if is_fast and self._made:
                count = self._at_once_in(order, done, steps, mean)
                done += count
                is_fast = bool(count)
                continue
            batch = self._batches.batch(order, done)
            outcome = self._outcome(batch)
            if not self._is_finite(outcome):
                return self._diverged(outcome.loss)
            self._finite = self._leaves
            mean.add(outcome, self._batches.rows_of(batch))
            done += 1
            if self._batches.is_whole and self._is_within_tolerance(outcome.gradients):
                break
            self._leaves, self._states = outcome.parameters, outcome.states
            self._made += 1
        self._history.append(mean.loss)
        if self._is_within_tolerance(mean.gradients):
            self._converged = True
            return f"the gradient is at most {self._tolerance:g} after {self._made} steps"
        return ""

    def _at_once_in(self, order: AnyArray, done: int, steps: int, mean: _EpochMean) -> int:
        """Make some of an epoch's steps after those that are done; how many."""
        size = self._batches.size
        left = steps - self._made
        count = min(self._batches.rows // size - done, left, self._most)
        found = self._advanced(order[done * size :], count, left) if count else None
        if found is None:
            return 0
        mean.add_loss(float(np.mean(found.losses, dtype=float)), count * size)
        return count

    def _outcome(self, batch: Sequence[AnyArray]) -> Outcome:
        nest: Any = optree.tree_unflatten(self._structure, self._leaves)
        return self._stepper.step(nest, self._states, batch)

    def _loss(self) -> float:
        """The loss on all data."""
        nest: Any = optree.tree_unflatten(self._structure, self._leaves)
        return self._stepper.loss(nest, self._states, self._batches.arrays)

    def _is_within_tolerance(self, gradients: Sequence[AnyArray]) -> bool:
        if self._tolerance is None:
            return False
        return all(np.max(np.abs(g), initial=0.0) <= self._tolerance for g in gradients)

    def _is_finite(self, outcome: Outcome) -> bool:
        return bool(np.isfinite(outcome.loss)) and all(
            np.all(np.isfinite(leaf)) for leaf in outcome.parameters
        )

    def _diverged(self, loss: float) -> str:
        """Go back to the last parameters with a finite loss, and find the words for it."""
        what = "a parameter" if np.isfinite(loss) else "the loss"
        value = "not finite" if np.isfinite(loss) else loss
        reason = f"diverged: {what} is {value} at step {self._made + 1}"
        if self._finite is self._leaves and what == "the loss":
            advice = "Look at the loss with the starting parameters: it has no finite value there"
        else:
            advice = "Try a smaller learning rate, or standardise the data"
        self._leaves = self._finite
        last = f" (the last finite loss was {self._history[-1]:g})" if self._history else ""
        self._warning = (
            f"training {reason}{last}; the parameters of the last finite step are kept. {advice}"
        )
        return reason


class _EpochMean:
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
