"""What a language says around expressions: loops, variables, entries; lines and names of a file."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from kobai.graph import AnyDType, Node
from kobai.lower.functions import Function
from kobai.sizes import Dim, Size
from kobai.targets.expressions import SUM, Language
from kobai.targets.identifiers import Identifiers
from kobai.targets.source import ATOM, Source


@dataclass(frozen=True)
class Index:
    """A place along an axis: `start + step * variable`, counted from 0; a text if it is given."""

    start: Dim
    step: int = 1
    variable: str | None = None
    given: Source | None = None


class LoopLanguage(Language):
    """What a language says around expressions.

    Attributes:
        comment: what begins a comment.
        indent: of a block.
        first: the number of the first entry of an array.
    """

    comment: str
    indent = "    "
    first: int

    @abstractmethod
    def loop(self, variable: str, length: Source, is_reverse: bool) -> tuple[str, str]:
        """How a loop over an axis begins and ends."""

    @abstractmethod
    def branch(self, condition: Source) -> tuple[str, str]:
        """How a block begins and ends that runs if a condition holds."""

    @abstractmethod
    def declared(self, name: str, dtype: AnyDType, value: str) -> str:
        """A new variable."""

    @abstractmethod
    def assigned(self, target: str, value: str) -> str:
        """A statement that sets a variable or an entry."""

    @abstractmethod
    def added(self, target: str, value: Source) -> str:
        """A statement that adds to a variable or an entry."""

    @abstractmethod
    def element(self, name: str, lengths: Sequence[Source], places: Sequence[Source]) -> Source:
        """An entry of an array, at places as the language counts them."""

    @abstractmethod
    def commented(self, text: str) -> list[str]:
        """Lines of comment."""

    def place(self, index: Index, size: Callable[[Dim], Source]) -> Source:
        """A place along an axis, as the language counts."""
        first = self.first
        variable: Source | None = index.given
        constant = index.start + first
        if index.variable is not None:
            variable, constant = Source(index.variable), constant - index.step * first
        if variable is None:
            return size(constant)
        if index.step == 1:
            if constant == 0:
                return variable
            if isinstance(constant, int) and constant < 0:
                return Source(f"{variable} - {-constant}", SUM)
            return Source(f"{variable} + {size(constant):7}", SUM)
        if index.step == -1:
            return Source(f"{size(constant)} - {variable:7}", SUM)
        factor = Source(str(abs(index.step)))
        sign = "-" if index.step < 0 else "+"
        moved = f"{factor} * {variable:8}"
        if constant == 0 and index.step > 0:
            return Source(moved, SUM)
        return Source(f"{size(constant)} {sign} {moved}", SUM)

    def counted(self, variable: str) -> Source:
        """The place of a loop as a number from 0."""
        if self.first:
            return Source(f"{variable} - {self.first}", SUM)
        return Source(variable)


@dataclass
class Lines:
    """Lines of a program, with their indents."""

    indent: str
    lines: list[str] = field(default_factory=list)
    depth: int = 0

    def add(self, *texts: str) -> None:
        self.lines += [f"{self.indent * self.depth}{text}".rstrip() for text in texts]

    def open(self, text: str) -> None:
        self.add(text)
        self.depth += 1

    def close(self, text: str) -> None:
        self.depth -= 1
        if text:
            self.add(text)


@dataclass
class Scope:
    """What texts of one file are made with.

    Attributes:
        language: the language.
        identifiers: the names of the file.
        names: the variable of each value.
        sizes: the variable of each length.
        references: scalars that are passed by reference: read as entries.
        declared: variables that are there before the statements are.
        functions: the names of the file's own functions.
    """

    language: LoopLanguage
    identifiers: Identifiers
    names: dict[Node, str] = field(default_factory=dict)
    sizes: dict[str, str] = field(default_factory=dict)
    references: set[str] = field(default_factory=set)
    declared: set[str] = field(default_factory=set)
    functions: dict[Function, str] = field(default_factory=dict)

    def size(self, dim: Dim) -> Source:
        """A length as an operand."""
        text = str(dim.renamed(self.sizes)) if isinstance(dim, Size) else str(dim)
        precedence = 6 if " " in text else 7 if "*" in text or text[0] == "-" else ATOM
        return Source(text, precedence)

    def function(self, function: Function) -> str:
        if function not in self.functions:
            self.functions[function] = self.identifiers.fresh(function.name)
        return self.functions[function]
