from typing import Any, Self

from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

class _Network(BaseEstimator):
    coefs_: list[NDArray[Any]]
    intercepts_: list[NDArray[Any]]
    loss_curve_: list[float]
    out_activation_: str

    def __init__(self, **parameters: Any) -> None: ...
    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self: ...
    def predict(self, X: ArrayLike) -> NDArray[Any]: ...

class MLPClassifier(ClassifierMixin, _Network):
    def predict_proba(self, X: ArrayLike) -> NDArray[Any]: ...

class MLPRegressor(RegressorMixin, _Network): ...
