"""Judging a training after each epoch: what it has come to, whether it still gets better."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kobai.learn.layers import Parameters
from kobai.training import Progress


class Epochs:
    """The epochs so far.

    The measure is the validation score, or else the training loss. Training stalls when for more
    than `patience` epochs on end the measure was no better, by `tol`, than its best before.

    Args:
        tol: what counts as better.
        patience: see above; may be infinite.
        validate: score and loss on the validation part, if there is one.
        told: what else to do after an epoch; whether to stop.

    Attributes:
        losses: the training loss of each epoch.
        scores: the validation score after each.
        validation_losses: the validation loss after each.
        best: the best measure so far, infinitely bad before the first epoch.
        params: those to keep: of the best score, or the last ones.
        has_stalled: whether training was ended because it got no better.
        was_told: whether `told` has ended it.
    """

    def __init__(
        self,
        tol: float,
        patience: float,
        validate: Callable[[Parameters], tuple[float, float]] | None,
        told: Callable[[Parameters], bool],
    ) -> None:
        self._tol = tol
        self._patience = patience
        self._validate = validate
        self._told = told
        self._idle = 0
        self.losses: list[float] = []
        self.scores: list[float] = []
        self.validation_losses: list[float] = []
        self.best = -np.inf if validate else np.inf
        self.params: Parameters | None = None
        self.has_stalled = self.was_told = False

    def __call__(self, progress: Progress) -> bool:
        """Take note of an epoch; whether to end training."""
        params: Any = progress.params
        self.losses.append(float(progress.loss))
        if self._validate is None:
            gained = self.best - self.losses[-1]
            self.best = min(self.best, self.losses[-1])
            self.params = params
        else:
            score, loss = self._validate(params)
            self.scores.append(score)
            self.validation_losses.append(loss)
            gained = score - self.best
            if self.params is None or gained > 0:
                self.best, self.params = score, params
        self._idle = 0 if gained >= self._tol else self._idle + 1
        self.has_stalled = self._idle > self._patience
        self.was_told = self._told(params)
        return self.has_stalled or self.was_told
