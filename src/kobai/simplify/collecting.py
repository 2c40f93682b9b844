"""Multiply out, cancel, collect: how `da * a * (1 - a)` becomes `a - y`.

Sums, differences, products, quotients and powers are read as a sum of terms; a term is a number
times factors with exponents, whole ones but for positive bases. Equal factors of a term cancel;
then sums among the factors are multiplied out and equal terms collected. The shortest form met on
the way is kept if it is shorter than what stood there: multiplying out is a means, never a result.

What is cancelled has to be proved. A factor over itself is 1 only where it is not 0; terms of
unlike sign are merged, and a sum is multiplied out or factored, only where the rest of the term is
finite; and a value whose nan would get lost stays. A zero is no number here, since `x * 0` and
`x + 0` are not `0` and `x` for every x, and neither is a product of numbers that over- or
underflows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from kobai.graph import SIZE, Node, reachable
from kobai.intervals import Interval
from kobai.ops import arithmetic as ar
from kobai.ops.elementary import log, sigmoid, sqrt
from kobai.ops.reductions import total
from kobai.simplify.rewriting import Context, Rewrite
from kobai.simplify.terms import (
    Monomial,
    Number,
    Terms,
    UnprovedError,
    bases_of,
    divided,
    exact_number,
    fit_dtype,
    has_divisors,
    is_number,
    is_whole,
    least_cost,
    offset_of,
    product_node,
    raised,
    same_factors,
    shared_factors,
    shared_scale,
    size_terms,
    sum_node,
    times_number,
    whole_exponent,
    without_factors,
)

MOST_TERMS = 24
MOST_FACTORS = 24
MOST_LEVELS = 8
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


def collect(outputs: Sequence[Node], context: Context) -> list[Node]:
    """The pass: every maximal region of arithmetic in the gradient, in its shortest known form."""
    order = reachable(outputs)
    roots = set(outputs)
    for node in order:
        if not is_arithmetic(node):
            roots.update(node.operands)
    collector = context.memory.setdefault(collect, _Collector(context))
    settled = context.settled.setdefault(collect, set())
    new: dict[Node, Node] = {target: target for target in context.targets}
    for node in order:
        if node in new:
            continue
        rebuilt = node.rebuilt(tuple(new[operand] for operand in node.operands))
        is_candidate = node in roots and rebuilt not in context.forward
        is_candidate = is_candidate and rebuilt not in settled
        new[node] = collector.shortest(rebuilt) if is_candidate else rebuilt
        if is_candidate and new[node] is rebuilt:
            settled.add(rebuilt)
    return [new[output] for output in outputs]


def is_arithmetic(node: Node) -> bool:
    """Whether the node is a sum, difference, product, quotient, whole power, or its sign."""
    return node.op in _ARITHMETIC or (node.op is ar.power and whole_exponent(node) is not None)


def cost(node: Node) -> tuple[int, int]:
    """How many operations of arithmetic the value takes, and how many signs beside them.

    Counting ends at a number that no form of at most MOST_TERMS terms is likely to reach.
    """
    seen = {node} if is_arithmetic(node) else set()
    stack = list(seen)
    while stack and len(seen) < MOST_COUNTED:
        for operand in stack.pop().operands:
            if operand not in seen and is_arithmetic(operand):
                seen.add(operand)
                stack.append(operand)
    signs = sum(found.op is ar.negative for found in seen)
    return len(seen) - signs, signs


class _Collector:
    """Terms of the nodes of one graph, each found once."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._facts = context.facts
        self._readings: dict[Node, Reading] = {}
        self._proofs: dict[Node, Interval] = {}
        self._is_part = False
        self._logged = _logged(context.forward)

    def shortest(self, node: Node) -> Node:
        """The node, or the shortest of the forms that have its value."""
        if not is_arithmetic(node):
            return node
        self._proofs = {}
        best = self._best(node)
        if best is not node:
            proofs = tuple(self._proofs.items())
            self._context.steps.append(Rewrite("multiply out and collect", node, best, proofs))
        return best

    def _best(self, node: Node) -> Node:
        best, best_cost = node, cost(node)
        try:
            for reading in self._readings_of(node):
                if least_cost(reading.terms) > best_cost[0]:
                    continue
                if not (fit_dtype(reading.terms, node) and self._keeps_nan(reading)):
                    continue
                candidate = self._built(reading.terms)
                if not isinstance(candidate, Node):
                    candidate = node.graph.leaf(candidate, node.dtype)
                fits = candidate.shape == node.shape and candidate.dtype == node.dtype
                if fits and cost(candidate) < best_cost:
                    best, best_cost = candidate, cost(candidate)
        except UnprovedError:
            pass
        return best

    def _readings_of(self, node: Node) -> Iterator[Reading]:
        """The node as terms: as it is written, then with more and more sums multiplied out."""
        reading = self._of(node)
        self._proofs.update(reading.proofs)
        for _ in range(MOST_LEVELS):
            if reading.terms:
                yield reading
            longer = self._multiplied_out(reading)
            if longer.terms == reading.terms or len(longer.terms) > MOST_TERMS:
                return
            reading = longer

    def _keeps_nan(self, reading: Reading) -> bool:
        """Whether every value that may be nan still has a part in the result."""
        kept = bases_of(reading.terms)
        lost = {atom for atom in self._atoms(reading.lost) if not self._facts.is_defined(atom)}
        return lost <= kept or lost <= _carried(kept)

    def _atoms(self, bases: Collection[Node]) -> set[Node]:
        """What these factors are made of in the end, once every sum is multiplied out."""
        seen = set(bases)
        waiting = list(bases)
        atoms: set[Node] = set()
        while waiting:
            base = waiting.pop()
            parts = self._parts(base)
            inner = bases_of(parts.terms) | parts.lost
            if inner == {base}:
                atoms.add(base)
            waiting.extend(inner - seen)
            seen |= inner
            if len(seen) > MOST_COUNTED:
                raise UnprovedError
        return atoms

    def _of(self, node: Node) -> Reading:
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
                outer, self._proofs = self._proofs, {}
                self._readings[current] = self._found(current)
                self._proofs = outer
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
            self._proofs.update(reading.proofs)
        before = frozenset().union(*(bases_of(r.terms) | r.lost for r in used))
        return Reading(result, before - bases_of(result), tuple(self._proofs.items()))

    def _combined(self, node: Node, left: Terms, right: Terms | None = None) -> Terms:
        exponent = whole_exponent(node) if node.op is ar.power else None
        if exponent is not None:
            return raised(left, exponent)
        if right is None:
            return times_number(left, -1)
        if node.op in _SUMS:
            return self._sum(left, right if node.op is ar.add else times_number(right, -1))
        return self._product(left, right if node.op is ar.multiply else raised(right, -1))

    def _scaled_total(self, node: Node) -> Reading:
        """`sum(x / m)` as `sum(x) / m`: what is one number for all summands stands outside."""
        itself: Terms = {((node, 1),): 1}
        (x,) = node.operands
        terms, lost, proofs = self._readings[x]
        if len(terms) == 1 and not lost:
            ((monomial, coefficient),) = terms.items()
            outside = tuple((x, e) for x, e in monomial if not x.ndim and self._is_finite(x, e))
            inside = tuple(factor for factor in monomial if factor not in outside)
            part = product_node(inside, 1) if inside else x
            if inside and part.shape == x.shape and part.dtype == x.dtype:
                folded = total(part, **dict(node.attributes))
                itself = {((folded, 1), *outside): coefficient}
                node = folded
                self._proofs.update(proofs)
        number = self._facts.number(node)
        if number is not None:
            self._proofs[node] = Interval(number, number)
            ((monomial, coefficient),) = itself.items()
            itself = {monomial[1:]: coefficient * exact_number(number)}
        return Reading(itself, proofs=tuple(self._proofs.items()))

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
            self._add(result, monomial, coefficient)
        return result

    def _add(self, terms: Terms, monomial: Monomial, coefficient: Number) -> None:
        """One term more, in place."""
        key = same_factors(terms, monomial)
        known = terms.get(key, 0)
        if known and (known < 0) != (coefficient < 0):
            self._prove_finite(key)
        terms[key] = known + coefficient
        if not terms[key]:
            del terms[key]

    def _product(self, left: Terms, right: Terms) -> Terms:
        result: Terms = {}
        for m, c in left.items():
            for n, d in right.items():
                self._add(result, self._joined(m, n), c * d)
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
            self._proofs[self._logged[base]] = POSITIVE
            return
        self._prove(base, interval.is_nonzero and interval.is_bounded)

    def _prove_finite(self, monomial: Monomial) -> None:
        for base, exponent in monomial:
            self._prove(base, self._is_finite(base, exponent))

    def _is_finite(self, base: Node, exponent: Number) -> bool:
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
        self._proofs[base] = self._facts.interval(base)

    def _multiplied_out(self, reading: Reading) -> Reading:
        """The terms with one factor of each, if it is a sum, multiplied out.

        A sum of quotients comes first: its divisors may cancel against the other factors.
        """
        result: Terms = {}
        before = set(bases_of(reading.terms) | reading.lost)
        for monomial, coefficient in reading.terms.items():
            product: Terms = {monomial: coefficient}
            sums = [base for base, exponent in monomial if self._is_sum(base, exponent)]
            if sums:
                chosen = max(sums, key=lambda base: has_divisors(self._parts(base).terms))
                rest = dict(monomial)
                rest[chosen] -= 1
                remaining = [(base, exponent) for base, exponent in rest.items() if exponent]
                apart = tuple(factor for factor in remaining if not self._is_finite(*factor))
                finite = tuple(factor for factor in remaining if factor not in apart)
                if apart:
                    better = self._better(finite, chosen)
                    product = product if better is None else {((better, 1), *apart): coefficient}
                else:
                    self._prove_finite(finite)
                    parts = self._parts(chosen)
                    product = self._product({finite: coefficient}, parts.terms)
                    before |= bases_of(parts.terms) | parts.lost
                    self._proofs.update(parts.proofs)
            if len(product) > MOST_TERMS:
                raise UnprovedError
            for key, value in product.items():
                self._add(result, key, value)
        return Reading(result, frozenset(before - bases_of(result)))

    def _better(self, factors: Monomial, chosen: Node) -> Node | None:
        """A shorter form of a product, beside factors that it must not be multiplied out with."""
        if not factors or self._is_part:
            return None
        product = product_node(((chosen, 1), *factors), 1)
        self._is_part = True
        best = self._best(product)
        self._is_part = False
        return None if best is product else best

    def _is_sum(self, base: Node, exponent: Number) -> bool:
        return exponent > 0 and is_whole(exponent) and len(self._parts(base).terms) > 1

    def _parts(self, base: Node) -> Reading:
        """The terms of a factor that is a sum; a reflected sigmoid is one: 1 - sigmoid(u)."""
        if base.op is sigmoid and base.operands[0].op is ar.negative:
            reflection = sigmoid(base.operands[0].operands[0])
            return Reading({(): 1, ((reflection, 1),): -1})
        return self._of(base)

    def _built(self, terms: Terms) -> Any:
        """The sum of the terms, with factors that all of them share taken out."""
        if len(terms) == 1:
            ((monomial, coefficient),) = terms.items()
            return product_node(monomial, coefficient)
        shared = {
            base: exponent
            for base, exponent in shared_factors(list(terms)).items()
            if self._is_finite(base, exponent)
        }
        scale = shared_scale(list(terms.values()))
        rest: Terms = {without_factors(m, shared): divided(terms[m], scale) for m in terms}
        return product_node(((sum_node(rest), 1), *shared.items()), scale)


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


def _carried(nodes: Collection[Node]) -> set[Node]:
    """Values whose nan makes these nodes nan at every entry that they have a part in."""
    found = set(nodes)
    stack = list(nodes)
    while stack and len(found) < MOST_COUNTED:
        node = stack.pop()
        if is_arithmetic(node) or (len(node.operands) == 1 and node.op.kind in ("map", "reduce")):
            fresh = [x for x in node.operands if x.is_differentiable and x not in found]
            found.update(fresh)
            stack.extend(fresh)
    return found
