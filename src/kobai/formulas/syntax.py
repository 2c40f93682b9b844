"""The syntax tree of one statement, by Python's parser, and the places of its nodes in the text."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TypeAlias

from kobai.errors import FormulaError
from kobai.formulas.parts import Part

DEEPEST_NESTING = 100
MOST_PARTS = 5_000

Placed: TypeAlias = ast.stmt | ast.expr


class Syntax:
    """A statement that was parsed.

    Attributes:
        whole: its place in the text.
        tree: its syntax tree.
        size: the number of nodes in it.

    Raises:
        FormulaError: Python's parser can't read it, or it is nested too deep.
    """

    def __init__(self, whole: Part) -> None:
        self.whole = whole
        lines = str(whole).split("\n")
        # Python counts bytes of UTF-8; in a line of ASCII they are the characters.
        self._lines = [None if line.isascii() else line.encode() for line in lines]
        self._starts = [whole.start]
        for line in lines:
            self._starts.append(self._starts[-1] + len(line) + 1)
        self.tree = self._parsed()
        self.size = self._measured()

    def part(self, node: Placed) -> Part:
        """The place of a node."""
        start = self._index(node.lineno, node.col_offset)
        stop = self._index(node.end_lineno or node.lineno, node.end_col_offset or 0)
        return Part(self.whole.text, start, max(start, stop))

    def _index(self, line: int, offset: int) -> int:
        """The index in the text of a place by Python's count: lines from 1, bytes from 0."""
        encoded = self._lines[line - 1]
        characters = offset if encoded is None else len(encoded[:offset].decode())
        return self._starts[line - 1] + characters

    def _parsed(self) -> ast.stmt:
        try:
            # As one interactive statement: for a file's, Python looks for that file on a mistake.
            return ast.parse(str(self.whole), mode="single").body[0]
        except SyntaxError as error:
            raise self._unreadable(error) from error
        except (MemoryError, RecursionError) as error:
            raise too_deep(self.whole) from error

    def _unreadable(self, error: SyntaxError) -> FormulaError:
        """Python tells line and column from 1, and column 0 for the end."""
        stop = self.whole.stop
        if not error.offset or not error.lineno:
            return Part(self.whole.text, stop, stop).mistake(
                "a value is missing at the end of this statement", "write what is to follow"
            )
        start = min(
            self._starts[min(error.lineno, len(self._lines)) - 1] + max(error.offset, 1) - 1, stop
        )
        advice = "look for a value, an operator or a comma that is missing or too many"
        return Part(self.whole.text, start, start + 1).mistake(
            f"this can't be read: {error.msg}", advice
        )

    def _measured(self) -> int:
        count = 0
        for node, depth in _walk(self.tree):
            if depth > DEEPEST_NESTING:
                raise too_deep(self.part(node))
            count += 1
        return count


def too_deep(part: Part) -> FormulaError:
    """The error for a formula of too many calls within calls."""
    return part.mistake(
        f"the formula is nested more than {DEEPEST_NESTING} deep",
        "give parts of it names: z = …; a = exp(z); …",
    )


def too_many(part: Part) -> FormulaError:
    """The error for a formula of too many parts."""
    return part.mistake(
        f"the formula has more than {MOST_PARTS:,} parts", "write it as a function in a file"
    )


def _walk(tree: ast.stmt) -> Iterator[tuple[ast.expr, int]]:
    """Each expression in a tree with its depth, the outer ones first; no recursion."""
    stack: list[tuple[ast.AST, int]] = [(tree, 0)]
    while stack:
        node, depth = stack.pop()
        if isinstance(node, ast.expr):
            yield node, depth
        stack.extend((child, depth + 1) for child in ast.iter_child_nodes(node))
