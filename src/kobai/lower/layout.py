"""Along which axis entries lie side by side, and are computed side by side.

That is the last axis, unless it is short: lengths like 3, 10 or 25 leave lanes of a vector empty,
and sums along them leave vectors before they fill them. Then it is the axis of the examples, of
which there are many. Data come row by row; short rows that are used often are rearranged first, a
tile at a time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from math import prod

from kobai.graph import Node
from kobai.lower.views import base_of
from kobai.sizes import Shape

# Rows of this length and more fill vectors well enough, whatever is left over.
LONG = 32
# A multiple of this many entries fills them completely.
LANES = 8
# How often each entry of the data has to be used to be worth its rearrangement.
USES = 3


def lane_axis(shape: Shape, examples: int | None) -> int | None:
    """The axis along which entries lie side by side; None for the last.

    Args:
        shape: the lengths.
        examples: the axis of the examples, if there is one.
    """
    if examples is None or examples == len(shape) - 1:
        return None
    length = shape[-1]
    is_short = isinstance(length, int) and length < LONG and length % LANES != 0
    return examples if is_short else None


def rearranged(
    nodes: Iterable[Node], axes: Mapping[Node, int], data: Collection[Node]
) -> set[Node]:
    """The data whose short rows are used so often that they are better rearranged.

    Args:
        nodes: what is computed.
        axes: for each value that carries the examples, along which axis.
        data: what is read.
    """
    uses: dict[Node, int] = {}
    for node in nodes:
        for operand in node.operands:
            base = base_of(operand)
            if base in data and base in axes and lane_axis(base.shape, axes[base]) is not None:
                uses[base] = uses.get(base, 0) + _uses(node, operand, base)
    return {base for base, count in uses.items() if count >= USES}


def _uses(node: Node, operand: Node, base: Node) -> int:
    """How often an operation uses each entry of the data."""
    if node.op.kind == "contract":
        other = node.operands[1] if operand is node.operands[0] else node.operands[0]
        columns = [d for d in other.shape if isinstance(d, int)] if other.ndim > 1 else []
        # Products with long rows fill their vectors from these.
        return min(columns, default=1) if min(columns, default=1) < LONG else 0
    return max(_width(node.shape) // max(_width(base.shape), 1), 1)


def _width(shape: Shape) -> int:
    """Entries that belong to one example."""
    return prod(length for length in shape if isinstance(length, int))
