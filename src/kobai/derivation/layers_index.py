"""The formulas of layers entry by entry: `δ^l[j] = (Σ_k δ^{l+1}[k] w^{l+1}[k,j]) …`."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from kobai.derivation.recurrences import Recurrence, Reference
from kobai.derivation.steps import Step
from kobai.targets.index_text import index_text

# Letters of examples, and of the units of the layer before, of the layer itself and of the next.
EXAMPLE = "n"
UNITS = {-1: "i", 0: "j", 1: "k"}
# The letter of layers is no index of an entry.
LAYER = "l"


class Entries:
    """One entry of each formula of layers, whose letters say whose units they run along.

    Args:
        found: the formulas.
        steps: the steps of the derivation.
    """

    def __init__(self, found: Sequence[Recurrence], steps: Sequence[Step]) -> None:
        self._steps = {step.name: step for step in steps if step.phase != "update"}
        self._of_units = {line.left.role for line in found if line.phase == "forward"}
        of_values: list[set[str]] = []
        of_parameters: set[str] = set()
        for line in found:
            for name in line.names.values():
                places = set(self._steps[name].places)
                if line.phase == "forward":
                    of_values.append(places)
                elif line.left.role not in self._of_units:
                    of_parameters |= places
        # What every value of every layer has, and no parameter, is an example's letter.
        self.examples = set.intersection(*of_values) - of_parameters if of_values else set()

    def equation(self, line: Recurrence, symbol: Callable[[Reference], str]) -> str | None:
        """`z^l[j] = Σ_i w^l[j,i] a^{l-1}[i] + b^l[j]`; None where the letters are not clear."""
        layer = line.layers[0]
        step = self._steps[line.names[layer]]
        known = {
            line.known[part, layer]: part for part in line.parts if isinstance(part, Reference)
        }
        letters = self._letters(step, {**known, step.name: line.left})
        if not step.entry or letters is None:
            return None
        entry = _renamed(step.entry, letters)
        shown = {name: symbol(reference) for name, reference in known.items()}
        places = ",".join(letters.get(place, place) for place in step.places)
        left = symbol(line.left) + (f"[{places}]" if places else "")
        return f"{left} = {index_text(entry, shown)}"

    def _letters(self, step: Step, known: Mapping[str, Reference]) -> Mapping[str, str] | None:
        """New letters for examples and units; None where that would make two of them one."""
        if not step.entry:
            return None
        left = f"{step.name}[{', '.join(step.places)}]" if step.places else "0"
        found = dict.fromkeys(self.examples, EXAMPLE)
        for name, places in _subscripts([left, step.entry]):
            reference = known.get(name)
            if reference is None or reference.role not in self._of_units:
                continue
            for place in places:
                if place not in found and reference.shift in UNITS:
                    found[place] = UNITS[reference.shift]
        is_clear = _is_injective(found, {*_shown(step.entry), *step.places})
        return found if is_clear else None


def _subscripts(sources: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Every array with the letters between its brackets."""
    for source in sources:
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
                places = [x.id for x in ast.walk(node.slice) if isinstance(x, ast.Name)]
                yield node.value.id, places


def _shown(entry: str) -> Iterator[str]:
    """The names in an entry; the lengths along which sums run are not shown."""
    stack: list[ast.AST] = [ast.parse(entry)]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Name):
            yield node.id
        stack += (
            [node.target] if isinstance(node, ast.comprehension) else ast.iter_child_nodes(node)
        )


def _is_injective(letters: Mapping[str, str], used: Collection[str]) -> bool:
    kept = {name for name in used if name not in letters}
    new = set(letters.values())
    return len(new) == len(letters) and not (new | {LAYER}) & kept


def _renamed(entry: str, letters: Mapping[str, str]) -> str:
    return re.sub(r"(?<![\w.])[^\W\d]\w*", lambda match: letters.get(match[0], match[0]), entry)
