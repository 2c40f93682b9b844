"""Take names off the values that carry them, where they are not variables themselves."""

from __future__ import annotations

from collections.abc import Sequence

from kobai.graph import Node, reachable
from kobai.ops.naming import named
from kobai.simplify.rewriting import Context


def strip_names(outputs: Sequence[Node], context: Context) -> list[Node]:
    """The graph without names; targets keep theirs."""
    new: dict[Node, Node] = {target: target for target in context.targets}
    for node in reachable(outputs):
        if node not in new:
            operands = tuple(new[operand] for operand in node.operands)
            new[node] = operands[0] if node.op is named else node.rebuilt(operands)
    return [new[output] for output in outputs]
