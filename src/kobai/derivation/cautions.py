"""What is seen in a formula and can't be made safe: told with the user's line and a repair."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, TypeAlias

import numpy as np

from kobai.evaluation import Evaluator
from kobai.facts import Facts
from kobai.graph import Node, reachable
from kobai.languages import Words
from kobai.simplify import STABILISE, Context, run
from kobai.sizes import shape_at_hand

# A sigmoid's slope is below the rounding of 1 there; tanh's at half of it.
SATURATED = {"sigmoid": 36.0, "tanh": 18.0}
DIGITS_LOST = 8
_LOGARITHMS = ("log", "log2", "log10", "log1p")
_SPREADING = ("add", "subtract", "multiply", "divide")


@dataclass(frozen=True)
class Caution:
    """Something that may go wrong, or already does for the arguments given.

    Attributes:
        what: what was seen.
        where: `file:line`, empty where the formula is in no file.
        repair: what to do about it.
    """

    what: str
    where: str
    repair: str

    def __str__(self) -> str:
        place = f"{PurePath(self.where).name}: " if self.where else ""
        return f"{place}{self.what}; {self.repair}"


Source: TypeAlias = Callable[[Node], str]
# The key of a sentence in the catalogue, and what stands in its places.
Seen: TypeAlias = Iterator[tuple[str, dict[str, Any]]]


def cautions(
    output: Node,
    places: Mapping[Node, str],
    facts: Facts,
    evaluator: Evaluator,
    source: Source,
    words: Words,
) -> tuple[Caution, ...]:
    """All that is to be told of the formula of a value.

    Args:
        output: the value.
        places: where the user wrote each node.
        facts: what is known of the arguments.
        evaluator: values of the nodes, for the arguments at hand.
        source: a node as the user would write it.
        words: the language.
    """
    nodes = [node for node in reachable([output]) if node in places]
    stable = run(STABILISE, nodes, Context(facts))
    found: list[Caution] = []
    for node, safe in zip(nodes, stable, strict=True):
        for kind, values in _seen(node, safe, facts, evaluator, source):
            what, repair = words(kind, **values), words(f"{kind}: repair")
            found.append(Caution(what, places[node], repair))
    return tuple(dict.fromkeys(found))


def _seen(node: Node, safe: Node, facts: Facts, evaluator: Evaluator, source: Source) -> Seen:
    yield from _logarithm(node, safe, facts, source)
    yield from _spread(node, source)
    yield from _cancellation(node, safe, evaluator, source)
    yield from _saturation(node, safe, evaluator, source)


def _logarithm(node: Node, safe: Node, facts: Facts, source: Source) -> Seen:
    if node.op.name not in _LOGARITHMS or safe.op.name not in _LOGARITHMS:
        return
    interval = facts.interval(safe.operands[0])
    pole = -1 if safe.op.name == "log1p" else 0
    if interval.low > pole or (interval.low == pole and interval.low_open):
        return
    yield "logarithm", {"formula": source(node), "operand": source(node.operands[0])}


def _spread(node: Node, source: Source) -> Seen:
    """(n,) and (n, 1) make (n, n): hardly ever what is meant."""
    if node.op.name not in _SPREADING:
        return
    shapes = [shape_at_hand(operand.shape) for operand in node.operands]
    for flat, column in (shapes, shapes[::-1]):
        if len(flat) == 1 and len(column) == 2 and column[1] == 1 and column[0] == flat[0] > 1:
            yield "spread", {"formula": source(node), "one": flat, "other": column, "n": flat[0]}


def _cancellation(node: Node, safe: Node, evaluator: Evaluator, source: Source) -> Seen:
    if safe.op.name != "subtract" or node.op.name not in ("subtract", "add"):
        return
    left, right = safe.operands
    if not safe.is_differentiable or all(x.op.kind == "leaf" for x in (left, right)):
        return
    lost = _digits_lost(evaluator.value(left), evaluator.value(right))
    if lost >= DIGITS_LOST:
        yield "cancellation", {"formula": source(node), "digits": lost}


def _digits_lost(left: Any, right: Any) -> int:
    """Decimal digits by which the largest entry of a difference is smaller than its terms."""
    with np.errstate(all="ignore"):
        size = np.max(np.maximum(np.abs(left), np.abs(right)), initial=0.0)
        rest = np.max(np.abs(np.subtract(left, right)), initial=0.0)
    is_known = np.isfinite(size) and np.isfinite(rest) and size > 0 and rest > 0
    return int(np.log10(size / rest)) if is_known else 0


def _saturation(node: Node, safe: Node, evaluator: Evaluator, source: Source) -> Seen:
    if safe.op.name not in SATURATED or node.op.name == "named":
        return
    scores = np.abs(evaluator.value(safe.operands[0]))
    count = int(np.sum(scores > SATURATED[safe.op.name]))
    if count:
        if scores.ndim:
            yield "saturation", {"formula": source(node), "count": count, "all": scores.size}
        else:
            yield "saturated number", {"formula": source(node)}


def listed(found: Sequence[Caution], title: str) -> list[str]:
    """The lines in which cautions are printed."""
    return ["", title, *(f"  {caution}" for caution in found)] if found else []
