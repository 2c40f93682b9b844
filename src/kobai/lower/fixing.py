"""A graph for some lengths: loops of known lengths are shorter code than those of any."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kobai.evaluation import with_sizes
from kobai.graph import CONSTANT, INPUT, SIZE, Graph, Node, reachable
from kobai.sizes import Dim, Size


def fixed(
    outputs: Sequence[Node], inputs: Sequence[Node], lengths: Mapping[str, int]
) -> tuple[list[Node], list[Node]]:
    """The same graph with numbers for some of its symbols.

    Args:
        outputs: the values that are asked for.
        inputs: all inputs.
        lengths: the number that each of these symbols stands for; others stay.
    """
    # One length at hand for each symbol: that of `m - (m - 1)` is the difference of two.
    sizes: dict[str, Dim] = {
        str(size): size for node in inputs for size in node.shape if isinstance(size, Size)
    } | dict(lengths)

    def known(size: Size) -> Dim:
        terms: Dim = 0
        for names, coefficient in size.terms:
            term: Dim = coefficient
            for name in names:
                term = term * sizes[name]
            terms = terms + term
        return terms

    graph = Graph()
    new: dict[Node, Node] = {}
    for node in reachable([*outputs, *inputs]):
        new[node] = _copied(node, graph, new, known)
    return [new[node] for node in outputs], [new[node] for node in inputs]


def _copied(node: Node, graph: Graph, new: Mapping[Node, Node], known: Any) -> Node:
    if node.op is INPUT:
        shape = tuple(known(d) if isinstance(d, Size) else d for d in node.shape)
        return graph.input(node.attribute("name"), shape, node.dtype)
    if node.op is CONSTANT:
        return graph.constant(node.attribute("value"))
    if node.op is SIZE:
        return graph.leaf(known(node.attribute("size")), node.dtype)
    attributes = with_sizes(dict(node.attributes), known)
    operands = tuple(new[x] for x in node.operands)
    return graph.make(node.op, operands, tuple(attributes.items()), node.dtype)
