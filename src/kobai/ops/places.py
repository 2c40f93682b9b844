"""Where the entries are of which one entry of a result is made: what formulas with indices need.

`(X @ w)[i]` is the sum over j of `X[i, j] * w[j]`: for the places (i,) of the result, the operands
are read at (i, j) and (j,), and j is a letter that is folded over.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from kobai.sizes import Dim

FoldWord: TypeAlias = Literal["", "sum", "prod", "max", "min", "any", "all"]


@dataclass(frozen=True)
class At:
    """A place along one axis: `start + step * letter`; without a letter, `start` alone."""

    letter: str = ""
    start: Dim = 0
    step: int = 1

    def inside(self, start: Dim, step: int) -> At:
        """The place in an array of which this one counts along `x[start::step]`."""
        own = self.start * step
        return At(self.letter, start + own, self.step * step)


@dataclass(frozen=True)
class Looked:
    """A place that is an entry of an array of places."""

    node: Any
    places: Places


Place: TypeAlias = At | Looked
Places: TypeAlias = tuple[Place, ...]
# A letter for an axis of this length which nothing uses yet.
Fresh: TypeAlias = Callable[[Dim], str]


@dataclass(frozen=True)
class Letter:
    """A letter that is folded over, from `start` up to `stop`, which is left out."""

    name: str
    start: Dim | At
    stop: Dim | At


@dataclass(frozen=True)
class Entry:
    """What one entry of a result is made of.

    Attributes:
        operands: the places at which each operand is read.
        letters: what is folded over.
        fold: by what; several operands are multiplied before.
    """

    operands: tuple[Places, ...]
    letters: tuple[Letter, ...] = ()
    fold: FoldWord = ""


EntryRule: TypeAlias = Callable[[Any, Places, Fresh], "Entry | None"]

# The first entry of an axis, which is the only one of an axis of length 1.
FIRST = At()


def moved(source: Callable[[Any, Places], Sequence[Place]]) -> EntryRule:
    """The entry of the only operand that stands at these places."""
    return lambda node, places, fresh: Entry((tuple(source(node, places)),))


def folded(word: FoldWord) -> EntryRule:
    """A fold over the axes that the node names."""

    def entry(node: Any, places: Places, fresh: Fresh) -> Entry:
        (x,) = node.operands
        axes = node.attribute("axis")
        rest = iter(places)
        read: list[Place] = []
        letters: list[Letter] = []
        for axis, length in enumerate(x.shape):
            if axis not in axes:
                read.append(next(rest))
                continue
            if node.attribute("keepdims"):
                next(rest)
            if length == 1:
                read.append(FIRST)
                continue
            letters.append(Letter(fresh(length), 0, length))
            read.append(At(letters[-1].name))
        return Entry((tuple(read),), tuple(letters), word if letters else "")

    return entry


def contracted(subscripts: Callable[[Any], str]) -> EntryRule:
    """A sum of products, its axes lettered as np.einsum has them."""

    def entry(node: Any, places: Places, fresh: Fresh) -> Entry | None:
        terms, result = subscripts(node).split("->")
        known: dict[str, Place] = dict(zip(result, places, strict=True))
        letters: list[Letter] = []
        for term, operand in zip(terms.split(","), node.operands, strict=True):
            for letter, length in zip(term, operand.shape, strict=True):
                if letter in known:
                    continue
                if length == 1:
                    known[letter] = FIRST
                    continue
                letters.append(Letter(fresh(length), 0, length))
                known[letter] = At(letters[-1].name)
        read = tuple(tuple(known[letter] for letter in term) for term in terms.split(","))
        return Entry(read, tuple(letters), "sum")

    return entry


def running(word: FoldWord) -> EntryRule:
    """A fold of the entries so far along one axis, or of those from here on."""

    def entry(node: Any, places: Places, fresh: Fresh) -> Entry | None:
        attributes = dict(node.attributes)
        axis = attributes["axis"]
        here = places[axis]
        if not isinstance(here, At):
            return None
        length = node.shape[axis]
        if attributes["reverse"]:
            letter = Letter(fresh(length), here, length)
        else:
            letter = Letter(fresh(length), 0, At(here.letter, here.start + 1, here.step))
        read = (*places[:axis], At(letter.name), *places[axis + 1 :])
        return Entry((read,), (letter,), word)

    return entry


def broadcast(places: Places, shape: Sequence[Dim], operand: Sequence[Dim]) -> Places:
    """The places of an operand that is spread over this shape."""
    skipped = len(shape) - len(operand)
    return tuple(
        FIRST if own == 1 and whole != 1 else place
        for place, own, whole in zip(places[skipped:], operand, shape[skipped:], strict=True)
    )
