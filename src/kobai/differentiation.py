"""The pipeline from values to their derivatives: stabilise, differentiate, simplify."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kobai.calculus import cotangents_of
from kobai.facts import Facts
from kobai.forward import tangents
from kobai.graph import INPUT, Node, reachable
from kobai.simplify import EVALUATE, SIMPLIFY, STABILISE, Context, Rewrite, run


def differentiated(
    output: Node, targets: Sequence[Node], facts: Facts, steps: list[Rewrite] | None = None
) -> tuple[Node, dict[Node, Node]]:
    """The output in its stable form, and its derivative by each target that it depends on.

    Args:
        output: one number.
        targets: the values to differentiate by; a named value among them counts as a variable.
        facts: what may be assumed of the inputs.
        steps: where the rewrites are written down.
    """
    seed = output.graph.constant(1.0, output.dtype)
    (value,), found = pulled_back([output], [seed], targets, facts, steps)
    return value, found


def pulled_back(
    outputs: Sequence[Node],
    seeds: Sequence[Node],
    targets: Sequence[Node],
    facts: Facts,
    steps: list[Rewrite] | None = None,
) -> tuple[list[Node], dict[Node, Node]]:
    """The outputs, and the derivative of the sum of `seed * output` by each target that matters."""
    variables = frozenset(targets)
    record = [] if steps is None else steps
    stable = run(STABILISE, outputs, Context(facts, variables, steps=record))
    pairs = [pair for pair in zip(stable, seeds, strict=True) if pair[0].is_differentiable]
    found = cotangents_of(pairs, targets)
    context = Context(facts, variables, frozenset(reachable(stable)), record)
    simple = run(SIMPLIFY, [*stable, *found.values()], context)
    return simple[: len(stable)], dict(zip(found, simple[len(stable) :], strict=True))


def pushed_forward(
    outputs: Sequence[Node], directions: Mapping[Node, Node], facts: Facts
) -> tuple[list[Node], list[Node | None], frozenset[Node]]:
    """The outputs, their derivatives as the targets move, and the targets that move an output.

    An output that doesn't move has None for its derivative.
    """
    variables = frozenset(directions)
    stable = run(STABILISE, outputs, Context(facts, variables))
    moved = tangents(stable, directions)
    reached = frozenset(reachable(moved.values()))
    relevant = frozenset(
        target
        for target, way in directions.items()
        if any(node.op is INPUT and node in reached for node in reachable([way]))
    )
    context = Context(facts, variables, frozenset(reachable(stable)))
    simple = run(SIMPLIFY, [*stable, *moved.values()], context)
    found = dict(zip(moved, simple[len(stable) :], strict=True))
    return simple[: len(stable)], [found.get(node) for node in stable], relevant


def for_evaluation(outputs: Sequence[Node], targets: Sequence[Node]) -> list[Node]:
    """The same values in the form that is computed: exact where people prefer to read `1 - a`."""
    return run(EVALUATE, outputs, Context(Facts(), frozenset(targets)))
