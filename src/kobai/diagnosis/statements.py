"""The statements of the user's function, found by their lines: to be shown, and to explain a slip.

The source explains; what is right or wrong is told by numbers alone.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from dataclasses import dataclass
from types import CodeType, FrameType
from typing import Any

from kobai.diagnosis.expressions import evaluate

_GROWING = ("append", "insert")
_WHERE = ast.parse("np.where", mode="eval").body


@dataclass(frozen=True)
class Statement:
    """One simple statement that binds something.

    Attributes:
        node: its tree, with the lines of the file.
        text: its source, on one line.
    """

    node: ast.stmt
    text: str

    def covers(self, line: int) -> bool:
        return self.node.lineno <= line <= (self.node.end_lineno or self.node.lineno)

    @property
    def is_return(self) -> bool:
        return isinstance(self.node, ast.Return)

    @property
    def expression(self) -> ast.expr | None:
        """What is computed; of `x += y` it is `x + y`, of `x[c] = y` it is `np.where(c, y, x)`."""
        match self.node:
            case ast.AugAssign(target=target, op=op, value=value):
                return ast.BinOp(_read(target), op, value)
            case ast.Assign(targets=[ast.Subscript(value=holder, slice=ast.Compare() as mask)]):
                return ast.Call(_WHERE, [mask, self.node.value, holder], [])
            case ast.Assign(value=value) | ast.Return(value=value) | ast.AnnAssign(value=value):
                return value
            case ast.Expr(value=ast.Call(func=ast.Attribute(attr=name), args=args)) if (
                name in _GROWING
            ):
                return args[-1]
            case _:
                return None

    @property
    def target(self) -> ast.expr | None:
        """What an assignment binds, as a value; None if it is not one variable or entry."""
        match self.node:
            case ast.Assign(targets=[ast.Name() | ast.Subscript() as target]):
                return _read(target)
            case ast.AugAssign(target=ast.Subscript() as target):
                return _read(target)
            case _:
                return None

    def write(self, variables: Any, frame: FrameType | None, value: Any) -> None:
        """Put another value where the statement has put its own."""
        match self.node:
            case ast.AugAssign(target=target) | ast.AnnAssign(target=target):
                _bind(target, variables, value)
            case ast.Assign(targets=[ast.Subscript(value=holder, slice=ast.Compare())]):
                evaluate(holder, variables)[...] = value
            case ast.Assign(targets=targets):
                for each in targets:
                    _bind(each, variables, value)
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=holder, attr=name), args=args)):
                position = evaluate(args[0], variables) if name == "insert" else -1
                evaluate(holder, variables)[position] = value
            case _:
                pass


def statements(code: CodeType | None) -> list[Statement]:
    """The statements of a function; none where its source can't be found."""
    if code is None:
        return []
    try:
        lines, first = inspect.getsourcelines(code)
        source = textwrap.dedent("".join(lines))
        tree = ast.parse(source)
    except (OSError, TypeError, SyntaxError, ValueError):
        return []
    kinds = ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Return | ast.Expr
    found = []
    for node in ast.walk(tree):
        if isinstance(node, kinds):
            text = " ".join((ast.get_source_segment(source, node) or "").split())
            found.append(Statement(ast.increment_lineno(node, max(first, 1) - 1), text))
    # increment_lineno moves children too, and no statement of these kinds holds another.
    return sorted(found, key=lambda statement: statement.node.lineno)


def at_line(found: list[Statement], line: int) -> Statement | None:
    return next((statement for statement in found if statement.covers(line)), None)


def _bind(target: ast.expr, variables: Any, value: Any) -> None:
    match target:
        case ast.Name(id=name):
            variables[name] = value
        case ast.Subscript(value=holder, slice=index):
            evaluate(holder, variables)[evaluate(index, variables)] = value
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            for part, entry in zip(parts, value, strict=True):
                _bind(part, variables, entry)
        case _:
            raise ValueError(ast.dump(target))


def _read(target: ast.expr) -> ast.expr:
    """The target of an assignment as a value."""
    return ast.parse(ast.unparse(target), mode="eval").body
