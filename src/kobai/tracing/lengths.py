"""Lengths of axes as Python sees them, in a recording that is to serve other lengths too.

A decision on a length (`if len(X) > 1000`) holds for some lengths only. A `Length` is an integer
that writes down how it was compared, so that the recording is used where it would come out so.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from kobai.sizes import Dim, Shape, Size, at_hand, quotient

if TYPE_CHECKING:
    from kobai.tracing.trace import Trace


class Comparison(NamedTuple):
    """How a comparison of two lengths came out."""

    relation: Callable[[int, int], bool]
    left: Dim
    right: Dim
    outcome: bool

    def holds(self, resolve: Callable[[Dim], int]) -> bool:
        """Whether it comes out the same for other lengths."""
        return self.relation(resolve(self.left), resolve(self.right)) == self.outcome


class Length(int):
    """The length of an axis, or what was made of lengths by + - * and exact division."""

    size: Dim
    trace: Trace

    def __new__(cls, size: Dim, trace: Trace) -> Self:
        length = super().__new__(cls, at_hand(size))
        length.size, length.trace = size, trace
        return length

    def fixed(self) -> int:
        """The number, where nothing more can be known of what becomes of it."""
        self.trace.comparisons.append(Comparison(operator.eq, self.size, int(self), True))
        return int(self)

    def _compared(self, relation: Callable[[int, int], bool], other: Any) -> Any:
        if not isinstance(other, int):
            return relation(int(self), other)
        right = other.size if isinstance(other, Length) else int(other)
        outcome = relation(int(self), int(other))
        self.trace.comparisons.append(Comparison(relation, self.size, right, outcome))
        return outcome

    def _combined(self, relation: Callable[[Any, Any], Any], other: Any) -> Any:
        if not isinstance(other, int) or isinstance(other, bool):
            return relation(int(self), other)
        right = other.size if isinstance(other, Length) else int(other)
        result = relation(self.size, right)
        return Length(result, self.trace) if isinstance(result, Size) else result

    def __floordiv__(self, other: Any) -> Any:
        right = other.size if isinstance(other, Length) else other
        exact = quotient(self.size, right) if isinstance(right, int | Size) else None
        if isinstance(exact, Size):
            return Length(exact, self.trace)
        return self.fixed() // other

    def __mod__(self, other: Any) -> Any:
        return self.fixed() % other

    def __divmod__(self, other: Any) -> Any:
        return divmod(self.fixed(), other)

    def __bool__(self) -> bool:
        return bool(self._compared(operator.ne, 0))

    def __hash__(self) -> int:
        return hash(self.fixed())


def slices_compared(shape: Shape, items: Sequence[Any]) -> Iterator[Comparison]:
    """What the slices of an index depend on: `x[:5]` of three entries ends where x does.

    Args:
        shape: of what is indexed.
        items: integers, slices, None, an ellipsis, arrays; one for an axis.
    """
    missing = len(shape) - sum(item is not None and item is not Ellipsis for item in items)
    axis = 0
    for item in items:
        if isinstance(item, slice) and isinstance(shape[axis], Size):
            yield from _slice_compared(item, shape[axis])
        axis += missing if item is Ellipsis else item is not None


def _slice_compared(item: slice, size: Dim) -> Iterator[Comparison]:
    if item.step not in (None, 1):
        yield Comparison(operator.eq, size, at_hand(size), True)
        return
    places: list[Dim] = []
    for end in (item.start, item.stop):
        if end is not None:
            is_front = at_hand(end) >= 0
            yield from _at_most(0, end) if is_front else _at_most(end, -1)
            yield from _at_most(end if is_front else -1 * end, size)
            places.append(end if is_front else size + end)
    if len(places) == 2:
        yield from _at_most(*places)


def _at_most(left: Dim, right: Dim) -> Iterator[Comparison]:
    """Whether left <= right, unless it is the same for all lengths; a symbol is 2 or more."""
    if isinstance(right - left, int) or (left in (0, 1, 2) and str(right).isidentifier()):
        return
    yield Comparison(operator.le, left, right, at_hand(left) <= at_hand(right))


def _comparing(relation: Callable[[Any, Any], Any]) -> Callable[[Length, Any], Any]:
    return lambda self, other: self._compared(relation, other)


def _combining(relation: Callable[[Any, Any], Any]) -> Callable[[Length, Any], Any]:
    return lambda self, other: self._combined(relation, other)


for _relation in (
    *(operator.lt, operator.le, operator.gt, operator.ge),
    *(operator.eq, operator.ne),
):
    setattr(Length, f"__{_relation.__name__}__", _comparing(_relation))
for _name, _operation, _reflected in (
    ("add", operator.add, lambda left, right: right + left),
    ("sub", operator.sub, lambda left, right: right - left),
    ("mul", operator.mul, lambda left, right: right * left),
):
    setattr(Length, f"__{_name}__", _combining(_operation))
    setattr(Length, f"__r{_name}__", _combining(_reflected))
