"""The derivative by every named value, and by every parameter."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cached_property

from kobai.derivation.names import Names
from kobai.differentiation import differentiated
from kobai.facts import Facts
from kobai.graph import Node, reachable
from kobai.ops.shaping import broadcast_to
from kobai.simplify import SIMPLIFY, STABILISE, Context, run


class Slopes:
    """Derivatives of one output, in their simplified form.

    Args:
        output: one number.
        parameters: what to differentiate by.
        names: the user's names for values.
        stable: each of the values that are shown, with its stable form.
        facts: what is known of the arguments.
    """

    def __init__(
        self,
        output: Node,
        parameters: Sequence[Node],
        names: Names,
        stable: Mapping[Node, Node],
        facts: Facts,
    ) -> None:
        self._output = output
        self._parameters = parameters
        self._names = names
        self._stable = stable
        self._facts = facts

    def found(self, cancels: Callable[[Node], bool]) -> dict[Node, Node]:
        """Each value on the way, and each parameter, with the derivative by it.

        A value that has none in the stable form, as the shift of a softmax, has slope 0 if it has
        one in the user's own formula, which `cancels` tells.
        """
        _, slopes = differentiated(self._output, self._parameters, self._facts)
        result: dict[Node, Node] = {}
        for node in reversed(list(self._stable)):
            slope = self._slope(node) if node in self._on_way else None
            if slope is None and cancels(node):
                slope = _zeros(node)
            if slope is not None:
                result[node] = slope
        for parameter in self._parameters:
            result[parameter] = slopes.get(parameter, _zeros(parameter))
        return result

    def activations_of(self, node: Node) -> set[Node]:
        """Named values that are functions of this one alone, entry by entry.

        The derivative by such a value is not worth a name in a formula: what is read is
        `(a - y) * a * (1 - a)`, not `da * a * (1 - a)`.
        """
        found: set[Node] = set()
        for value in self._names.values:
            sources, kinds = self._sources_of(value)
            if kinds <= {"map"} and len(sources) == 1 and sources <= {node, *found}:
                found.add(value)
        return found

    def is_unit_error(self, node: Node) -> bool:
        """Whether the derivative by a value is the error of a layer's units.

        The value is a weighted input then: a product with a parameter, to which others may be
        added, and an entry is passed on by itself.
        """
        if node not in self._names.values:
            return False
        return "contract" in self._sources_of(node)[1] and node in self._weighted

    @cached_property
    def _weighted(self) -> set[Node]:
        """Named values that are sums of products with a parameter, and of anything."""
        found: set[Node] = set()
        for value in self._names.values:
            terms = [value.operands[0]]
            while terms:
                term = terms.pop()
                if term.op.name in ("add", "subtract"):
                    terms.extend(term.operands)
                elif term.op.kind == "contract" and self._parameters_of(term):
                    found.add(value)
        return found

    def _parameters_of(self, product: Node) -> set[Node]:
        """The parameters that are factors themselves, perhaps rearranged."""
        found: set[Node] = set()
        for operand in product.operands:
            factor = operand
            while factor.op.kind == "move" and factor.operands:
                factor = factor.operands[0]
            if factor in self._parameters:
                found.add(factor)
        return found

    @cached_property
    def _on_way(self) -> Collection[Node]:
        """Nodes that depend on a parameter and lead to the output."""
        dependent = set(self._parameters)
        for node in reachable([self._output]):
            if node.is_differentiable and any(o in dependent for o in node.operands):
                dependent.add(node)
        return dependent

    def _slope(self, node: Node) -> Node | None:
        """The derivative by a named value: the value counts as a variable, and then no longer.

        None for a value on which only choices depend: `np.where(z > 0, …)` has no derivative by z.
        """
        if node is self._output:
            return self._output.graph.constant(1.0, node.dtype)
        _, found = differentiated(self._output, [node], self._facts)
        if node not in found:
            return None
        forward = frozenset(reachable(self._stable.values()))
        context = Context(self._facts, forward=forward)
        (slope,) = run((*STABILISE, *SIMPLIFY), [found[node]], context)
        return slope

    def _sources_of(self, value: Node) -> tuple[set[Node], set[str]]:
        """The named values and arguments that one is computed from, and by which kinds."""
        sources: set[Node] = set()
        kinds: set[str] = set()
        stack = [value.operands[0]]
        while stack:
            node = stack.pop()
            if node in self._names.values or node in self._names.inputs:
                sources.add(node)
            elif node.op.kind != "leaf":
                kinds.add(node.op.kind)
                stack.extend(node.operands)
        return sources, kinds


def _zeros(value: Node) -> Node:
    """The derivative by a value that has no influence."""
    zero = value.graph.constant(0.0, value.dtype)
    return broadcast_to(zero, shape=value.shape) if value.ndim else zero
