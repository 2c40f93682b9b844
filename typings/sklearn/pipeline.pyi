from abc import ABCMeta
from typing import Any, Self

from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator

class Pipeline(BaseEstimator, metaclass=ABCMeta):
    steps: list[tuple[str, BaseEstimator]]

    def __init__(
        self,
        steps: list[tuple[str, BaseEstimator]],
        *,
        transform_input: list[str] | None = None,
        memory: str | None = None,
        verbose: bool = False,
    ) -> None: ...
    def fit(self, X: ArrayLike, y: ArrayLike | None = None, **params: Any) -> Self: ...
    def predict(self, X: ArrayLike, **params: Any) -> NDArray[Any]: ...
    def predict_proba(self, X: ArrayLike, **params: Any) -> NDArray[Any]: ...
    def score(
        self,
        X: ArrayLike,
        y: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
        **params: Any,
    ) -> float: ...

def make_pipeline(
    *steps: BaseEstimator,
    memory: str | None = None,
    transform_input: list[str] | None = None,
    verbose: bool = False,
) -> Pipeline: ...
