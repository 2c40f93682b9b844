from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

def compute_class_weight(
    class_weight: Mapping[Any, float] | Literal["balanced"] | None,
    *,
    classes: NDArray[Any],
    y: ArrayLike,
    sample_weight: ArrayLike | None = None,
) -> NDArray[np.float64]: ...
def compute_sample_weight(
    class_weight: Mapping[Any, float] | list[Mapping[Any, float]] | Literal["balanced"] | None,
    y: ArrayLike,
    *,
    indices: ArrayLike | None = None,
) -> NDArray[np.float64]: ...
