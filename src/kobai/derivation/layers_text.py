"""The formulas of layers as lines of text, and as LaTeX."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from kobai.derivation.expressions import Forms
from kobai.derivation.layers import Layers
from kobai.derivation.layers_index import Entries
from kobai.derivation.options import Options
from kobai.derivation.recurrences import Recurrence, Reference
from kobai.derivation.schemes import LayerSymbols, is_alone
from kobai.derivation.steps import Step
from kobai.languages import words

MOST_NAMES = 4
_POWER = re.compile(r"([^\W\d][\w']*\^(?:l|L|\d+|\{[^}]*\}))(?=\*\*|\.T\*\*)")


def symbols_of(steps: Sequence[Step], layers: Layers, options: Options, loss: str) -> LayerSymbols:
    """What the parts of layers are called."""
    errors = [
        layers.places[step.of].role
        for step in steps
        if step.error_name and step.of in layers.places
    ]
    return LayerSymbols(options.names, loss, errors)


def layers_text(
    found: Sequence[Recurrence],
    layers: Layers,
    steps: Sequence[Step],
    symbols: LayerSymbols,
    options: Options,
) -> list[str]:
    """The lines, with what each part is in each layer."""
    if not found:
        return []
    lang = options.lang
    say = words(lang)
    lines = ["", say("layers"), f"  {_names(layers)}"]
    definition = symbols.definition()
    if definition:
        lines.append("  " + say("unit error", definition=definition))
    entries = Entries(found, steps) if options.notation == "index" else None
    rows = []
    is_indexed = False
    for line in found:
        symbol = partial(symbols.text, layer=_letter(line, layers))
        entry = entries.equation(line, symbol) if entries is not None else None
        is_indexed |= entry is not None
        rows.append((entry or _equation(line, symbol), _range(line.layers, layers, lang)))
    if entries is not None and is_indexed:
        lines.append("  " + say("unit letters"))
        lines += ["  " + say("example letter")] if entries.examples else []
    width = max(len(equation) for equation, _ in rows)
    for equation, where in rows:
        lines.append(f"  {equation:<{width}}   {where}".rstrip())
    return lines


def layers_latex(lines: Sequence[LayerLine], definition: str) -> str:
    """One `align*` environment, that begins with what δ is; nothing without layers."""
    if not lines:
        return ""
    rows = [definition] if definition else []
    rows += [f"{line.left} &= {line.formula} && {line.where}".rstrip(" &") for line in lines]
    return "\n".join([r"\begin{align*}", " \\\\\n".join(rows), r"\end{align*}"])


@dataclass(frozen=True)
class LayerLine:
    """A formula of layers in LaTeX.

    Attributes:
        left: its left side.
        formula: what that equals.
        where: the layers that have it, `(l = 4..1)`; empty for a layer given by its number.
    """

    left: str
    formula: str
    where: str


def layer_lines(
    found: Sequence[Recurrence],
    layers: Layers,
    steps: Sequence[Step],
    forms: Sequence[Forms],
    symbols: LayerSymbols,
    shown: Mapping[str, str],
) -> list[LayerLine]:
    """The formulas in LaTeX, one for each recurrence."""
    by_name = {step.name: form for step, form in zip(steps, forms, strict=True)}
    lines = []
    for line in found:
        layer, letter = line.layers[0], _letter(line, layers)
        own = dict(shown)
        for part in line.parts:
            if isinstance(part, Reference):
                own[line.known[part, layer]] = symbols.latex(part, letter)
        formula = by_name[line.names[layer]].formula.latex(own)
        lines.append(LayerLine(symbols.latex(line.left, letter), formula, _where(line, letter)))
    return lines


def layer_rows(
    found: Sequence[Recurrence], layers: Layers, symbols: LayerSymbols, lang: str
) -> list[tuple[str, str]]:
    """Each formula as text, and the layers that have it."""
    return [
        (
            _equation(line, partial(symbols.text, layer=_letter(line, layers))),
            _range(line.layers, layers, lang),
        )
        for line in found
    ]


def _where(line: Recurrence, letter: int | str) -> str:
    if letter == "l":
        return f"(l = {_runs(line.layers)})"
    return f"(L = {line.layers[0]})" if letter == "L" else ""


def _equation(line: Recurrence, symbol: Callable[[Reference], str]) -> str:
    around = ["", *(part if isinstance(part, str) else "…" for part in line.parts), ""]
    parts = [
        part if isinstance(part, str) else _within(symbol(part), around[place], around[place + 2])
        for place, part in enumerate(line.parts)
    ]
    formula = _POWER.sub(r"(\1)", "".join(parts))
    return f"{symbol(line.left)} = {formula}"


def _letter(line: Recurrence, layers: Layers) -> int | str:
    """l for several layers, L for the last one, or the number of another."""
    if len(line.layers) > 1:
        return "l"
    (layer,) = line.layers
    return "L" if layer == layers.last else layer


def _within(text: str, before: str, after: str) -> str:
    """A quotient gets parentheses beside others."""
    return f"({text})" if "/" in text and not is_alone(before, after) else text


def _range(found: Sequence[int], layers: Layers, lang: str) -> str:
    """`l = 4..1` as the formulas are used; the output layer is said to be that."""
    say = words(lang)
    if len(found) == 1:
        key = "output layer" if found[0] == layers.last else "layer"
        return say(key, layer=found[0])
    return f"l = {_runs(found)}"


def _runs(found: Sequence[int]) -> str:
    """`4..1, 9`: neighbours as ranges."""
    runs: list[list[int]] = []
    for layer in found:
        if (runs and abs(layer - runs[-1][-1]) == 1 and len(runs[-1]) < 2) or (
            runs and len(runs[-1]) >= 2 and layer - runs[-1][-1] == runs[-1][1] - runs[-1][0]
        ):
            runs[-1].append(layer)
        else:
            runs.append([layer])
    return ", ".join(f"{run[0]}..{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


def _names(layers: Layers) -> str:
    """`W^l: W_0 W_1 W_2 (l = 1..3)` for each part."""
    by_role: dict[str, dict[int, str]] = {}
    for name, place in layers.places.items():
        by_role.setdefault(place.role, {})[place.layer] = name
    texts = []
    for role, named in by_role.items():
        numbers = sorted(named)
        last = numbers[-1]
        ends = f"{role}^{numbers[0]}..{role}^{last}" if len(numbers) > 1 else f"{role}^{last}"
        texts.append(f"{ends} = {', '.join(_shortened([named[number] for number in numbers]))}")
    return "; ".join(texts)


def _shortened(names: list[str]) -> list[str]:
    return names if len(names) <= MOST_NAMES else [*names[:2], "…", names[-1]]
