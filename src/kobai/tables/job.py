"""The main job: from a table to a trained model and the figures that judge it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from kobai.data import Table, read_csv
from kobai.data.wording import place, quoted
from kobai.errors import ArgumentError, DataError
from kobai.learn import LogisticRegression

from .metrics import Figures, judge
from .model import Model
from .partition import Partition, partition
from .preparation import Preparation, check_categories
from .target import Label, Target, check_column, read_target


class Estimator(Protocol):
    """What the job asks of an estimator: scikit-learn's interface, and how it was trained."""

    coef_: Any
    intercept_: Any
    n_iter_: Any
    loss_curve_: Any

    @property
    def derivation_(self) -> object: ...

    def set_callbacks(self, *callbacks: Any) -> Any: ...

    def fit(self, X: Any, y: Any) -> Any: ...

    def predict_proba(self, X: Any) -> Any: ...


@dataclass(frozen=True, slots=True)
class Training:
    """How a model was trained.

    Attributes:
        loss_curve: the training loss as it fell.
        derivation: the derivation of the gradient that was followed, as text.
        steps: how many steps were taken.
    """

    loss_curve: NDArray[np.float64]
    derivation: str
    steps: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """A fitted model, how good it is and how it came about. `source` is the table's name."""

    source: str
    model: Model
    figures: Figures
    training: Training
    partition: Partition
    seed: int

    @property
    def majority(self) -> Label:
        """The most frequent class of the training rows."""
        return self.model.classes[self.figures.majority]


def read_for_fit(path: str, target: str, dropped: tuple[str, ...]) -> Table:
    """Read a table less the dropped columns; refuses columns that its header lacks."""

    def check_header(source: str, names: tuple[str, ...]) -> None:
        for name in (target, *dropped):
            check_column(source, names, name)
        if target in dropped:
            raise ArgumentError(
                f"{quoted(target)} is the target and can't be dropped",
                where=place(source),
                repair="drop another column, or name another target",
            )

    return read_csv(path, skip=dropped, check_header=check_header)


def fit_table(
    table: Table,
    target_name: str,
    *,
    dropped: tuple[str, ...] = (),
    test_size: float = 0.25,
    seed: int = 0,
    estimator: Estimator | None = None,
    callbacks: Sequence[Any] = (),
) -> Outcome:
    """Split the table, fit a model to one part and judge it by the other.

    Args:
        table: the features and the target; the dropped columns are not in it.
        target_name: the column to predict.
        dropped: names that the model shall ignore in tables to predict.
        test_size: the part of each class's rows to test on, between 0 and 1.
        seed: of the split.
        estimator: instead of `LogisticRegression` with its defaults.
        callbacks: scikit-learn's, told of each training step.
    """
    check_column(table.source, table.names, target_name)
    target, features = read_target(table, target_name), table.without(target_name)
    _check_features(features)
    split = partition(features, target, test_size, seed)
    preparation = Preparation.fit(features.take(split.train))
    train, test = (preparation.transform(features.take(rows)) for rows in (split.train, split.test))
    train_codes, test_codes = target.codes[split.train], target.codes[split.test]
    fitted = estimator or LogisticRegression()
    if callbacks:
        fitted.set_callbacks(*callbacks)
    fitted.fit(train, train_codes)
    return Outcome(
        source=table.source,
        model=_model(fitted, target, preparation, dropped),
        figures=judge(
            fitted.predict_proba(train), train_codes, fitted.predict_proba(test), test_codes
        ),
        training=_training(fitted),
        partition=split,
        seed=seed,
    )


def _check_features(features: Table) -> None:
    if not features.columns:
        raise DataError(
            "the target is the only column",
            where=place(features.source),
            repair="add columns to predict it from",
        )
    check_categories(features)


def _model(
    fitted: Estimator, target: Target, preparation: Preparation, dropped: tuple[str, ...]
) -> Model:
    coef = np.asarray(fitted.coef_, np.float64)
    intercept = np.asarray(fitted.intercept_, np.float64)
    return Model(target.name, dropped, target.classes, preparation, coef, intercept)


def _training(fitted: Estimator) -> Training:
    loss_curve = np.asarray(fitted.loss_curve_, np.float64)
    return Training(loss_curve, str(fitted.derivation_), int(np.max(fitted.n_iter_)))
