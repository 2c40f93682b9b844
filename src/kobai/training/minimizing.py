"""`minimize`: its arguments."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kobai.errors import ArgumentError, TraceError
from kobai.frames import user_place
from kobai.optim import Driver, GradientDescent, Optimizer
from kobai.optim.settings import require_optimizer
from kobai.tracing import active_trace
from kobai.training.batches import Batches, batches, is_count
from kobai.training.driving import Drive
from kobai.training.progress import Bar
from kobai.training.rates import Rates
from kobai.training.results import Fit, Progress
from kobai.training.run import Run
from kobai.training.steps import Stepper

DEFAULT_STEPS = 1000


def minimize(
    loss: Callable[..., Any],
    params: Any,
    data: Any = None,
    *,
    optimizer: Optimizer | Driver = GradientDescent(0.1),
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
        loss: `loss(params, *batch)`, or with `argnums` any function; returns one number (for
            `kobai.optim.LevenbergMarquardt`, the residuals).
        params: the parameters to begin with, floating: any nest of dicts, lists, tuples and arrays.
            They are not changed.
        data: an array, or a tuple of arrays that hold one entry for each example along `axis`.
        optimizer: what makes a step of a gradient, or a driver that chooses its steps itself, by
            the loss on all the data: `LBFGS`, `NewtonCG`, `LevenbergMarquardt`; see `kobai.optim`.
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
    require_optimizer(optimizer)
    if tolerance is not None and not tolerance >= 0:
        raise ArgumentError(f"the tolerance is {tolerance!r}", repair="give a number from 0")
    cut = batches(data, axis, batch_size, shuffle)
    if data is None and batch_size is not None:
        raise ArgumentError("batch_size without data", repair="give the data, or leave it out")
    positions, nest = _parameters(params, argnums, len(cut.arrays))
    _require_signature(loss, len(nest) + len(cut.arrays))
    is_tuple = isinstance(argnums, Sequence)
    count = _step_count(steps, epochs, cut)
    if isinstance(optimizer, Driver):
        _require_whole(optimizer, cut)
        drive = Drive(loss, positions, (nest, is_tuple), optimizer, cut, tolerance)
        return drive.until(count, callbacks, Bar(count, progress))
    rates = Rates(loss, positions, cut.arrays)
    optimizer = rates.found(optimizer, nest)
    stepper = Stepper(loss, positions, optimizer, cut, count, goes_ahead=tolerance is None)
    run = Run(stepper, cut, (nest, is_tuple), optimizer, tolerance, count, rates)
    return run.until(np.random.default_rng(seed), callbacks, Bar(count, progress))


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


def _require_whole(driver: Driver, cut: Batches) -> None:
    if not cut.is_whole:
        raise ArgumentError(
            f"batch_size is {cut.size}, and {type(driver).__name__} needs the loss on all "
            f"{cut.rows} examples at each step",
            repair="leave out batch_size, or use an optimiser for batches, such as "
            "kobai.optim.GradientDescent",
        )


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
