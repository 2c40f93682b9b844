"""What a statement of the user's can see when it runs: what a repair of it may be made from."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from types import FunctionType
from typing import Any

import numpy as np

from kobai.diagnosis.calls import Hand
from kobai.diagnosis.contents import is_numeric
from kobai.diagnosis.expressions import names_in
from kobai.diagnosis.numbers import close
from kobai.diagnosis.repairs import Surroundings
from kobai.diagnosis.statements import Statement
from kobai.diagnosis.truths import Truths
from kobai.diagnosis.watching import Run

MOST_FUNCTIONS = 12


def surroundings_of(
    hand: Hand, truths: Truths, run: Run, before: Mapping[str, Any], statement: Statement
) -> Surroundings:
    """Variables, their other versions, lengths and functions.

    Args:
        hand: the user's function.
        truths: the right values.
        run: a run of it.
        before: the variables before the statement.
        statement: the one that is to be repaired.
    """
    expression = statement.expression
    assert expression is not None
    own = {n: v for n, v in before.items() if type(v) is int and v > 1}
    known = {n: v for n, v in lengths_of(truths).items() if v > 1 and n not in before}
    return Surroundings(
        {n: v for n, v in before.items() if is_numeric(v) or isinstance(v, int | list | tuple)},
        _versions(run, before, expression),
        {**known, **own},
        _functions(hand),
        _activations(truths),
        statement.target,
    )


def lengths_of(truths: Truths) -> dict[str, int]:
    """The lengths that the derivation has names for."""
    names = truths.derivation.names
    return {name: names[name] for name in truths.derivation.legend if np.ndim(names[name]) == 0}


def outside(hand: Hand) -> Mapping[str, Any]:
    """Names that the user's function takes from elsewhere."""
    function: Any = getattr(hand.function, "__func__", hand.function)
    return {**getattr(function, "__globals__", {}), **_cells(function)}


def _cells(function: Any) -> dict[str, Any]:
    code, cells = getattr(function, "__code__", None), getattr(function, "__closure__", None)
    if code is None or not cells:
        return {}
    return {
        name: cell.cell_contents
        for name, cell in zip(code.co_freevars, cells, strict=True)
        if cell is not None
    }


def _functions(hand: Hand) -> list[str]:
    """Functions of one argument that the user's function names, or that stand beside it."""
    module = getattr(hand.function, "__module__", None)
    used = set(hand.code.co_names) if hand.code is not None else set()
    return [
        name
        for name, value in outside(hand).items()
        if isinstance(value, FunctionType)
        and value.__code__.co_argcount == 1
        and (name in used or value.__module__ == module)
        and value is not hand.function
    ][:MOST_FUNCTIONS]


def _activations(truths: Truths) -> set[tuple[str, str]]:
    """Pairs z, a of values of which one is computed from the other entry by entry."""
    slopes = [name.split("/") for name in truths.points[0].values if "/" in name]
    return {(below.removeprefix("d"), top.removeprefix("d")) for top, below in slopes}


def _versions(
    run: Run, before: Mapping[str, Any], expression: ast.expr
) -> dict[str, dict[str, Any]]:
    """What each variable of an expression held earlier, and will hold later."""
    found: dict[str, dict[str, Any]] = {}
    first = run.befores[0] if run.befores else {}
    for name in names_in(expression):
        current = before.get(name)
        changes = [e for e in run.events if e.name == name and not e.keys]
        if not is_numeric(current) or not changes:
            continue
        versions: dict[str, Any] = {}
        if name in first and is_numeric(first[name]):
            text = f"{name} before line {changes[0].line}"
            versions[text] = _version(first[name], "before", changes[0].line)
        for event, following in zip(changes, [*changes[1:], None], strict=True):
            if following is not None:
                text = f"{name} before line {following.line}"
                versions.setdefault(text, _version(event.value, "before", following.line))
            text = f"{name} after line {event.line}"
            versions.setdefault(text, _version(event.value, "after", event.line))
        found[name] = {
            text: parts for text, parts in versions.items() if not close(parts["value"], current)
        }
    return found


def _version(value: Any, when: str, line: int) -> dict[str, Any]:
    return {"value": value, "when": when, "line": line}
