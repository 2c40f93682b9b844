"""From tokens to a syntax tree, by precedence climbing over the table of operators."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from kobai.errors import FormulaError
from kobai.formulas.octave.operators import BINARY, POSTFIX, POWERS, PREFIX, RANGE
from kobai.formulas.octave.scanning import Token, tokens
from kobai.formulas.parts import Part
from kobai.formulas.syntax import DEEPEST_NESTING, MOST_PARTS, too_deep, too_many

_ANY = 0


@dataclass(frozen=True, slots=True)
class Tree:
    """A node of the syntax tree.

    Attributes:
        kind: `number`, `name`, `text`, `colon`, `prefix`, `postfix`, `binary`, `range`, `call`
            (what is called or indexed, then what it is given), `matrix` (rows), `row` (entries).
        text: the number, name or operator.
        children: its operands.
        part: its place in the text.
        depth: the length of the longest way down.
    """

    kind: str
    text: str
    children: tuple[Tree, ...]
    part: Part
    depth: int


@dataclass(frozen=True)
class Assignment:
    """A statement: what stands before `=`, if there is one, and the value."""

    target: Tree | None
    value: Tree


def parsed(text: str) -> Iterator[Assignment]:
    """The statements of a formula, as they are asked for.

    Raises:
        FormulaError: it can't be read, or is nested too deep or too large.
    """
    return _Parser(text).statements()


class _Parser:
    """Where in the tokens it is, how deep, and how many were taken."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._coming = tokens(text)
        self._before = self._token = next(self._coming)
        self._following = next(self._coming, self._token)
        self._symbol = _symbol_of(self._token)
        self._nesting = 0
        self._size = 0

    def statements(self) -> Iterator[Assignment]:
        while True:
            while self._symbol in (";", ","):
                self._take()
            if self._token.kind == "stop":
                return
            yield self._statement()

    def _take(self) -> Token:
        self._before, self._token = self._token, self._following
        self._following = next(self._coming, self._token)
        self._symbol = _symbol_of(self._token)
        self._size += 1
        if self._size > MOST_PARTS:
            raise too_many(self._before.part)
        return self._before

    def _statement(self) -> Assignment:
        target, value = None, self._expression(_ANY)
        if self._symbol == "=":
            self._take()
            target, value = value, self._expression(_ANY)
        if self._symbol in (";", ",") or self._token.kind == "stop":
            return Assignment(target, value)
        raise self._misplaced()

    def _expression(self, level: int) -> Tree:
        """Operands with operators that bind at least as strongly as a level."""
        self._descend()
        left = self._operand()
        while True:
            symbol = self._symbol
            if symbol == ":" and level <= RANGE:
                left = self._range(left)
            elif symbol in BINARY and BINARY[symbol].level >= level:
                self._take()
                right = self._expression(BINARY[symbol].level + 1)
                left = self._joined("binary", symbol, left, right)
            else:
                self._nesting -= 1
                return left

    def _range(self, first: Tree) -> Tree:
        """`first:last` and `first:step:last`."""
        ends = [first]
        while self._symbol == ":":
            colon = self._take()
            if len(ends) == 3:
                raise colon.part.mistake("a range has three numbers", "write first:step:last")
            ends.append(self._expression(RANGE + 1))
        return self._joined("range", ":", *ends)

    def _operand(self) -> Tree:
        """A value with what binds stronger than a product: signs, powers, transposes."""
        if self._symbol in PREFIX:
            return self._signed(self._operand)
        value = self._value()
        while self._symbol in POSTFIX or self._symbol in POWERS:
            sign = self._take()
            if sign.text in POSTFIX:
                whole = Part(self._text, value.part.start, sign.part.stop)
                value = self._indexed(self._node("postfix", sign.text, (value,), whole))
            else:
                value = self._joined("binary", sign.text, value, self._exponent())
        return value

    def _exponent(self) -> Tree:
        """Signs bind stronger after `^` than before it, and `a^b'` is `(a^b)'`."""
        return self._signed(self._exponent) if self._symbol in PREFIX else self._value()

    def _signed(self, operand: Callable[[], Tree]) -> Tree:
        self._descend()
        sign = self._take()
        value = operand()
        self._nesting -= 1
        whole = Part(self._text, sign.part.start, value.part.stop)
        return self._node("prefix", sign.text, (value,), whole)

    def _value(self) -> Tree:
        token = self._token
        if token.kind == "symbol" and token.text == "(":
            self._take()
            inner = self._expression(_ANY)
            closing = self._expect(")")
            part = Part(self._text, token.part.start, closing.part.stop)
            return self._indexed(replace(inner, part=part))
        if token.kind == "symbol" and token.text == "[":
            return self._indexed(self._matrix())
        if token.kind in ("symbol", "stop"):
            raise self._missing(token)
        self._take()
        value = self._node(token.kind, token.text, (), token.part)
        if self._symbol == "(" and token.kind != "name":
            raise self._token.part.mistake(
                f"{token.text} has no entries and is no function",
                f"for a product write {token.text} * (…)",
            )
        return self._indexed(value)

    def _indexed(self, value: Tree) -> Tree:
        """A value with the brackets after it: what it is called with, or which entries."""
        while self._symbol == "(":
            self._take()
            given = []
            while self._symbol != ")":
                given.append(self._argument())
                if self._symbol != ")":
                    self._expect(",")
                    if self._symbol == ")":
                        raise self._missing(self._token)
            whole = Part(self._text, value.part.start, self._take().part.stop)
            value = self._node("call", "", (value, *given), whole)
        return value

    def _argument(self) -> Tree:
        if self._symbol == ":" and self._following.text in (",", ")"):
            return self._node("colon", ":", (), self._take().part)
        return self._expression(_ANY)

    def _matrix(self) -> Tree:
        opening = self._take()
        rows: list[list[Tree]] = [[]]
        while self._symbol != "]":
            if self._symbol == ",":
                self._take()
            elif self._symbol == ";":
                self._take()
                rows.append([])
            else:
                rows[-1].append(self._expression(_ANY))
                if self._symbol not in (",", ";", "]"):
                    raise self._misplaced()
        whole = Part(self._text, opening.part.start, self._take().part.stop)
        filled = [self._node("row", "", tuple(row), whole) for row in rows if row]
        return self._node("matrix", "", tuple(filled), whole)

    def _joined(self, kind: str, symbol: str, *children: Tree) -> Tree:
        whole = Part(self._text, children[0].part.start, children[-1].part.stop)
        return self._node(kind, symbol, children, whole)

    def _node(self, kind: str, text: str, children: Sequence[Tree], part: Part) -> Tree:
        depth = 1 + max((child.depth for child in children), default=0)
        if depth > DEEPEST_NESTING:
            raise too_deep(part)
        return Tree(kind, text, tuple(children), part, depth)

    def _descend(self) -> None:
        self._nesting += 1
        if self._nesting > DEEPEST_NESTING:
            raise too_deep(self._token.part)

    def _expect(self, symbol: str) -> Token:
        if self._symbol != symbol:
            raise self._misplaced()
        return self._take()

    def _missing(self, token: Token) -> FormulaError:
        if token.kind == "stop":
            return token.part.mistake("a value is missing at the end", "write what is to follow")
        place = "at the end of this statement" if token.text == ";" else f"before {token.text}"
        return token.part.mistake(f"a value is missing {place}", "write a number or a name")

    def _misplaced(self) -> FormulaError:
        """The error for a token where an operator, a comma or an end is wanted."""
        token, before = self._token, self._before
        if token.kind != "symbol":
            left = before.text if before.kind != "symbol" else "…"
            return token.part.mistake(
                f"an operator or a comma is missing before {token.text}",
                f"for a product write {left} * {token.text}",
            )
        if token.text == "=":
            return token.part.mistake(
                "a statement gives one value one name",
                "write z = …; a = …; and the loss; for 'equal' write ==",
            )
        return token.part.mistake(
            f"{token.text} can't stand here",
            "look for a value, an operator or a bracket that is missing or too many",
        )


def _symbol_of(token: Token) -> str:
    return token.text if token.kind == "symbol" else ""
