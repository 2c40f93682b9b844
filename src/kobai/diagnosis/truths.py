"""The right values: at the arguments given, and at other values of the parameters.

A slip may hide at the given values (weights of zero, for one); elsewhere it shows. The data stay as
they are, since what holds of them (labels are 0 or 1) may have been used by hand.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
import optree

from kobai.derivation import Derivation, derive
from kobai.derivation.steps import Step
from kobai.diagnosis.expressions import UnreadableError, formula_value, names_in
from kobai.diagnosis.numbers import is_finite

OTHER_POINTS = 2
MOST_DRAWS = 12
_LINEAR_CALLS = {"dot", "matmul", "einsum", "sum", "outer", "inner", "tensordot"}


@dataclass(frozen=True)
class Point:
    """The loss at one choice of its arguments.

    Attributes:
        args: the arguments.
        values: every name of the derivation with its value: arguments, lengths, steps.
    """

    args: tuple[Any, ...]
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Truths:
    """What is right, by name.

    Attributes:
        derivation: the derivation by Kobai.
        forward: names of the values of the loss, in order.
        parameters: names of the derivatives that are asked for, in order: `dw`, `db`.
        points: the arguments given, then others.
        slopes: names that stand for the slope of one value by another: `da/dz`.
    """

    derivation: Derivation
    forward: tuple[str, ...]
    parameters: tuple[str, ...]
    points: tuple[Point, ...]

    @property
    def output(self) -> str:
        return self.forward[-1]

    def step(self, name: str) -> Step | None:
        return next((s for s in self.derivation.steps if s.name == name), None)

    def has(self, name: str) -> bool:
        return name in self.points[0].values

    @property
    def before_activation(self) -> list[str]:
        """Values such as z: sums of weighted inputs, whose derivatives are the units' errors."""
        weights = {name.removeprefix("d") for name in self.parameters}
        return [
            name
            for name in self.forward[:-1]
            if (step := self.step(name)) is not None and _is_weighted_sum(step.formula, weights)
        ]


def truths_of(f: Callable[..., Any], args: Sequence[Any], wrt: Sequence[str]) -> Truths:
    """Derive the loss, and work its steps out at other values of the parameters too."""
    derivation = derive(f, *args, wrt=wrt)
    forward = tuple(s.name for s in derivation.steps if s.phase == "forward")
    backward = [s.name for s in derivation.steps if s.phase == "backward"]
    leaves = set(derivation.arguments)
    parameters = tuple(name for name in backward if name.removeprefix("d") in leaves)
    first = Point(tuple(args), _with_slopes(derivation.names, derivation))
    points = [first]
    asked = {name.removeprefix("d") for name in parameters}
    for other in _others(args, derivation.arguments, asked):
        values = _values_at(derivation, other)
        if values is not None:
            points.append(Point(other, values))
        if len(points) > OTHER_POINTS:
            break
    return Truths(derivation, forward, parameters, tuple(points))


def _with_slopes(names: Mapping[str, Any], derivation: Derivation) -> dict[str, Any]:
    values = dict(names)
    values |= {s.name: s.value for s in derivation.steps}
    return values | dict(_slopes(values, derivation))


def _slopes(values: Mapping[str, Any], derivation: Derivation) -> Iterator[tuple[str, Any]]:
    """`da/dz` of each map from value to value: the quotient of the two derivatives."""
    steps = {s.name: s for s in derivation.steps}
    for name, step in steps.items():
        if step.phase != "forward" or f"d{name}" not in steps:
            continue
        tree = ast.parse(step.formula, mode="eval")
        sources = [n for n in names_in(tree) if n in steps and f"d{n}" in steps]
        top, shape = np.asarray(values[f"d{name}"]), np.shape(values[name])
        if len(sources) != 1 or not _is_elementwise(tree) or not np.all(top):
            continue
        below = np.asarray(values[f"d{sources[0]}"])
        if below.shape == shape == top.shape:
            yield f"d{name}/d{sources[0]}", below / top


def _is_elementwise(tree: ast.AST) -> bool:
    folds = {"sum", "mean", "max", "min", "cumsum", "sort", *_LINEAR_CALLS}
    return not any(
        isinstance(part, ast.MatMult | ast.Subscript)
        or (isinstance(part, ast.Attribute) and part.attr in folds)
        for part in ast.walk(tree)
    )


def _is_weighted_sum(formula: str, weights: set[str]) -> bool:
    tree = ast.parse(formula, mode="eval")
    calls = {part.attr for part in ast.walk(tree) if isinstance(part, ast.Attribute)} - {"T"}
    is_power = any(isinstance(part, ast.Pow | ast.Div) for part in ast.walk(tree))
    return bool(names_in(tree) & weights) and calls <= _LINEAR_CALLS and not is_power


def _others(
    args: Sequence[Any], names: Sequence[str], moved: set[str]
) -> Iterator[tuple[Any, ...]]:
    """The arguments with other parameters."""
    nest: Any = tuple(deepcopy(tuple(args)))
    leaves, structure = optree.tree_flatten(nest)
    numbers = [isinstance(x, np.ndarray | np.generic | int | float) for x in leaves]
    labels = iter(names)
    of_leaf = [next(labels, "") if is_number else "" for is_number in numbers]
    random = np.random.default_rng(0)
    for _ in range(MOST_DRAWS):
        new = [
            _moved(leaf, random) if label in moved else leaf
            for leaf, label in zip(leaves, of_leaf, strict=True)
        ]
        yield tuple(optree.tree_unflatten(structure, new))


def _moved(leaf: Any, random: np.random.Generator) -> Any:
    value = np.asarray(leaf)
    scale = float(np.max(np.abs(value), initial=0.0)) or 1.0
    draw = random.normal(size=value.shape)
    if np.all(value > 0):
        return (value * np.exp(0.4 * draw)).astype(value.dtype)[()]
    moved = value * (1 + 0.3 * draw) + 0.4 * min(scale, 2.0) * random.normal(size=value.shape)
    return moved.astype(value.dtype)[()]


def _values_at(derivation: Derivation, args: tuple[Any, ...]) -> dict[str, Any] | None:
    """All steps at other arguments, by their formulas; None where one is not a finite number."""
    names = dict(derivation.names)
    nest: Any = args
    leaves = [
        x for x in optree.tree_leaves(nest) if isinstance(x, np.ndarray | np.generic | int | float)
    ]
    names |= dict(zip(derivation.arguments, leaves, strict=False))
    values = dict(names)
    for step in derivation.steps:
        try:
            values[step.name] = formula_value(step.formula, values)
        except UnreadableError:
            return None
        if not is_finite(values[step.name]):
            return None
        if np.shape(values[step.name]) != np.shape(step.value):
            values[step.name] = np.broadcast_to(values[step.name], np.shape(step.value))
    return values | dict(_slopes(values, derivation))
