from typing import Literal, TypeAlias, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import Bunch

_Seed: TypeAlias = int | np.random.RandomState | None
_Features: TypeAlias = NDArray[np.float64]
_Labels: TypeAlias = NDArray[np.int64]

@overload
def load_breast_cancer(
    *, return_X_y: Literal[False] = False, as_frame: Literal[False] = False
) -> Bunch: ...
@overload
def load_breast_cancer(
    *, return_X_y: Literal[True], as_frame: Literal[False] = False
) -> tuple[_Features, _Labels]: ...
@overload
def load_diabetes(
    *,
    return_X_y: Literal[False] = False,
    as_frame: Literal[False] = False,
    scaled: bool = True,
) -> Bunch: ...
@overload
def load_diabetes(
    *, return_X_y: Literal[True], as_frame: Literal[False] = False, scaled: bool = True
) -> tuple[_Features, _Features]: ...
@overload
def load_digits(
    *,
    n_class: int = 10,
    return_X_y: Literal[False] = False,
    as_frame: Literal[False] = False,
) -> Bunch: ...
@overload
def load_digits(
    *, n_class: int = 10, return_X_y: Literal[True], as_frame: Literal[False] = False
) -> tuple[_Features, _Labels]: ...
@overload
def load_iris(*, return_X_y: Literal[False] = False, as_frame: Literal[False] = False) -> Bunch: ...
@overload
def load_iris(
    *, return_X_y: Literal[True], as_frame: Literal[False] = False
) -> tuple[_Features, _Labels]: ...
@overload
def load_wine(*, return_X_y: Literal[False] = False, as_frame: Literal[False] = False) -> Bunch: ...
@overload
def load_wine(
    *, return_X_y: Literal[True], as_frame: Literal[False] = False
) -> tuple[_Features, _Labels]: ...
def make_blobs(
    n_samples: int = 100,
    n_features: int = 2,
    *,
    centers: int | ArrayLike | None = None,
    cluster_std: float | ArrayLike = 1.0,
    center_box: tuple[float, float] = (-10.0, 10.0),
    shuffle: bool = True,
    random_state: _Seed = None,
    return_centers: Literal[False] = False,
) -> tuple[_Features, _Labels]: ...
def make_classification(
    n_samples: int = 100,
    n_features: int = 20,
    *,
    n_informative: int = 2,
    n_redundant: int = 2,
    n_repeated: int = 0,
    n_classes: int = 2,
    n_clusters_per_class: int = 2,
    weights: ArrayLike | None = None,
    flip_y: float = 0.01,
    class_sep: float = 1.0,
    hypercube: bool = True,
    shift: float | ArrayLike | None = 0.0,
    scale: float | ArrayLike | None = 1.0,
    shuffle: bool = True,
    random_state: _Seed = None,
    return_X_y: Literal[True] = True,
) -> tuple[_Features, _Labels]: ...
def make_moons(
    n_samples: int | tuple[int, int] = 100,
    *,
    shuffle: bool = True,
    noise: float | None = None,
    random_state: _Seed = None,
) -> tuple[_Features, _Labels]: ...
def make_regression(
    n_samples: int = 100,
    n_features: int = 100,
    *,
    n_informative: int = 10,
    n_targets: int = 1,
    bias: float | ArrayLike = 0.0,
    effective_rank: int | None = None,
    tail_strength: float = 0.5,
    noise: float = 0.0,
    shuffle: bool = True,
    coef: Literal[False] = False,
    random_state: _Seed = None,
) -> tuple[_Features, _Features]: ...
