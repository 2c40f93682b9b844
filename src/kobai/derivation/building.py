"""`derive`: from a function and its arguments to the steps of its gradient."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from kobai.derivation.cautions import Caution, cautions
from kobai.derivation.chain import Chain
from kobai.derivation.names import Names, names_of
from kobai.derivation.result import Derivation
from kobai.derivation.rewrites import rewrites
from kobai.derivation.steps import Because, Phase, Step
from kobai.differentiation import differentiated, for_evaluation
from kobai.errors import ArgumentError, ArgumentTypeError
from kobai.evaluation import Evaluator, with_sizes
from kobai.facts import Facts
from kobai.graph import CONSTANT, Node, reachable
from kobai.ops.shaping import broadcast_to
from kobai.optim import Optimizer
from kobai.recording import Input, Recording
from kobai.simplify import READABLE, SIMPLIFY, STABILISE, Context, Rewrite, run
from kobai.simplify.rules import STABLE
from kobai.sizes import Size, shape_at_hand
from kobai.sizing import record_with_sizes
from kobai.targets.latex import latex
from kobai.targets.numpy_source import numpy_source
from kobai.transforms import scalar_output

_STABLE_RULES = frozenset(rule.name for rule in STABLE)


def derive(
    f: Callable[..., Any],
    *args: Any,
    wrt: Sequence[str] | str | None = None,
    optimizer: Optimizer | None = None,
) -> Derivation:
    """Derive the gradient of a function step by step, as one would by hand.

    The forward steps are the values that f gives a name to, the backward steps their derivatives
    from the last to the first, `da`, `dz`, …, then those by the parameters, `dw`, `db`. Every step
    has its formula, its value for the arguments given, and the rewrites that led to it.

    Args:
        f: a function in plain NumPy that returns one number. It is run more than once, on the
            arguments and on longer ones, to tell lengths from other numbers.
        *args: its arguments.
        wrt: names of the arguments to differentiate by; every floating one if None.
        optimizer: with one of `kobai.optim`, the derivation ends with the update of each parameter.

    Returns:
        A `Derivation`: print it, look a step up (`d["dz"].formula`), or take its LaTeX.

    Raises:
        ArgumentError: a name in `wrt` is not an argument's, or f does not return one number.
        TraceError: f uses a construct that can't be traced.

    Example:
        >>> import numpy as np
        >>> import kobai
        >>> def loss(w, x, y):
        ...     a = 1 / (1 + np.exp(-w * x))
        ...     return -(y * np.log(a) + (1 - y) * np.log(1 - a))
        >>> d = kobai.derive(loss, 0.5, 2.0, 1.0, wrt="w")
        >>> print(d["dw"].formula)
        (a - y) * x

    Method: reverse accumulation; Rumelhart, Hinton and Williams, Nature 323 (1986) 533.
    """
    recording = record_with_sizes(f, args, range(len(args)), is_watched=True)
    output = scalar_output(recording.result)
    parameters = _parameters(recording, wrt)
    if output is None:
        raise ArgumentError(
            "the result depends on none of the arguments", repair="use them in the function"
        )
    data = [leaf.node for leaf in recording.inputs if leaf not in parameters]
    name = getattr(f, "__name__", "loss")
    names = names_of(recording, output, name, data)
    return _Builder(recording, output, parameters, names).derivation(name, optimizer)


def _parameters(recording: Recording, wrt: Sequence[str] | str | None) -> list[Input]:
    """The inputs to differentiate by, in the order asked for."""
    if wrt is None:
        floating = [leaf for leaf in recording.inputs if leaf.node.is_differentiable]
        if recording.inputs and not floating:
            raise ArgumentTypeError(
                "no argument is of floating dtype: there is nothing to differentiate by",
                repair="give numbers as 3.0 for 3, arrays as x.astype(float)",
            )
        return floating
    chosen: list[Input] = []
    for name in [wrt] if isinstance(wrt, str) else wrt:
        found = [leaf for leaf in recording.inputs if name in (leaf.label, leaf.argument)]
        if not found:
            known = ", ".join(dict.fromkeys(leaf.argument for leaf in recording.inputs))
            raise ArgumentError(
                f"wrt names {name!r}, which is not an argument", repair=f"use names among {known}"
            )
        for leaf in found:
            if not leaf.node.is_differentiable:
                raise ArgumentTypeError(
                    f"argument {leaf.label} is of dtype {leaf.node.dtype}: "
                    "a derivative by whole numbers has no meaning",
                    repair="give it as floating numbers: 3.0 for 3, x.astype(float) for an array",
                )
        chosen.extend(leaf for leaf in found if leaf not in chosen)
    return chosen


class _Builder:
    """One derivation in the making."""

    def __init__(
        self, recording: Recording, output: Node, parameters: Sequence[Input], names: Names
    ) -> None:
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
        self._chain = Chain(output, self._parameters, names, self._facts, cache(self._stable_loss))

    def derivation(self, function: str, optimizer: Optimizer | None) -> Derivation:
        forward = [self._forward(node) for node in self._values]
        slopes = self._slopes()
        backward = [self._backward(node, slopes) for node in slopes]
        updates = self._updates(slopes, optimizer) if optimizer is not None else []
        return Derivation(
            function,
            tuple(self._names.inputs.values()),
            (*forward, *backward, *updates),
            dict(self._given),
            dict(self._names.legend),
            self._cautions(),
        )

    def _cautions(self) -> tuple[Caution, ...]:
        names = {**self._names.inputs, **self._names.constants, **self._names.values}
        return cautions(
            self._output,
            self._recording.trace.places,
            self._facts,
            self._evaluator,
            lambda node: numpy_source(node, names, self._names.sizes),
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
        because = rewrites(definition, own_formula, steps, stable_names, self._names.sizes)
        if because[-1].after != formula:
            because += (Because("with the names of values", because[-1].after, formula),)
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
        return f"{self._name(self._output)} = {formula} by {', '.join(used)}"

    def _slopes(self) -> dict[Node, Node]:
        """Each value on the way, and each parameter, with the derivative by it."""
        _, found = differentiated(self._output, self._parameters, self._facts)
        on_way = self._on_way()
        result: dict[Node, Node] = {}
        for node in reversed(self._values):
            slope = self._slope(node) if node in on_way else None
            if slope is None and self._chain.has(f"d{self._name(node)}"):
                slope = _zeros(
                    node
                )  # it cancels in the stable form, as the shift of a softmax does
            if slope is not None:
                result[node] = slope
        for parameter in self._parameters:
            result[parameter] = found.get(parameter, _zeros(parameter))
        return result

    def _on_way(self) -> set[Node]:
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
        graph = self._output.graph
        if node is self._output:
            return graph.constant(1.0, node.dtype)
        _, found = differentiated(self._output, [node], self._facts)
        if node not in found:
            return None
        forward = frozenset(reachable(self._stable.values()))
        context = Context(self._facts, forward=forward)
        (slope,) = run((*STABILISE, *SIMPLIFY), [found[node]], context)
        return slope

    def _backward(self, node: Node, slopes: Mapping[Node, Node]) -> Step:
        name = f"d{self._name(node)}"
        names = self._forward_names()
        inner = self._activations_of(node)
        for other, slope in slopes.items():
            if other is node:
                break
            if slope.op is not CONSTANT and other not in inner:
                names.setdefault(slope, f"d{self._name(other)}")
        slope = slopes[node]
        exact = self._value(slope)
        shown = (
            slope if _agree(self._evaluator.value(slope), exact) else for_evaluation([slope], [])[0]
        )
        step = self._step(name, "backward", shown, names, exact)
        because = self._chain.because(name, step.formula)
        return replace(step, because=because)

    def _updates(self, slopes: Mapping[Node, Node], optimizer: Optimizer) -> list[Step]:
        """`w := w - α dw`, as the optimiser makes its first step."""
        steps = []
        graph = self._output.graph
        for parameter in self._parameters:
            name = self._names.inputs[parameter]
            states = tuple(self._state(f"{s}_{name}", parameter) for s in optimizer.state_names)
            updated, _ = optimizer.update(parameter, slopes[parameter], states)
            names = {
                **self._names.inputs,
                **{state: state.attribute("name") for state in states},
                slopes[parameter]: f"d{name}",
            }
            for symbol, value in optimizer.symbols.items():
                names[graph.constant(value, parameter.dtype)] = symbol
                self._given[symbol] = value
            steps.append(self._step(name, "update", updated, names, self._value(updated)))
        return steps

    def _step(
        self,
        name: str,
        phase: Phase,
        node: Node,
        names: Mapping[Node, str],
        value: Any,
        because: tuple[Because, ...] = (),
    ) -> Step:
        sizes = self._names.sizes
        return Step(
            name,
            phase,
            numpy_source(node, names, sizes),
            latex(node, names, sizes),
            value,
            str(with_sizes(node.shape, lambda size: size.renamed(sizes))),
            because,
        )

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

    def _activations_of(self, node: Node) -> set[Node]:
        """Named values that are functions of this one alone, entry by entry.

        The derivative by such a value is not worth a name in a formula: what is read is
        `(a - y) * a * (1 - a)`, not `da * a * (1 - a)`.
        """
        found: set[Node] = set()
        for value in self._names.values:
            sources, is_elementwise = self._sources_of(value)
            if is_elementwise and len(sources) == 1 and sources <= {node, *found}:
                found.add(value)
        return found

    def _sources_of(self, value: Node) -> tuple[set[Node], bool]:
        """The named values and arguments that one is computed from, and whether by maps alone."""
        sources: set[Node] = set()
        is_elementwise = True
        stack = [value.operands[0]]
        while stack:
            node = stack.pop()
            if node in self._names.values or node in self._names.inputs:
                sources.add(node)
            elif node.op.kind != "leaf":
                is_elementwise &= node.op.kind == "map"
                stack.extend(node.operands)
        return sources, is_elementwise

    def _state(self, name: str, parameter: Node) -> Node:
        """What an optimiser remembers, before its first step."""
        state = parameter.graph.input(name, parameter.shape, parameter.dtype)
        zeros = np.zeros(shape_at_hand(parameter.shape), parameter.dtype)
        self._evaluator = self._evaluator.extended({state: zeros})
        self._given[name] = zeros
        return state


def _zeros(value: Node) -> Node:
    """The derivative by a value that has no influence."""
    zero = value.graph.constant(0.0, value.dtype)
    return broadcast_to(zero, shape=value.shape) if value.ndim else zero


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
