"""The graph of a derivation as it is drawn: arguments and named values, and which uses which."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from kobai.derivation.steps import Step

Kind: TypeAlias = Literal["argument", "value"]


@dataclass(frozen=True)
class DiagramNode:
    """One value.

    Attributes:
        name: its name.
        kind: "argument" (a captured array too), or "value" for what the function computes.
        forward: the step that computes it; None for an argument.
        backward: the step that is the derivative by it; None where there is none.
    """

    name: str
    kind: Kind
    forward: Step | None
    backward: Step | None


@dataclass(frozen=True)
class DiagramEdge:
    """One value is used in the formula of another.

    Attributes:
        source: the name of the value that is used.
        target: the name of the value that uses it.
        has_gradient: whether a derivative comes back along it.
    """

    source: str
    target: str
    has_gradient: bool


@dataclass(frozen=True)
class Diagram:
    """Values in the order in which they are known, and the arrows between them."""

    nodes: tuple[DiagramNode, ...]
    edges: tuple[DiagramEdge, ...]


def diagram(steps: Sequence[Step], others: Sequence[str]) -> Diagram:
    """Draw the forward steps of a derivation.

    An arrow is a name in the formula as the user wrote it, so that a value whose stable form skips
    the one before it still comes from where the user took it.

    Args:
        steps: the steps of a derivation.
        others: the names that are no steps and no lengths: arguments and constants.
    """
    forward = {step.name: step for step in steps if step.phase == "forward"}
    backward = {variable_of(step): step for step in steps if step.phase == "backward"}
    arrows = [
        (used, step.name)
        for step in forward.values()
        for used in names_in(own_formula(step))
        if used != step.name and (used in forward or used in others)
    ]
    used = {source for source, _ in arrows}
    nodes = [
        *(
            DiagramNode(name, "argument", None, backward.get(name))
            for name in others
            if name in used or name in backward
        ),
        *(DiagramNode(name, "value", step, backward.get(name)) for name, step in forward.items()),
    ]
    edges = [DiagramEdge(a, b, a in backward and b in backward) for a, b in arrows]
    return Diagram(tuple(nodes), tuple(edges))


def own_formula(step: Step) -> str:
    """A forward step's formula as the user wrote it."""
    return step.because[0].after if step.phase == "forward" and step.because else step.formula


def variable_of(step: Step) -> str:
    """What a backward step is the derivative by, or an update changes; else the step's own name."""
    return step.of or step.name


def names_in(formula: str) -> list[str]:
    """The names in a formula, in the order of their first appearance."""
    found = [node for node in ast.walk(ast.parse(formula)) if isinstance(node, ast.Name)]
    found.sort(key=lambda name: (name.lineno, name.col_offset))
    return list(dict.fromkeys(name.id for name in found))


def others_of(
    names: Mapping[str, object], legend: Mapping[str, str], arguments: Sequence[str]
) -> list[str]:
    """Names that are drawn without being steps: arguments and arrays that the function holds.

    Lengths are no values of the graph, nor are an optimiser's rates and what it remembers.
    """
    return [
        name
        for name, value in names.items()
        if name in arguments or (name in legend and isinstance(value, np.ndarray))
    ]
