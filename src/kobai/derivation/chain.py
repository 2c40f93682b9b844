"""The chain rule's lines: each derivative in terms of those that were found before it.

The lines come from the user's own formula, with every named value kept apart, so that `dz` begins
as `da * a * (1 - a)`. What a line is rewritten to, step by step, is recorded.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence

from kobai.calculus import cotangents
from kobai.derivation.expressions import Expression
from kobai.derivation.names import Names
from kobai.derivation.rewrites import facts_text
from kobai.derivation.steps import Because
from kobai.facts import Facts
from kobai.graph import CONSTANT, Node, reachable, substitute
from kobai.languages import Words
from kobai.ops.naming import named
from kobai.simplify import READABLE, Context, Rewrite, rewriting, run
from kobai.simplify.rules import STABLE, TIDY
from kobai.targets.entries import Letters
from kobai.targets.numpy_source import numpy_source

MOST_INSERTIONS = 8


class Chain:
    """Derivatives of one function, with names as the limits of each line."""

    def __init__(
        self,
        output: Node,
        parameters: Sequence[Node],
        names: Names,
        facts: Facts,
        words: Words,
        stable_loss: Callable[[], str],
    ) -> None:
        """`stable_loss` tells the form of the loss that is differentiated, and by which rules."""
        self._words = words
        self._stable_loss = stable_loss
        self._facts = facts
        self._sizes = names.sizes
        (stable,) = run((rewriting(STABLE + TIDY),), [output], Context(facts))
        slopes = cotangents(stable, parameters)
        nodes = [n for n in reachable([stable, *slopes.values()]) if n.op is named]
        labels = {node.attribute("name"): node for node in nodes}
        self._barrier = {node: node for node in nodes}
        self._definitions: dict[Node, Node] = {}
        self._sources: dict[Node, str] = {**names.inputs, **names.constants}
        self._lines: dict[str, Node] = {}
        for value, name in names.values.items():
            label = value.attribute("name")
            if label in labels:
                node = labels[label]
                self._sources[node] = name
                if node.operands[0].op.kind != "leaf":
                    self._definitions.setdefault(node.operands[0], node)
            if f"d{label}" in labels:
                slope = labels[f"d{label}"]
                self._sources[slope] = names.slope(value)
                self._lines[names.slope(value)] = slope.operands[0]
        for parameter, slope in slopes.items():
            self._lines[names.slope(parameter)] = slope

    def has(self, name: str) -> bool:
        """Whether the user's own formula has a derivative of this name."""
        return name in self._lines

    def expression(self, name: str, letters: Letters) -> Expression | None:
        """The chain rule's line of a derivative, to be printed in any notation."""
        if name not in self._lines:
            return None
        line = self._simple(self._lines[name], [])
        return Expression(line, self._sources, self._sizes, letters, is_slope=True)

    def because(self, name: str, formula: str) -> tuple[Because, ...]:
        """The rewrites from a derivative's line to its formula.

        Derivatives are put in until the formula is reached; where it is not, since it comes from
        the stable form of the loss, the first ones alone.
        """
        if name not in self._lines:
            return (Because(self._words("chain rule"), "", formula),)
        result = self._rewritten(name, formula, MOST_INSERTIONS)
        if result[-1].after != formula:
            result = self._rewritten(name, formula, 1)
            before, fact = result[-1].after, self._stable_loss()
            result.append(Because(self._words("stable form of the loss"), before, formula, fact))
        return tuple(result)

    def _rewritten(self, name: str, formula: str, most: int) -> list[Because]:
        line = self._simple(self._lines[name], [])
        result = [Because(self._words("chain rule"), "", self._source(line))]
        for _ in range(most):
            inserted = self._insertions(line, formula)
            if not inserted:
                break
            line = self._substituted(line, inserted)
            text = ", ".join(self._sources[node] for node in inserted)
            self._append(result, self._words("insert", names=text), line)
        steps: list[Rewrite] = []
        self._simple(line, steps)
        for step in steps:
            line = self._substituted(line, {step.before: step.after})
            self._append(result, self._words.rule(step.rule), line, self._facts_text(step))
        return result

    def _simple(self, line: Node, steps: list[Rewrite]) -> Node:
        """The line without trivial factors: numbers are put in, definitions are called by name."""
        numbers = {
            slope: slope.operands[0] for slope in self._barrier if slope.operands[0].op is CONSTANT
        }
        line = self._substituted(line, {**self._definitions, **numbers})
        context = Context(self._facts, frozenset(self._barrier), steps=steps)
        (simple,) = run(READABLE, [line], context)
        return simple

    def _insertions(self, line: Node, formula: str) -> dict[Node, Node]:
        """Derivatives that the line is about and the formula is not, with their own lines."""
        kept = {node.id for node in ast.walk(ast.parse(formula)) if isinstance(node, ast.Name)}
        return {
            node: self._simple(self._lines[self._sources[node]], [])
            for node in self._visible(line)
            if self._sources.get(node, "") in self._lines and self._sources[node] not in kept
        }

    def _visible(self, line: Node) -> list[Node]:
        """Named values that the line shows."""
        found: dict[Node, None] = {line: None}
        for node in list(found):
            stack = [node]
            while stack:
                current = stack.pop()
                if current in self._barrier:
                    continue
                fresh = [operand for operand in current.operands if operand not in found]
                found.update(dict.fromkeys(fresh))
                stack.extend(fresh)
        return [node for node in found if node in self._barrier]

    def _substituted(self, line: Node, replacements: Mapping[Node, Node]) -> Node:
        (new,) = substitute([line], {**self._barrier, **replacements})
        return new

    def _append(self, result: list[Because], rule: str, line: Node, fact: str = "") -> None:
        text = self._source(line)
        if text != result[-1].after:
            result.append(Because(rule, result[-1].after, text, fact))

    def _source(self, line: Node) -> str:
        return numpy_source(line, self._sources, self._sizes)

    def _facts_text(self, step: Rewrite) -> str:
        return facts_text(step, self._source_of, self._words)

    def _source_of(self, node: Node) -> str:
        return self._sources.get(node) or self._source(node)
