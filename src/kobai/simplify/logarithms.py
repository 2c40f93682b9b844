"""Rules about logarithms of what is a share, a branch, a product or a sum of powers of e.

A logarithm goes inside where it meets something whose logarithm is known without overflow, and
where no digits get lost: the logarithms of numbers in (0, 1] are of one sign and don't cancel.
"""

from __future__ import annotations

import math
from functools import reduce

import numpy as np

from kobai.facts import Facts
from kobai.graph import CONSTANT, Node
from kobai.intervals import Interval
from kobai.ops.cancelling import exp_of_sum, sech
from kobai.ops.choices import greater, maximum, minimum, where
from kobai.ops.elementary import exp, log, logaddexp, sigmoid
from kobai.ops.exponentials import logsumexp, softmax
from kobai.ops.gathering import gather
from kobai.ops.indexing import getitem
from kobai.ops.products import prod
from kobai.ops.reductions import count, mean, total
from kobai.ops.shaping import broadcast_to, expand_dims, reshape, squeeze, transpose
from kobai.ops.trigonometry import cosh
from kobai.simplify.equations import Rule

_SHARES = frozenset({sigmoid, softmax, exp, exp_of_sum, cosh, sech})
_POWERS = frozenset({exp, exp_of_sum})
MOST_TERMS = 24
_MOVES = frozenset({gather, getitem, broadcast_to, expand_dims, reshape, squeeze, transpose})


def _is_share(node: Node) -> bool:
    """Whether it is something whose logarithm has a rule: a share, 1 minus one, a power of e."""
    while node.op in _MOVES:
        node = node.operands[0]
    if node.op in _SHARES:
        return True
    if node.op.name == "where":
        return _is_share(node.operands[1]) or _is_share(node.operands[2])
    if node.op.name == "power":
        return _is_share(node.operands[0])
    return _is_rest(node)


def _is_rest(node: Node) -> bool:
    """Whether it is 1 minus a sigmoid."""
    if node.op.name != "subtract":
        return False
    one, part = node.operands
    return part.op is sigmoid and _is_one(one)


def _is_one(node: Node) -> bool:
    return node.op is CONSTANT and bool(np.all(node.attribute("value") == 1))


def _of_branches(node: Node, facts: Facts) -> Node | None:
    (x,) = node.operands
    if x.op.name != "where" or not _is_share(x):
        return None
    condition, taken, other = x.operands
    return where(condition, log(taken), log(other))


def _of_move(node: Node, facts: Facts) -> Node | None:
    (x,) = node.operands
    if x.op not in _MOVES or not _is_share(x):
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
    return log(u) + log(v) if _is_share(u) or _is_share(v) else None


def _of_power(node: Node, facts: Facts) -> Node | None:
    (x,) = node.operands
    if x.op.name != "power":
        return None
    base, exponent = x.operands
    is_safe = facts.interval(base).is_positive and _is_share(base)
    return exponent * log(base) if is_safe else None


def _of_mean(node: Node, facts: Facts) -> Node | None:
    (x,) = node.operands
    if x.op is not mean or x.operands[0].op is not exp:
        return None
    (power,) = x.operands
    number = node.graph.leaf(count(power, x.attribute("axis")), node.dtype)
    return logsumexp(power.operands[0], **dict(x.attributes)) - log(number)


def _is_sum_of_powers(node: Node) -> bool:
    if node.op is total:
        return node.operands[0].op is exp
    return node.op.name == "add" and any(_has_power(term) for term in _terms(node))


def _of_scaled_sum(node: Node, facts: Facts) -> Node | None:
    (quotient,) = node.operands
    if quotient.op.name not in ("divide", "multiply"):
        return None
    for folded, scale in (quotient.operands, quotient.operands[::-1]):
        if _is_sum_of_powers(folded) and facts.interval(scale).is_positive:
            if quotient.op.name == "multiply":
                return log(folded) + log(scale)
            return log(folded) - log(scale) if folded is quotient.operands[0] else None
    return None


def _of_weighted_sum(node: Node, facts: Facts) -> Node | None:
    """Weights that are known, and not negative, are powers of e themselves."""
    (folded,) = node.operands
    if folded.op is not total or folded.operands[0].op.name != "multiply":
        return None
    (terms,) = folded.operands
    for weights, share in (terms.operands, terms.operands[::-1]):
        interval = facts.interval(weights)
        is_known = interval.is_positive or (weights.is_constant and interval.is_nonnegative)
        if not is_known or share.op not in (exp, softmax) or share.shape != terms.shape:
            continue
        (x,) = share.operands
        fold = dict(folded.attributes)
        sum_of_powers = logsumexp(x + log(weights), **fold)
        if share.op is exp:
            return sum_of_powers
        if share.attribute("axis") == fold["axis"]:
            return sum_of_powers - logsumexp(x, **fold)
    return None


def _of_powers(node: Node, facts: Facts) -> Node | None:
    """A sum of powers of e, each with factors that are proved positive: a mixture of densities."""
    (x,) = node.operands
    terms = _terms(x)
    if len(terms) > MOST_TERMS or not any(_has_power(term) for term in terms):
        return None
    logarithms = [_logarithm_of(term, facts) for term in terms]
    known = [logarithm for logarithm in logarithms if logarithm is not None]
    return reduce(logaddexp, known) if len(known) == len(terms) else None


def _terms(x: Node) -> list[Node]:
    """The terms of a sum, from left to right."""
    found: list[Node] = []
    waiting = [x]
    while waiting and len(found) <= MOST_TERMS:
        node = waiting.pop()
        if node.op.name == "add":
            waiting.extend(reversed(node.operands))
        else:
            found.append(node)
    return found


def _has_power(term: Node) -> bool:
    return any(factor.op in _POWERS for factor, _ in _factors(term))


def _factors(term: Node) -> list[tuple[Node, bool]]:
    """The factors of a term, and whether each stands above."""
    found: list[tuple[Node, bool]] = []
    waiting = [(term, True)]
    while waiting and len(found) <= MOST_TERMS:
        node, is_above = waiting.pop()
        if node.op.name in ("multiply", "divide"):
            left, right = node.operands
            waiting.append((right, is_above == (node.op.name == "multiply")))
            waiting.append((left, is_above))
        else:
            found.append((node, is_above))
    return found


def _logarithm_of(term: Node, facts: Facts) -> Node | None:
    """The logarithm of a product of powers of e and positive factors; None of any other."""
    total_of_logarithms: Node | None = None
    for factor, is_above in _factors(term):
        if factor.op not in _POWERS and not facts.interval(factor).is_positive:
            return None
        part = log(factor) if factor.op is not exp else factor.operands[0]
        if total_of_logarithms is None:
            total_of_logarithms = part if is_above else -part
        else:
            whole = total_of_logarithms
            total_of_logarithms = whole + part if is_above else whole - part
    return total_of_logarithms


def _of_quotient(node: Node, facts: Facts) -> Node | None:
    """Of one share by another: odds."""
    (x,) = node.operands
    if x.op.name != "divide" or not any(_is_share(part) or _is_rest(part) for part in x.operands):
        return None
    above, below = x.operands
    one, other = facts.interval(above), facts.interval(below)
    are_shares = _is_share(above) and _is_share(below) and one.is_positive and other.is_positive
    are_apart = (one.low >= 1 and _is_fraction(other)) or (_is_fraction(one) and other.low >= 1)
    return log(above) - log(below) if are_shares or are_apart else None


def _of_larger(node: Node, facts: Facts) -> Node | None:
    """A logarithm grows: that of the larger is the larger logarithm."""
    (x,) = node.operands
    if x.op not in (maximum, minimum) or not all(_is_share(part) for part in x.operands):
        return None
    left, right = x.operands
    return x.op(log(left), log(right))


def _in_another_base(node: Node, facts: Facts) -> Node | None:
    (x,) = node.operands
    if not _is_share(x) and not _is_sum_of_powers(x):
        return None
    natural = x.operands[0] if x.op is exp else log(x)
    return natural / math.log(2 if node.op.name == "log2" else 10)


def _share_of_mixture(node: Node, facts: Facts) -> Node | None:
    """The part that one of several densities has in their sum."""
    part, whole = node.operands
    terms = _terms(whole)
    if part not in terms or not 2 <= len(terms) <= MOST_TERMS or not _has_power(part):
        return None
    terms.remove(part)
    rest = [_logarithm_of(term, facts) for term in terms]
    known = [logarithm for logarithm in rest if logarithm is not None]
    own = _logarithm_of(part, facts)
    if own is None or len(known) < len(terms):
        return None
    return sigmoid(own - reduce(logaddexp, known))


def _chosen_by_labels(node: Node, facts: Facts) -> Node | None:
    """Labels that are 0 or 1 choose between a probability and the rest."""
    for one, other in (node.operands, node.operands[::-1]):
        for label, share in _pairs(one):
            for rest_of_label, rest in _pairs(other):
                if share.op is not sigmoid or not _is_rest(rest) or rest.operands[1] is not share:
                    continue
                if _are_labels(label, rest_of_label):
                    return where(greater(label, 0), share, rest)
    return None


def _pairs(node: Node) -> tuple[tuple[Node, ...], ...]:
    return (node.operands, node.operands[::-1]) if node.op.name == "multiply" else ()


def _are_labels(label: Node, rest: Node) -> bool:
    """Whether both are known, hold zeros and ones alone, and add up to one."""
    if label.op is not CONSTANT:
        return False
    values = label.attribute("value")
    if not np.all((values == 0) | (values == 1)):
        return False
    if rest.op is CONSTANT:
        return rest.shape == label.shape and bool(np.all(rest.attribute("value") == 1 - values))
    return rest.op.name == "subtract" and _is_one(rest.operands[0]) and rest.operands[1] is label


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
        "logarithm of a mixture",
        "log",
        _of_powers,
        "log(v * exp(u) + c * exp(-u)) = logaddexp(log(v) + u, log(c) - u)",
        "v > 0 and c > 0",
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
        _of_larger,
        "log(maximum(exp(u), exp(v))) = maximum(log(exp(u)), log(exp(v)))",
    ),
    Rule("another base", "log2", _in_another_base, "log2(exp(u)) = u / log(2)"),
    Rule("another base", "log10", _in_another_base, "log10(exp(u)) = u / log(10)"),
    Rule(
        "share of a mixture",
        "divide",
        _share_of_mixture,
        "exp(u) / (exp(u) + v * exp(-u)) = sigmoid(u - (log(v) - u))",
        "v > 0",
    ),
    Rule("logarithm of a power", "log", _of_power, "log(sigmoid(u) ** v) = v * log(sigmoid(u))"),
    Rule("log-mean-exp", "log", _of_mean, "log(mean(exp(u))) = logsumexp(u) - log(len(u))"),
    Rule(
        "scaled sum of powers of e",
        "log",
        _of_scaled_sum,
        "log(sum(exp(u)) / v) = log(sum(exp(u))) - log(v)",
        "v > 0",
    ),
    Rule(
        "weighted sum of powers of e",
        "log",
        _of_weighted_sum,
        "log(sum(v * exp(u))) = logsumexp(u + log(v))",
        "v > 0",
    ),
    Rule(
        "labels that choose",
        "add",
        _chosen_by_labels,
        "c * sigmoid(u) + (1 - c) * (1 - sigmoid(u)) = where(c > 0, sigmoid(u), 1 - sigmoid(u))",
        "c * (1 - c) == 0",
    ),
)
