"""What the linear classifiers share: how they are trained, and their predictions."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, log_expit, log_softmax, softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.callback import CallbackSupportMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_is_fitted, validate_data

from kobai.derivation import Derivation, derive
from kobai.learn.coordinates import Coordinates
from kobai.learn.examples import Examples
from kobai.learn.step_tasks import Attributes
from kobai.optim import Driver, Optimizer
from kobai.training import Fit, minimize

Array = NDArray[Any]
Loss = Callable[..., Any]

SAMPLE_SIZE = 4
"""So many examples, and one of each of so many classes, are kept to derive the gradient on."""


class Objective(NamedTuple):
    """`loss(w, b, X, y, *constants, s=None)` in plain NumPy, and its constants."""

    loss: Loss
    constants: tuple[float, ...]


class LinearClassifier(CallbackSupportMixin, ClassifierMixin, BaseEstimator):
    """A classifier by logits `X @ w + b`. An estimator adds its loss, its parameters and `fit`."""

    classes_: Array
    coef_: Array
    intercept_: Array
    loss_curve_: NDArray[np.float64]
    n_features_in_: int
    feature_names_in_: Array
    fit_intercept: bool
    max_iter: int
    tol: float
    # What was minimised; features, target, constants and weights of a few examples.
    _shown: Loss
    _sample: tuple[Any, ...]

    @property
    def derivation_(self) -> Derivation:
        """How the gradient of the loss comes about, with its values on a few training examples.

        The values are those at the parameters found. It is derived anew at each access.

        Raises:
            NotFittedError: the estimator was not fitted.
        """
        check_is_fitted(self, ["coef_", "_sample"])
        wrt = ("w", "b") if self.fit_intercept else ("w",)
        return derive(self._shown, *self._found(), *self._sample, wrt=wrt)

    def decision_function(self, X: ArrayLike) -> Array:
        """Logits: of the second of two classes, shape (rows,), else of each, (rows, classes)."""
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=[np.float64, np.float32])
        scores: Array = X @ self.coef_.T + self.intercept_
        return scores[:, 0] if len(self.classes_) == 2 else scores

    def predict(self, X: ArrayLike) -> Array:
        """The most probable class of each row, shape (rows,)."""
        z = self.decision_function(X)
        labels: Array = self.classes_[(z > 0).astype(int) if z.ndim == 1 else z.argmax(axis=1)]
        return labels

    def predict_proba(self, X: ArrayLike) -> Array:
        """The probability of each class, shape (rows, classes), right for logits of any size."""
        z = self.decision_function(X)
        if z.ndim == 1:
            return np.column_stack([expit(-z), expit(z)])
        probabilities: Array = softmax(z, axis=1)
        return probabilities

    def predict_log_proba(self, X: ArrayLike) -> Array:
        """Logarithms of the probabilities, finite even where a probability is rounded to 0."""
        z = self.decision_function(X)
        if z.ndim == 1:
            return np.column_stack([log_expit(-z), log_expit(z)])
        logarithms: Array = log_softmax(z, axis=1)
        return logarithms

    def _found(self) -> tuple[Array, Array]:
        """w and b in the shapes that a loss takes."""
        if len(self.classes_) == 2:
            return self.coef_[0], self.intercept_[0]
        return self.coef_.T, self.intercept_

    def _descend(
        self,
        examples: Examples,
        at: Coordinates,
        start: tuple[Array, ...],
        smooth: Objective,
        optimizer: Driver | Optimizer,
        step_made: Callable[[Attributes], bool],
        shown: Objective | None = None,
    ) -> Fit:
        """Train, and set what was learned.

        Args:
            examples: what to learn from.
            at: the coordinates to train in.
            start: where to begin, in these.
            smooth: what is derived and compiled.
            optimizer: what makes the steps.
            step_made: told of each.
            shown: all that is minimised, if the optimiser adds to the smooth part.
        """
        loss, constants = smooth

        def objective(parameters: Any, X: Any, y: Any, *s: Any) -> Any:
            w, b = at.parameters(*parameters)
            return loss(w, b, X, y, *constants, *s)

        def learned(parameters: Any) -> dict[str, Any]:
            w, b = at.parameters(*parameters)
            coef = np.atleast_2d(w.T)
            intercept = np.full(len(coef), b, coef.dtype)
            return {"classes_": examples.classes, "coef_": coef, "intercept_": intercept}

        fit = minimize(
            objective,
            start,
            data=examples.arrays,
            optimizer=optimizer,
            steps=self.max_iter,
            tolerance=self.tol,
            callbacks=[lambda progress: step_made(lambda: learned(progress.params))],
            progress=False,
        )
        X, y, *s = examples.sample(SAMPLE_SIZE)
        self._shown, constants = shown or smooth
        self._sample = (X, y, *constants, *s)
        self.loss_curve_ = fit.history
        vars(self).update(learned(fit.params))
        self._warn_unless_converged(fit)
        return fit

    def _warn_unless_converged(self, fit: Fit) -> None:
        if fit.converged or fit.steps < self.max_iter:
            return
        warnings.warn(
            f"the gradient is not yet within tol={self.tol:g} after max_iter={self.max_iter} "
            "steps: increase one of them",
            ConvergenceWarning,
            stacklevel=5,
        )
