"""Operands and attributes for every operation: what the generated tests run on.

Elementwise operations draw theirs from their entry's domain, over all kinds of broadcasting. Others
need attributes; those are listed here, and nowhere else.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeAlias

import numpy as np

from kobai.graph import OPERATIONS, AnyArray, Graph, Node, Op
from kobai.ops.indexing import Part

Shapes: TypeAlias = tuple[tuple[int, ...], ...]

BROADCASTS: dict[int, tuple[Shapes, ...]] = {
    1: (((),), ((3,),), ((2, 3),)),
    2: (
        ((), ()),
        ((3,), (3,)),
        ((2, 3), (3,)),
        ((2, 1), (1, 3)),
        ((), (2, 2)),
        ((2, 2), ()),
        ((1,), (3,)),
        ((2, 1, 2), (3, 1)),
    ),
    3: (
        ((), (), ()),
        ((3,), (3,), (3,)),
        ((2, 1), (3,), (2, 3)),
        ((3,), (), (2, 3)),
        ((2, 3), (3,), ()),
        ((), (2, 1), (1, 3)),
    ),
}

FOLDS: tuple[tuple[Shapes, dict[str, Any]], ...] = (
    (((3,),), {"axis": (0,), "keepdims": False}),
    (((3,),), {"axis": (0,), "keepdims": True}),
    (((2, 3),), {"axis": (0, 1), "keepdims": False}),
    (((2, 3),), {"axis": (0,), "keepdims": False}),
    (((2, 3),), {"axis": (1,), "keepdims": False}),
    (((2, 3),), {"axis": (1,), "keepdims": True}),
    (((2, 3, 2),), {"axis": (0, 2), "keepdims": False}),
    (((2, 3, 2),), {"axis": (1,), "keepdims": True}),
    (((),), {"axis": (), "keepdims": False}),
)
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
ATTRIBUTED: dict[str, tuple[tuple[Shapes, dict[str, Any]], ...]] = {
    "sum": FOLDS,
    "mean": FOLDS,
    "max": FOLDS,
    "min": FOLDS,
    "logsumexp": FOLDS[:-1],
    "softmax": (
        (((3,),), {"axis": (0,)}),
        (((2, 3),), {"axis": (1,)}),
        (((2, 3),), {"axis": (0, 1)}),
        (((2, 3, 2),), {"axis": (0, 2)}),
    ),
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
    "matmul": (
        (((3,), (3,)), {}),
        (((2, 3), (3,)), {}),
        (((3,), (3, 2)), {}),
        (((2, 3), (3, 4)), {}),
        (((2, 2, 3), (2, 3, 2)), {}),
        (((2, 3), (4, 3, 2)), {}),
        (((2, 2, 3), (3, 2)), {}),
        (((2, 1, 2, 3), (3, 3, 1)), {}),
    ),
    "outer": ((((2,), (3,)), {}), (((1,), (2,)), {})),
    "einsum": tuple(
        (shapes, {"subscripts": subscripts})
        for subscripts, shapes in (
            ("ij,jk->ik", ((2, 3), (3, 2))),
            ("ij,ij->", ((2, 3), (2, 3))),
            ("ij->ji", ((2, 3),)),
            ("i,j->ij", ((2,), (3,))),
            ("bij,bjk->bik", ((2, 1, 3), (2, 3, 2))),
            ("ij,j,i->", ((2, 3), (3,), (2,))),
            ("ijk->j", ((2, 3, 2),)),
            ("i->i", ((3,),)),
            ("i,j->", ((2,), (3,))),
        )
    ),
}


@dataclass(frozen=True, eq=False)
class Sample:
    """One use of an operation: operands inside their domains, and attributes."""

    op: Op
    arrays: tuple[AnyArray, ...]
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_smooth(self) -> bool:
        """Whether a derivative can be compared: a cast to another dtype rounds."""
        return bool(self.attributes.get("dtype", np.dtype(float)) == np.dtype(float))

    def build(self, op: Op | None = None) -> tuple[Node, list[Node]]:
        """The node and its operands, inputs of a new graph; with `op`, of that one in its place."""
        graph = Graph()
        inputs = [graph.input(f"x{i}", a.shape, a.dtype) for i, a in enumerate(self.arrays)]
        return (op or self.op)(*inputs, **self.attributes), inputs

    def __str__(self) -> str:
        shapes = "x".join(str(array.shape).replace(" ", "") for array in self.arrays)
        values = (str(value).replace(" ", "") for value in self.attributes.values())
        return "-".join([self.op.name, shapes, *values])


@cache
def samples_of(op: Op) -> tuple[Sample, ...]:
    """Everything that the generated tests try an operation on; empty for one that has no sample."""
    if op.name in ATTRIBUTED:
        return tuple(_drawn(op, shapes, fields) for shapes, fields in ATTRIBUTED[op.name])
    if op.kind != "map":
        return ()
    return tuple(_drawn(op, shapes, {}) for shapes in BROADCASTS[len(op.domain)])


def _drawn(op: Op, shapes: Shapes, attributes: Mapping[str, Any]) -> Sample:
    text = f"{op.name}{shapes}{attributes}"
    generator = np.random.default_rng(zlib.crc32(text.encode()))
    domains = [*op.domain, *[op.domain[-1]] * len(shapes)]
    arrays: list[AnyArray] = [
        generator.uniform(low, high, shape)
        for (low, high), shape in zip(domains, shapes, strict=False)
    ]
    if op.name == "where":
        arrays[0] = arrays[0] > 0
    return Sample(op, tuple(map(np.asarray, arrays)), attributes)


OPS: tuple[Op, ...] = tuple(op for op in OPERATIONS.values() if op.kind != "leaf")
SAMPLES: tuple[Sample, ...] = tuple(sample for op in OPS for sample in samples_of(op))
