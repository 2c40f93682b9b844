"""Logistic regression: its two losses in plain NumPy, and what scikit-learn asks."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.callback import with_callbacks

from kobai.learn.coordinates import coordinates
from kobai.learn.examples import ClassWeight, read_examples
from kobai.learn.linear_classifier import LinearClassifier, Loss
from kobai.learn.parameters import require_count, require_flag, require_number
from kobai.learn.step_tasks import step_tasks


def cross_entropy(w: Any, b: Any, X: Any, y: Any, penalty: Any, s: Any = None) -> Any:
    """The loss for two classes: y is 0 or 1, shape (m,), and w has shape (n,)."""
    z = X @ w + b
    a = 1 / (1 + np.exp(-z))
    L = -(y * np.log(a) + (1 - y) * np.log(1 - a))
    return np.mean(L if s is None else s * L) + penalty / 2 * np.sum(w**2)


def softmax_cross_entropy(w: Any, b: Any, X: Any, y: Any, penalty: Any, s: Any = None) -> Any:
    """The loss for k classes: y has one-hot rows, shape (m, k), and w has shape (n, k)."""
    z = X @ w + b
    a = np.exp(z) / np.sum(np.exp(z), axis=1, keepdims=True)
    L = -y * np.log(a)
    return np.sum(L if s is None else s[:, np.newaxis] * L) / len(X) + penalty / 2 * np.sum(w**2)


# At most these are a (1 - a), the second derivative by the one logit, and the largest eigenvalue of
# diag(a) - a aᵀ, the second derivatives by several.
CURVATURE, SOFTMAX_CURVATURE = 1 / 4, 1 / 2


class LogisticRegression(LinearClassifier):
    """Logistic regression with an L2 penalty, by gradient descent with Nesterov's momentum.

    It minimises, over coefficients w and intercept b,

        sum(s * L) / sum(s) + sum(w**2) / (2 * C * sum(s))

    where `L` is the cross-entropy of each example and `s` its weight: the objective of
    scikit-learn's estimator of this name, whose parameters these are. Two classes have one logit;
    more have one for each class, in a softmax. Training begins at 0, and nothing in it is random.

    The features need not be standardised: training goes on in coordinates in which their units,
    offsets and correlations don't matter. To set these up takes time of order m n min(m, n), and
    memory of order n min(m, n), with m examples of n features.

    Args:
        C: the inverse of the penalty's strength, above 0; `np.inf` for none. The intercept is not
            penalised.
        tol: training ends when no entry of the gradient, by coordinates in which the loss bends by
            at most 1, is larger than this in size.
        fit_intercept: whether there is an intercept; without, it is 0.
        class_weight: factors of the weights of the examples of each class, by label; labels that
            are missing have 1. "balanced" makes the classes' total weights equal.
        max_iter: the most steps to make.

    Attributes:
        classes_: the labels in their order, shape (classes,).
        coef_: shape (1, n) for two classes, else (classes, n).
        intercept_: shape (1,) or (classes,).
        n_iter_: the number of steps, shape (1,).
        loss_curve_: the objective before each step, and at the end if training converged.
        n_features_in_: n.
        feature_names_in_: the features' names, if X had any; shape (n,).
        derivation_: the derivation of the gradient, with its values for a few of the examples.

    Example:
        >>> import numpy as np
        >>> from kobai.learn import LogisticRegression
        >>> X, y = np.array([[1.0], [2.0], [3.0], [4.0]]), ["no", "no", "yes", "yes"]
        >>> model = LogisticRegression().fit(X, y)
        >>> model.predict([[1.5], [9.0]]).tolist()
        ['no', 'yes']

    Sources: Cox, J. R. Stat. Soc. B 20 (1958) 215; for the coordinates, Böhning and Lindsay, Ann.
    Inst. Statist. Math. 40 (1988) 641, and Böhning, the same 44 (1992) 197.
    """

    n_iter_: NDArray[np.int32]

    def __init__(
        self,
        *,
        C: float = 1.0,
        tol: float = 1e-4,
        fit_intercept: bool = True,
        class_weight: ClassWeight = None,
        max_iter: int = 1000,
    ) -> None:
        self.C = C
        self.tol = tol
        self.fit_intercept = fit_intercept
        self.class_weight = class_weight
        self.max_iter = max_iter

    @with_callbacks
    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Learn from examples.

        Args:
            X: the features, shape (m, n); float32 is kept, all else becomes float64.
            y: the labels, shape (m,): whole numbers, texts or bools, of two classes or more.
            sample_weight: the examples' weights, shape (m,), at least 0; None for 1. An example of
                weight 0 is as if it were not there, one of weight 2 as if it were there twice.

        Raises:
            ArgumentError: a parameter is outside its range, there is one class only, or the
                features are so large that their squares overflow.
            ValueError: scikit-learn refuses X, y or the weights.

        Warns:
            ConvergenceWarning: `max_iter` steps were not enough.
        """
        self._require_parameters()
        examples = read_examples(self, X, y, sample_weight, self.class_weight)
        penalty = 1 / (float(self.C) * examples.total)
        is_binary = len(examples.classes) == 2
        at = coordinates(
            examples.X,
            examples.s,
            np.zeros((examples.X.shape[1], *examples.y.shape[1:])),
            curvature=CURVATURE if is_binary else SOFTMAX_CURVATURE,
            penalty=penalty,
            has_intercept=self.fit_intercept,
        )
        with step_tasks(self, self.max_iter, X, y, sample_weight) as step_made:
            found = self._descend(examples, at, (penalty,), step_made)
            self.n_iter_ = np.array([found.steps], np.int32)
        return self

    def _loss(self, classes: int) -> Loss:
        return cross_entropy if classes == 2 else softmax_cross_entropy

    def _require_parameters(self) -> None:
        require_number("C", self.C, above=0)
        require_number("tol", self.tol, least=0)
        require_count("max_iter", self.max_iter)
        require_flag("fit_intercept", self.fit_intercept)
