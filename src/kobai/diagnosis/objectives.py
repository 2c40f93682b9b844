"""Objectives of boosting libraries: slope and curvature of the loss for each row's prediction."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from kobai.diagnosis.calls import PREDICTION, Hand
from kobai.diagnosis.messages import said
from kobai.diagnosis.truths import Point, Truths, truths_of
from kobai.diagnosis.watching import Run
from kobai.transforms import hvp

CURVATURE = "hess"
_CURVATURE_NAMES = re.compile(r"(?:h|hess|hessian|curvature|d2\w*)\w*", re.IGNORECASE)


@dataclass(frozen=True)
class Objective:
    """Which argument of the loss is the prediction."""

    argument: str
    position: int

    def truths(self, f: Callable[..., Any], args: tuple[Any, ...]) -> tuple[Truths, list[str]]:
        """The right values, with the curvature among them, and what the two results are to be."""
        truths = truths_of(f, args, (self.argument,))
        points = tuple(self._with_curvature(f, point) for point in truths.points)
        wanted = [truths.parameters[0], CURVATURE]
        return replace(truths, points=points, parameters=(truths.parameters[0],)), wanted

    def note(self, truths: Truths) -> str:
        return said("objective", grad=truths.parameters[0], hess=CURVATURE, output=truths.output)

    def _with_curvature(self, f: Callable[..., Any], point: Point) -> Point:
        def of_prediction(prediction: Any) -> Any:
            args = list(point.args)
            args[self.position] = prediction
            return f(*args)

        prediction = np.asarray(point.args[self.position])
        columns = prediction.reshape(len(prediction), -1).shape[1]
        total: Any = np.zeros(prediction.shape)
        for column in range(columns):
            # Rows don't touch one another: one direction tells a whole column of the diagonal.
            direction: Any = np.zeros((len(prediction), columns))
            direction[:, column] = 1.0
            direction = direction.reshape(prediction.shape)
            (along,) = hvp(of_prediction, (prediction,), (direction,))
            total = total + along * direction
        return Point(point.args, {**point.values, CURVATURE: total})


def objective_of(
    hand: Hand, run: Run, truths: Truths, wrt: Sequence[str] | None
) -> Objective | None:
    """Whether a function returns slope and curvature of one argument."""
    result = run.result
    if not isinstance(result, tuple | list) or len(result) != 2:
        return None
    if any(isinstance(part, list | tuple | dict) for part in result):
        return None
    shapes = [np.shape(part) for part in result]
    if shapes[0] != shapes[1] or not shapes[0] or (wrt is not None and len(wrt) != 1):
        return None
    named = {event.identity: event.name for event in run.events}
    says_so = _CURVATURE_NAMES.fullmatch(named.get(id(result[1]), "")) is not None
    if not (says_so or wrt is not None or hand.is_objective):
        return None
    values = truths.points[0].values
    fitting = [
        name
        for name in hand.loss_arguments
        if name in values and np.shape(values[name]) == shapes[0]
    ]
    chosen = [n for n in (wrt or ()) if n in fitting] or [
        *[name for name in fitting if PREDICTION.fullmatch(name)],
        *fitting,
    ]
    if not chosen:
        return None
    return Objective(chosen[0], hand.loss_arguments.index(chosen[0]))
