"""A formula of a derivation, to be printed in any of its notations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kobai.graph import Node
from kobai.targets.entries import Letters, NoEntryError, Style, entry_of
from kobai.targets.index_latex import LatexStyle
from kobai.targets.index_source import PythonStyle
from kobai.targets.latex import latex
from kobai.targets.numpy_source import numpy_source


@dataclass(frozen=True, eq=False)
class Expression:
    """A value in terms of named ones.

    Attributes:
        node: the value.
        names: what it is made of, with names.
        sizes: the names of the symbols of lengths.
        letters: which letters run along axes.
        is_slope: whether it is a derivative.
    """

    node: Node
    names: Mapping[Node, str]
    sizes: Mapping[str, str]
    letters: Letters
    is_slope: bool = False

    def source(self) -> str:
        """NumPy source."""
        return numpy_source(self.node, self.names, self.sizes)

    def latex(self, symbols: Mapping[str, str] | None = None) -> str:
        """LaTeX, with symbols of their own for some names."""
        return latex(self.node, self.names, self.sizes, symbols)

    def places(self) -> tuple[str, ...]:
        """The letters of an entry of the value; 0 along axes of length 1."""
        try:
            places = self.letters.places(self.node.shape)
        except NoEntryError:
            return ()
        return tuple(place.letter or "0" for place in places)

    def entry(self) -> str:
        """Python source of one entry; empty if an operation has no form with indices."""
        return self._entry(PythonStyle(self.names, self.sizes))

    def entry_latex(self, symbols: Mapping[str, str] | None = None) -> str:
        """LaTeX of one entry; empty if there is none."""
        return self._entry(LatexStyle(self.names, self.sizes, symbols or {}))

    def _entry(self, style: Style) -> str:
        try:
            places = self.letters.places(self.node.shape)
            return str(entry_of(self.node, places, self.letters, style, is_slope=self.is_slope))
        except NoEntryError:
            return ""


@dataclass(frozen=True, eq=False)
class Forms:
    """What is printed of one step.

    Attributes:
        formula: of the step.
        chain: the chain rule's line that it came from; None if there is none.
        full: the same over arguments and forward values alone, if that is another formula.
    """

    formula: Expression
    chain: Expression | None = None
    full: Expression | None = None
