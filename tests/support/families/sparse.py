"""Products with constant sparse matrices."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array, csc_array
from tests.support.family import Family

from kobai.ops.sparse import SparseMatrix

WIDE = SparseMatrix(coo_array(np.array([[0, 1.5, 0], [2, 0, -0.25]])))
SINGLE = SparseMatrix(csc_array(np.array([[0, 3], [1, 0], [0, 0]], np.float32)))

FAMILY = Family(
    uses={
        "sparse_product": (
            (((3,),), {"matrix": WIDE}),
            (((3, 2),), {"matrix": WIDE}),
            (((2,),), {"matrix": SINGLE}),
            (((2, 3),), {"matrix": SINGLE.transposed.transposed}),
        )
    },
)
