"""One sigmoid unit with squared error: its loss in plain NumPy, and what scikit-learn asks."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.callback import with_callbacks
from sklearn.utils import Tags
from sklearn.utils.validation import check_random_state

from kobai.errors import ArgumentError
from kobai.learn.coordinates import coordinates
from kobai.learn.examples import ClassWeight, read_examples
from kobai.learn.linear_classifier import LinearClassifier, Objective
from kobai.learn.parameters import require_count, require_flag, require_number
from kobai.learn.step_tasks import step_tasks
from kobai.optim import GradientDescent


def squared_error(w: Any, b: Any, X: Any, y: Any, s: Any = None) -> Any:
    """The loss: y is 0 or 1, shape (m,), and w has shape (n,)."""
    z = X @ w + b
    a = 1 / (1 + np.exp(-z))
    E = (a - y) ** 2 / 2
    return np.mean(E if s is None else s * E)


# The second derivative by the logit is a² (1 - a) (2 - 3a) for y = 0, the same of 1 - a for y = 1:
# at most this, where 12a² - 15a + 4 = 0. Where it is negative, it is smaller still in size.
CURVATURE = 0.0771
# In the coordinates of this bound a step of 1 never goes too far; momentum is for the directions
# that are flat.
OPTIMIZER = GradientDescent(1.0, momentum=0.9, nesterov=True)


class Perceptron(LinearClassifier):
    """A single sigmoid unit with squared error, by gradient descent with Nesterov's momentum.

    It minimises, over weights w and bias b,

        sum(s * (a - y) ** 2) / (2 * sum(s)),  a = 1 / (1 + exp(-(X @ w + b)))

    where y is 0 for the first of two classes and 1 for the second, and `s` the examples' weights.
    The loss is not convex: where training ends can depend on where it begins. On data that a plane
    separates, the weights would grow for ever; `tol` ends that. The features need not be
    standardised; see `LogisticRegression` for why, and for what it takes.

    Args:
        tol: training ends when no entry of the gradient, by coordinates in which the loss bends by
            at most 1, is larger than this in size.
        fit_intercept: whether there is a bias; without, it is 0.
        class_weight: factors of the weights of the examples of each class, by label; labels that
            are missing have 1. "balanced" makes the classes' total weights equal.
        max_iter: the most steps to make.
        random_state: of the weights to begin with, which are normally distributed: a seed, a
            `numpy.random.RandomState`, or None for NumPy's global one.

    Attributes:
        classes_: the two labels in their order.
        coef_: w, shape (1, n).
        intercept_: b, shape (1,).
        n_iter_: the number of steps.
        loss_curve_: the loss before each step, and at the end if training converged.
        n_features_in_: n.
        feature_names_in_: the features' names, if X had any; shape (n,).
        derivation_: the derivation of the gradient, with its values for a few of the examples.

    Example:
        >>> from kobai.learn import Perceptron
        >>> X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 0, 0, 1]
        >>> Perceptron().fit(X, y).predict(X).tolist()
        [0, 0, 0, 1]

    Source: Rumelhart, Hinton and Williams, Nature 323 (1986) 533, for one unit.
    """

    n_iter_: int

    def __init__(
        self,
        *,
        tol: float = 1e-3,
        fit_intercept: bool = True,
        class_weight: ClassWeight = None,
        max_iter: int = 1000,
        random_state: int | np.random.RandomState | None = 0,
    ) -> None:
        self.tol = tol
        self.fit_intercept = fit_intercept
        self.class_weight = class_weight
        self.max_iter = max_iter
        self.random_state = random_state

    @with_callbacks
    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Learn from examples of two classes; for all else, see `LogisticRegression.fit`."""
        require_number("tol", self.tol, least=0)
        require_count("max_iter", self.max_iter)
        require_flag("fit_intercept", self.fit_intercept)
        examples = read_examples(self, X, y, sample_weight, self.class_weight)
        if len(examples.classes) > 2:
            raise ArgumentError(
                "Only binary classification is supported. The type of the target is multiclass.",
                repair="use LogisticRegression, or examples of two classes",
            )
        n = examples.X.shape[1]
        at = coordinates(
            examples.X,
            examples.s,
            check_random_state(self.random_state).normal(size=n) / np.sqrt(n),
            curvature=CURVATURE,
            penalty=0.0,
            has_intercept=self.fit_intercept,
        )
        with step_tasks(self, self.max_iter, X, y, sample_weight) as step_made:
            start, objective = at.origin(self.fit_intercept), Objective(squared_error, ())
            fit = self._descend(examples, at, start, objective, OPTIMIZER, step_made)
            self.n_iter_ = fit.steps
        return self

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        if tags.classifier_tags is not None:
            tags.classifier_tags.multi_class = False
        return tags
