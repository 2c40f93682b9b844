"""Read a node as a sum of terms, and prove what must hold for that.

What is cancelled has to be proved. A factor over itself is 1 only where it is not 0; terms of
unlike sign are merged, and a sum is multiplied out or factored, only where the rest of the term is
finite; and a value whose nan would get lost stays. A zero is no number here, since `x * 0` and
`x + 0` are not `0` and `x` for every x, and neither is a product of numbers that over- or
underflows.
"""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from kobai.graph import SIZE, Node
from kobai.intervals import Interval
from kobai.ops import arithmetic as ar
from kobai.ops.elementary import log, sigmoid, sqrt
from kobai.ops.reductions import total
from kobai.simplify.rewriting import Context
from kobai.simplify.terms import (
    Monomial,
    Number,
    Terms,
    UnprovedError,
    bases_of,
    exact_number,
    is_number,
    offset_of,
    product_node,
    raised,
    same_factors,
    size_terms,
    times_number,
    whole_exponent,
)

MOST_TERMS = 24
MOST_FACTORS = 24
MOST_COUNTED = 200
# Where a logarithm is a number.
POSITIVE = Interval(0.0, np.inf, low_open=True, high_open=True)
_SUMS = frozenset({ar.add, ar.subtract})
_PRODUCTS = frozenset({ar.multiply, ar.divide})
_ARITHMETIC = _SUMS | _PRODUCTS | {ar.negative}


class Reading(NamedTuple):
    """A node as terms; factors that cancelled on the way to them; what was proved for that."""

    terms: Terms
    lost: frozenset[Node] = frozenset()
    proofs: tuple[tuple[Node, Interval], ...] = ()


def is_arithmetic(node: Node) -> bool:
    """Whether the node is a sum, difference, product, quotient, whole power, or its sign."""
    return node.op in _ARITHMETIC or (node.op is ar.power and whole_exponent(node) is not None)


class Reader:
    """Terms of the nodes of one graph, each found once.

    Attributes:
        proofs: what was proved for the readings since it was emptied.
    """

    def __init__(self, context: Context) -> None:
        self.proofs: dict[Node, Interval] = {}
        self._context = context
        self._facts = context.facts
        self._readings: dict[Node, Reading] = {}
        self._logged = _logged(context.forward)

    def of(self, node: Node) -> Reading:
        """The terms of a node, found without recursion."""
        if node in self._readings:
            return self._readings[node]
        stack = [node]
        while stack:
            current = stack[-1]
            fresh = [o for o in current.operands if o not in self._readings]
            is_open = is_arithmetic(current) or current.op in (total, ar.power, sqrt)
            if current not in self._readings and fresh and is_open:
                stack.extend(fresh)
                continue
            stack.pop()
            if current not in self._readings:
                outer, self.proofs = self.proofs, {}
                self._readings[current] = self._found(current)
                self.proofs = outer
        return self._readings[node]

    def _found(self, node: Node) -> Reading:
        itself = Reading({((node, 1),): 1})
        if is_number(node):
            return Reading({(): exact_number(node.attribute("value").item())})
        if node.op is SIZE:
            return Reading(size_terms(node))
        if node.op is total and node not in self._context.targets:
            return self._scaled_total(node)
        is_power = node.op is sqrt or (node.op is ar.power and whole_exponent(node) is None)
        if is_power and node not in self._context.targets:
            return self._power_of_positive(node)
        if not is_arithmetic(node) or node in self._context.targets or not self._is_real(node):
            return itself
        is_linear = node.op in _SUMS or node.op is ar.negative
        used = [self._readings[x] if is_linear else self._factor(x) for x in node.operands]
        try:
            result = self._combined(node, *(reading.terms for reading in used))
        except UnprovedError:
            return itself
        if len(result) > MOST_TERMS or any(len(m) > MOST_FACTORS for m in result):
            return itself
        for reading in used:
            self.proofs.update(reading.proofs)
        before = frozenset().union(*(bases_of(r.terms) | r.lost for r in used))
        return Reading(result, before - bases_of(result), tuple(self.proofs.items()))

    def _combined(self, node: Node, left: Terms, right: Terms | None = None) -> Terms:
        exponent = whole_exponent(node) if node.op is ar.power else None
        if exponent is not None:
            return raised(left, exponent)
        if right is None:
            return times_number(left, -1)
        if node.op in _SUMS:
            return self._sum(left, right if node.op is ar.add else times_number(right, -1))
        return self.product(left, right if node.op is ar.multiply else raised(right, -1))

    def _scaled_total(self, node: Node) -> Reading:
        """`sum(x / m)` as `sum(x) / m`: what is one number for all summands stands outside."""
        itself: Terms = {((node, 1),): 1}
        (x,) = node.operands
        terms, lost, proofs = self._readings[x]
        if len(terms) == 1 and not lost:
            ((monomial, coefficient),) = terms.items()
            outside = tuple((x, e) for x, e in monomial if not x.ndim and self.is_finite(x, e))
            inside = tuple(factor for factor in monomial if factor not in outside)
            part = product_node(inside, 1) if inside else x
            if inside and part.shape == x.shape and part.dtype == x.dtype:
                folded = total(part, **dict(node.attributes))
                itself = {((folded, 1), *outside): coefficient}
                node = folded
                self.proofs.update(proofs)
        number = self._facts.number(node)
        if number is not None:
            self.proofs[node] = Interval(number, number)
            ((monomial, coefficient),) = itself.items()
            itself = {monomial[1:]: coefficient * exact_number(number)}
        return Reading(itself, proofs=tuple(self.proofs.items()))

    def _power_of_positive(self, node: Node) -> Reading:
        """`u ** 0.3` as a factor with that exponent; `u ** (c - 1)` as `u ** c / u`.

        The slope of a power often meets the base again, as in `a ** -0.7 * a * (1 - a)`.
        """
        itself = Reading({((node, 1),): 1})
        base = node.operands[0]
        interval = self._facts.interval(base)
        is_apart = interval.is_positive and interval.is_bounded and node.is_differentiable
        if not is_apart or base.shape != node.shape:
            return itself
        offset = (None, Fraction(1, 2)) if node.op is sqrt else offset_of(node.operands[1])
        if offset is None:
            return itself
        rest, number = offset
        factors: Monomial = () if rest is None else ((base**rest, 1),)
        return Reading({(*factors, (base, number)): 1}, proofs=((base, interval),))

    def _factor(self, node: Node) -> Reading:
        """A node as one term: its own if it has one, else itself as a factor."""
        reading = self._readings[node]
        return reading if len(reading.terms) == 1 else Reading({((node, 1),): 1})

    def _sum(self, left: Terms, right: Terms) -> Terms:
        result = dict(left)
        for monomial, coefficient in right.items():
            self.add(result, monomial, coefficient)
        return result

    def add(self, terms: Terms, monomial: Monomial, coefficient: Number) -> None:
        """One term more, in place."""
        key = same_factors(terms, monomial)
        known = terms.get(key, 0)
        if known and (known < 0) != (coefficient < 0):
            self.prove_finite(key)
        terms[key] = known + coefficient
        if not terms[key]:
            del terms[key]

    def product(self, left: Terms, right: Terms) -> Terms:
        result: Terms = {}
        for m, c in left.items():
            for n, d in right.items():
                self.add(result, self._joined(m, n), c * d)
        return result

    def _joined(self, left: Monomial, right: Monomial) -> Monomial:
        exponents = dict(left)
        for base, exponent in right:
            known = exponents.get(base, 0)
            if known * exponent < 0:
                self._prove_apart(base)
            exponents[base] = known + exponent
        return tuple((base, exponent) for base, exponent in exponents.items() if exponent)

    def _prove_apart(self, base: Node) -> None:
        """That a factor is neither 0 nor infinite; so it is where the loss takes its logarithm."""
        interval = self._facts.interval(base)
        if not (interval.is_nonzero and interval.is_bounded) and base in self._logged:
            self.proofs[self._logged[base]] = POSITIVE
            return
        self._prove(base, interval.is_nonzero and interval.is_bounded)

    def prove_finite(self, monomial: Monomial) -> None:
        for base, exponent in monomial:
            self._prove(base, self.is_finite(base, exponent))

    def is_finite(self, base: Node, exponent: Number) -> bool:
        interval = self._facts.interval(base)
        return interval.is_bounded if exponent > 0 else interval.is_nonzero

    def _is_real(self, node: Node) -> bool:
        """Whether arithmetic means what it means for real numbers: integers may wrap around."""
        if node.is_differentiable:
            return True
        if node.dtype.kind not in "iu":
            return False
        interval, limits = self._facts.interval(node), np.iinfo(node.dtype)
        return limits.min <= interval.low and interval.high <= limits.max

    def _prove(self, base: Node, holds: bool) -> None:
        if not holds:
            raise UnprovedError
        self.proofs[base] = self._facts.interval(base)

    def parts(self, base: Node) -> Reading:
        """The terms of a factor that is a sum; a reflected sigmoid is one: 1 - sigmoid(u)."""
        if base.op is sigmoid and base.operands[0].op is ar.negative:
            reflection = sigmoid(base.operands[0].operands[0])
            return Reading({(): 1, ((reflection, 1),): -1})
        return self.of(base)


def _logged(forward: Collection[Node]) -> dict[Node, Node]:
    """Operands of logarithms and the factors of these, each with the operand that it belongs to."""
    found: dict[Node, Node] = {}
    stack = [(x, x) for node in forward if node.op is log for x in node.operands]
    while stack:
        factor, operand = stack.pop()
        if factor in found or factor.shape != operand.shape:
            continue
        found[factor] = operand
        if factor.op in _PRODUCTS or factor.op is ar.negative:
            stack.extend((part, operand) for part in factor.operands)
    return found
