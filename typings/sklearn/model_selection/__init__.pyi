from collections.abc import Callable, Iterator
from typing import Any, Literal, Self, TypeAlias, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator

_Seed: TypeAlias = int | np.random.RandomState | None
_Scoring: TypeAlias = str | Callable[[BaseEstimator, ArrayLike, ArrayLike], float] | None
_Folds: TypeAlias = Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]

class KFold:
    def __init__(
        self, n_splits: int = 5, *, shuffle: bool = False, random_state: _Seed = None
    ) -> None: ...
    def split(
        self, X: ArrayLike, y: ArrayLike | None = None, groups: ArrayLike | None = None
    ) -> _Folds: ...

class StratifiedKFold:
    def __init__(
        self, n_splits: int = 5, *, shuffle: bool = False, random_state: _Seed = None
    ) -> None: ...
    def split(self, X: ArrayLike, y: ArrayLike, groups: ArrayLike | None = None) -> _Folds: ...

def cross_val_score(
    estimator: BaseEstimator,
    X: ArrayLike,
    y: ArrayLike | None = None,
    *,
    groups: ArrayLike | None = None,
    scoring: _Scoring = None,
    cv: int | KFold | StratifiedKFold | None = None,
    n_jobs: int | None = None,
    verbose: int = 0,
    params: dict[str, Any] | None = None,
    pre_dispatch: int | str = "2*n_jobs",
    error_score: float | Literal["raise"] = ...,
) -> NDArray[np.float64]: ...
@overload
def train_test_split(
    *arrays: NDArray[Any],
    test_size: float | None = None,
    train_size: float | None = None,
    random_state: _Seed = None,
    shuffle: bool = True,
    stratify: ArrayLike | None = None,
) -> list[NDArray[Any]]: ...
@overload
def train_test_split(
    *arrays: Any,
    test_size: float | None = None,
    train_size: float | None = None,
    random_state: _Seed = None,
    shuffle: bool = True,
    stratify: ArrayLike | None = None,
) -> list[Any]: ...

class GridSearchCV:
    best_score_: float
    best_estimator_: Any
    def __init__(self, estimator: Any, param_grid: Any, *, cv: int | None = None) -> None: ...
    def fit(self, X: Any, y: Any = None) -> Self: ...
