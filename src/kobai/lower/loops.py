"""The loops that targets compile. Nothing here, and nothing in a target, knows an operation.

A kernel runs its loops one after the other, once, or for each tile of the examples. Arrays are
given by the caller: a kernel allocates nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from kobai.graph import AnyDType
from kobai.scalars import Scalar
from kobai.sizes import Dim, Shape

FoldKind = Literal["sum", "max", "min", "any", "all"]


@dataclass(frozen=True, eq=False)
class Buffer:
    """An array in memory.

    Attributes:
        dtype: of its entries.
        shape: its lengths; of a buffer that is `local`, that of one tile along `tiled`.
        tiled: the axis of the examples; None if it has none.
        is_local: whether it holds one tile of the examples only.
        last: the axis whose entries lie side by side, after the others in their order; None for
            the last of them: row by row.
    """

    dtype: AnyDType
    shape: Shape
    tiled: int | None = None
    is_local: bool = False
    last: int | None = None


@dataclass(frozen=True)
class AxisOf:
    """An axis of a view: the buffer's axis that it walks along, from where, in which steps."""

    axis: int
    start: Dim = 0
    step: int = 1


@dataclass(frozen=True)
class View:
    """Entries of a buffer, by axes of its own; None repeats the same entry along an axis.

    `fixed` are the buffer's axes of which one place is read, with that place; `given` are those
    whose places are values: the operands of a read, the places of a fold.
    """

    buffer: Buffer
    axes: tuple[AxisOf | None, ...]
    fixed: tuple[tuple[int, Dim], ...] = ()
    given: tuple[AxisOf, ...] = ()


@dataclass(frozen=True)
class Write:
    """A value of a map that is kept."""

    view: View
    value: Scalar


@dataclass(frozen=True)
class Fold:
    """A value of a map that is folded over some axes.

    Its target is written, or, if it goes on, what it holds already is folded in. With `places`, the
    values that name the target's places, each value is added to a target of its own.
    """

    kind: FoldKind
    value: Scalar
    axes: tuple[int, ...]
    target: View
    goes_on: bool
    places: tuple[Scalar, ...] = ()


@dataclass(frozen=True)
class Map:
    """One expression for every entry of a shape; reads are scalars whose label is a view.

    A scalar of the instruction `index` is the place along the loop that its label says.

    Attributes:
        shape: the lengths of the loops.
        tiled: the loop that runs over the examples of a tile.
        lanes: the loop of which several entries are computed side by side; the last by default.
    """

    shape: Shape
    tiled: int | None
    writes: tuple[Write, ...]
    folds: tuple[Fold, ...]
    lanes: int | None = None


@dataclass(frozen=True)
class Product:
    """`c = a @ b` of matrices, or `c += a @ b`.

    Attributes:
        tiled: the loop over the examples of a tile: 0 rows, 1 columns, 2 inner.
        is_added: to what c holds already.
    """

    rows: Dim
    columns: Dim
    inner: Dim
    tiled: int | None
    a: View
    b: View
    c: View
    is_added: bool


@dataclass(frozen=True, eq=False)
class State:
    """What a scan passes on: `scalar` stands for what it was, `following` is what it becomes."""

    scalar: Scalar
    following: Scalar


@dataclass(frozen=True)
class Scan:
    """Values that are passed on from entry to entry along an axis.

    Attributes:
        shape: the lengths of the loops.
        tiled: the loop that runs over the examples of a tile; never the one that is scanned.
        axis: the loop along which values are passed on.
        is_reverse: whether it runs from its end.
        states: what is passed on; the first entry sees zeros.
        target: where each entry's first state is kept.
    """

    shape: Shape
    tiled: int | None
    axis: int
    is_reverse: bool
    states: tuple[State, ...]
    target: View


Loop = Map | Product | Scan


@dataclass(frozen=True)
class Kernel:
    """Loops that run in this order, once or for each tile of the examples.

    Attributes:
        buffers: what the caller hands over, in this order.
        symbols: names of the lengths that the caller hands over, in this order.
        loops: what runs.
        examples: how many examples there are; None for a kernel that runs once.
    """

    buffers: tuple[Buffer, ...]
    symbols: tuple[str, ...]
    loops: tuple[Loop, ...]
    examples: Dim | None


def start_of(kind: FoldKind, dtype: AnyDType) -> float:
    """What a fold of nothing is."""
    match kind:
        case "max":
            return -np.inf if dtype.kind == "f" else 0 if dtype.kind == "b" else np.iinfo(dtype).min
        case "min":
            return np.inf if dtype.kind == "f" else 1 if dtype.kind == "b" else np.iinfo(dtype).max
        case "all":
            return 1
        case _:
            return 0
