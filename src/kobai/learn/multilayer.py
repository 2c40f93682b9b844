"""What the multilayer perceptrons share: parameters, training, the attributes that it leaves."""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Self, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.callback import CallbackSupportMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_is_fitted, check_random_state, validate_data

from kobai.compiling import compile as compiled
from kobai.derivation import Derivation, derive
from kobai.errors import ArgumentError
from kobai.frames import user_level
from kobai.learn.epochs import Epochs
from kobai.learn.layers import (
    OUTPUTS,
    Activation,
    Parameters,
    drawn,
    functions,
    hidden_activations,
    hidden_sizes,
)
from kobai.learn.network import Loss, Network
from kobai.learn.parameters import require_count, require_flag, require_number
from kobai.learn.solvers import Solver, solver_of
from kobai.learn.step_tasks import step_tasks
from kobai.learn.table import Table
from kobai.optim import Driver
from kobai.training import minimize

Array = NDArray[Any]
Activations: TypeAlias = str | Activation | Sequence[str | Activation]

SAMPLE_SIZE = 4
"""So many examples are kept to derive the gradient on."""
MOST_ROWS = 200
"""So many examples make a batch where `batch_size` is "auto"."""


class MultilayerPerceptron(CallbackSupportMixin, BaseEstimator, ABC):
    """A network of layers. An estimator adds its targets, its losses and its predictions."""

    coefs_: list[Array]
    intercepts_: list[Array]
    loss_: float
    loss_curve_: list[float]
    best_loss_: float | None
    validation_scores_: list[float] | None
    validation_loss_curve_: list[float] | None
    best_validation_score_: float | None
    n_iter_: int
    n_layers_: int
    n_outputs_: int
    n_features_in_: int
    out_activation_: str
    # Features, targets, penalty and weights of a few examples.
    _sample: tuple[Any, ...]

    def __init__(
        self,
        *,
        hidden_layer_sizes: int | Sequence[int],
        activation: Activations,
        loss: str | Loss,
        solver: str | Solver,
        alpha: float,
        batch_size: int | str,
        learning_rate_init: float,
        max_iter: int,
        shuffle: bool,
        random_state: int | np.random.RandomState | None,
        tol: float,
        warm_start: bool,
        early_stopping: bool,
        validation_fraction: float,
        n_iter_no_change: float,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.loss = loss
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate_init = learning_rate_init
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.warm_start = warm_start
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change

    @property
    def derivation_(self) -> Derivation:
        """How the gradient of the loss comes about, with its values on a few training examples.

        The values are those at the parameters found. It is derived anew at each access.

        Raises:
            NotFittedError: the estimator was not fitted.
        """
        check_is_fitted(self, ["coefs_", "_sample"])
        given = (self.coefs_, self.intercepts_, *self._sample)
        return derive(self._network().objective, *given, wrt=("W", "b"))

    @abstractmethod
    def _loss(self) -> Loss:
        """The loss that the user named or gave, for the output's activation."""

    @abstractmethod
    def _strata(self, y: Array) -> Array | None:
        """The class of each example, if it has one; y are the targets of the outputs."""

    @abstractmethod
    def _score(self, a: Array, y: Array, s: Array) -> float:
        """How good predictions are: larger is better."""

    def _network(self) -> Network:
        chosen = hidden_activations(self.activation, self.n_layers_ - 2)
        return Network(functions(chosen), OUTPUTS[self.out_activation_], self._loss())

    def _logits(self, X: ArrayLike) -> Array:
        """What the output's activation is applied to, shape (rows, outputs)."""
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=[np.float64, np.float32])
        with np.errstate(all="ignore"):
            z: Array = self._network().logits(self.coefs_, self.intercepts_, X)
        return z

    def _require_parameters(self) -> None:
        hidden_activations(self.activation, len(hidden_sizes(self.hidden_layer_sizes)))
        require_number("alpha", self.alpha, least=0)
        if self.batch_size != "auto":
            require_count("batch_size", self.batch_size)
        require_number("learning_rate_init", self.learning_rate_init, above=0)
        for name in ("shuffle", "warm_start", "early_stopping"):
            require_flag(name, getattr(self, name))
        require_number("tol", self.tol, least=0)
        require_count("max_iter", self.max_iter)
        if self.n_iter_no_change != np.inf:
            require_count("n_iter_no_change", self.n_iter_no_change)
        require_number("validation_fraction", self.validation_fraction, above=0)
        if self.validation_fraction >= 1:
            raise ArgumentError(
                f"validation_fraction is {self.validation_fraction!r}",
                repair="give a number above 0 and below 1",
            )
        solver_of(self.solver, 0.001)

    def _begin(self, table: Table, random: np.random.RandomState, *, goes_on: bool) -> Parameters:
        """The parameters to begin with: drawn, or those that were learned before."""
        hidden = hidden_sizes(self.hidden_layer_sizes)
        sizes = [table.X.shape[1], *hidden, self.n_outputs_]
        if not goes_on:
            chosen = hidden_activations(self.activation, len(hidden))
            return drawn(sizes, chosen, random, table.X.dtype)
        found = [w.shape[0] for w in self.coefs_] + [self.coefs_[-1].shape[1]]
        if found != sizes:
            raise ArgumentError(
                f"layers of {found} units were learned before, and {sizes} are wanted now",
                repair="leave hidden_layer_sizes as they are, or fit without warm_start",
            )
        dtype = table.X.dtype
        return [w.astype(dtype) for w in self.coefs_], [b.astype(dtype) for b in self.intercepts_]

    def _train(self, table: Table, given: tuple[Any, Any, Any], *, goes_on: bool) -> Self:
        """Go through the examples until it gets no better; set what was learned.

        Args:
            table: the examples.
            given: what `fit` was given, for callbacks.
            goes_on: whether to begin where an earlier training ended.
        """
        random = check_random_state(self.random_state)
        self.n_layers_ = len(hidden_sizes(self.hidden_layer_sizes)) + 2
        begin = self._begin(table, random, goes_on=goes_on)
        network, optimizer = self._network(), solver_of(self.solver, self.learning_rate_init)
        validate = None
        if self.early_stopping:
            table, rest = table.split(self.validation_fraction, random, self._strata(table.y))
            validate = partial(_validated, compiled(network.validated), self._score, rest)
        is_driver = isinstance(optimizer, Driver)
        most = None if is_driver else MOST_ROWS
        patience = np.inf if is_driver and validate is None else self.n_iter_no_change
        alpha = float(self.alpha)
        converged = interrupted = False
        with step_tasks(self, self.max_iter, *given) as step_made:
            epochs = Epochs(self.tol, patience, validate, lambda p: step_made(partial(_learned, p)))
            try:
                fit = minimize(
                    partial(_with_penalty, network, alpha),
                    begin,
                    data=table.arrays,
                    optimizer=optimizer,
                    epochs=self.max_iter,
                    batch_size=most if isinstance(self.batch_size, str) else self.batch_size,
                    shuffle=self.shuffle,
                    seed=random.randint(2**31 - 1),
                    callbacks=[epochs],
                    tolerance=self.tol if is_driver else None,
                    progress=False,
                )
            except KeyboardInterrupt:
                if epochs.params is None:
                    raise
                interrupted = True
            else:
                converged = fit.converged
                if validate is None:
                    epochs.params = fit.params
            vars(self).update(_learned(epochs.params or begin))
            self._set_curves(epochs, goes_on=goes_on)
        first = table.rows(slice(SAMPLE_SIZE))
        self._sample = (first.X, first.y, alpha, *first.arrays[2:])
        if interrupted:
            message = f"training was interrupted after {self.n_iter_} epochs, and keeps them"
            warnings.warn(message, UserWarning, stacklevel=user_level())
        elif self.n_iter_ == self.max_iter and not (converged or epochs.has_stalled):
            warnings.warn(
                f"training still got better, by more than tol={self.tol:g}, when max_iter="
                f"{self.max_iter} epochs were over: increase one of them",
                ConvergenceWarning,
                stacklevel=user_level(),
            )
        return self

    def _set_curves(self, epochs: Epochs, *, goes_on: bool) -> None:
        is_validated = self.early_stopping
        before = self.loss_curve_ if goes_on else []
        self.n_iter_ = len(epochs.losses)
        self.loss_curve_ = [*before, *epochs.losses]
        self.loss_ = self.loss_curve_[-1] if self.loss_curve_ else np.nan
        self.best_loss_ = None if is_validated else min(self.loss_curve_, default=np.nan)
        self.validation_scores_ = epochs.scores if is_validated else None
        self.validation_loss_curve_ = epochs.validation_losses if is_validated else None
        self.best_validation_score_ = epochs.best if is_validated else None


def _with_penalty(network: Network, alpha: float, params: Any, X: Any, y: Any, *s: Any) -> Any:
    """The objective as a function of parameters and examples."""
    return network.objective(params[0], params[1], X, y, alpha, *s)


def _learned(params: Parameters) -> dict[str, Any]:
    """The attributes that say what was learned."""
    return {"coefs_": params[0], "intercepts_": params[1]}


def _validated(
    run: Callable[..., Any],
    score: Callable[[Array, Array, Array], float],
    rest: Table,
    params: Parameters,
) -> tuple[float, float]:
    """Score and loss on the validation part."""
    a, loss = run(*params, rest.X, rest.y, rest.weights)
    return score(a, rest.y, rest.weights), float(loss)
