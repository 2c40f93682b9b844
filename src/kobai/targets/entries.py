"""One entry of a value as a formula with indices: Python source, or LaTeX.

`(X.T @ dz)[j]` is `sum(X[i, j] * dz[i] for i in range(m))`. The walk knows the kinds of operations:
a map repeats its own template on entries, a fold or a contraction sums over letters, a move renames
places. What an operation has to say of its entries is in its `entry` (see `kobai.ops.places`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from kobai.graph import Node, Op
from kobai.ops.places import At, Entry, Letter, Looked, Place, Places, broadcast
from kobai.sizes import Dim, Size
from kobai.targets.index_sums import sum_of, with_parts
from kobai.targets.source import Source, scalar_copy

LONGEST = 3000
POOL = ("i", "j", "k", "l", "p", "q", "r", "s", "u", "v", "i1", "j1", "k1", "l1", "i2", "j2", "k2")


class NoEntryError(Exception):
    """An operation has no form with indices, or the form is too long to be read."""


@dataclass(frozen=True)
class Letters:
    """The letter that runs along an axis of each length.

    Attributes:
        known: letters of the lengths that have one, by the length's text.
        taken: names that no letter may hide.
    """

    known: Mapping[str, str] = field(default_factory=dict)
    taken: Collection[str] = ()

    def fresh(self, length: Dim, used: Collection[str]) -> str:
        """A letter for one more axis of this length."""
        own = self.known.get(str(length), "")
        listed = (own, *(c for c in POOL if c not in self.known.values()), *POOL)
        for letter in listed:
            if letter and letter not in used and letter not in self.taken:
                return letter
        raise NoEntryError

    def places(self, shape: Sequence[Dim]) -> tuple[At, ...]:
        """A letter for each axis of a result; axes of length 1 have one entry."""
        used: list[str] = []
        places: list[At] = []
        for length in shape:
            if length == 1:
                places.append(At())
                continue
            used.append(self.fresh(length, used))
            places.append(At(used[-1]))
        return tuple(places)


def letters_of(sizes: Mapping[str, str], names: Collection[str]) -> Letters:
    """`n` runs along an axis of length `N`; other lengths take i, j, k.

    Args:
        sizes: the names of the symbols of lengths, the number of examples first.
        names: all other names that are shown.
    """
    taken = {*names, *sizes.values()}
    known: dict[str, str] = {}
    for symbol, name in sizes.items():
        own = name.lower() if len(name) == 1 and name.isupper() else ""
        pool = (own, *POOL) if own else POOL
        free = (c for c in pool if c not in taken and c not in known.values())
        letter = next(free, "")
        if letter:
            known[symbol] = letter
    return Letters(known, frozenset(taken))


@dataclass(frozen=True)
class _Task:
    """One entry to print: a node at places, where some letters have a meaning already."""

    node: Node
    places: Places
    scope: tuple[str, ...]


_Needed: TypeAlias = "tuple[_Task, Node | None]"
_Steps: TypeAlias = Generator[_Needed, Source, Source]
_PlaceSteps: TypeAlias = Generator[_Needed, Source, list[str]]


class Style(ABC):
    """How the parts of a formula with indices are written."""

    parentheses: str

    def __init__(self, names: Mapping[Node, str], sizes: Mapping[str, str]) -> None:
        self.names = names
        self.sizes = sizes

    @abstractmethod
    def template(self, op: Op) -> tuple[str | Callable[..., str], int]:
        """The form of a map, and how tightly it binds."""

    @abstractmethod
    def leaf(self, node: Node, user: Node | None) -> Source:
        """A number or a length, given the node that uses it."""

    @abstractmethod
    def entry(self, name: str, places: Sequence[str]) -> Source:
        """The entry of an array, or a number."""

    @abstractmethod
    def product(self, factors: Sequence[Source]) -> Source:
        """Several entries multiplied."""

    @abstractmethod
    def share(self, total: Source, divisor: Source) -> Source:
        """A sum divided by a number."""

    @abstractmethod
    def fold(self, word: str, letters: Sequence[tuple[Letter, str, str]], body: Source) -> Source:
        """A sum, a product, a largest entry over letters, with the ends of each."""

    def place(self, place: At) -> Source:
        """`i`, `i + 1` or `m - 1 - i`."""
        start = self.length(place.start)
        if not place.letter:
            return start
        if place.step == -1 and place.start != 0:
            return Source(f"{start:11} - {place.letter}", 11)
        many = Source(place.letter) if place.step == 1 else self.many(place.step, place.letter)
        return many if place.start == 0 else Source(f"{many:11} + {start:12}", 11)

    def many(self, step: int, letter: str) -> Source:
        return Source(f"{step}*{letter}", 12)

    def length(self, length: Dim) -> Source:
        text = str(length.renamed(self.sizes)) if isinstance(length, Size) else str(length)
        return Source(text, 11 if " " in text else 12 if "*" in text else 100)


def entry_of(
    node: Node, places: Places, letters: Letters, style: Style, *, is_slope: bool = False
) -> Source:
    """The entry of a value at these places.

    In a derivative `X.T @ dz` the factors are in the chain rule's order, `dz[i] X[i,j]`: first what
    came back, then what it is multiplied by.

    Raises:
        NoEntryError: an operation in it has no form with indices, or it is too long.
    """
    return _Walk(letters, style, is_slope).printed(_Task(node, places, _names(places)))


class _Walk:
    """Entries that are made of entries, each printed once for the same places."""

    def __init__(self, letters: Letters, style: Style, is_slope: bool) -> None:
        self._letters = letters
        self._style = style
        self._is_slope = is_slope
        self._done: dict[tuple[_Task, Node | None], Source] = {}

    def printed(self, wanted: _Task) -> Source:
        """Operands first, without recursion: a formula may be as deep as it likes."""
        stack: list[tuple[_Task, _Steps, Node | None]]
        stack = [(wanted, self._steps(wanted, None), None)]
        result = Source("")
        sent: Source | None = None
        while stack:
            task, steps, user = stack[-1]
            try:
                needed = steps.send(sent) if sent is not None else next(steps)
            except StopIteration as stop:
                result = stop.value
                if len(result) > LONGEST:
                    raise NoEntryError from None
                self._done[task, user] = result
                stack.pop()
                sent = result
                continue
            sent = self._done.get(needed)
            if sent is None:
                stack.append((needed[0], self._steps(*needed), needed[1]))
        return result

    def _steps(self, task: _Task, user: Node | None) -> _Steps:
        """The source of one entry; what it needs is yielded and sent back."""
        node, style = task.node, self._style
        if node in style.names or node.op.kind == "leaf":
            places = yield from self._places(task.places, task)
            if node in style.names:
                return style.entry(style.names[node], places)
            return style.entry(style.leaf(node, user), places)
        if node.op.kind == "map":
            shown = scalar_copy(node, style.sizes)
            operands: list[Source] = []
            for x in node.operands:
                read = broadcast(task.places, node.shape, x.shape)
                operands.append((yield _Task(x, read, task.scope), shown))
            form, precedence = style.template(node.op)
            text = form(shown, *operands) if callable(form) else form.format(*operands)
            return with_parts(node, Source(text, precedence, style.parentheses), operands, style)
        return (yield from self._made(task, user))

    def _made(self, task: _Task, user: Node | None) -> _Steps:
        """By the operation's own rule, else of the simpler operations that it stands for."""
        node, style = task.node, self._style
        used = [*task.scope]

        def fresh(length: Dim) -> str:
            used.append(self._letters.fresh(length, used))
            return used[-1]

        entry: Entry | None = None
        if node.op.entry is not None:
            entry = node.op.entry(node, task.places, fresh)
        if entry is None:
            simpler = node.op.expansion and node.op.expansion(
                *node.operands, **dict(node.attributes)
            )
            if simpler is None or simpler is node:
                raise NoEntryError
            return (yield _Task(simpler, task.places, task.scope), user)
        scope = tuple(dict.fromkeys((*task.scope, *(letter.name for letter in entry.letters))))
        if not entry.fold:
            return (yield _Task(node.operands[0], entry.operands[0], scope), user)
        factors: list[Source] = []
        for x, places in zip(node.operands, entry.operands, strict=True):
            factors.append((yield _Task(x, places, scope), None))
        if self._is_slope and len(factors) == 2 and _age(node.operands[0]) < _age(node.operands[1]):
            factors.reverse()
        letters = [(x, self._end(x.start), self._end(x.stop)) for x in entry.letters]
        if letters and entry.fold == "sum":
            return sum_of(letters, factors, style)
        body = factors[0] if len(factors) == 1 else style.product(factors)
        return style.fold(entry.fold, letters, body) if letters else body

    def _end(self, end: Dim | At) -> str:
        return self._style.place(end) if isinstance(end, At) else self._style.length(end)

    def _places(self, places: Places, task: _Task) -> _PlaceSteps:
        found: list[str] = []
        for place in places:
            if isinstance(place, Looked):
                found.append((yield _Task(place.node, place.places, task.scope), None))
            else:
                found.append(self._style.place(place))
        return found


def _age(node: Node) -> int:
    """When a value was made, however it is rearranged: what comes back is the latest."""
    while node.op.kind == "move" and len(node.operands) == 1:
        node = node.operands[0]
    return node.index


def _names(places: Sequence[Place]) -> tuple[str, ...]:
    return tuple(place.letter for place in places if isinstance(place, At) and place.letter)
