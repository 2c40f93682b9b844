"""One entry of a value as Python source: `sum(X[i, j] * dz[i] for i in range(m))`.

It evaluates as it is printed, over the names of arrays and lengths and the letters of the result;
what people read is made of it by `index_text`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kobai.graph import CONSTANT, INPUT, Node, Op
from kobai.ops.places import At, Letter
from kobai.targets.entries import Style
from kobai.targets.numpy_source import constant_source
from kobai.targets.source import Source

_FUNCTIONS = {"prod": "math.prod"}


class PythonStyle(Style):
    """Entries as Python writes them, and folds as loops."""

    parentheses = "({})"

    def template(self, op: Op) -> tuple[str | Callable[..., str], int]:
        return op.text, op.precedence

    def leaf(self, node: Node, user: Node | None) -> Source:
        if node.op is CONSTANT:
            return constant_source(node, user)
        if node.op is INPUT:
            return Source(node.attribute("name"))
        return self.length(node.attribute("size"))

    def entry(self, name: str, places: Sequence[str]) -> Source:
        if places:
            return Source(f"{name}[{', '.join(places)}]")
        return name if isinstance(name, Source) else Source(name)

    def product(self, factors: Sequence[Source]) -> Source:
        first, *others = factors
        return Source(" * ".join([f"{first:12}", *(f"{x:13}" for x in others)]), 12)

    def share(self, total: Source, divisor: Source) -> Source:
        return Source(f"{total:12} / {divisor:13}", 12)

    def fold(self, word: str, letters: Sequence[tuple[Letter, str, str]], body: Source) -> Source:
        loops = [
            f"for {letter.name} in range({stop if start == '0' else f'{start}, {stop}'})"
            for letter, start, stop in letters
        ]
        return Source(f"{_FUNCTIONS.get(word, word)}({' '.join([body, *loops])})")


def place_text(place: At, style: Style) -> str:
    """A place of the result, as it stands between the brackets on the left side."""
    return str(style.place(place))
