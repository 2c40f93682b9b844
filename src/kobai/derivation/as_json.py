"""A derivation as data: what the page draws, and what other programs may read.

`derivation.schema.json` beside this file says what every field is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from kobai.derivation.cautions import Caution
from kobai.derivation.diagram import Diagram, variable_of
from kobai.derivation.latex_text import Equations
from kobai.derivation.layers import Layers
from kobai.derivation.layers_text import LayerLine
from kobai.derivation.recurrences import Recurrence
from kobai.derivation.steps import Because, Step
from kobai.derivation.views import View
from kobai.targets.latex import latex_name

FORMAT, VERSION = "kobai.derivation", 1
LARGEST_WHOLE = 256
BLOCK = (2, 2, 8, 8)

Fields: TypeAlias = dict[str, Any]


def fields(
    function: str,
    arguments: Sequence[str],
    steps: Sequence[Step],
    views: Sequence[View],
    names: Mapping[str, Any],
    legend: Mapping[str, str],
    cautions: Sequence[Caution],
    diagram: Diagram,
    layers: Layers,
    recurrences: Sequence[Recurrence],
    rows: Sequence[tuple[str, str]],
) -> Fields:
    """All of a derivation, as numbers, texts, lists and tables of these.

    Args:
        function: the name of the function.
        arguments: the names of its arguments.
        steps: the steps.
        views: every form that they are shown in; the first is the one that was asked for.
        names: the names that are no steps, with their values.
        legend: what lengths and constants mean.
        cautions: what was seen in the function.
        diagram: the graph that is drawn.
        layers: which part each value plays in layers that repeat.
        recurrences: the formulas that layers share.
        rows: for each of these the text, and the layers that have it.
    """
    known = list(dict.fromkeys([*names, *(step.name for step in steps)]))
    own = views[0]
    return {
        "format": FORMAT,
        "version": VERSION,
        "function": function,
        "arguments": list(arguments),
        "names": [_name(name, value, legend) for name, value in names.items()],
        "notation": own.notation,
        "derivatives": own.names,
        "symbols": {name: own.symbols.get(name, latex_name(name, known)) for name in known},
        "steps": [_step(step, lines) for step, lines in zip(steps, own.equations, strict=True)],
        "layers": _layers(layers, recurrences, rows, own.layers),
        "views": [_view(view, own) for view in views],
        "graph": {
            "nodes": [
                {
                    "name": node.name,
                    "kind": node.kind,
                    "forward": _index(node.forward, steps),
                    "backward": _index(node.backward, steps),
                }
                for node in diagram.nodes
            ],
            "edges": [
                {"from": edge.source, "to": edge.target, "has_gradient": edge.has_gradient}
                for edge in diagram.edges
            ],
        },
        "cautions": [
            {"what": caution.what, "where": caution.where, "repair": caution.repair}
            for caution in cautions
        ],
    }


def text_of(data: Fields) -> str:
    """The JSON text. It holds no number that JSON has not: these are "nan", "inf" and "-inf"."""
    return json.dumps(data, ensure_ascii=False, allow_nan=False)


def _index(step: Step | None, steps: Sequence[Step]) -> int | None:
    return None if step is None else next(k for k, other in enumerate(steps) if other is step)


def _name(name: str, value: Any, legend: Mapping[str, str]) -> Fields:
    return {"name": name, "meaning": legend.get(name, ""), "value": value_fields(value)}


def _layers(
    layers: Layers,
    recurrences: Sequence[Recurrence],
    rows: Sequence[tuple[str, str]],
    lines: Sequence[LayerLine],
) -> Fields:
    shown = zip(recurrences, rows, lines, strict=True)
    places = layers.places if recurrences else {}
    return {
        "places": [
            {"name": name, "part": place.role, "layer": place.layer}
            for name, place in places.items()
        ],
        "recurrences": [
            {
                "phase": found.phase,
                "layers": list(found.layers),
                "steps": list(found.names.values()),
                "text": text,
                "where": where,
                "latex": _equation(line),
            }
            for found, (text, where), line in shown
        ],
    }


def _view(view: View, own: View) -> Fields:
    """What differs from the form that was asked for."""
    return {
        "notation": view.notation,
        "derivatives": view.names,
        "symbols": {
            name: symbol for name, symbol in view.symbols.items() if symbol != own.symbols[name]
        },
        "steps": [
            None if lines == owns else _equations(lines)
            for lines, owns in zip(view.equations, own.equations, strict=True)
        ],
        "layers": [_equation(line) for line in view.layers],
    }


def _equations(lines: Equations) -> Fields:
    return {
        "left": lines.left,
        "chain": lines.chain,
        "formula": lines.formula,
        "full": lines.full,
    }


def _equation(line: LayerLine) -> Fields:
    return {"left": line.left, "formula": line.formula}


def _step(step: Step, lines: Equations) -> Fields:
    return {
        "name": step.name,
        "phase": step.phase,
        "variable": variable_of(step),
        "sign": step.sign,
        "formula": step.formula,
        "latex": _equations(lines),
        "shape": step.shape,
        "value": value_fields(step.value),
        "because": [_because(because) for because in step.because],
    }


def _because(because: Because) -> Fields:
    return {
        "rule": because.rule,
        "before": because.before,
        "after": because.after,
        "fact": because.fact,
    }


def value_fields(value: Any) -> Fields:
    """An array with its entries in row-major order: all of them, or of a large one a corner."""
    array = np.asarray(value)
    block = _block(array.shape) if array.size > LARGEST_WHOLE else array.shape
    corner = array[tuple(slice(length) for length in block)]
    finite = array[np.isfinite(array)]
    return {
        "dtype": str(array.dtype),
        "shape": list(array.shape),
        "block": list(block),
        "entries": [_number(entry) for entry in corner.ravel().tolist()],
        "minimum": _number(finite.min().item()) if finite.size else None,
        "maximum": _number(finite.max().item()) if finite.size else None,
    }


def _block(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The first entries of each axis, more of them along the last two."""
    rank = len(shape)
    most = ((1,) * rank + BLOCK)[-rank:]
    return tuple(min(length, limit) for length, limit in zip(shape, most, strict=True))


def _number(value: float) -> float | str:
    return value if np.isfinite(value) else str(value)
