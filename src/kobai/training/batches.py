"""Data as batches: which rows belong together, in which order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np

from kobai.errors import ArgumentError
from kobai.graph import AnyArray


@dataclass(frozen=True)
class Batches:
    """Arrays that share their examples axis, cut into batches.

    Attributes:
        arrays: the arrays, uncut.
        axes: for each, its examples axis.
        rows: how many examples there are.
        size: how many of them make a batch; the last one may have fewer.
        shuffle: whether each epoch has an order of its own.
    """

    arrays: tuple[AnyArray, ...]
    axes: tuple[int, ...]
    rows: int
    size: int
    shuffle: bool

    @property
    def per_epoch(self) -> int:
        return -(-self.rows // self.size)

    @property
    def is_whole(self) -> bool:
        """Whether every step sees all examples."""
        return self.size >= self.rows

    def order(self, generator: np.random.Generator) -> AnyArray:
        """The order of the rows in one epoch."""
        if self.shuffle and not self.is_whole:
            return generator.permutation(self.rows)
        return np.arange(self.rows)

    def batch(self, order: AnyArray, number: int) -> tuple[AnyArray, ...]:
        """One batch of an epoch; views where rows keep their order."""
        if self.is_whole:
            return self.arrays
        start = number * self.size
        stop = min(start + self.size, self.rows)
        return self._part(order[start:stop] if self.shuffle else slice(start, stop))

    def first(self) -> tuple[AnyArray, ...]:
        """A batch to record the loss on."""
        return self._part(slice(0, self.size))

    def rows_of(self, batch: Sequence[AnyArray]) -> int:
        return batch[0].shape[self.axes[0]] if batch else 1

    def _part(self, places: slice | AnyArray) -> tuple[AnyArray, ...]:
        return tuple(
            array[(slice(None),) * axis + (places,)]
            for array, axis in zip(self.arrays, self.axes, strict=True)
        )


def batches(data: Any, axis: int | Sequence[int], batch_size: int | None, shuffle: bool) -> Batches:
    """Check the data and cut it.

    Raises:
        ArgumentError: the arrays disagree about the number of examples, or there is none.
    """
    arrays = tuple(map(np.asanyarray, _as_tuple(data)))
    axes = (axis,) * len(arrays) if isinstance(axis, int) else tuple(axis)
    if len(axes) != len(arrays):
        raise ArgumentError(
            f"axis names {len(axes)} axes for {len(arrays)} arrays of data",
            repair="give one axis, or one for each array",
        )
    lengths = []
    for number, (array, which) in enumerate(zip(arrays, axes, strict=True)):
        if not -array.ndim <= which < array.ndim:
            raise ArgumentError(
                f"data array {number} of shape {array.shape} has no axis {which}",
                repair="axis says along which axis the examples are",
            )
        lengths.append(array.shape[which])
    rows = lengths[0] if lengths else 1
    if len(set(lengths)) > 1:
        raise ArgumentError(
            f"the data arrays hold different numbers of examples: {lengths}",
            repair="give each example one entry along `axis` in every array",
        )
    if not rows:
        raise ArgumentError("the data holds no example", repair="give at least one")
    if batch_size is not None and not is_count(batch_size, least=1):
        raise ArgumentError(f"batch_size is {batch_size!r}", repair="give a whole number above 0")
    normal = tuple(which % array.ndim for array, which in zip(arrays, axes, strict=True))
    return Batches(arrays, normal, rows, min(batch_size or rows, rows), shuffle)


def is_count(value: Any, least: int) -> bool:
    """Whether a setting is a whole number, Python's or NumPy's, that is large enough."""
    return not isinstance(value, bool) and isinstance(value, Integral) and int(value) >= least


def _as_tuple(data: Any) -> tuple[Any, ...]:
    if data is None:
        return ()
    return tuple(data) if isinstance(data, tuple | list) else (data,)
