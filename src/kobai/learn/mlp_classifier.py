"""A network that classifies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, log_expit, log_softmax, softmax
from sklearn.base import ClassifierMixin
from sklearn.callback import with_callbacks
from sklearn.metrics import accuracy_score
from sklearn.utils import Tags

from kobai.errors import ArgumentError
from kobai.learn.class_targets import ClassTargets, class_factors, dense, read_targets
from kobai.learn.examples import ClassWeight
from kobai.learn.learned import kept_on_failure
from kobai.learn.multilayer import Activations, MultilayerPerceptron
from kobai.learn.network import Loss, binary_log_loss, log_loss, squared_error
from kobai.learn.solvers import Solver
from kobai.learn.table import Table, checked

Array = NDArray[Any]


class MLPClassifier(ClassifierMixin, MultilayerPerceptron):
    """A multilayer perceptron for labels, whose loss and activations may be any NumPy functions.

    With `a = X` at first, `z = a @ W[i] + b[i]`, `a = activation(z)` for each layer i, it minimises

        sum(s * loss(a, y)) / sum(s) + alpha / 2 * sum(W**2) / sum(s)

    over weights W and biases b, batch by batch; s are the examples' weights. The last layer has a
    softmax with an output for each class; a sigmoid with one output for two classes, or with one
    for each label where an example may have several. Parameters have scikit-learn's names, and
    with its seed training begins at its numbers. Standardise the features.

    Args:
        hidden_layer_sizes: units of each hidden layer.
        activation: of the hidden layers: "identity", "logistic", "tanh", "relu", "softplus",
            "silu", or a NumPy function of the logits, shape (m, units); or a list of these, one for
            each layer.
        loss: "log_loss", "squared_error", or a NumPy function of probabilities and targets, both of
            shape (m, outputs), that returns shape (m,), or (m, outputs) to be summed. A formula
            written as in a book will do: what would overflow is computed otherwise.
        solver: "adam", "sgd" (with Nesterov's momentum, 0.9), "lbfgs" (on all examples at once),
            or an optimiser of `kobai.optim`, with its rate, schedule or clipping.
        alpha: the strength of the penalty, at least 0.
        batch_size: examples of a batch, at most all; "auto" is the smaller of 200 and all, and for
            "lbfgs" all.
        learning_rate_init: of "adam" and "sgd".
        max_iter: the most epochs; for "lbfgs" steps.
        shuffle: give each epoch an order of its own.
        random_state: of the parameters to begin with, the validation part and the orders: a seed, a
            `numpy.random.RandomState`, or None for NumPy's global one.
        tol: training ends when for more than `n_iter_no_change` epochs on end the training loss
            (with `early_stopping`, the validation score) was not better by this; with "lbfgs",
            when no entry of the gradient is larger than this in size.
        warm_start: begin where the last fit ended.
        early_stopping: set a part aside, and keep the parameters that have the best score on it.
        validation_fraction: how large that part is; above 0 and below 1.
        n_iter_no_change: see `tol`; `np.inf` for no end before `max_iter`.
        class_weight: factors of the weights of the examples of each class, by label; labels that
            are missing have 1. "balanced" makes the classes' total weights equal.

    Attributes:
        classes_: the labels in their order, shape (classes,).
        coefs_: W, a list of arrays of shape (units before, units).
        intercepts_: b, a list of arrays of shape (units,).
        n_iter_: epochs that the last fit made.
        loss_curve_: the training loss of each epoch, as its batches met it; with "lbfgs", after
            each step. A fit with `warm_start` adds to it.
        loss_: its last entry.
        best_loss_: its smallest; None with `early_stopping`.
        validation_loss_curve_: the loss on the validation part after each epoch, without penalty.
        validation_scores_: the accuracy on it.
        best_validation_score_: the largest of these. All three are None without `early_stopping`.
        out_activation_: "softmax" or "logistic".
        n_layers_: with those of the inputs and outputs.
        n_outputs_: the number of outputs.
        n_features_in_: the number of features.
        feature_names_in_: the features' names, if X had any.
        derivation_: the derivation of the gradient, with its values for a few of the examples.

    Example:
        >>> import numpy as np
        >>> from kobai.learn import MLPClassifier
        >>> def focal(a, y):
        ...     return -y * (1 - a) ** 2 * np.log(a) - (1 - y) * a**2 * np.log(1 - a)
        >>> X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], ["no", "yes", "yes", "no"]
        >>> model = MLPClassifier(loss=focal, solver="lbfgs", random_state=0).fit(X, y)
        >>> model.predict(X).tolist()
        ['no', 'yes', 'yes', 'no']

    Source: Rumelhart, Hinton and Williams, Nature 323 (1986) 533.
    """

    classes_: Array

    def __init__(
        self,
        *,
        hidden_layer_sizes: int | Sequence[int] = (100,),
        activation: Activations = "relu",
        loss: str | Loss = "log_loss",
        solver: str | Solver = "adam",
        alpha: float = 0.0001,
        batch_size: int | str = "auto",
        learning_rate_init: float = 0.001,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: int | np.random.RandomState | None = None,
        tol: float = 1e-4,
        warm_start: bool = False,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: float = 10,
        class_weight: ClassWeight = None,
    ) -> None:
        super().__init__(
            hidden_layer_sizes=hidden_layer_sizes,
            activation=activation,
            loss=loss,
            solver=solver,
            alpha=alpha,
            batch_size=batch_size,
            learning_rate_init=learning_rate_init,
            max_iter=max_iter,
            shuffle=shuffle,
            random_state=random_state,
            tol=tol,
            warm_start=warm_start,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            n_iter_no_change=n_iter_no_change,
        )
        self.class_weight = class_weight

    @with_callbacks
    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Learn from examples.

        Args:
            X: the features, shape (m, n); float32 is kept, all else becomes float64.
            y: labels, shape (m,); 0 or 1 for each of several labels, shape (m, labels); or
                probabilities of classes, shape (m, classes), not all of them 0 or 1.
            sample_weight: the examples' weights, shape (m,), at least 0; None for 1. An example of
                weight 0 is as if it were not there.

        Raises:
            ArgumentError: a parameter is outside its range, or there is one class only.
            ValueError: scikit-learn refuses X, y or the weights.

        Warns:
            ConvergenceWarning: `max_iter` epochs were not enough.
        """
        with kept_on_failure(self):
            self._require_parameters()
            goes_on = self.warm_start and hasattr(self, "coefs_")
            table = self._read(X, y, sample_weight, goes_on=goes_on)
            return self._train(table, (X, y, sample_weight), goes_on=goes_on)

    def decision_function(self, X: ArrayLike) -> Array:
        """Logits: of the second of two classes, shape (rows,), else of each, (rows, classes)."""
        z = self._logits(X)
        return z[:, 0] if self.n_outputs_ == 1 else z

    def predict(self, X: ArrayLike) -> Array:
        """The most probable class of each row, shape (rows,).

        Where examples may have several labels: 0 or 1 for each of these, shape (rows, labels).
        """
        z = self._logits(X)
        if self.out_activation_ == "softmax":
            labels: Array = self.classes_[z.argmax(axis=1)]
            return labels
        codes: Array = (z > 0).astype(int)
        return self.classes_[codes[:, 0]] if self.n_outputs_ == 1 else codes

    def predict_proba(self, X: ArrayLike) -> Array:
        """The probability of each class, shape (rows, classes), right for logits of any size."""
        z = self._logits(X)
        if self.n_outputs_ == 1:
            return np.column_stack([expit(-z), expit(z)])
        probabilities: Array = softmax(z, axis=1) if self._is_softmax else expit(z)
        return probabilities

    def predict_log_proba(self, X: ArrayLike) -> Array:
        """Logarithms of the probabilities, finite even where a probability is rounded to 0."""
        z = self._logits(X)
        if self.n_outputs_ == 1:
            return np.column_stack([log_expit(-z), log_expit(z)])
        logarithms: Array = log_softmax(z, axis=1) if self._is_softmax else log_expit(z)
        return logarithms

    def score(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """The accuracy; of several labels, all have to be right; of probabilities, the largest."""
        predicted = self.predict(X)
        if self.out_activation_ == "softmax" and np.ndim(y) == 2 and np.shape(y)[1] > 1:
            y = self.classes_[np.argmax(y, axis=1)]
        return float(accuracy_score(y, predicted, sample_weight=sample_weight))

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        if tags.classifier_tags is not None:
            tags.classifier_tags.multi_label = True
        return tags

    @property
    def _is_softmax(self) -> bool:
        return self.out_activation_ == "softmax"

    def _read(self, X: Any, y: Any, sample_weight: ArrayLike | None, *, goes_on: bool) -> Table:
        """The examples, without those of weight zero."""
        X, y, weights = checked(
            self, X, dense(y), sample_weight, reset=not goes_on, is_numeric=False
        )
        targets = self._targets(y) if goes_on else read_targets(y)
        shares = targets.shares(y)
        if self.class_weight is not None:
            factors = class_factors(self.class_weight, targets, shares, weights).astype(X.dtype)
            weights = factors if weights is None else factors * weights
            kept = weights > 0
            X, shares, weights = X[kept], shares[kept], weights[kept]
        self.classes_ = targets.classes
        self.n_outputs_, self.out_activation_ = targets.outputs, targets.activation
        return Table(X, targets.encoded(shares, X.dtype), weights)

    def _targets(self, y: Array) -> ClassTargets:
        """What more targets are, after those that were learned from."""
        if self.n_outputs_ > 1 and not self._is_softmax:
            return ClassTargets("several", self.classes_)
        is_soft = self._is_softmax and y.ndim == 2
        return ClassTargets("probabilities" if is_soft else "labels", self.classes_)

    def _loss(self) -> Loss:
        if callable(self.loss):
            return self.loss
        if self.loss == "log_loss":
            return log_loss if self._is_softmax else binary_log_loss
        if self.loss == "squared_error":
            return squared_error
        raise ArgumentError(
            f"loss is {self.loss!r}",
            repair='use "log_loss", "squared_error", or a NumPy function of (prediction, target)',
        )

    def _strata(self, y: Array) -> Array | None:
        if self.n_outputs_ == 1:
            return y[:, 0]
        return y.argmax(axis=1) if self._is_softmax else None

    def _score(self, a: Array, y: Array, s: Array) -> float:
        """The share of the weight that is right."""
        if self._is_softmax:
            right = a.argmax(axis=1) == y.argmax(axis=1)
        else:
            right = ((a > 0.5) == (y > 0.5)).all(axis=1)
        return float(np.sum(s[right], dtype=float) / np.sum(s, dtype=float))
