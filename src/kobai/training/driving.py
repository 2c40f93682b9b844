"""The loop around a driver: from its points to a fit."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import optree

from kobai.errors import DivergenceWarning
from kobai.frames import user_level
from kobai.graph import AnyArray
from kobai.optim import Driver
from kobai.optim.driver import WITHOUT_END, Ending
from kobai.optim.levenberg_marquardt import LinearisedPoint, covariance
from kobai.training.batches import Batches
from kobai.training.branches import Form
from kobai.training.objective import LossOfVector, ResidualsOfVector
from kobai.training.progress import Bar
from kobai.training.results import Fit, Progress


class Drive:
    """A driver at work on one function.

    Args:
        function: the user's: a loss, or residuals.
        positions: which of its arguments hold parameters.
        params: the parameters at each of these positions, and whether they are given back as a
            tuple.
        driver: the optimiser.
        cut: the other arguments, in one batch.
        tolerance: end when no entry of the gradient is larger than this.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        positions: Sequence[int],
        params: tuple[list[Any], bool],
        driver: Driver,
        cut: Batches,
        tolerance: float | None,
    ) -> None:
        nest: Any
        nest, self._is_tuple = params
        leaves, self._structure = optree.tree_flatten(nest)
        arrays = [np.array(leaf) for leaf in leaves]
        # Machine code reads rows in this order: copied once, and not at each call.
        data = tuple(np.asarray(array, order="C") for array in cut.arrays)
        form = Form(tuple(positions), self._structure, data, cut.axes)
        kind = LossOfVector if driver.minimises == "loss" else ResidualsOfVector
        self._problem = kind(function, form, arrays)
        self._driver = driver
        self._points = driver.points(self._problem, self._problem.vector.joined(arrays))
        with np.errstate(all="ignore"):
            self._point = next(self._points)
        self._tolerance = tolerance
        self._history: list[float] = []
        self._made = 0

    def until(self, steps: int, callbacks: Sequence[Callable[[Progress], Any]], bar: Bar) -> Fit:
        """Follow the driver until the steps are made or there is a reason to end."""
        with bar:
            ending = self._followed(steps, callbacks, bar)
        point = self._point
        return Fit(
            params=self._params(point.x),
            loss=point.loss,
            history=np.array(self._history),
            steps=self._made,
            reason=ending.reason,
            converged=ending.converged,
            optimizer=self._driver,
            evaluations=self._problem.evaluations,
            covariance=covariance(point) if isinstance(point, LinearisedPoint) else None,
        )

    def _followed(
        self, steps: int, callbacks: Sequence[Callable[[Progress], Any]], bar: Bar
    ) -> Ending:
        while self._made < steps:
            self._history.append(self._point.loss)
            ending = self._judged()
            if ending is not None:
                return ending
            try:
                with np.errstate(all="ignore"):
                    self._point = next(self._points)
            except StopIteration as stop:
                return self._after(stop.value)
            self._made += 1
            bar.show(self._made, self._point.loss)
            if callbacks:
                made, loss = self._made, self._point.loss
                told = Progress(made, steps, made, loss, self._params(self._point.x))
                answers = [callback(told) for callback in callbacks]
                if any(answers):
                    return Ending(f"a callback ended training after {made} steps", converged=False)
        return self._judged() or Ending(f"all {steps} steps are made", converged=False)

    def _judged(self) -> Ending | None:
        """Whether there is a reason to end at this point."""
        loss, largest = self._point.loss, self._largest()
        if not (math.isfinite(loss) and math.isfinite(largest)):
            what = "the gradient is not finite" if math.isfinite(loss) else f"the loss is {loss}"
            reason = f"diverged: {what} at step {self._made + 1}"
            _warn(
                f"training {reason}; the parameters are kept as given. Look at the loss with the "
                "starting parameters: it has no finite value or gradient there"
            )
            return Ending(reason, converged=False)
        if largest <= (self._tolerance or 0.0):
            return Ending(
                f"the gradient is at most {self._tolerance or 0:g} after {self._made} steps",
                converged=True,
            )
        return None

    def _after(self, ending: Ending) -> Ending:
        """The driver's own reason, and what it means for the tolerance."""
        reason = f"{ending.reason}, after {self._made} steps"
        if ending.converged and self._tolerance is not None:
            reason += (
                f": the gradient's largest entry is {self._largest():.3g}, above the tolerance of "
                f"{self._tolerance:g}"
            )
        if ending is WITHOUT_END:
            _warn(f"training diverged: {reason}")
        return Ending(reason, ending.converged and self._tolerance is None)

    def _largest(self) -> float:
        return float(np.abs(self._point.gradient).max(initial=0.0))

    def _params(self, x: AnyArray) -> Any:
        """The parameters in the form in which they were given."""
        parts = [np.array(part)[()] for part in self._problem.vector.parts(x)]
        nest: Any = optree.tree_unflatten(self._structure, parts)
        return tuple(nest) if self._is_tuple else nest[0]


def _warn(message: str) -> None:
    warnings.warn(message, DivergenceWarning, stacklevel=user_level())
