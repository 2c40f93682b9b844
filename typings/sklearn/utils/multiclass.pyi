from collections.abc import Iterable
from typing import Any, Literal

from numpy.typing import ArrayLike, NDArray

def check_classification_targets(y: ArrayLike) -> None: ...
def type_of_target(
    y: ArrayLike, input_name: str = "", raise_unknown: bool = False
) -> Literal[
    "binary",
    "continuous",
    "continuous-multioutput",
    "multiclass",
    "multiclass-multioutput",
    "multilabel-indicator",
    "unknown",
]: ...
def unique_labels(*ys: ArrayLike, ys_types: Iterable[str] | None = None) -> NDArray[Any]: ...
