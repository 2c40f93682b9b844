"""From the first wrong step to its cause."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from types import FunctionType
from typing import Any

import numpy as np

from kobai.diagnosis.expressions import UnreadableError, evaluate, names_in
from kobai.diagnosis.messages import said
from kobai.diagnosis.numbers import agree, close
from kobai.diagnosis.repairs import Repair, Surroundings, repairs
from kobai.diagnosis.replay import Plan, Replayer, Seen
from kobai.diagnosis.slips import Case, Slip, simple_slip, value_slip
from kobai.diagnosis.statements import Statement, at_line, statements
from kobai.diagnosis.truths import Point, Truths
from kobai.diagnosis.watching import Event, Patch, Run, is_numeric

MOST_STATEMENTS = 6
MOST_REPLAYS = 500


def cause(replayer: Replayer, truths: Truths, plan: Plan, wrong: Seen, point: Point) -> Slip:
    """Why a step is wrong.

    Args:
        replayer: runs of the user's function.
        truths: the right values.
        plan: how the user's values are read.
        wrong: the step, at a point where it shows.
        point: that point.
    """
    cases = _cases(replayer, truths, plan, wrong)
    swapped = _returned_elsewhere(replayer, truths, plan, wrong, point)
    slip = swapped or simple_slip(cases)
    if slip is not None and slip.kind != "sum":
        return slip
    repaired = _by_repair(replayer, truths, plan, wrong, point)
    return repaired or slip or value_slip(cases, wrong.target.truth) or unknown(cases)


def unknown(cases: Sequence[Case]) -> Slip:
    return Slip("unknown", said("unknown"))


def _cases(replayer: Replayer, truths: Truths, plan: Plan, wrong: Seen) -> list[Case]:
    """The wrong step at every point, with what has a name there."""
    lengths = lengths_of(truths)
    return [
        Case(seen.value, seen.right, point.values, lengths)
        for point in truths.points
        for seen in replayer.seen(point, plan, corrected=True)
        if seen.key == wrong.key and seen.ordinal == wrong.ordinal
    ]


def lengths_of(truths: Truths) -> dict[str, int]:
    names = truths.derivation.names
    return {name: names[name] for name in truths.derivation.legend if np.ndim(names[name]) == 0}


def _returned_elsewhere(
    replayer: Replayer, truths: Truths, plan: Plan, wrong: Seen, point: Point
) -> Slip | None:
    """Whether the results are right, but for their order."""
    if wrong.ordinal is not None:
        return None
    seen = [s for s in replayer.seen(point, plan, corrected=True) if s.ordinal is None]
    others = [s for s in seen if s.key != wrong.key]
    if any(
        agree(wrong.value, o.right) and np.shape(wrong.value) == np.shape(o.right) for o in others
    ):
        names = ", ".join(truths.parameters)
        return Slip("order", said("order", names=names))
    return None


def _by_repair(
    replayer: Replayer, truths: Truths, plan: Plan, wrong: Seen, point: Point
) -> Slip | None:
    """The change to the user's source that makes the step right."""
    run = replayer.run(point, plan)
    code = replayer.hand.code
    found = statements(code)
    events = [e for e in run.events if wrong.ordinal is None or e.ordinal <= wrong.ordinal]
    own = [s for s in found if s.is_return] if wrong.ordinal is None else []
    used: dict[int, Statement] = {}
    for event in reversed(events):
        is_step = event.ordinal in replayer.matches.events and event.ordinal != wrong.ordinal
        target = replayer.matches.events.get(event.ordinal)
        if is_step and target is not None and target.truth != wrong.target.truth:
            continue
        statement = at_line(found, event.line)
        if statement is not None and not event.is_given:
            used.setdefault(statement.node.lineno, statement)
    for statement in [*own, *used.values()][:MOST_STATEMENTS]:
        slip = _repaired(replayer, truths, plan, wrong, point, run, statement)
        if slip is not None:
            return slip
    return None


def _repaired(
    replayer: Replayer,
    truths: Truths,
    plan: Plan,
    wrong: Seen,
    point: Point,
    run: Run,
    statement: Statement,
) -> Slip | None:
    expression = statement.expression
    if expression is None:
        return None
    ordinal = _first_at(run, statement, wrong.ordinal)
    before = run.befores[ordinal] if ordinal is not None else _last(run)
    outside = _outside(replayer)
    around = _around(replayer, truths, run, before, expression, statement)
    names = {**outside, **before}
    direct = _is_direct(expression, names, wrong)
    replays = 0
    for repair in repairs(expression, around) if direct else _distinct(expression, around, names):
        if direct and not _gives(repair, names, wrong.right):
            continue
        replays += 1
        if replays > MOST_REPLAYS:
            return None
        if _holds(replayer, truths, plan, wrong, statement, repair):
            return _slip(repair, statement, around)
    return None


def _around(
    replayer: Replayer,
    truths: Truths,
    run: Run,
    before: Mapping[str, Any],
    expression: ast.expr,
    statement: Statement,
) -> Surroundings:
    lengths = {n: v for n, v in before.items() if type(v) is int and v > 1}
    lengths = {**_lengths_in(lengths_of(truths), before), **lengths}
    return Surroundings(
        {n: v for n, v in before.items() if _is_value(v)},
        _versions(run, before, expression, statement),
        lengths,
        _functions(replayer, expression),
        _activations(truths),
        statement.target,
    )


def _distinct(
    expression: ast.expr, around: Surroundings, names: Mapping[str, Any]
) -> Iterator[Repair]:
    """Repairs that give a value here, each another than those before: a rerun takes its time."""
    try:
        seen = {_identity(evaluate(expression, names))}
    except UnreadableError:
        return
    for repair in repairs(expression, around):
        try:
            identity = _identity(evaluate(repair.expression, {**names, **repair.extras}))
        except UnreadableError:
            continue
        if identity is not None and identity not in seen:
            seen.add(identity)
            yield repair


def _identity(value: Any) -> Any:
    """Something by which values are told apart; None for what is no number."""
    if isinstance(value, dict | list | tuple):
        parts = value.values() if isinstance(value, dict) else value
        return tuple(_identity(part) for part in parts)
    if not is_numeric(value) and not isinstance(value, int):
        return None
    array = np.asarray(value, dtype=float)
    return array.shape, np.round(array, 9).tobytes()


def _activations(truths: Truths) -> set[tuple[str, str]]:
    """Pairs z, a of values of which one is computed from the other entry by entry."""
    slopes = [name.split("/") for name in truths.points[0].values if "/" in name]
    return {(below.removeprefix("d"), top.removeprefix("d")) for top, below in slopes}


def earlier_cause(
    replayer: Replayer, truths: Truths, plan: Plan, wrong: Seen, point: Point, count: int
) -> tuple[Slip, Event, Any] | None:
    """A slip in a variable that no value of the loss is known for, and that several steps use.

    Args:
        replayer: runs of the user's function.
        truths: the right values.
        plan: how the user's values are read.
        wrong: the first wrong step.
        point: where it shows.
        count: how many steps are wrong in themselves.

    Returns:
        The slip, the variable's event and the value that it should have.
    """
    run = replayer.run(point, plan)
    found = statements(replayer.hand.code)
    known = {
        ordinal
        for ordinal, target in replayer.matches.events.items()
        if (target.label, target.truth) not in plan.left_out
    }
    last = len(run.events) if wrong.ordinal is None else wrong.ordinal
    tried: set[int] = set()
    for event in reversed(run.events[:last]):
        statement = at_line(found, event.line)
        if event.ordinal in known or event.is_given or statement is None:
            continue
        if statement.node.lineno in tried or len(tried) >= MOST_STATEMENTS:
            continue
        tried.add(statement.node.lineno)
        mended = _mended(replayer, truths, plan, point, run, statement, count)
        if mended is not None:
            slip, patched = mended
            new = (
                patched.events[event.ordinal].value if event.ordinal < len(patched.events) else None
            )
            return slip, event, new
    return None


def _mended(
    replayer: Replayer,
    truths: Truths,
    plan: Plan,
    point: Point,
    run: Run,
    statement: Statement,
    count: int,
) -> tuple[Slip, Run] | None:
    """A repair of one statement that mends all that is wrong, or all but other slips."""
    expression = statement.expression
    ordinal = _first_at(run, statement, None)
    if expression is None or ordinal is None:
        return None
    around = _around(replayer, truths, run, run.befores[ordinal], expression, statement)
    before = sum(not seen.is_right for seen in replayer.seen(point, plan, corrected=True))
    names = {**_outside(replayer), **run.befores[ordinal]}
    for number, repair in enumerate(_distinct(expression, around, names)):
        if number > MOST_REPLAYS:
            return None
        patch = Patch(statement, _with_extras(repair.expression, repair.extras))
        wrong, patched = replayer.mended(point, plan, patch)
        is_better = wrong == 0 if count == 1 else wrong <= before - 2
        if is_better and all(
            replayer.mended(other, plan, patch)[0] <= wrong for other in truths.points
        ):
            return _slip(repair, statement, around), patched
    return None


def _holds(
    replayer: Replayer,
    truths: Truths,
    plan: Plan,
    wrong: Seen,
    statement: Statement,
    repair: Repair,
) -> bool:
    """Whether the repair makes the step right at every point."""
    for point in truths.points:
        extras = repair.extras
        if extras and point is not truths.points[0]:
            continue  # The version at hand is that of one point.
        patch = Patch(statement, _with_extras(repair.expression, extras))
        if not replayer.patched(point, plan, patch, wrong):
            return False
    return True


def _with_extras(expression: ast.expr, extras: Mapping[str, Any]) -> ast.expr:
    """Values in place of names that the user's function has not."""
    from kobai.diagnosis.repairs import swapped

    for node in [n for n in ast.walk(expression) if isinstance(n, ast.Name) and n.id in extras]:
        expression = swapped(expression, node, ast.Constant(extras[node.id]))
    return expression


def _gives(repair: Repair, names: Mapping[str, Any], right: Any) -> bool:
    try:
        value = evaluate(repair.expression, {**names, **repair.extras})
    except UnreadableError:
        return False
    return is_numeric(value) and agree(value, right)


def _is_direct(expression: ast.expr, names: Mapping[str, Any], wrong: Seen) -> bool:
    """Whether the expression, by itself, gives the user's value."""
    try:
        value = evaluate(expression, names)
    except UnreadableError:
        return False
    return is_numeric(value) and close(value, wrong.value)


def _first_at(run: Run, statement: Statement, last: int | None) -> int | None:
    """The event of a statement that comes last before the step."""
    at = [
        e.ordinal
        for e in run.events
        if statement.covers(e.line) and (last is None or e.ordinal <= last)
    ]
    return at[-1] if at else None


def _last(run: Run) -> Mapping[str, Any]:
    """The variables at the end."""
    variables = dict(run.befores[-1]) if run.befores else {}
    for event in run.events:
        if not event.keys:
            variables[event.name] = event.value
    return variables


def _versions(
    run: Run, before: Mapping[str, Any], expression: ast.expr, statement: Statement
) -> dict[str, dict[str, Any]]:
    """What each variable of an expression held earlier, and will hold later."""
    found: dict[str, dict[str, Any]] = {}
    first = run.befores[0] if run.befores else {}
    for name in names_in(expression):
        current = before.get(name)
        if not is_numeric(current):
            continue
        changes = [e for e in run.events if e.name == name and not e.keys]
        if not changes:
            continue
        versions: dict[str, Any] = {}
        if name in first and is_numeric(first[name]):
            versions[f"{name} before line {changes[0].line}"] = _version(
                first[name], "before", changes[0]
            )
        for event, following in zip(changes, [*changes[1:], None], strict=True):
            if following is not None:
                text = f"{name} before line {following.line}"
                versions.setdefault(text, _version(event.value, "before", following))
            versions.setdefault(
                f"{name} after line {event.line}", _version(event.value, "after", event)
            )
        found[name] = {
            text: parts for text, parts in versions.items() if not close(parts["value"], current)
        }
    return found


def _version(value: Any, when: str, event: Event) -> dict[str, Any]:
    return {"value": value, "when": when, "line": event.line}


def _lengths_in(known: Mapping[str, int], before: Mapping[str, Any]) -> dict[str, int]:
    return {name: n for name, n in known.items() if n > 1 and name not in before}


def _outside(replayer: Replayer) -> Mapping[str, Any]:
    """Names that the user's function takes from elsewhere."""
    function: Any = replayer.hand.function
    function = getattr(function, "__func__", function)
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


def _functions(replayer: Replayer, expression: ast.expr) -> list[str]:
    """Functions of one argument that the user's function names, or that stand beside them."""
    outside = _outside(replayer)
    module = getattr(replayer.hand.function, "__module__", None)
    code = replayer.hand.code
    used = set(code.co_names) if code is not None else set()
    return [
        name
        for name, value in outside.items()
        if isinstance(value, FunctionType)
        and value.__code__.co_argcount == 1
        and (name in used or value.__module__ == module)
        and value is not replayer.hand.function
    ][:12]


def _is_value(value: Any) -> bool:
    return is_numeric(value) or isinstance(value, int | list | tuple)


def _slip(repair: Repair, statement: Statement, around: Surroundings) -> Slip:
    """The words for a repair that holds."""
    old, new = repair.old, repair.new
    kind, message = repair.kind, repair.message
    after = ast.unparse(repair.expression)
    if message == "stale":
        when = said(f"stale {_opposite(repair.parts['when'])}")
        words = said("stale", name=old, when=when, line=repair.parts["line"])
    elif message == "extra value":
        words = said("extra value", factor=_difference(old, new))
    elif message == "missing value":
        words = said("missing value", factor=_difference(new, old))
    elif message == "broadcast":
        shape = np.shape(around.variables.get(old, 0.0))
        words = said("broadcast", old=old, new=new, shape=shape)
    elif message == "wrong activation" and new.startswith(f"{old} * "):
        words = said("missing activation", factor=_difference(new, old))
    else:
        words = said(message, old=old, new=new)
    return Slip(kind, words, after if kind != "stale" else "")


def _opposite(when: str) -> str:
    """A value is right as it was before a line: then it was used as it was after it."""
    return "after" if when == "before" else "before"


def _difference(whole: str, part: str) -> str:
    """The factor that is left of a product."""
    tree = ast.parse(whole, mode="eval").body
    match tree:
        case ast.BinOp(left=left, right=right, op=op):
            if ast.unparse(left) == part:
                return ("1 / " if isinstance(op, ast.Div) else "") + ast.unparse(right)
            return ast.unparse(left)
        case ast.Call(args=[left, right]):
            return ast.unparse(right if ast.unparse(left) == part else left)
        case _:
            return whole
