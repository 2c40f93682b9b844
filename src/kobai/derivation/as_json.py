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
from kobai.derivation.steps import Because, Step
from kobai.targets.latex import latex_name

FORMAT, VERSION = "kobai.derivation", 1
LARGEST_WHOLE = 256
BLOCK = (2, 2, 8, 8)

Fields: TypeAlias = dict[str, Any]


def fields(
    function: str,
    arguments: Sequence[str],
    steps: Sequence[Step],
    equations: Sequence[Equations],
    names: Mapping[str, Any],
    symbols: Mapping[str, str],
    legend: Mapping[str, str],
    cautions: Sequence[Caution],
    diagram: Diagram,
) -> Fields:
    """All of a derivation, as numbers, texts, lists and tables of these."""
    known = [*names, *(step.name for step in steps)]
    return {
        "format": FORMAT,
        "version": VERSION,
        "function": function,
        "arguments": list(arguments),
        "names": [_name(name, value, legend) for name, value in names.items()],
        "symbols": {
            name: symbols.get(name, latex_name(name, known)) for name in dict.fromkeys(known)
        },
        "steps": [_step(step, lines) for step, lines in zip(steps, equations, strict=True)],
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


def _step(step: Step, lines: Equations) -> Fields:
    return {
        "name": step.name,
        "phase": step.phase,
        "variable": variable_of(step),
        "sign": step.sign,
        "formula": step.formula,
        "latex": {
            "left": lines.left,
            "chain": lines.chain,
            "formula": lines.formula,
            "full": lines.full,
        },
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
