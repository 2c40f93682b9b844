"""From the syntax tree of a formula in Octave's syntax to expressions, by an allow-list."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from kobai.errors import FormulaError
from kobai.formulas.expressions import Apply, Expression, Given, Name, Statement, applied
from kobai.formulas.names import Names
from kobai.formulas.octave import words
from kobai.formulas.octave.functions import CONSTANTS, FUNCTIONS, Function
from kobai.formulas.octave.indices import ALL, beside, item, span, stacked
from kobai.formulas.octave.matrices import size
from kobai.formulas.octave.operators import BINARY, POSTFIX, POWERS, PREFIX
from kobai.formulas.octave.parsing import Assignment, Tree, parsed
from kobai.formulas.octave.products import inner
from kobai.formulas.octave.values import lengths
from kobai.formulas.operators import LARGEST_WHOLE
from kobai.formulas.parts import Part

END = "end"
_SYNONYMS = {"ln": "log", "sigma": "sigmoid", "avg": "mean", "matmul": "mtimes", "maximum": "max"}
_ENTRY = "an index is a number of the formula, such as 2, end or size(X, 1)"


class Meaning(NamedTuple):
    """What a tree is read into, and whether it depends on no argument's entries."""

    expression: Expression
    is_fixed: bool


@dataclass(frozen=True)
class Item(Expression):
    """Entries of a matrix; `end` in an index is the last place along that axis."""

    base: Expression
    places: Sequence[Expression]
    part: Part

    def value(self, names: Mapping[str, Any]) -> Any:
        base = self.base.value(names)
        rows, columns = lengths(base)
        last = (rows * columns,) if len(self.places) == 1 else (rows, columns)
        places = [
            place.value({**names, END: end}) for place, end in zip(self.places, last, strict=True)
        ]
        return applied(item, [base, *places], self.part)


def read(text: str) -> tuple[list[Statement], list[str]]:
    """The statements of a formula, and its arguments in the order of their first appearance.

    Raises:
        FormulaError: it can't be read; the message shows the place and the repair.
    """
    assignments = parsed(text)
    assignment = next(assignments, None)
    if assignment is None:
        raise FormulaError("the formula is empty", repair="write a loss: mean((x - y).^2)")
    reader = _Reader()
    found: list[Statement] = []
    while assignment is not None:
        following = next(assignments, None)
        found += reader.statements(assignment, is_last=following is None)
        assignment = following
    return found, list(reader.names.arguments)


def _is_number(meaning: Meaning) -> bool:
    expression = meaning.expression
    return isinstance(expression, Given) and isinstance(expression.thing, int | float)


class _Reader:
    """Knows the names of the statements before, and which of them are numbers of the formula."""

    def __init__(self) -> None:
        self.names = Names(CONSTANTS, FUNCTIONS)
        self._fixed: set[str] = set()
        self._indices = 0

    def statements(self, assignment: Assignment, is_last: bool) -> list[Statement]:
        target, tree = assignment.target, assignment.value
        if target is not None and target.kind == "matrix":
            return self._sizes(target, tree)
        meaning = self._read(tree)
        if target is None:
            if is_last:
                return [Statement("", meaning.expression)]
            raise tree.part.mistake(
                "only the last statement, the loss, goes without a name",
                "give this value a name, z = …; end a line that goes on with ...",
            )
        return [self._bound(target, meaning)]

    def _bound(self, target: Tree, meaning: Meaning) -> Statement:
        if target.kind != "name" or target.text == END:
            raise target.part.mistake(
                "a statement gives a name to a value", "write z = …, with a new name"
            )
        self.names.bind(target.text, target.part)
        if meaning.is_fixed:
            self._fixed.add(target.text)
        return Statement(target.text, meaning.expression)

    def _sizes(self, target: Tree, tree: Tree) -> list[Statement]:
        """`[m, n] = size(X)`."""
        names = [name for row in target.children for name in row.children]
        is_size = tree.kind == "call" and tree.children[0].text == "size" and len(names) == 2
        if not is_size or len(tree.children) != 2:
            raise target.part.mistake(
                "only size gives several values", "write [m, n] = size(X), or z = … for one value"
            )
        matrix = self._read(tree.children[1]).expression
        return [
            self._bound(name, Meaning(Apply(size, [matrix, Given(axis)], tree.part), True))
            for axis, name in enumerate(names, 1)
        ]

    def _read(self, tree: Tree) -> Meaning:
        """A value."""
        return self._KINDS[tree.kind](self, tree)

    def _number(self, tree: Tree) -> Meaning:
        number = float(tree.text.lower().replace("d", "e"))
        if number == float("inf"):
            raise tree.part.mistake("this number is too large", "1e308 is the largest")
        is_whole = tree.text.isdigit() and number <= LARGEST_WHOLE
        return Meaning(Given(int(number) if is_whole else number), True)

    def _name(self, tree: Tree) -> Meaning:
        if tree.text == END:
            if not self._indices:
                raise tree.part.mistake("end is the last place of an index", "write x(end)")
            return Meaning(Name(END), True)
        expression = self.names.read(tree.text, tree.part)
        return Meaning(expression, isinstance(expression, Given) or tree.text in self._fixed)

    def _refused_text(self, tree: Tree) -> Meaning:
        raise tree.part.mistake("a text can't stand in a formula", words.SIGNS["'"])

    def _colon(self, tree: Tree) -> Meaning:
        raise tree.part.mistake(": alone is an index", "write X(:, 1), or X(:)")

    def _applied(self, function: Callable[..., Any], tree: Tree) -> Meaning:
        """An operator; of numbers alone the value, so that what overflows is found at once."""
        operands = [self._read(child) for child in tree.children]
        expression = Apply(function, [operand.expression for operand in operands], tree.part)
        if all(map(_is_number, operands)):
            return Meaning(Given(expression.value({})), True)
        return Meaning(expression, all(operand.is_fixed for operand in operands))

    def _prefix(self, tree: Tree) -> Meaning:
        return self._applied(PREFIX[tree.text], tree)

    def _postfix(self, tree: Tree) -> Meaning:
        return self._applied(POSTFIX[tree.text], tree)

    def _binary(self, tree: Tree) -> Meaning:
        if tree.text in POWERS:
            return self._applied(POWERS[tree.text], tree)
        left, right = tree.children
        if tree.text == "*" and left.kind == "postfix":
            return self._applied(inner, replace(tree, children=(*left.children, right)))
        return self._applied(BINARY[tree.text].function, tree)

    def _range(self, tree: Tree) -> Meaning:
        ends = [
            self._fixed_number(child, "a range runs between numbers") for child in tree.children
        ]
        return Meaning(Apply(span, ends, tree.part), True)

    def _matrix(self, tree: Tree) -> Meaning:
        if not tree.children:
            raise tree.part.mistake("an empty matrix", "it stands in max(x, [], 2) alone")
        return self._applied(stacked, tree)

    def _row(self, tree: Tree) -> Meaning:
        return self._applied(beside, tree)

    def _call(self, tree: Tree) -> Meaning:
        """A call of a function, or entries of a value."""
        base, *given = tree.children
        if base.kind == "name" and not self._is_value(base.text):
            if base.text in FUNCTIONS:
                return self._called(FUNCTIONS[base.text], base.text, given, tree)
            if base.text in words.FUNCTIONS:
                raise base.part.mistake(
                    f"there is no function {base.text} here", words.FUNCTIONS[base.text]
                )
        if not 1 <= len(given) <= 2:
            raise tree.part.mistake(
                "entries are chosen by one index or two", "write X(1, 2), X(:, 1) or x(3)"
            )
        is_new = base.kind == "name" and not self._is_value(base.text)
        meaning = self._read(base)
        places = [self._place(child, base if is_new else None) for child in given]
        return Meaning(Item(meaning.expression, places, tree.part), meaning.is_fixed)

    def _is_value(self, name: str) -> bool:
        known = (self.names.is_bound(name), name in self.names.arguments, name in CONSTANTS)
        return any(known) or name == END

    def _place(self, tree: Tree, new: Tree | None) -> Expression:
        """An index; where a name that is new is given more than numbers, a function was meant."""
        if tree.kind == "colon":
            return Given(ALL)
        self._indices += 1
        meaning = self._read(tree)
        self._indices -= 1
        if meaning.is_fixed:
            return meaning.expression
        if new is None:
            raise tree.part.mistake("an index depends on an argument's values", _ENTRY)
        near = difflib.get_close_matches(_SYNONYMS.get(new.text, new.text), FUNCTIONS, 1, 0.75)
        raise new.part.mistake(
            f"there is no function {new.text} here",
            f"write {near[0]}(…)"
            if near
            else f"use a function such as exp or sum; for a product write {new.text} * (…)",
        )

    def _called(self, function: Function, name: str, given: list[Tree], tree: Tree) -> Meaning:
        count = len(given)
        if not function.fewest <= count <= function.most:
            raise tree.part.mistake(
                f"{name} takes {function.wanted}, and is given {count}",
                "add what is missing, or leave out what is too many",
            )
        kinds = [function.kind(index) for index in range(count)]
        meanings = [self._given(*pair, name) for pair in zip(given, kinds, strict=True)]
        expression = Apply(function.call, [meaning.expression for meaning in meanings], tree.part)
        return Meaning(expression, function.measures or all(m.is_fixed for m in meanings))

    def _given(self, tree: Tree, kind: str, name: str) -> Meaning:
        """A value for a function, of the kind that it takes."""
        if kind == "p" and tree.kind == "text":
            if tree.text[1:-1] not in ("fro", "inf", "Inf"):
                raise tree.part.mistake("this norm is not known", "write 'fro', Inf, 1 or 2")
            return Meaning(Given("fro" if "fro" in tree.text else float("inf")), True)
        if kind == "e" and tree.kind == "matrix" and not tree.children:
            return Meaning(Given(None), True)
        if kind in "np":
            what = f"{name} takes a number here that depends on no argument's values"
            return Meaning(self._fixed_number(tree, what), True)
        return self._read(tree)

    def _fixed_number(self, tree: Tree, what: str) -> Expression:
        meaning = self._read(tree)
        if not meaning.is_fixed:
            raise tree.part.mistake(what, "write a number, or one such as size(X, 1)")
        return meaning.expression

    _KINDS: Mapping[str, Callable[[_Reader, Tree], Meaning]] = {
        "number": _number,
        "name": _name,
        "text": _refused_text,
        "colon": _colon,
        "prefix": _prefix,
        "postfix": _postfix,
        "binary": _binary,
        "range": _range,
        "matrix": _matrix,
        "row": _row,
        "call": _call,
    }
