"""Rules about labels that choose between a probability and the rest of it."""

from __future__ import annotations

import numpy as np

from kobai.facts import Facts
from kobai.graph import CONSTANT, Node
from kobai.ops.choices import greater, where
from kobai.ops.elementary import sigmoid
from kobai.simplify.equations import Rule
from kobai.simplify.logarithms import is_chance, is_one, is_rest


def _chosen_by_labels(node: Node, facts: Facts) -> Node | None:
    """Labels that are 0 or 1 choose between a probability and the rest."""
    for one, other in (node.operands, node.operands[::-1]):
        for label, share in _pairs(one):
            for rest_of_label, rest in _pairs(other):
                if share.op is not sigmoid or not is_rest(rest) or rest.operands[1] is not share:
                    continue
                if _are_labels(label, rest_of_label, facts):
                    return where(greater(label, 0), share, rest)
    return None


def _pairs(node: Node) -> tuple[tuple[Node, ...], ...]:
    return (node.operands, node.operands[::-1]) if node.op.name == "multiply" else ()


def _are_labels(label: Node, rest: Node, facts: Facts) -> bool:
    """Whether both are known, hold zeros and ones alone, and add up to one."""
    if not facts.interval(label).is_label:
        return False
    if label.op is CONSTANT and rest.op is CONSTANT:
        values = label.attribute("value")
        return rest.shape == label.shape and bool(np.all(rest.attribute("value") == 1 - values))
    return rest.op.name == "subtract" and is_one(rest.operands[0]) and rest.operands[1] is label


def _rest_of_branch(node: Node, facts: Facts) -> Node | None:
    """The rest of the chosen probability is the chosen rest: the factor of a focal loss."""
    one, chosen = node.operands
    if not is_one(one) or chosen.op is not where or chosen.shape != node.shape:
        return None
    condition, *shares = chosen.operands
    if not all(map(is_chance, shares)):
        return None
    return where(condition, *(_rest(share, one) for share in shares))


def _rest(share: Node, one: Node) -> Node:
    return share.operands[1] if is_rest(share) else one - share


LABELS = (
    Rule(
        "labels that choose",
        "add",
        _chosen_by_labels,
        "c * sigmoid(u) + (1 - c) * (1 - sigmoid(u)) = where(c > 0, sigmoid(u), 1 - sigmoid(u))",
        "c * (1 - c) == 0",
    ),
    Rule(
        "rest of the chosen",
        "subtract",
        _rest_of_branch,
        "1 - where(c > 0, sigmoid(u), 1 - sigmoid(u)) = where(c > 0, 1 - sigmoid(u), sigmoid(u))",
    ),
)
