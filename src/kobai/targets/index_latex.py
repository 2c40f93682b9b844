r"""One entry of a value as LaTeX: `\sum_{i} X_{ij} \, dz_{i}`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from kobai.graph import CONSTANT, INPUT, Node, Op
from kobai.ops.places import At, Letter
from kobai.sizes import Dim
from kobai.targets.entries import Style
from kobai.targets.index_sums import Product
from kobai.targets.latex import latex_constant, latex_name, latex_precedence
from kobai.targets.source import Source

_SIGNS = {
    "sum": r"\sum",
    "prod": r"\prod",
    "max": r"\max",
    "min": r"\min",
    "any": r"\exists",
    "all": r"\forall",
}


class LatexStyle(Style):
    """Entries with indices below, and folds as signs.

    Args:
        names: the names of nodes.
        sizes: the names of lengths.
        symbols: LaTeX for names that are not shown as `latex_name` has them.
    """

    parentheses = r"\left({}\right)"

    def __init__(
        self, names: Mapping[Node, str], sizes: Mapping[str, str], symbols: Mapping[str, str]
    ) -> None:
        super().__init__(names, {symbol: latex_name(name) for symbol, name in sizes.items()})
        self._symbols = symbols
        self._known = frozenset(names.values())

    def template(self, op: Op) -> tuple[str | Callable[..., str], int]:
        return op.latex, latex_precedence(op)

    def leaf(self, node: Node, user: Node | None) -> Source:
        if node.op is CONSTANT:
            return latex_constant(node)
        if node.op is INPUT:
            return Source(node.attribute("name"))
        return self.length(node.attribute("size"))

    def entry(self, name: str, places: Sequence[str]) -> Source:
        if isinstance(name, Source) and not places:
            return name
        symbol = self._symbols.get(name) or latex_name(name, self._known)
        return Source(indexed(symbol, places))

    def product(self, factors: Sequence[Source]) -> Source:
        r"""`\log x` is bare as the last factor alone."""
        *others, last = factors
        texts = [f"{x:12}" if isinstance(x, Product) else f"{x:13}" for x in others]
        return Source(r" \, ".join([*texts, f"{last:12}"]), 12, self.parentheses)

    def share(self, total: Source, divisor: Source) -> Source:
        return Source(rf"\frac{{1}}{{{divisor}}} {total}", 11, self.parentheses)

    def fold(self, word: str, letters: Sequence[tuple[Letter, str, str]], body: Source) -> Source:
        below = ", ".join(_range(*x) for x in letters)
        return Source(rf"{_SIGNS[word]}_{{{below}}} {body:12}", 11, self.parentheses)

    def length(self, length: Dim) -> Source:
        text = super().length(length)
        return Source(text.replace("*", " "), text.precedence, self.parentheses)

    def many(self, step: int, letter: str) -> Source:
        return Source(f"{step} {letter}", 12)


def indexed(symbol: str, places: Sequence[str]) -> str:
    r"""A symbol with indices: beside its own, as in `W_{1,jk}`, or below its last part."""
    if not places:
        return symbol
    is_short = all(len(place) == 1 for place in places)
    below = ("" if is_short else ", ").join(places)
    fraction = re.fullmatch(r"(\\frac\{.*\}\{.*\\partial )(.*)(\})", symbol)
    if fraction is not None:
        return fraction[1] + indexed(fraction[2], places) + fraction[3]
    own = re.fullmatch(r"(.*_\{)((?:[^{}]|\{[^{}]*\})*)(\})", symbol)
    if own is not None:
        return f"{own[1]}{own[2]},{below}{own[3]}"
    return f"{symbol}_{{{below}}}"


def _range(letter: Letter, start: str, stop: str) -> str:
    """A letter runs along its whole axis unless it is said."""
    match letter.start, letter.stop:
        case 0, At(step=1):
            return rf"{letter.name} < {stop}"
        case At(), _:
            return rf"{letter.name} \ge {start}"
        case _:
            return letter.name
