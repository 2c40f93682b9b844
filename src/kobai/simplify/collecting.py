"""Multiply out, cancel, collect: how `da * a * (1 - a)` becomes `a - y`.

Sums, differences, products, quotients and powers are read as a sum of terms; a term is a number
times factors with exponents, whole ones but for positive bases. Equal factors of a term cancel;
then sums among the factors are multiplied out and equal terms collected. The shortest form met on
the way is kept if it is shorter than what stood there: multiplying out is a means, never a result.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from kobai.graph import Node, reachable
from kobai.ops import arithmetic as ar
from kobai.simplify.reading import MOST_COUNTED, MOST_TERMS, Reader, Reading, is_arithmetic
from kobai.simplify.rewriting import Context, Rewrite
from kobai.simplify.terms import (
    Monomial,
    Number,
    Terms,
    UnprovedError,
    bases_of,
    divided,
    fit_dtype,
    has_divisors,
    is_whole,
    least_cost,
    product_node,
    shared_factors,
    shared_scale,
    sum_node,
    without_factors,
)

MOST_LEVELS = 8


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
    """The shortest forms of the nodes of one graph."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._reader = Reader(context)
        self._is_part = False

    def shortest(self, node: Node) -> Node:
        """The node, or the shortest of the forms that have its value."""
        if not is_arithmetic(node):
            return node
        self._reader.proofs = {}
        best = self._best(node)
        if best is not node:
            proofs = tuple(self._reader.proofs.items())
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
        reading = self._reader.of(node)
        self._reader.proofs.update(reading.proofs)
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
        lost = {
            atom for atom in self._atoms(reading.lost) if not self._context.facts.is_defined(atom)
        }
        return lost <= kept or lost <= _carried(kept)

    def _atoms(self, bases: Collection[Node]) -> set[Node]:
        """What these factors are made of in the end, once every sum is multiplied out."""
        seen = set(bases)
        waiting = list(bases)
        atoms: set[Node] = set()
        while waiting:
            base = waiting.pop()
            parts = self._reader.parts(base)
            inner = bases_of(parts.terms) | parts.lost
            if inner == {base}:
                atoms.add(base)
            waiting.extend(inner - seen)
            seen |= inner
            if len(seen) > MOST_COUNTED:
                raise UnprovedError
        return atoms

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
                chosen = max(sums, key=lambda base: has_divisors(self._reader.parts(base).terms))
                rest = dict(monomial)
                rest[chosen] -= 1
                remaining = [(base, exponent) for base, exponent in rest.items() if exponent]
                apart = tuple(factor for factor in remaining if not self._reader.is_finite(*factor))
                finite = tuple(factor for factor in remaining if factor not in apart)
                if apart:
                    better = self._better(finite, chosen)
                    product = product if better is None else {((better, 1), *apart): coefficient}
                else:
                    self._reader.prove_finite(finite)
                    parts = self._reader.parts(chosen)
                    product = self._reader.product({finite: coefficient}, parts.terms)
                    before |= bases_of(parts.terms) | parts.lost
                    self._reader.proofs.update(parts.proofs)
            if len(product) > MOST_TERMS:
                raise UnprovedError
            for key, value in product.items():
                self._reader.add(result, key, value)
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
        return exponent > 0 and is_whole(exponent) and len(self._reader.parts(base).terms) > 1

    def _built(self, terms: Terms) -> Any:
        """The sum of the terms, with factors that all of them share taken out."""
        if len(terms) == 1:
            ((monomial, coefficient),) = terms.items()
            return product_node(monomial, coefficient)
        shared = {
            base: exponent
            for base, exponent in shared_factors(list(terms)).items()
            if self._reader.is_finite(base, exponent)
        }
        scale = shared_scale(list(terms.values()))
        rest: Terms = {without_factors(m, shared): divided(terms[m], scale) for m in terms}
        return product_node(((sum_node(rest), 1), *shared.items()), scale)


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
