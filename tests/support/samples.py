"""Operands and attributes for every operation: what the generated tests run on.

Elementwise operations draw theirs from their entry's domain, over all kinds of broadcasting. Others
need attributes; those are listed in `tests.support.families`, a module for each family.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from tests.support.families import (
    custom,
    elementary,
    elementwise,
    filling,
    fourier,
    gathering,
    linear,
    linear_algebra,
    reductions,
    scans,
    selecting,
    shaping,
    sorting,
    sparse,
)
from tests.support.family import Family, Shapes

from kobai.graph import OPERATIONS, TRANSLATIONS, AnyArray, Graph, Node, Op

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

FAMILIES: tuple[Family, ...] = (
    custom.FAMILY,
    elementary.FAMILY,
    elementwise.FAMILY,
    fourier.FAMILY,
    filling.FAMILY,
    gathering.FAMILY,
    linear.FAMILY,
    linear_algebra.FAMILY,
    reductions.FAMILY,
    scans.FAMILY,
    selecting.FAMILY,
    shaping.FAMILY,
    sorting.FAMILY,
    sparse.FAMILY,
)
USES = {name: uses for family in FAMILIES for name, uses in family.uses.items()}
PREPARED = {name: prepare for family in FAMILIES for name, prepare in family.prepared.items()}
ANALYTIC = {name: value for family in FAMILIES for name, value in family.analytic.items()}
BY_DIFFERENCES = frozenset(name for family in FAMILIES for name in family.by_differences)
STEPS = frozenset(name for family in FAMILIES for name in family.steps)


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
    if op.name in USES:
        return tuple(_drawn(op, shapes, fields) for shapes, fields in USES[op.name])
    if op.kind != "map":
        return ()
    return tuple(_drawn(op, shapes, {}) for shapes in BROADCASTS[len(op.domain)])


def numpys(op: Op) -> Any:
    """NumPy's function of the same name, if the operation stands for it."""
    function = getattr(np, op.name, None)
    known = TRANSLATIONS.get(function) if callable(function) else None
    return function if getattr(known, "operation", None) is op else None


def _drawn(op: Op, shapes: Shapes, attributes: Mapping[str, Any]) -> Sample:
    text = f"{op.name}{shapes}{attributes}"
    generator = np.random.default_rng(zlib.crc32(text.encode()))
    domains = [*op.domain, *[op.domain[-1]] * len(shapes)]
    arrays: list[AnyArray] = [
        generator.uniform(low, high, shape)
        for (low, high), shape in zip(domains, shapes, strict=False)
    ]
    if op.name in PREPARED:
        arrays = PREPARED[op.name](arrays)
    return Sample(op, tuple(map(np.asarray, arrays)), attributes)


OPS: tuple[Op, ...] = tuple(op for op in OPERATIONS.values() if op.kind != "leaf")
SAMPLES: tuple[Sample, ...] = tuple(sample for op in OPS for sample in samples_of(op))
