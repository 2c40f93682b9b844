"""Logistic regression: what it minimises and how, and what scikit-learn asks."""

from __future__ import annotations

import warnings
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.callback import with_callbacks
from sklearn.exceptions import ConvergenceWarning

from kobai.errors import ArgumentError
from kobai.learn.coordinates import Coordinates, coordinates, scales
from kobai.learn.cross_entropies import (
    CURVATURE,
    SOFTMAX_CURVATURE,
    cross_entropy,
    softmax_cross_entropy,
    sparse_cross_entropy,
    sparse_softmax_cross_entropy,
)
from kobai.learn.examples import ClassWeight, Examples, read_examples
from kobai.learn.linear_classifier import LinearClassifier, Objective
from kobai.learn.parameters import require_count, require_flag, require_number
from kobai.learn.proximal_newton import ProximalNewton
from kobai.learn.step_tasks import step_tasks
from kobai.optim import LBFGS, Driver, NewtonCG

SOLVERS = ("auto", "lbfgs", "newton-cg")


class LogisticRegression(LinearClassifier):
    """Logistic regression with an L2, an L1 or both penalties, at its optimum.

    It minimises, over coefficients w and intercept b,

        sum(s * L) / sum(s) + (l1_ratio * sum(|w|) + (1 - l1_ratio) * sum(w**2) / 2) / (C * sum(s))

    where `L` is the cross-entropy of each example and `s` its weight: the objective of
    scikit-learn's estimator of this name, whose parameters these are. Two classes have one logit;
    more have one for each class, in a softmax. Training begins at 0, and nothing in it is random.

    The features need not be standardised: training goes on in coordinates in which their units,
    offsets and correlations don't matter. To set these up takes time of order m n min(m, n), and
    memory of order n min(m, n), with m examples of n features; with an L1 penalty, where features
    are only centred and scaled, m n and n.

    Args:
        C: the inverse of the penalty's strength, above 0; `np.inf` for none. The intercept is not
            penalised.
        l1_ratio: the part of the L1 penalty, from 0 to 1. With any of it, some coefficients are
            exactly 0.
        tol: training ends when no entry of the gradient, by coordinates in which the loss bends by
            at most 1 (with an L1 penalty, of features of mean 0 and deviation 1), is larger than
            this in size; or when the loss is as small as rounding lets it be.
        fit_intercept: whether there is an intercept; without, it is 0.
        class_weight: factors of the weights of the examples of each class, by label; labels that
            are missing have 1. "balanced" makes the classes' total weights equal.
        solver: "lbfgs", or "newton-cg": fewer but dearer steps, by products with the Hessian, and
            proximal ones for an L1 penalty, which "lbfgs" refuses. "auto" takes "lbfgs" where
            there is none.
        max_iter: the most steps to make.
        warm_start: begin with the coefficients that were found before, if there are any.

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
        l1_ratio: float = 0.0,
        tol: float = 1e-8,
        fit_intercept: bool = True,
        class_weight: ClassWeight = None,
        solver: Literal["auto", "lbfgs", "newton-cg"] = "auto",
        max_iter: int = 10_000,
        warm_start: bool = False,
    ) -> None:
        self.C = C
        self.l1_ratio = l1_ratio
        self.tol = tol
        self.fit_intercept = fit_intercept
        self.class_weight = class_weight
        self.solver = solver
        self.max_iter = max_iter
        self.warm_start = warm_start

    @with_callbacks
    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Learn from examples.

        Args:
            X: the features, shape (m, n); float32 is kept, all else becomes float64.
            y: the labels, shape (m,): whole numbers, texts or bools, of two classes or more.
            sample_weight: the examples' weights, shape (m,), at least 0; None for 1. An example of
                weight 0 is as if it were not there, one of weight 2 as if it were there twice.

        Raises:
            ArgumentError: a parameter is outside its range, there is one class only, the features
                are so large that their squares overflow, or a warm start begins with coefficients
                of other classes or features.
            ValueError: scikit-learn refuses X, y or the weights.

        Warns:
            ConvergenceWarning: `max_iter` steps were not enough; or there is no optimum, as the
                classes can be separated and nothing penalises large coefficients.
        """
        self._require_parameters()
        examples = read_examples(self, X, y, sample_weight, self.class_weight)
        is_binary = len(examples.classes) == 2
        strength = 1 / (float(self.C) * examples.total)
        penalty, sparsity = (1 - self.l1_ratio) * strength, self.l1_ratio * strength
        outputs = examples.y.shape[1:]
        smooth = Objective(cross_entropy if is_binary else softmax_cross_entropy, (penalty,))
        shown = None
        at: Coordinates
        optimizer: Driver
        if sparsity > 0:
            at = scales(examples.X, examples.s, outputs, has_intercept=self.fit_intercept)
            optimizer = ProximalNewton(at.strengths(sparsity, self.fit_intercept))
            loss = sparse_cross_entropy if is_binary else sparse_softmax_cross_entropy
            shown = Objective(loss, (penalty, sparsity))
        else:
            at = coordinates(
                examples.X,
                examples.s,
                np.zeros((examples.X.shape[1], *outputs)),
                curvature=CURVATURE if is_binary else SOFTMAX_CURVATURE,
                penalty=penalty,
                has_intercept=self.fit_intercept,
            )
            optimizer = NewtonCG() if self.solver == "newton-cg" else LBFGS()
        start = self._start(examples, at)
        with step_tasks(self, self.max_iter, X, y, sample_weight) as step_made:
            found = self._descend(examples, at, start, smooth, optimizer, step_made, shown)
            self.n_iter_ = np.array([found.steps], np.int32)
        if strength == 0:
            self._warn_if_separated(examples)
        return self

    def _start(self, examples: Examples, at: Coordinates) -> tuple[NDArray[Any], ...]:
        if not (self.warm_start and hasattr(self, "coef_")):
            return at.origin(self.fit_intercept)
        if not np.array_equal(self.classes_, examples.classes) or (
            self.coef_.shape[1] != examples.X.shape[1]
        ):
            raise ArgumentError(
                f"warm_start: the coefficients found before are of {self.coef_.shape[1]} features "
                f"and the classes {self.classes_.tolist()}, the examples are of others",
                repair="set warm_start=False, or give examples of the same",
            )
        return at.place(*self._found(), has_intercept=self.fit_intercept)

    def _warn_if_separated(self, examples: Examples) -> None:
        """Whether all examples are on the right side, which tells that there is no optimum."""
        w, b = self._found()
        z = examples.X @ w + b
        if z.ndim == 1:
            margins = z * np.where(examples.y > 0, 1, -1)
        else:
            others = np.where(examples.y > 0, -np.inf, z)
            margins = z[examples.y > 0] - others.max(axis=1)
        if np.all(margins > 0, where=True if examples.s is None else examples.s > 0):
            warnings.warn(
                "the classes can be separated without an error: with C=inf the loss falls as long "
                "as the coefficients grow, and where they ended says nothing. Give a finite C",
                ConvergenceWarning,
                stacklevel=4,
            )

    def _require_parameters(self) -> None:
        require_number("C", self.C, above=0)
        require_number("l1_ratio", self.l1_ratio, least=0)
        require_number("tol", self.tol, least=0)
        require_count("max_iter", self.max_iter)
        require_flag("fit_intercept", self.fit_intercept)
        require_flag("warm_start", self.warm_start)
        if self.l1_ratio > 1:
            raise ArgumentError(
                f"l1_ratio is {self.l1_ratio!r}", repair="give a number from 0 to 1"
            )
        if self.solver not in SOLVERS:
            raise ArgumentError(
                f"solver is {self.solver!r}", repair=f"give one of {', '.join(SOLVERS)}"
            )
        if self.solver == "lbfgs" and self.l1_ratio > 0:
            raise ArgumentError(
                f"solver is 'lbfgs', and l1_ratio {self.l1_ratio!r}: absolute values have kinks",
                repair="leave out the solver, or give 'newton-cg'",
            )
