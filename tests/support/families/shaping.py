"""Rearranging, indexing, joining, naming."""

from __future__ import annotations

from typing import Any

import numpy as np
from tests.support.family import Family

from kobai.ops.indexing import Part

SLICED: tuple[tuple[tuple[int, ...], tuple[Any, ...], tuple[int, ...]], ...] = (
    ((5,), (Part(1, 4, 1),), (3,)),
    ((5,), (2,), ()),
    ((6,), (Part(0, 6, 2),), (3,)),
    ((4,), (Part(3, -1, -1),), (4,)),
    ((3, 4), (Part(0, 3, 1), 1), (3,)),
    ((3, 4), (1, Part(1, 4, 1)), (3,)),
    ((3, 4), (Part(2, -1, -2), Part(0, 4, 3)), (2, 2)),
    ((3, 4), (2, 3), ()),
    ((2, 3, 2), (Part(0, 2, 1), 0, Part(1, 2, 1)), (2, 1)),
)
CASTS = (np.float32, np.float64, np.int64, np.bool_)

FAMILY = Family(
    uses={
        "transpose": (
            (((2, 3),), {"axes": (1, 0)}),
            (((2, 3, 4),), {"axes": (2, 0, 1)}),
            (((2, 3, 4),), {"axes": (2, 1, 0)}),
        ),
        "reshape": (
            (((2, 3),), {"shape": (6,)}),
            (((6,),), {"shape": (2, 3)}),
            (((4,),), {"shape": (2, 1, 2)}),
            (((1, 1),), {"shape": ()}),
            (((),), {"shape": (1,)}),
        ),
        "expand_dims": (
            (((3,),), {"axis": (0,)}),
            (((3,),), {"axis": (1,)}),
            (((2, 3),), {"axis": (0, 2)}),
            (((),), {"axis": (0, 1)}),
        ),
        "squeeze": (
            (((1, 3),), {"axis": (0,)}),
            (((2, 1, 3, 1),), {"axis": (1, 3)}),
            (((1,),), {"axis": (0,)}),
        ),
        "broadcast_to": (
            (((3,),), {"shape": (2, 3)}),
            (((),), {"shape": (2, 2)}),
            (((2, 1),), {"shape": (2, 3)}),
            (((1, 3),), {"shape": (4, 2, 3)}),
        ),
        "cast": tuple((((2, 3),), {"dtype": np.dtype(dtype)}) for dtype in CASTS),
        "named": ((((),), {"name": "z"}), (((2, 3),), {"name": "z_1"})),
        "getitem": tuple(((shape,), {"index": index}) for shape, index, _ in SLICED),
        "put": tuple(((part,), {"index": index, "shape": shape}) for shape, index, part in SLICED),
        "concatenate": (
            (((3,), (2,)), {"axis": 0}),
            (((2, 3), (1, 3), (2, 3)), {"axis": 0}),
            (((2, 1), (2, 3)), {"axis": 1}),
        ),
    },
    analytic={"cast": lambda x, dtype: x if np.iscomplexobj(x) else x.astype(dtype)},
)
