"""From a function and its arguments to the program that is written down."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kobai.calculus import cotangents_of, dependent
from kobai.derivation.names import Names, names_of
from kobai.errors import ArgumentError, ArgumentTypeError, TraceError
from kobai.evaluation import Evaluator
from kobai.exporting.updates import Updates, updates_of
from kobai.facts import Facts
from kobai.frames import user_place
from kobai.graph import INPUT, Node, reachable
from kobai.ops.shaping import broadcast_to
from kobai.optim import Optimizer
from kobai.recording import Input, Recording
from kobai.simplify import EVALUATE, SIMPLIFY, STABILISE, Context, run
from kobai.sizes import Size
from kobai.sizing import is_repeatable, record_with_sizes
from kobai.targets.identifiers import plain
from kobai.targets.programs import Argument, Kind, Length, Program
from kobai.transforms import scalar_output


def program_of(
    f: Callable[..., Any],
    args: Sequence[Any],
    wrt: Sequence[str] | str | None,
    kind: Kind,
    optimizer: Optimizer,
    steps: int,
) -> Program:
    """The gradient of a function, or its training, as values with names."""
    recording = _recorded(f, args)
    output = scalar_output(recording.result)
    if output is None:
        raise ArgumentError(
            "the result depends on none of the arguments", repair="use them in the function"
        )
    parameters = _parameters(recording, wrt)
    data = [leaf.node for leaf in recording.inputs if leaf not in parameters]
    function = getattr(f, "__name__", "loss")
    names = names_of(recording, output, function, data)
    arguments = {
        leaf.node: Argument(names.inputs[leaf.node], leaf.node, leaf.value)
        for leaf in recording.inputs
    }
    chosen = [arguments[leaf.node] for leaf in parameters]
    evaluator = Evaluator({leaf.node: leaf.value for leaf in recording.inputs})
    finite = [leaf.node for leaf in recording.inputs if np.all(np.isfinite(leaf.value))]
    facts = Facts({}, finite=finite)
    value, slopes, values = _differentiated(
        output, [x.node for x in chosen], names, evaluator, facts
    )
    results = [(names.output, value)]
    for parameter, slope in zip(chosen, slopes, strict=True):
        name = f"d{parameter.name}"
        results.append((name, slope))
        if slope.op.kind != "leaf":
            values.setdefault(slope, name)
    made = Updates((), (), (), {})
    if kind == "training":
        made = updates_of(optimizer, list(zip(chosen, slopes, strict=True)), _namer(names))
    return Program(
        function=function,
        kind=kind,
        arguments=(*arguments.values(), *made.settings),
        lengths=tuple(_lengths(names, arguments.values())),
        results=tuple(results),
        values=values | made.named,
        states=made.states,
        updates=made.updates,
        parameters=tuple(chosen),
        optimizer=plain(type(optimizer).__name__) if kind == "training" else "",
        steps=steps,
        places=recording.trace.places,
    )


def _recorded(f: Callable[..., Any], args: Sequence[Any]) -> Recording:
    def recorded() -> Recording:
        return record_with_sizes(f, args, range(len(args)), is_watched=True)

    recording = recorded()
    if recording.trace.decisions:
        raise TraceError(
            "the function decides by a value, and a program would hold for one outcome alone",
            where=recording.trace.places.get(recording.trace.decisions[0][0], user_place()),
            repair="choose with np.where, np.maximum or np.minimum, which compute both sides",
        )
    if not is_repeatable(recording, recorded()):
        raise TraceError(
            "two runs of the function differ: it draws numbers, or keeps something from call to "
            "call",
            where=user_place(),
            repair="draw the numbers before, and give them as an argument",
        )
    return recording


def _parameters(recording: Recording, wrt: Sequence[str] | str | None) -> list[Input]:
    """The inputs to differentiate by, in the order asked for."""
    if wrt is None:
        chosen = [leaf for leaf in recording.inputs if leaf.node.is_differentiable]
    else:
        chosen = []
        for name in [wrt] if isinstance(wrt, str) else wrt:
            found = [leaf for leaf in recording.inputs if name in (leaf.label, leaf.argument)]
            if not found:
                known = ", ".join(dict.fromkeys(leaf.argument for leaf in recording.inputs))
                raise ArgumentError(
                    f"wrt names {name!r}, which is not an argument",
                    repair=f"use names among {known}",
                )
            chosen += [leaf for leaf in found if leaf not in chosen]
    for leaf in chosen:
        if not leaf.node.is_differentiable:
            raise ArgumentTypeError(
                f"argument {leaf.label} is of dtype {leaf.node.dtype}: "
                "a derivative by whole numbers has no meaning",
                repair="give it as floating numbers: 3.0 for 3, x.astype(float) for an array",
            )
    if not chosen:
        raise ArgumentTypeError(
            "no argument is of floating dtype: there is nothing to differentiate by",
            repair="give numbers as 3.0 for 3, arrays as x.astype(float)",
        )
    return chosen


def _differentiated(
    output: Node,
    parameters: Sequence[Node],
    names: Names,
    evaluator: Evaluator,
    facts: Facts,
) -> tuple[Node, list[Node], dict[Node, str]]:
    """The loss, its slopes, and the names of values.

    Of the data no more is assumed than that they are finite, as those at hand are. The form is the
    one that is read, unless the one that is computed is more exact for the arguments at hand.
    """
    variables = frozenset(parameters)
    context = Context(facts, variables)
    stable, *forward = run(STABILISE, [output, *names.values], context)
    seed = output.graph.constant(1.0, output.dtype)
    moving = dependent(parameters, reachable([stable]))
    on_way = [node for node in forward if node in moving and node is not stable]
    found = cotangents_of([(stable, seed)], [*parameters, *on_way])
    slopes = [found.get(parameter, _zeros(parameter)) for parameter in parameters]
    inner = [
        (value, found[node])
        for value, node in zip(names.values, forward, strict=True)
        if node in on_way and node in found
    ]
    known = frozenset(reachable([stable, *forward]))
    nodes = [stable, *forward, *slopes, *(slope for _, slope in inner)]
    simple = run(SIMPLIFY, nodes, Context(facts, variables, known))
    exact = run(EVALUATE, simple, Context(facts, variables))
    checked = slice(None, 1), slice(1 + len(forward), 1 + len(forward) + len(slopes))
    agree = all(
        _agree(evaluator.value(a), evaluator.value(b))
        for part in checked
        for a, b in zip(simple[part], exact[part], strict=True)
    )
    final = simple if agree else exact
    named: dict[Node, str] = {}
    last = 1 + len(forward)
    for node, name in zip(final[1:last], names.values.values(), strict=True):
        if node.op.kind != "leaf":
            named.setdefault(node, name)
    for node, (value, _) in zip(final[last + len(slopes) :], inner, strict=True):
        if node.op.kind != "leaf":
            named.setdefault(node, f"d{names.values[value]}")
    return final[0], final[last : last + len(slopes)], named


def _agree(found: Any, exact: Any) -> bool:
    """Whether two forms give the same value, up to rounding."""
    with np.errstate(all="ignore"):
        scale = float(np.max(np.abs(exact), initial=0.0, where=np.isfinite(exact)))
        return bool(np.allclose(found, exact, rtol=1e-13, atol=1e-13 * scale, equal_nan=True))


def _namer(names: Names) -> Callable[[str], str]:
    """What finds names that nothing has yet, each another."""
    taken: set[str] = set()

    def free(wanted: str) -> str:
        stem, number = wanted, 1
        while stem in taken or names.free(stem) != stem:
            number += 1
            stem = f"{wanted}_{number}"
        taken.add(stem)
        return stem

    return free


def _zeros(parameter: Node) -> Node:
    zero = parameter.graph.constant(0.0, parameter.dtype)
    return broadcast_to(zero, shape=parameter.shape) if parameter.ndim else zero


def _lengths(names: Names, arguments: Sequence[Argument] | Any) -> list[Length]:
    """Where each symbol of a length is read off: at the first axis that has it."""
    found: dict[str, Length] = {}
    for argument in arguments:
        assert argument.node.op is INPUT
        for axis, size in enumerate(argument.node.shape):
            symbol = str(size)
            if isinstance(size, Size) and symbol in names.sizes:
                found.setdefault(symbol, Length(names.sizes[symbol], symbol, argument, axis))
    return list(found.values())
