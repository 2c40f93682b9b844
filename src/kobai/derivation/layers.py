"""The layers of a net: which values and parameters play the same part, each in its own layer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from kobai.derivation.chains import Comparison, Period, Segment, bare, chains, period
from kobai.derivation.names import Names
from kobai.graph import INPUT, Node


@dataclass(frozen=True)
class Place:
    """The part that a value plays: which one, and in which layer."""

    role: str
    layer: int


@dataclass(frozen=True)
class Layers:
    """Layers that repeat.

    Attributes:
        places: by name, the part of each value and parameter.
        first: the number of the first layer.
        last: the number of the last one.
    """

    places: Mapping[str, Place] = field(default_factory=dict)
    first: int = 0
    last: int = 0

    def name(self, place: Place) -> str | None:
        """What the user calls the value that plays this part."""
        found = (name for name, other in self.places.items() if other == place)
        return next(found, None)


def layers_of(output: Node, names: Names, parameters: Sequence[Node]) -> Layers:
    """The layers between the arguments and the output; none if nothing repeats itself."""
    comparison = Comparison()
    best: tuple[int, int] = (0, 0)
    chosen: tuple[list[Node], list[Segment], Period] | None = None
    for chain in chains(output):
        segments = [comparison.segment(a, b) for a, b in pairwise(chain)]
        found = period(segments)
        if found is None:
            continue
        # The way from the data is the natural one: it begins with the first layer.
        merit = (found.length * found.count, int(chain[0] not in parameters))
        if merit > best:
            best, chosen = merit, (chain, segments, found)
    if chosen is None:
        return Layers()
    return _Parts(*chosen, names).layers()


class _Parts:
    """Parts of the layers of one chain, by the order in which a walk meets them."""

    def __init__(
        self, chain: list[Node], segments: list[Segment], found: Period, names: Names
    ) -> None:
        self._chain = chain
        self._segments = segments
        self._period = found
        self._names: dict[Node, list[str]] = {}
        for node, name in [*names.values.items(), *names.inputs.items()]:
            self._names.setdefault(bare(node), []).append(name)

    def layers(self) -> Layers:
        blocks = self._blocks()
        parts: dict[tuple[int, int, int], dict[int, str]] = {}
        for block in blocks:
            for position in range(self._period.length):
                self._name_parts(block, position, parts)
        first = blocks[0]
        ends = parts.setdefault((self._period.length - 1, 0, 0), {})
        for name in self._names.get(self._chain[self._at(first, 0)], [])[:1]:
            ends[first - 1] = name
        shared = {
            name
            for by_block in parts.values()
            if len(by_block) > 1 and len(set(by_block.values())) == 1
            for name in by_block.values()
        }
        kept = {part: named for part, named in parts.items() if not shared & set(named.values())}
        offset = self._offset(kept)
        places: dict[str, Place] = {}
        taken: set[str] = set()
        for named in kept.values():
            role = _role([named[block] for block in sorted(named) if block >= first], taken)
            if role:
                taken.add(role)
                for block, name in named.items():
                    places.setdefault(name, Place(role, block + offset))
        return Layers(places, first + offset, blocks[-1] + offset)

    def _at(self, block: int, position: int) -> int:
        return self._period.first + block * self._period.length + position

    def _blocks(self) -> list[int]:
        """The layers that are alike, and those beside them that are so in part."""
        first, last = 0, self._period.count - 1
        while self._is_similar(first - 1):
            first -= 1
        while self._is_similar(last + 1):
            last += 1
        return list(range(first, last + 1))

    def _is_similar(self, block: int) -> bool:
        """Whether arguments enter there as they do in the layers."""
        start, length = self._at(block, 0), self._period.length
        if start < 0:
            return False
        own = self._segments[start : start + length]
        model = self._segments[self._period.first : self._period.first + length]
        entering = [(a, b) for a, b in zip(model, own, strict=False) if a.has_input]
        needed = sum(segment.has_input for segment in model)
        alike = [a.signature == b.signature for a, b in entering]
        return len(entering) == needed and all(alike)

    def _name_parts(
        self, block: int, position: int, parts: dict[tuple[int, int, int], dict[int, str]]
    ) -> None:
        at = self._at(block, position)
        if at >= len(self._segments):
            return
        own, model = self._segments[at], self._segments[self._at(0, position)]
        nodes = own.nodes
        if own.signature != model.signature:
            if not (own.is_activation and self._ends_layer(position)):
                return
            nodes = self._activated(at)
            position = self._period.length - 1
        for place, node in enumerate(nodes):
            if node.op is not INPUT and node.op.kind == "leaf":
                continue
            for number, name in enumerate(self._names.get(node, [])):
                parts.setdefault((position, place, number), {})[block] = name

    def _ends_layer(self, position: int) -> bool:
        """Whether in the layers that are alike, no argument enters from there on."""
        start = self._at(0, position)
        return not any(segment.has_input for segment in self._segments[start : self._at(1, 0)])

    def _activated(self, at: int) -> tuple[Node, ...]:
        """What another activation comes to, before the next argument enters: its only part."""
        end = at
        while end < len(self._segments) and self._segments[end].is_activation:
            end += 1
        is_layers_end = end == len(self._segments) or self._segments[end].has_input
        return (self._chain[end],) if is_layers_end else ()

    def _offset(self, parts: Mapping[tuple[int, int, int], Mapping[int, str]]) -> int:
        """The user's own numbers, where values have some: layer 2 is that of z2."""
        for (_, place, _), named in sorted(parts.items()):
            numbers = {
                int(found[0]) - block
                for block, name in named.items()
                if block >= 0 and (found := re.search(r"\d+$", name)) is not None
            }
            if place == 0 and len(named) > 1 and len(numbers) == 1:
                return numbers.pop()
        return 1


def _role(names: Sequence[str], taken: set[str]) -> str:
    """The letters that the names have in common, else the first name's, which nothing has yet."""
    if not names:
        return ""
    stems = [re.sub(r"_?\d+(?=_|$)", "", name) or name for name in names]
    wanted = stems[0]
    while wanted in taken:
        wanted += "'"
    return wanted
