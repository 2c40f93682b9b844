from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal, TypeAlias, TypedDict, Unpack, overload

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray
from sklearn.base import BaseEstimator

_AcceptSparse: TypeAlias = bool | str | Sequence[str]
_Finite: TypeAlias = bool | Literal["allow-nan"]
_DTypes: TypeAlias = DTypeLike | Sequence[DTypeLike] | None  # "numeric" among them
_Order: TypeAlias = Literal["F", "C"] | None

class _CheckParams(TypedDict, total=False):
    accept_sparse: _AcceptSparse
    accept_large_sparse: bool
    dtype: _DTypes
    order: _Order
    copy: bool
    force_writeable: bool
    ensure_all_finite: _Finite
    ensure_2d: bool
    allow_nd: bool
    multi_output: bool
    ensure_min_samples: int
    ensure_min_features: int
    y_numeric: bool

def check_array(
    array: ArrayLike,
    accept_sparse: _AcceptSparse = False,
    *,
    accept_large_sparse: bool = True,
    dtype: _DTypes = "numeric",
    order: _Order = None,
    copy: bool = False,
    force_writeable: bool = False,
    ensure_all_finite: _Finite = True,
    ensure_non_negative: bool = False,
    ensure_2d: bool = True,
    allow_nd: bool = False,
    ensure_min_samples: int = 1,
    ensure_min_features: int = 1,
    estimator: str | BaseEstimator | None = None,
    input_name: str = "",
) -> NDArray[Any]: ...
def check_X_y(
    X: ArrayLike,
    y: ArrayLike,
    accept_sparse: _AcceptSparse = False,
    *,
    accept_large_sparse: bool = True,
    dtype: _DTypes = "numeric",
    order: _Order = None,
    copy: bool = False,
    force_writeable: bool = False,
    ensure_all_finite: _Finite = True,
    ensure_2d: bool = True,
    allow_nd: bool = False,
    multi_output: bool = False,
    ensure_min_samples: int = 1,
    ensure_min_features: int = 1,
    y_numeric: bool = False,
    estimator: str | BaseEstimator | None = None,
) -> tuple[NDArray[Any], NDArray[Any]]: ...
@overload
def validate_data(
    _estimator: BaseEstimator,
    /,
    X: ArrayLike,
    y: None = None,
    reset: bool = True,
    validate_separately: Literal[False] = False,
    skip_check_array: bool = False,
    **check_params: Unpack[_CheckParams],
) -> NDArray[Any]: ...
@overload
def validate_data(
    _estimator: BaseEstimator,
    /,
    X: ArrayLike,
    y: ArrayLike,
    reset: bool = True,
    validate_separately: Literal[False] | tuple[dict[str, Any], dict[str, Any]] = False,
    skip_check_array: bool = False,
    **check_params: Unpack[_CheckParams],
) -> tuple[NDArray[Any], NDArray[Any]]: ...
@overload
def validate_data(
    _estimator: BaseEstimator,
    /,
    *,
    y: ArrayLike,
    reset: bool = True,
    validate_separately: Literal[False] = False,
    skip_check_array: bool = False,
    **check_params: Unpack[_CheckParams],
) -> NDArray[Any]: ...
def check_consistent_length(*arrays: ArrayLike | None) -> None: ...
def check_is_fitted(
    estimator: BaseEstimator,
    attributes: str | Sequence[str] | None = None,
    *,
    msg: str | None = None,
    all_or_any: Callable[[Iterable[object]], bool] = ...,
) -> None: ...
def check_random_state(
    seed: int | np.random.RandomState | None,
) -> np.random.RandomState: ...
def column_or_1d(
    y: ArrayLike,
    *,
    dtype: DTypeLike | None = None,
    input_name: str = "y",
    warn: bool = False,
    device: str | None = None,
) -> NDArray[Any]: ...
def has_fit_parameter(estimator: BaseEstimator, parameter: str) -> bool: ...
def _check_feature_names_in(
    estimator: BaseEstimator,
    input_features: ArrayLike | None = None,
    *,
    generate_names: bool = True,
) -> NDArray[np.object_] | None: ...
def _check_sample_weight(
    sample_weight: ArrayLike | None,
    X: ArrayLike,
    *,
    dtype: _DTypes = None,
    force_float_dtype: bool = True,
    ensure_non_negative: bool = False,
    ensure_same_device: bool = True,
    copy: bool = False,
    allow_all_zero_weights: bool = False,
) -> NDArray[np.floating[Any]]: ...
