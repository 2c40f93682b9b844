"""Apply rules to a graph, operands before users, until none fits; every step is written down."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from kobai.facts import Facts
from kobai.graph import CONSTANT, Node, reachable
from kobai.intervals import FINITE, REAL, Interval
from kobai.simplify.equations import Rule

Pass: TypeAlias = "Callable[[Sequence[Node], Context], list[Node]]"


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
        settled: for each pass, nodes that it is known to leave as they are.
        memory: for each pass, what it found out about nodes and wants to know again.
    """

    facts: Facts
    targets: frozenset[Node] = frozenset()
    forward: frozenset[Node] = frozenset()
    steps: list[Rewrite] = field(default_factory=list)
    settled: dict[Pass, set[Node]] = field(default_factory=dict)
    memory: dict[Pass, Any] = field(default_factory=dict)


def _says_something(node: Node, interval: Interval) -> bool:
    """Whether a reader learns from it: not of a number, whose value is seen."""
    return node.op is not CONSTANT and interval not in (REAL, FINITE)


def rewriting(rules: Sequence[Rule], *, spares_forward: bool = False) -> Pass:
    """A pass that applies these rules everywhere, or to gradients alone."""
    chosen: dict[tuple[str, ...], tuple[Rule, ...]] = {}

    def fitting(node: Node) -> tuple[Rule, ...]:
        """Rules that may fit a node with such operands, found once for each combination."""
        key = (node.op.name, *(operand.op.name for operand in node.operands))
        if key not in chosen:
            chosen[key] = tuple(rule for rule in rules if rule.may_fit(key))
        return chosen[key]

    def once(node: Node, context: Context) -> Node | None:
        for rule in fitting(node):
            asked = context.facts.asked
            asked.clear()
            new = rule.apply(node, context.facts)
            if new is not None and new.shape == node.shape and new.dtype == node.dtype:
                proved = tuple(pair for pair in asked.items() if _says_something(*pair))
                context.steps.append(Rewrite(rule.name, node, new, proved))
                return new
        return None

    def settled(node: Node, context: Context) -> Node:
        """The node after all rules that fit, and after those that fit what they built."""
        new = once(node, context)
        if new is None:
            return node
        known: dict[Node, Node] = {}
        waiting = [new]
        while waiting:
            current = waiting[-1]
            fresh = [o for o in current.operands if o.index > node.index and o not in known]
            if fresh and current not in known:
                waiting.extend(fresh)
                continue
            waiting.pop()
            rebuilt = current.rebuilt(tuple(known.get(o, o) for o in current.operands))
            known[current] = settled(rebuilt, context)
        return known[new]

    def apply(outputs: Sequence[Node], context: Context) -> list[Node]:
        new: dict[Node, Node] = {target: target for target in context.targets}
        done = context.settled.setdefault(apply, set())
        for node in reachable(outputs):
            if node in new:
                continue
            rebuilt = node.rebuilt(tuple([new[operand] for operand in node.operands]))
            is_spared = spares_forward and rebuilt in context.forward
            new[node] = rebuilt if is_spared or rebuilt in done else settled(rebuilt, context)
            done.add(new[node])
        return [new[output] for output in outputs]

    return apply
