"""Rules about sums of powers of e with factors: mixtures of densities, and masked softmax.

A term is a product of powers of e, whose exponents add up, and of weights. Where the weights are
proved positive their logarithms join the exponents; else they stay weights, of whatever sign.
"""

from __future__ import annotations

import math
from functools import reduce
from operator import mul
from typing import NamedTuple

from kobai.facts import Facts
from kobai.graph import CONSTANT, Node, broadcast_shapes
from kobai.ops.cancelling import exp_of_sum
from kobai.ops.choices import where
from kobai.ops.elementary import exp, log, logaddexp, sigmoid
from kobai.ops.exponentials import logsumexp, softmax
from kobai.ops.joining import stack
from kobai.ops.linear import matmul
from kobai.ops.mixtures import log_mixture, mixed
from kobai.ops.reductions import count, mean, spread, total
from kobai.ops.shaping import broadcast_to, expand_dims
from kobai.simplify.equations import Rule
from kobai.simplify.exponentials import exponent
from kobai.simplify.logarithms import is_chance, is_share

POWERS = frozenset({exp, exp_of_sum})
MOST_TERMS = 24


class Term(NamedTuple):
    """`weight * exp(exponent)`; the weight None stands for 1."""

    exponent: Node
    weight: Node | None


class Sum(NamedTuple):
    """A sum of such terms over some axes of their common shape."""

    term: Term
    axis: tuple[int, ...]
    keepdims: bool = False


def _terms_of(x: Node) -> list[Node]:
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


def factors_of(term: Node) -> list[tuple[Node, bool]]:
    """The factors of a term, and whether each stands above."""
    found: list[tuple[Node, bool]] = []
    waiting = [(term, True)]
    while waiting and len(found) <= MOST_TERMS:
        node, is_above = waiting.pop()
        if node.op.name in ("multiply", "divide"):
            left, right = node.operands
            waiting.append((right, is_above == (node.op.name == "multiply")))
            waiting.append((left, is_above))
        elif node.op is where and (masked := _masked(node)) is not None:
            found.append((masked[1], is_above))
            waiting.append((masked[0], is_above))
        else:
            found.append((node, is_above))
    return found


def _masked(node: Node) -> tuple[Node, Node] | None:
    """`where(c, x, 0)` as x and its weight, 1 or 0."""
    condition, taken, other = node.operands
    if taken.shape == node.shape and _is_nought(other):
        return taken, where(condition, taken.graph.constant(1.0, node.dtype), other)
    if other.shape == node.shape and _is_nought(taken):
        return other, where(condition, taken, other.graph.constant(1.0, node.dtype))
    return None


def _is_nought(node: Node) -> bool:
    return node.op is CONSTANT and not node.ndim and node.attribute("value") == 0


def _has_power(term: Node) -> bool:
    return any(factor.op in POWERS for factor, _ in factors_of(term))


def _is_sum_of_powers(node: Node) -> bool:
    """Whether it is a sum of powers of e, over an axis or written out."""
    if node.op in (total, matmul):
        return _sum(node) is not None
    return node.op.name == "add" and any(_has_power(term) for term in _terms_of(node))


def _exponent_of(factor: Node) -> Node | None:
    if factor.op is exp_of_sum:
        left, right = factor.operands
        return left + right
    return exponent(factor)


def term_of(product: Node) -> Term | None:
    """A product that has a power of e among its factors."""
    powers: list[tuple[Node, bool]] = []
    weights: list[tuple[Node, bool]] = []
    for factor, is_above in factors_of(product):
        found = _exponent_of(factor)
        (weights if found is None else powers).append((found or factor, is_above))
    if not powers or len(powers) + len(weights) > MOST_TERMS:
        return None
    first, *others = [x if is_above else -x for x, is_above in powers]
    exponents = reduce(lambda a, b: a + b, others, first)
    return Term(exponents, product_of(weights))


def product_of(factors: list[tuple[Node, bool]]) -> Node | None:
    above = [factor for factor, is_above in factors if is_above]
    below = [factor for factor, is_above in factors if not is_above]
    if not factors:
        return None
    start = reduce(mul, above) if above else below[0].graph.constant(1.0, below[0].dtype)
    return reduce(lambda a, b: a / b, below, start)


def _sum(node: Node) -> Sum | None:
    """A sum over axes: `sum(w * exp(u))`, or a product with a vector or a matrix."""
    if node.op is total:
        term = term_of(node.operands[0])
        return Sum(term, **dict(node.attributes)) if term else None
    if node.op is not matmul:
        return None
    left, right = node.operands
    if left.ndim > 2 or right.ndim > 2:
        return None
    # The pairs that the product sums: left[i, k] * right[k, j].
    if right.ndim == 2 and left.ndim == 2:
        left, right = expand_dims(left, axis=(2,)), expand_dims(right, axis=(0,))
    elif right.ndim == 2:
        left = expand_dims(left, axis=(1,))
    axis = (left.ndim - 1,) if right.ndim == 1 else (max(left.ndim, right.ndim) - 2,)
    term = term_of(left * right)
    return Sum(term, axis) if term else None


def _logarithm(found: Sum, facts: Facts) -> Node | None:
    (u, w), axis, keepdims = found
    shape = u.shape if w is None else broadcast_shapes(u.shape, w.shape)
    if not axis:
        return None
    if w is not None and (w.ndim or not facts.interval(w).is_positive):
        return log_mixture(*mixed(u, w), axis=axis, keepdims=keepdims)
    if u.shape != shape:
        return None
    folded = logsumexp(u, axis=axis, keepdims=keepdims)
    return folded if w is None else folded + log(w)


def _of_weighted_sum(node: Node, facts: Facts) -> Node | None:
    (folded,) = node.operands
    found = _sum(folded)
    return None if found is None else _logarithm(found, facts)


def _of_weighted_shares(node: Node, facts: Facts) -> Node | None:
    """The logarithm of a mean of probabilities."""
    (folded,) = node.operands
    if folded.op is not total or folded.operands[0].op.name != "multiply":
        return None
    (terms,) = folded.operands
    fold = dict(folded.attributes)
    for weights, share in (terms.operands, terms.operands[::-1]):
        if share.op is softmax and share.shape == terms.shape:
            (x,) = share.operands
            if share.attribute("axis") == fold["axis"]:
                return log_mixture(*mixed(x, weights), **fold) - logsumexp(x, **fold)
    return None


def _of_mean(node: Node, facts: Facts) -> Node | None:
    (x,) = node.operands
    term = term_of(x.operands[0]) if x.op is mean else None
    folded = _logarithm(Sum(term, **dict(x.attributes)), facts) if term else None
    if folded is None:
        return None
    number = node.graph.leaf(count(x.operands[0], x.attribute("axis")), node.dtype)
    return folded - log(number)


def _of_scaled_sum(node: Node, facts: Facts) -> Node | None:
    (quotient,) = node.operands
    if quotient.op.name not in ("divide", "multiply"):
        return None
    is_product = quotient.op.name == "multiply"
    orders = (quotient.operands, quotient.operands[::-1]) if is_product else (quotient.operands,)
    for folded, scale in orders:
        found = _sum(folded)
        if not found and not _is_sum_of_powers(folded):
            continue
        if facts.interval(scale).is_positive:
            return log(folded) + log(scale) if is_product else log(folded) - log(scale)
        if found and (not scale.ndim or scale.shape == folded.shape):
            (u, w), axis, keepdims = found
            wide = spread(scale, axis, keepdims) if scale.ndim else scale
            factor = wide if is_product else 1 / wide
            weights = factor if w is None else w * wide if is_product else w / wide
            return _logarithm(Sum(Term(u, weights), axis, keepdims), facts)
    return None


def _of_powers(node: Node, facts: Facts) -> Node | None:
    """A sum of powers of e with factors: a mixture of densities."""
    (x,) = node.operands
    terms = _terms_of(x)
    if len(terms) > MOST_TERMS:
        return None
    if not any(_has_power(term) for term in terms):
        return None
    logarithms = [_logarithm_of(term, facts) for term in terms]
    known = [logarithm for logarithm in logarithms if logarithm is not None]
    if len(known) == len(terms):
        return reduce(logaddexp, known)
    if len(terms) == 1:
        return None
    nought = node.graph.constant(0.0, x.dtype)
    return _stacked(x, [term_of(term) or Term(nought, term) for term in terms])


def _stacked(x: Node, terms: list[Term]) -> Node:
    """The logarithm of the sum x of these terms."""
    one = x.graph.constant(1.0, x.dtype)
    exponents = [_spread_to(term.exponent, x) for term in terms]
    weights = [_spread_to(term.weight or one, x) for term in terms]
    return log_mixture(stack(exponents), stack(weights), axis=(0,), keepdims=False)


def _spread_to(part: Node, whole: Node) -> Node:
    return part if part.shape == whole.shape else broadcast_to(part, shape=whole.shape)


def _of_chances(node: Node, facts: Facts) -> Node | None:
    """A sum of sigmoids with weights that may be 0: `y * a + (1 - y) * (1 - a)`."""
    (x,) = node.operands
    found: list[Term] = []
    for term in _terms_of(x):
        factors = factors_of(term)
        chances = [factor for factor in factors if is_chance(factor[0]) and factor[1]]
        weight = product_of([factor for factor in factors if factor not in chances[:1]])
        if not chances or weight is None or facts.interval(weight).is_positive:
            return None
        found.append(Term(log(chances[0][0]), weight))
    return _stacked(x, found) if 1 < len(found) <= MOST_TERMS else None


def _logarithm_of(term: Node, facts: Facts) -> Node | None:
    """The logarithm of a product of powers of e and positive factors; None of any other."""
    total_of_logarithms: Node | None = None
    for factor, is_above in factors_of(term):
        if factor.op not in POWERS and not facts.interval(factor).is_positive:
            return None
        part = log(factor) if factor.op is not exp else factor.operands[0]
        if total_of_logarithms is None:
            total_of_logarithms = part if is_above else -part
        else:
            whole = total_of_logarithms
            total_of_logarithms = whole + part if is_above else whole - part
    return total_of_logarithms


def _share_of_mixture(node: Node, facts: Facts) -> Node | None:
    """The part that one of several densities has in their sum."""
    part, whole = node.operands
    terms = _terms_of(whole)
    if part not in terms or not 2 <= len(terms) <= MOST_TERMS or not _has_power(part):
        return None
    terms.remove(part)
    rest = [_logarithm_of(term, facts) for term in terms]
    known = [logarithm for logarithm in rest if logarithm is not None]
    own = _logarithm_of(part, facts)
    if own is None or len(known) < len(terms):
        return None
    return sigmoid(own - reduce(logaddexp, known))


def _in_another_base(node: Node, facts: Facts) -> Node | None:
    (x,) = node.operands
    if not is_share(x) and not _is_sum_of_powers(x):
        return None
    natural = x.operands[0] if x.op is exp else log(x)
    return natural / math.log(2 if node.op.name == "log2" else 10)


MIXTURES = (
    Rule("another base", "log2", _in_another_base, "log2(exp(u)) = u / log(2)"),
    Rule("another base", "log10", _in_another_base, "log10(exp(u)) = u / log(10)"),
    Rule(
        "logarithm of a mixture",
        "log",
        _of_powers,
        "log(v * exp(u) + c * exp(-u)) = logaddexp(log(v) + u, log(c) - u)",
        "v > 0 and c > 0",
    ),
    Rule(
        "logarithm of a mean of chances",
        "log",
        _of_chances,
        "log(v * sigmoid(u) + (1 - v) * (1 - sigmoid(u)))"
        " = log(v * exp(-logaddexp(0, -u)) + (1 - v) * exp(-logaddexp(0, u)))",
    ),
    Rule(
        "share of a mixture",
        "divide",
        _share_of_mixture,
        "exp(u) / (exp(u) + v * exp(-u)) = sigmoid(u - (log(v) - u))",
        "v > 0",
    ),
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
        "log(sum(v * exp(u))) = log_mixture(u, v)",
    ),
    Rule(
        "weighted sum of powers of e",
        "log",
        _of_weighted_shares,
        "log(sum(v * softmax(u))) = log_mixture(u, v) - logsumexp(u)",
    ),
)
