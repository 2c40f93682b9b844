from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, TransformerMixin

class StandardScaler(TransformerMixin, BaseEstimator):
    mean_: NDArray[np.float64] | None
    scale_: NDArray[np.float64] | None
    var_: NDArray[np.float64] | None

    def __init__(
        self, *, copy: bool = True, with_mean: bool = True, with_std: bool = True
    ) -> None: ...
    def fit(self, X: ArrayLike, y: None = None, sample_weight: ArrayLike | None = None) -> Self: ...
    def transform(self, X: ArrayLike, copy: bool | None = None) -> NDArray[Any]: ...
    def inverse_transform(self, X: ArrayLike, copy: bool | None = None) -> NDArray[Any]: ...
