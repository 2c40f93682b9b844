from dataclasses import dataclass
from typing import Any

from sklearn.base import BaseEstimator
from sklearn.utils.class_weight import compute_class_weight as compute_class_weight
from sklearn.utils.class_weight import compute_sample_weight as compute_sample_weight
from sklearn.utils.validation import check_array as check_array
from sklearn.utils.validation import check_consistent_length as check_consistent_length
from sklearn.utils.validation import check_random_state as check_random_state
from sklearn.utils.validation import check_X_y as check_X_y
from sklearn.utils.validation import column_or_1d as column_or_1d

class Bunch(dict[str, Any]):
    def __init__(self, **kwargs: Any) -> None: ...
    def __getattr__(self, key: str) -> Any: ...

@dataclass(slots=True)
class InputTags:
    one_d_array: bool = False
    two_d_array: bool = True
    three_d_array: bool = False
    sparse: bool = False
    categorical: bool = False
    string: bool = False
    dict: bool = False
    positive_only: bool = False
    allow_nan: bool = False
    pairwise: bool = False

@dataclass(slots=True)
class TargetTags:
    required: bool
    one_d_labels: bool = False
    two_d_labels: bool = False
    positive_only: bool = False
    multi_output: bool = False
    single_output: bool = True

@dataclass(slots=True)
class TransformerTags:
    preserves_dtype: list[str] = ...

@dataclass(slots=True)
class ClassifierTags:
    poor_score: bool = False
    multi_class: bool = True
    multi_label: bool = False

@dataclass(slots=True)
class RegressorTags:
    poor_score: bool = False

@dataclass(slots=True)
class Tags:
    estimator_type: str | None
    target_tags: TargetTags
    transformer_tags: TransformerTags | None = None
    classifier_tags: ClassifierTags | None = None
    regressor_tags: RegressorTags | None = None
    array_api_support: bool = False
    no_validation: bool = False
    non_deterministic: bool = False
    requires_fit: bool = True
    _skip_test: bool = False
    input_tags: InputTags = ...

def get_tags(estimator: BaseEstimator) -> Tags: ...
