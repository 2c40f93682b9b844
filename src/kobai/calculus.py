"""Derivatives, graph to graph: made of the same nodes, so that they can be differentiated again.

A cotangent is kept in the smallest shape that broadcasts to its value: the derivative of a sum by
its terms is the number 1, not an array of ones. What broadcasting spread is summed in one place,
`_collected`, and rules never mention it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from kobai.errors import DerivativeError
from kobai.graph import Node, reachable
from kobai.masks import together
from kobai.ops.naming import is_marker, named
from kobai.ops.reductions import total
from kobai.ops.shaping import astype, broadcast_to, squeeze
from kobai.sizes import Shape, product


def cotangents(output: Node, targets: Sequence[Node], seed: Node | float = 1.0) -> dict[Node, Node]:
    """The derivative of `seed * output` by each target that it depends on, by reverse mode."""
    start = seed if isinstance(seed, Node) else output.graph.constant(seed, output.dtype)
    return cotangents_of([(output, start)], targets)


def cotangents_of(seeded: Sequence[tuple[Node, Node]], targets: Sequence[Node]) -> dict[Node, Node]:
    """The derivative of the sum of `seed * output` over pairs of an output and its seed.

    Every node between the targets and the outputs is visited once, users before operands (Griewank
    and Walther, Evaluating Derivatives, 2008, section 3.2). The cotangent of a value that has a
    name is named `d<name>`, so that a derivation can show it.

    Returns:
        Each target's cotangent, of the target's shape and dtype. A target is absent if no output
        depends on it.
    """
    parts: dict[Node, list[Node]] = {}
    for output, seed in seeded:
        parts.setdefault(output, []).append(seed)
    found: dict[Node, Node] = {}
    # What is older than every target can't depend on one.
    order = reachable(list(parts), since=min((target.index for target in targets), default=0))
    if not order:
        return {}
    relevant = dependent(targets, order)
    with order[-1].graph.differentiating(relevant):
        for node in reversed(order):
            if node not in relevant or node not in parts:
                continue
            uses = parts.pop(node)
            g = _sum(uses)
            if node.op is named and not is_marker(node):
                g = named(_full(g, node), name=f"d{node.attribute('name')}")
                uses = [g]
            found[node] = g
            for operand, contribution in _contributions(node, g, uses, relevant):
                parts.setdefault(operand, []).append(contribution)
    return {target: _full(found[target], target) for target in targets if target in found}


def without_derivative(node: Node, position: int) -> DerivativeError:
    """What is raised where an operand matters to a value and the entry has no rule for it."""
    return DerivativeError(
        f"{node.op.name} has no derivative by its operand number {position + 1}",
        repair="keep the differentiated argument out of it, or write it otherwise",
    )


def _sum(parts: list[Node]) -> Node:
    """The parts that the uses of a value contribute, in the order in which it is used."""
    total_part = parts[-1]
    for part in reversed(parts[:-1]):
        total_part = total_part + part
    return total_part


def dependent(targets: Iterable[Node], order: Sequence[Node]) -> set[Node]:
    """Differentiable nodes that depend on a target, of nodes with operands before their users."""
    found = set(targets)
    for node in order:
        if not found.isdisjoint(node.operands) and node.is_differentiable:
            found.add(node)
    return found


def _contributions(
    node: Node, g: Node, uses: Sequence[Node], relevant: set[Node]
) -> Iterator[tuple[Node, Node]]:
    """What each operand gets from this use of it, if the value's own uses add up to g."""
    attributes = dict(node.attributes) if node.attributes else {}
    is_map = node.op.kind == "map"
    is_fold = node.op.kind == "reduce" and "keepdims" in attributes
    mask, rest = together(uses, g) if is_map or is_fold else (None, g)
    if not is_map:
        rest = _full(rest, node)
        mask = mask and mask.spread(node.shape, **attributes)
    for position, operand in enumerate(node.operands):
        if operand not in relevant:
            continue
        rule = node.op.rule(position)
        if rule is None:
            raise without_derivative(node, position)
        contribution = rule(rest, node, *node.operands, **attributes)
        if contribution is None:
            continue
        if contribution is rest and is_map:
            contribution = g
        elif mask is not None:
            contribution = mask(contribution)
        shape = node.shape if is_map else contribution.shape
        if shape != operand.shape or contribution.dtype != operand.dtype:
            contribution = _collected(contribution, shape, operand)
        yield operand, contribution


def _collected(contribution: Node, shape: Shape, operand: Node) -> Node:
    """Sum a cotangent that stands for `shape` over the axes along which the operand was spread."""
    if shape == operand.shape:
        return astype(contribution, operand.dtype)
    missing = len(shape) - contribution.ndim
    lead = len(shape) - operand.ndim
    spread = {
        axis
        for axis, size in enumerate(shape)
        if axis < lead or (operand.shape[axis - lead] == 1 and size != 1)
    }
    present = {a for a in spread if a >= missing and contribution.shape[a - missing] != 1}
    repeats = product(tuple(shape[axis] for axis in sorted(spread - present)))
    inner = tuple(axis - missing for axis in sorted(present) if axis >= lead)
    front = tuple(range(max(lead - missing, 0)))
    if inner:
        contribution = total(contribution, axis=inner, keepdims=True)
    if any(axis < lead for axis in present):
        contribution = total(contribution, axis=front, keepdims=False)
    elif front:
        contribution = squeeze(contribution, axis=front)
    if repeats != 1:
        contribution = contribution * repeats
    return astype(contribution, operand.dtype)


def _full(g: Node, value: Node) -> Node:
    """The cotangent in the shape and dtype of its value."""
    wide = g if g.shape == value.shape else broadcast_to(g, shape=value.shape)
    return astype(wide, value.dtype)
