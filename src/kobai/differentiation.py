"""The pipeline from a value to its gradient: stabilise, differentiate, simplify."""

from __future__ import annotations

from collections.abc import Sequence

from kobai.calculus import cotangents
from kobai.facts import Facts
from kobai.graph import Node, reachable
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
    variables = frozenset(targets)
    record = [] if steps is None else steps
    (stable,) = run(STABILISE, [output], Context(facts, variables, steps=record))
    if not stable.is_differentiable:
        return stable, {}
    found = cotangents(stable, targets)
    context = Context(facts, variables, frozenset(reachable([stable])), record)
    value, *slopes = run(SIMPLIFY, [stable, *found.values()], context)
    return value, dict(zip(found, slopes, strict=True))


def for_evaluation(outputs: Sequence[Node], targets: Sequence[Node]) -> list[Node]:
    """The same values in the form that is computed: exact where people prefer to read `1 - a`."""
    return run(EVALUATE, outputs, Context(Facts(), frozenset(targets)))
