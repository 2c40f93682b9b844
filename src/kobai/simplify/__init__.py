"""Graph to graph: the same functions, written so that they are right, short and readable.

The pipelines are tuples of passes; a pass takes the outputs of a graph and gives new ones.
STABILISE runs on the user's formula before it is differentiated, SIMPLIFY on formula and gradient
together (READABLE where names stay on), EVALUATE last, for the machine alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from kobai.graph import Node
from kobai.simplify.collecting import collect
from kobai.simplify.rewriting import Context, Pass, Rewrite, rewriting
from kobai.simplify.rules import GATHERED, REFLECTED, STABLE, TIDY
from kobai.simplify.stripping import strip_names

STABILISE: tuple[Pass, ...] = (strip_names, rewriting(STABLE + TIDY))
READABLE: tuple[Pass, ...] = (
    rewriting(TIDY),
    collect,
    rewriting(TIDY),
    rewriting(GATHERED, spares_forward=True),
)
SIMPLIFY: tuple[Pass, ...] = (strip_names, *READABLE)
EVALUATE: tuple[Pass, ...] = (strip_names, rewriting(STABLE + TIDY), rewriting(REFLECTED))

MOST_ROUNDS = 8


def run(passes: Sequence[Pass], outputs: Sequence[Node], context: Context) -> list[Node]:
    """The outputs after the passes, repeated until they change nothing."""
    current = list(outputs)
    for _ in range(MOST_ROUNDS):
        before = current
        for apply in passes:
            current = apply(current, context)
        if current == before:
            break
    return current


__all__ = [
    "EVALUATE",
    "READABLE",
    "SIMPLIFY",
    "STABILISE",
    "Context",
    "Rewrite",
    "rewriting",
    "run",
    "strip_names",
]
