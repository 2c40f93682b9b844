"""The steps of one derivation: values, their derivatives, updates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

from kobai.derivation.cautions import Caution, cautions
from kobai.derivation.chain import Chain
from kobai.derivation.expressions import Expression, Forms
from kobai.derivation.layers import layers_of
from kobai.derivation.names import Names
from kobai.derivation.options import Options
from kobai.derivation.result import Derivation
from kobai.derivation.rewrites import rewrites
from kobai.derivation.slopes import Slopes
from kobai.derivation.steps import Because, Phase, Step
from kobai.derivation.updates import Updates
from kobai.differentiation import for_evaluation
from kobai.evaluation import Evaluator, with_sizes
from kobai.facts import Facts
from kobai.graph import CONSTANT, Node
from kobai.languages import words
from kobai.optim import Optimizer
from kobai.recording import Input, Recording
from kobai.simplify import READABLE, STABILISE, Context, Rewrite, run
from kobai.simplify.rules import STABLE
from kobai.sizes import Size
from kobai.targets.entries import letters_of
from kobai.targets.numpy_source import numpy_source
from kobai.targets.source import printed_operations

# Operations of a formula that is read at once, and of one that is read at all; those of a shared
# value count wherever it is written.
MOST_READ, MOST_IN_FULL = 16, 100
_STABLE_RULES = frozenset(rule.name for rule in STABLE)


class Builder:
    """One derivation in the making."""

    def __init__(
        self,
        recording: Recording,
        output: Node,
        parameters: Sequence[Input],
        names: Names,
        options: Options,
    ) -> None:
        self._options = options
        self._words = words(options.lang)
        self._recording = recording
        self._output = output
        self._parameters = [leaf.node for leaf in parameters]
        self._names = names
        arrays = {leaf.node: leaf.value for leaf in recording.inputs}
        self._evaluator = Evaluator(arrays)
        self._given = {names.inputs[node]: array for node, array in arrays.items()}
        self._given |= {name: node.attribute("value") for node, name in names.constants.items()}
        self._given |= _lengths(arrays, names.sizes)
        self._facts = Facts(
            {leaf.node: leaf.value for leaf in recording.inputs if leaf not in parameters},
            finite=[leaf.node for leaf in parameters if np.all(np.isfinite(leaf.value))],
            is_whole=True,
        )
        self._values = [*names.values]
        if output not in names.values:
            self._values.append(output)
        stable = run(STABILISE, self._values, Context(self._facts))
        self._stable = dict(zip(self._values, stable, strict=True))
        self._slopes = Slopes(output, self._parameters, names, self._stable, self._facts)
        self._errors = self._names.unit_errors(filter(self._slopes.is_unit_error, names.values))
        if options.names == "delta":
            self._names.slopes |= self._errors
        self._letters = letters_of(names.sizes, names.all_shown())
        stable_loss = cache(self._stable_loss)
        self._chain = Chain(output, self._parameters, names, self._facts, self._words, stable_loss)
        self._forms: list[Forms] = []

    def derivation(self, function: str, optimizer: Optimizer | None) -> Derivation:
        forward = [self._forward(node) for node in self._values]
        slopes = self._slopes.found(lambda node: self._chain.has(self._names.slope(node)))
        backward = [self._backward(node, slopes) for node in slopes]
        updates = self._updates(slopes, optimizer) if optimizer is not None else []
        return Derivation(
            function,
            tuple(self._names.inputs.values()),
            (*forward, *backward, *updates),
            dict(self._given),
            dict(self._names.legend),
            self._cautions(),
            self._name(self._output),
            tuple(self._forms),
            self._options,
            layers_of(self._output, self._names, self._parameters),
        )

    def _cautions(self) -> tuple[Caution, ...]:
        names = {**self._names.inputs, **self._names.constants, **self._names.values}
        return cautions(
            self._output,
            self._recording.trace.places,
            self._facts,
            self._evaluator,
            lambda node: numpy_source(node, names, self._names.sizes),
            self._words,
        )

    def _forward(self, node: Node) -> Step:
        """A value that the user computes: by their formula, unless that saturates here."""
        definition = node.operands[0] if node in self._names.values else node
        own = {**self._names.inputs, **self._names.constants, **self._names.values}
        exact = self._value(self._stable[node])
        if _agree(self._evaluator.value(definition), exact):
            return self._step(self._name(node), "forward", definition, own, exact)
        own_formula = numpy_source(definition, own, self._names.sizes)
        stable_names = self._forward_names(before=node)
        steps: list[Rewrite] = []
        context = Context(self._facts, steps=steps)
        (stable,) = run(READABLE, run(STABILISE, [definition], context), context)
        if not _agree(self._evaluator.value(stable), exact):
            stable = self._stable[node]
        formula = numpy_source(stable, stable_names, self._names.sizes)
        because = rewrites(
            definition, own_formula, steps, stable_names, self._names.sizes, self._words
        )
        if because[-1].after != formula:
            because += (Because(self._words("names of values"), because[-1].after, formula),)
        return self._step(self._name(node), "forward", stable, stable_names, exact, because)

    def _stable_loss(self) -> str:
        """The form of the loss that is differentiated, and the rules that led to it."""
        is_named = self._output in self._names.values
        definition = self._output.operands[0] if is_named else self._output
        steps: list[Rewrite] = []
        context = Context(self._facts, steps=steps)
        (stable,) = run(READABLE, run(STABILISE, [definition], context), context)
        formula = numpy_source(stable, self._forward_names(self._output), self._names.sizes)
        used = dict.fromkeys(step.rule for step in steps if step.rule in _STABLE_RULES)
        line = f"{self._name(self._output)} = {formula}"
        if not used:
            return line
        return self._words(
            "line by rules", line=line, rules=self._words.listed(map(self._words.rule, used))
        )

    def _backward(self, node: Node, slopes: Mapping[Node, Node]) -> Step:
        name = self._names.slope(node)
        names = self._forward_names()
        inner = self._slopes.activations_of(node)
        for other, slope in slopes.items():
            if other is node:
                break
            if slope.op is not CONSTANT and other not in inner:
                names.setdefault(slope, self._names.slope(other))
        slope = slopes[node]
        exact = self._value(slope)
        shown = (
            slope if _agree(self._evaluator.value(slope), exact) else for_evaluation([slope], [])[0]
        )
        short, short_names = self._shorter(name, shown, names, exact)
        formula = self._slope(short, short_names).source()
        because = self._chain.because(name, formula)
        full = self._in_full(shown, formula) if node in self._parameters else None
        return self._step(name, "backward", short, short_names, exact, because, of=node, full=full)

    def _shorter(
        self, name: str, slope: Node, names: Mapping[Node, str], exact: Any
    ) -> tuple[Node, Mapping[Node, str]]:
        """The chain rule's line in the place of a long formula, where it gives the value.

        Derivatives that are simplified one by one don't always have each other as a part: then a
        formula repeats what has a name already, and the one before it twice as often.
        """
        count = printed_operations(slope, names)
        line = self._chain.expression(name, self._letters) if count > MOST_READ else None
        if line is None or 2 * printed_operations(line.node, line.names) > count:
            return slope, names
        is_right = _agree(self._evaluator.value(line.node), exact)
        return (line.node, line.names) if is_right else (slope, names)

    def _in_full(self, node: Node, formula: str) -> Expression | None:
        """The value over arguments and forward values alone, if that is another short formula."""
        names = self._forward_names()
        if printed_operations(node, names) > MOST_IN_FULL:
            return None
        full = self._slope(node, names)
        return None if full.source() == formula else full

    def _updates(self, slopes: Mapping[Node, Node], optimizer: Optimizer) -> list[Step]:
        """`w := w - α dw`, as the optimiser makes its first step, and what it remembers."""
        parameters = {w: self._names.inputs[w] for w in self._parameters}
        slope_of = {w: (slopes[w], self._names.slope(w)) for w in parameters}
        taken = {*self._given, *self._names.values.values(), *(s for _, s in slope_of.values())}
        updates = Updates(parameters, slope_of, taken, optimizer, self._options.names)
        self._evaluator = self._evaluator.extended({x: v for x, (_, v) in updates.given.items()})
        self._given |= dict(updates.given.values())
        for name, letter in updates.letters.items():
            self._names.legend[name] = self._words.setting(letter)
        names = {
            **self._names.inputs,
            **{node: name for node, (name, _) in updates.given.items()},
            **dict(slope_of.values()),
        }
        steps = []
        for name, node in updates.lines:
            steps.append(self._step(name, "update", node, dict(names), self._value(node)))
            if node.op.kind != "leaf":
                names[node] = name
        return steps

    def _step(
        self,
        name: str,
        phase: Phase,
        node: Node,
        names: Mapping[Node, str],
        value: Any,
        because: tuple[Because, ...] = (),
        of: Node | None = None,
        full: Expression | None = None,
    ) -> Step:
        sizes = self._names.sizes
        expression = Expression(node, names, sizes, self._letters, phase == "backward")
        formula = expression.source()
        chain = self._chain.expression(name, self._letters) if phase == "backward" else None
        self._forms.append(Forms(expression, chain, full))
        return Step(
            name,
            phase,
            formula,
            expression.latex(),
            value,
            str(with_sizes(node.shape, lambda size: size.renamed(sizes))),
            because,
            self._name(of) if of is not None else "",
            self._errors.get(of, "") if of is not None else "",
            expression.places(),
            expression.entry(),
            chain.entry() if chain is not None else "",
            full.source() if full is not None else "",
            full.entry() if full is not None else "",
        )

    def _slope(self, node: Node, names: Mapping[Node, str]) -> Expression:
        return Expression(node, names, self._names.sizes, self._letters, is_slope=True)

    def _name(self, node: Node) -> str:
        tables = (self._names.values, self._names.inputs)
        return next((table[node] for table in tables if node in table), self._names.output)

    def _value(self, node: Node) -> Any:
        """The value as it is computed: from the form that is exact everywhere."""
        (exact,) = for_evaluation([node], [])
        return np.array(self._evaluator.value(exact))[()]

    def _forward_names(self, before: Node | None = None) -> dict[Node, str]:
        """Names for arguments, and for the values (in their stable form) that come before one."""
        names = {**self._names.inputs, **self._names.constants}
        for node, name in self._names.values.items():
            stable = self._stable[node]
            if node is before:
                break
            if stable.op.kind != "leaf":
                names.setdefault(stable, name)
        return names


def _lengths(arrays: Mapping[Node, Any], names: Mapping[str, str]) -> dict[str, int]:
    return {
        names[str(size)]: size.at_hand
        for node in arrays
        for size in node.shape
        if isinstance(size, Size) and str(size) in names
    }


def _agree(found: Any, exact: Any) -> bool:
    """Whether a formula gives the exact value, up to rounding."""
    a, b = np.asarray(found), np.asarray(exact)
    if a.shape != b.shape:
        return False
    if a.dtype.kind != "f":
        return bool(np.array_equal(a, b))
    with np.errstate(all="ignore"):
        tolerance = 2**10 * float(np.finfo(a.dtype).eps)
        scale = float(np.max(np.abs(b), initial=0.0, where=np.isfinite(b)))
        return bool(np.allclose(a, b, rtol=tolerance, atol=tolerance * scale, equal_nan=True))
