"""Steps of training as loops over arrays: the same loops again and again.

What a loop computes from arrays that no step changes is computed once. A value after the step is
written where the value before it was, if nobody asks for that any more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kobai.graph import AnyDType
from kobai.lower.loops import Buffer, Kernel, Loop, Map, View
from kobai.lower.ranges import views_read, views_written
from kobai.lower.views import whole


@dataclass(frozen=True)
class Steps:
    """What is done at each step, in arrays that are known by their numbers.

    Attributes:
        kernels: what runs.
        numbers: of each kernel's buffers.
        arrays: of each array its dtype and how many entries it has.
        given: the arrays that hold something before the first step.
        state: those that have to hold it after the last.
        rows: the arrays that hold a batch, each with the bytes of a row.
        batch: rows of a batch; 0 where no rows are gathered.
        moved: pairs of arrays; at the end of a step, the first is copied to the second.
        loss: the array that holds the loss.
        once: of each kernel, the loops that run before the first step and not again.
    """

    kernels: tuple[Kernel, ...]
    numbers: tuple[tuple[int, ...], ...]
    arrays: tuple[tuple[AnyDType, int], ...]
    given: tuple[int, ...]
    state: tuple[int, ...]
    rows: tuple[tuple[int, int], ...]
    batch: int
    moved: tuple[tuple[int, int], ...]
    loss: int
    once: tuple[tuple[int, ...], ...]


def steady(
    kernels: Sequence[Kernel], numbers: Sequence[Sequence[int]], changing: Iterable[int]
) -> tuple[tuple[int, ...], ...]:
    """Of each kernel, the loops whose results no step changes.

    Args:
        kernels: what runs at each step.
        numbers: of each kernel's buffers.
        changing: the arrays that change from step to step.
    """
    changed = set(changing)
    traffic = []
    for kernel, own in zip(kernels, numbers, strict=True):
        number = _numbering(kernel, own)
        traffic.append(
            [
                (_arrays(views_read(loop), number), _arrays(views_written(loop), number))
                for loop in kernel.loops
            ]
        )
    # A loop that adds to what another has written belongs to it.
    size = -1
    while size < len(changed):
        size = len(changed)
        for loops in traffic:
            for read, written in loops:
                if (read | written) & changed:
                    changed |= written
    return tuple(
        tuple(n for n, (_, written) in enumerate(loops) if not written & changed)
        for loops in traffic
    )


def in_place(
    kernels: Sequence[Kernel], numbers: Sequence[Sequence[int]], changes: Mapping[int, int]
) -> dict[int, int]:
    """The arrays after a step that may be the arrays before it.

    Args:
        kernels: what runs at each step.
        numbers: of each kernel's buffers.
        changes: for each array before the step the one after it.
    """
    order = [
        (loop, _numbering(kernel, own))
        for kernel, own in zip(kernels, numbers, strict=True)
        for loop in kernel.loops
    ]
    written = [_arrays(views_written(loop), number) for loop, number in order]
    read = [_arrays(views_read(loop), number) for loop, number in order]
    found: dict[int, int] = {}
    times = Counter(changes.values())
    for before, after in changes.items():
        writers = [n for n, arrays in enumerate(written) if after in arrays]
        readers = [n for n, arrays in enumerate(read) if before in arrays]
        if len(writers) != 1 or times[after] > 1 or any(n > writers[0] for n in readers):
            continue
        if _is_entry_by_entry(*order[writers[0]], before, after):
            found[after] = before
    return found


def _is_entry_by_entry(loop: Loop, number: Mapping[Buffer, int], before: int, after: int) -> bool:
    """Whether each entry after the step is made of the same entry before it."""
    if not isinstance(loop, Map):
        return False
    written = [view for view in views_written(loop) if number[view.buffer] == after]
    if len(written) != 1 or written[0] not in [w.view for w in loop.writes]:
        return False
    (at,) = written
    places = (at.axes, at.fixed, at.given, at.buffer.shape, at.buffer.last)
    return at == whole(at.buffer) and all(
        (view.axes, view.fixed, view.given, view.buffer.shape, view.buffer.last) == places
        for view in views_read(loop)
        if number[view.buffer] == before
    )


def _numbering(kernel: Kernel, own: Sequence[int]) -> dict[Buffer, int]:
    return dict(zip(kernel.buffers, own, strict=True))


def _arrays(views: Iterable[View], number: Mapping[Buffer, int]) -> set[int]:
    return {number[view.buffer] for view in views}
