"""Rules about logarithms of what is a share, a branch, a product or a sum of powers of e.

A logarithm goes inside where it meets something whose logarithm is known without overflow, and
where no digits get lost: the logarithms of numbers in (0, 1] are of one sign and don't cancel.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from kobai.facts import Facts
from kobai.graph import CONSTANT, Node, Op
from kobai.intervals import Interval
from kobai.ops.cancelling import exp_of_sum, sech
from kobai.ops.choices import maximum, minimum, where
from kobai.ops.elementary import exp, log, sigmoid
from kobai.ops.exponentials import softmax
from kobai.ops.gathering import gather
from kobai.ops.indexing import getitem
from kobai.ops.products import prod
from kobai.ops.reductions import largest, smallest, total
from kobai.ops.shaping import broadcast_to, expand_dims, reshape, squeeze, transpose
from kobai.ops.trigonometry import cosh
from kobai.simplify.equations import Rule

_SHARES = frozenset({sigmoid, softmax, exp, exp_of_sum, cosh, sech})
_POWERS = frozenset({exp, exp_of_sum})
MOST_TERMS = 24
MOVES = frozenset({gather, getitem, broadcast_to, expand_dims, reshape, squeeze, transpose})


def is_share(node: Node) -> bool:
    """Whether it is something whose logarithm has a rule: a share, 1 minus one, a power of e."""
    while node.op in MOVES:
        node = node.operands[0]
    if node.op in _SHARES:
        return True
    if node.op.name == "where":
        return is_share(node.operands[1]) or is_share(node.operands[2])
    if node.op.name == "power":
        return is_share(node.operands[0])
    return is_rest(node)


def is_rest(node: Node) -> bool:
    """Whether it is 1 minus a sigmoid."""
    if node.op.name != "subtract":
        return False
    one, part = node.operands
    return part.op is sigmoid and is_one(one)


def is_chance(node: Node) -> bool:
    """Whether it is a sigmoid, or 1 minus one."""
    return node.op is sigmoid or is_rest(node)


def is_one(node: Node) -> bool:
    return node.op is CONSTANT and bool(np.all(node.attribute("value") == 1))


def _of_branches(node: Node, facts: Facts) -> Node | None:
    (x,) = node.operands
    if x.op.name != "where" or not is_share(x):
        return None
    condition, taken, other = x.operands
    return where(condition, log(taken), log(other))


def _of_move(node: Node, facts: Facts) -> Node | None:
    (x,) = node.operands
    if x.op not in MOVES or not is_share(x):
        return None
    inner, *arrays = x.operands
    return x.op(log(inner), *arrays, **dict(x.attributes))


def _is_fraction(interval: Interval) -> bool:
    return interval.is_positive and interval.high <= 1


def _of_product(node: Node, facts: Facts) -> Node | None:
    (x,) = node.operands
    if x.op is prod:
        (u,) = x.operands
        is_safe = _is_fraction(facts.interval(u))
        return total(log(u), **dict(x.attributes)) if is_safe else None
    if x.op.name != "multiply":
        return None
    u, v = x.operands
    if not (_is_fraction(facts.interval(u)) and _is_fraction(facts.interval(v))):
        return None
    return log(u) + log(v) if is_share(u) or is_share(v) else None


def _of_power(node: Node, facts: Facts) -> Node | None:
    (x,) = node.operands
    if x.op.name != "power":
        return None
    base, exponent = x.operands
    is_safe = facts.interval(base).is_positive and is_share(base)
    return exponent * log(base) if is_safe else None


def _of_quotient(node: Node, facts: Facts) -> Node | None:
    """Of one share by another: odds."""
    (x,) = node.operands
    if x.op.name != "divide" or not any(is_share(part) or is_rest(part) for part in x.operands):
        return None
    above, below = x.operands
    one, other = facts.interval(above), facts.interval(below)
    are_shares = is_share(above) and is_share(below) and one.is_positive and other.is_positive
    are_apart = (one.low >= 1 and _is_fraction(other)) or (_is_fraction(one) and other.low >= 1)
    return log(above) - log(below) if are_shares or are_apart else None


def _of_extreme(*extremes: Op) -> Callable[[Node, Facts], Node | None]:
    """A logarithm grows: that of the larger is the larger logarithm."""

    def apply(node: Node, facts: Facts) -> Node | None:
        (x,) = node.operands
        if x.op not in extremes or not all(map(is_share, x.operands)):
            return None
        return x.op(*map(log, x.operands), **dict(x.attributes))

    return apply


INSIDE = (
    Rule(
        "logarithm of a branch",
        "log",
        _of_branches,
        "log(where(c > 0, exp(u), exp(-u))) = where(c > 0, log(exp(u)), log(exp(-u)))",
    ),
    Rule("logarithm of a part", "log", _of_move, "log(softmax(u)[0]) = log(softmax(u))[0]"),
    Rule(
        "logarithm of a product",
        "log",
        _of_product,
        "log(prod(softmax(u))) = sum(log(softmax(u)))",
    ),
    Rule(
        "logarithm of odds",
        "log",
        _of_quotient,
        "log(sigmoid(u) / (1 - sigmoid(u))) = log(sigmoid(u)) - log(1 - sigmoid(u))",
    ),
    Rule(
        "logarithm of the larger",
        "log",
        _of_extreme(maximum, minimum),
        "log(maximum(exp(u), exp(v))) = maximum(log(exp(u)), log(exp(v)))",
    ),
    Rule(
        "logarithm of the larger",
        "log",
        _of_extreme(largest, smallest),
        "log(max(exp(u))) = max(log(exp(u)))",
    ),
    Rule("logarithm of a power", "log", _of_power, "log(sigmoid(u) ** v) = v * log(sigmoid(u))"),
)
