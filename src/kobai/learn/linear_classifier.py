"""What the linear classifiers share: how they are trained, and their predictions."""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

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
from kobai.optim import GradientDescent
from kobai.training import Fit, minimize

Array = NDArray[Any]
Loss = Callable[..., Any]

# In `Coordinates` a step of 1 never goes too far; momentum is for the directions that are flat.
OPTIMIZER = GradientDescent(1.0, momentum=0.9, nesterov=True)
SAMPLE_SIZE = 4
"""So many examples, and one of each of so many classes, are kept to derive the gradient on."""


class LinearClassifier(CallbackSupportMixin, ClassifierMixin, BaseEstimator, ABC):
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
    # Features, target, constants and weights of a few examples.
    _sample: tuple[Any, ...]

    @abstractmethod
    def _loss(self, classes: int) -> Loss:
        """`loss(w, b, X, y, *constants, s=None)` in plain NumPy, for so many classes."""

    @property
    def derivation_(self) -> Derivation:
        """How the gradient of the loss comes about, with its values on a few training examples.

        The values are those at the parameters found. It is derived anew at each access.

        Raises:
            NotFittedError: the estimator was not fitted.
        """
        check_is_fitted(self, ["coef_", "_sample"])
        loss = self._loss(len(self.classes_))
        is_binary = len(self.classes_) == 2
        w, b = (self.coef_[0], self.intercept_[0]) if is_binary else (self.coef_.T, self.intercept_)
        wrt = ("w", "b") if self.fit_intercept else ("w",)
        return derive(loss, w, b, *self._sample, wrt=wrt)

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

    def _descend(
        self,
        examples: Examples,
        at: Coordinates,
        constants: tuple[float, ...],
        step_made: Callable[[Attributes], bool],
    ) -> Fit:
        """Train, and set what was learned."""
        loss = self._loss(len(examples.classes))

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
            at.origin(self.fit_intercept),
            data=examples.arrays,
            optimizer=OPTIMIZER,
            steps=self.max_iter,
            tolerance=self.tol,
            callbacks=[lambda progress: step_made(lambda: learned(progress.params))],
            progress=False,
        )
        X, y, *s = examples.sample(SAMPLE_SIZE)
        self._sample = (X, y, *constants, *s)
        self.loss_curve_ = fit.history
        vars(self).update(learned(fit.params))
        self._warn_unless_converged(fit)
        return fit

    def _warn_unless_converged(self, fit: Fit) -> None:
        if fit.steps == self.max_iter and not fit.converged:
            warnings.warn(
                f"the gradient is not yet within tol={self.tol:g} after max_iter={self.max_iter} "
                "steps: increase one of them",
                ConvergenceWarning,
                stacklevel=5,
            )
