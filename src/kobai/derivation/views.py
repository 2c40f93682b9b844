"""A derivation in every notation and with every kind of names that it can be shown in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import get_args

from kobai.derivation.expressions import Forms
from kobai.derivation.latex_text import Equations, equations
from kobai.derivation.layers import Layers
from kobai.derivation.layers_text import LayerLine, layer_lines, symbols_of
from kobai.derivation.options import Notation, Options, Scheme
from kobai.derivation.recurrences import Recurrence
from kobai.derivation.schemes import latex_symbols
from kobai.derivation.steps import Step


@dataclass(frozen=True)
class View:
    """All LaTeX of a derivation in one form.

    Attributes:
        notation: "matrix" or "index".
        names: what derivatives are called: "d", "delta" or "partial".
        symbols: by the name of a derivative's step, its LaTeX.
        equations: those of each step.
        layers: the formulas that layers share.
    """

    notation: Notation
    names: Scheme
    symbols: dict[str, str]
    equations: tuple[Equations, ...]
    layers: tuple[LayerLine, ...]


def views(
    steps: Sequence[Step],
    forms: Sequence[Forms],
    options: Options,
    loss: str,
    found: Sequence[Recurrence],
    layers: Layers,
) -> list[View]:
    """The form that was asked for, then the others that differ from it.

    Without errors of units there are no names `delta`; where nothing has axes, no indices.
    """
    own = options.notation, options.names
    has_errors = any(step.error_name for step in steps)
    has_axes = any(step.entry and set(step.places) - {"0"} for step in steps)
    pairs = [
        (notation, names)
        for notation, names in product(get_args(Notation), get_args(Scheme))
        if (names != "delta" or has_errors) and (notation != "index" or has_axes)
    ]
    return [
        _view(steps, forms, Options(notation, names, options.lang), loss, found, layers)
        for notation, names in dict.fromkeys([own, *pairs])
    ]


def _view(
    steps: Sequence[Step],
    forms: Sequence[Forms],
    options: Options,
    loss: str,
    found: Sequence[Recurrence],
    layers: Layers,
) -> View:
    symbols = latex_symbols(steps, options.names, loss)
    of_layers = symbols_of(steps, layers, options, loss)
    is_indexed = options.notation == "index"
    return View(
        options.notation,
        options.names,
        symbols,
        tuple(
            equations(step, form, symbols, is_indexed=is_indexed)
            for step, form in zip(steps, forms, strict=True)
        ),
        tuple(layer_lines(found, layers, steps, forms, of_layers, symbols)),
    )
