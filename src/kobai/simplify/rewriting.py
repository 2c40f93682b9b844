"""Apply rules to a graph, operands before users, until none fits; every step is written down."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from kobai.facts import Facts
from kobai.graph import Node, reachable
from kobai.intervals import Interval
from kobai.simplify.equations import Rule


@dataclass(frozen=True)
class Rewrite:
    """One step: which rule turned what into what, and what had to be known for it.

    `facts` pairs a value with what was proved of it.
    """

    rule: str
    before: Node
    after: Node
    facts: tuple[tuple[Node, Interval], ...] = ()


@dataclass
class Context:
    """What the passes over one graph share: the facts, and the record of their steps.

    Attributes:
        facts: what is known of the values.
        targets: nodes that stand for variables: they are never looked into or replaced.
        forward: nodes of the user's own formula; a pass for gradients leaves them as they are.
        steps: the rewrites, in the order in which they were made.
    """

    facts: Facts
    targets: frozenset[Node] = frozenset()
    forward: frozenset[Node] = frozenset()
    steps: list[Rewrite] = field(default_factory=list)


Pass: TypeAlias = Callable[[Sequence[Node], Context], list[Node]]


def rewriting(rules: Sequence[Rule]) -> Pass:
    """A pass that applies these rules everywhere."""
    by_operation: dict[str, list[Rule]] = {}
    for rule in rules:
        by_operation.setdefault(rule.operation, []).append(rule)

    def once(node: Node, context: Context) -> Node | None:
        for rule in by_operation.get(node.op.name, ()):
            new = rule.apply(node, context.facts)
            if new is not None and new.shape == node.shape and new.dtype == node.dtype:
                context.steps.append(Rewrite(rule.name, node, new))
                return new
        return None

    def settled(node: Node, context: Context) -> Node:
        """The node after all rules that fit, and after those that fit what they built."""
        known: dict[Node, Node] = {}
        waiting = [node]
        while waiting:
            current = waiting[-1]
            fresh = [o for o in current.operands if o.index > node.index and o not in known]
            if fresh and current not in known:
                waiting.extend(fresh)
                continue
            waiting.pop()
            rebuilt = current.rebuilt(tuple(known.get(o, o) for o in current.operands))
            new = once(rebuilt, context)
            known[current] = settled(new, context) if new is not None else rebuilt
        return known[node]

    def apply(outputs: Sequence[Node], context: Context) -> list[Node]:
        new: dict[Node, Node] = {target: target for target in context.targets}
        for node in reachable(outputs):
            if node not in new:
                rebuilt = node.rebuilt(tuple(new[operand] for operand in node.operands))
                new[node] = settled(rebuilt, context)
        return [new[output] for output in outputs]

    return apply
