"""Forward mode: the derivative of values along a direction of their inputs.

An operation has one derivative, the rule by which cotangents go back. An elementwise rule serves
both directions as it is: it multiplies by a slope. Any other rule is a linear map of its
cotangent, and the derivative along a direction is that map transposed, which reverse mode itself
finds: the gradient of `sum(rule(g) * direction)` by `g` (as in Townsend, "A new trick for
calculating Jacobian vector products", 2017).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kobai.calculus import cotangents, dependent, without_derivative
from kobai.graph import Node, broadcast_shapes, reachable
from kobai.masks import unmasked
from kobai.ops.shaping import astype, broadcast_to


def tangents(outputs: Sequence[Node], directions: Mapping[Node, Node]) -> dict[Node, Node]:
    """The derivatives of the outputs as inputs move along their directions.

    Args:
        outputs: values of the graph.
        directions: for each input that moves, its direction, of its shape and dtype.

    Returns:
        For each output that moves, its derivative, of the output's shape and dtype.
    """
    found = dict(directions)
    order = reachable(outputs)
    if not order:
        return {}
    with order[-1].graph.differentiating(dependent(directions, order)):
        for node in order:
            if node in found or not node.is_differentiable:
                continue
            parts = [
                part
                for position, operand in enumerate(node.operands)
                if operand in found
                for part in _pushed(node, position, found[operand])
            ]
            if parts:
                found[node] = sum(parts[1:], start=parts[0])
    return {output: _full(found[output], output) for output in outputs if output in found}


def _pushed(node: Node, position: int, direction: Node) -> list[Node]:
    """What the motion of one operand contributes; empty where it contributes nothing."""
    rule = node.op.rule(position)
    if rule is None:
        raise without_derivative(node, position)
    attributes = dict(node.attributes)
    if node.op.kind == "map":
        mask, rest = unmasked(direction)
        part = rule(rest, node, *node.operands, **attributes)
        return [] if part is None else [part if mask is None else mask(part)]
    graph = node.graph
    probe = graph.input(f"probe@{len(graph.nodes)}", node.shape, node.dtype)
    image = rule(probe, node, *node.operands, **attributes)
    if image is None:
        return []
    shape = broadcast_shapes(image.shape, direction.shape)
    image, seed = (
        x if x.shape == shape else broadcast_to(x, shape=shape) for x in (image, direction)
    )
    return list(cotangents(image, [probe], seed).values())


def _full(direction: Node, value: Node) -> Node:
    """The direction in the shape and dtype of its value."""
    if direction.shape != value.shape:
        direction = broadcast_to(direction, shape=value.shape)
    return astype(direction, value.dtype)
