"""Formulas of layers, written once for all layers that have them: `δ^l = (δ^{l+1} W^{l+1}ᵀ) …`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kobai.derivation.layers import Layers, Place
from kobai.derivation.steps import Phase, Step

_IDENTIFIER = re.compile(r"(?<![\w.'])[^\W\d]\w*")


@dataclass(frozen=True)
class Reference:
    """A value of a layer near the one that a formula is about.

    Attributes:
        role: the part that it plays: `W`.
        shift: how many layers further on: 1 in `W^{l+1}`.
        is_slope: whether the derivative by it is meant.
    """

    role: str
    shift: int
    is_slope: bool = False


@dataclass(frozen=True)
class Recurrence:
    """One formula for several layers.

    Attributes:
        left: what it is the formula of.
        phase: "forward" or "backward".
        parts: the formula, NumPy source between references.
        layers: the layers that have it.
        names: for each layer, the name of the step.
    """

    left: Reference
    phase: Phase
    parts: tuple[str | Reference, ...]
    names: Mapping[int, str]
    known: Mapping[tuple[Reference, int], str]

    @property
    def layers(self) -> tuple[int, ...]:
        return tuple(self.names)

    def at(self, layer: int) -> str:
        """The formula of one layer, with its own names."""
        return "".join(
            part if isinstance(part, str) else self.known[part, layer] for part in self.parts
        )


def recurrences(steps: Sequence[Step], layers: Layers) -> tuple[Recurrence, ...]:
    """The formulas of all values and derivatives that play a part in layers.

    A formula that several layers share is there once, one of a single layer by itself. None are
    given where no formula is shared.
    """
    places: dict[str, tuple[Place, bool]] = {
        name: (place, False) for name, place in layers.places.items()
    }
    for step in steps:
        if step.phase == "backward" and step.of in layers.places:
            places[step.name] = (layers.places[step.of], True)
    found: dict[tuple[Reference, Phase], dict[tuple[str | Reference, ...], dict[int, str]]] = {}
    known: dict[tuple[Reference, int], str] = {}
    for step in steps:
        if step.phase == "update" or step.name not in places:
            continue
        place, is_slope = places[step.name]
        parts = _parts(step.formula, place.layer, places, known)
        key = Reference(place.role, 0, is_slope), step.phase
        found.setdefault(key, {}).setdefault(parts, {})[place.layer] = step.name
    result = [
        Recurrence(left, phase, parts, names, known)
        for (left, phase), formulas in found.items()
        for parts, names in formulas.items()
    ]
    return tuple(result) if any(len(line.layers) > 1 for line in result) else ()


def _parts(
    formula: str,
    layer: int,
    places: Mapping[str, tuple[Place, bool]],
    known: dict[tuple[Reference, int], str],
) -> tuple[str | Reference, ...]:
    """The formula with references in place of names that belong to layers."""
    parts: list[str | Reference] = []
    end = 0
    for match in _IDENTIFIER.finditer(formula):
        if match[0] not in places:
            continue
        place, is_slope = places[match[0]]
        reference = Reference(place.role, place.layer - layer, is_slope)
        known[reference, layer] = match[0]
        parts += [formula[end : match.start()], reference]
        end = match.end()
    return tuple(part for part in (*parts, formula[end:]) if part != "")
