"""A derivation as lines of text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kobai.derivation.options import Options
from kobai.derivation.schemes import text_symbols, with_symbols
from kobai.derivation.steps import Because, Step
from kobai.languages import words
from kobai.targets.index_text import index_text

DIGITS = 4
MOST_ENTRIES = 4
VALUE_COLUMN = 52
LONG_FACT = 60


def text(title: str, steps: Sequence[Step], options: Options, loss: str) -> str:
    """All steps, each with its formula, the lines that led to it, its shape and value."""
    writer = _Writer(steps, options, loss)
    lines: list[str] = []
    for phase in ("forward", "backward", "update"):
        found = [step for step in steps if step.phase == phase]
        if found:
            title_of_phase = words(options.lang)(phase)
            lines += ["", title_of_phase, *(line for step in found for line in writer.lines(step))]
    return "\n".join([title, *lines])


class _Writer:
    """The lines of one step."""

    def __init__(self, steps: Sequence[Step], options: Options, loss: str) -> None:
        self._words = words(options.lang)
        self._is_indexed = options.notation == "index"
        self._told: set[str] = set()
        self._symbols = text_symbols(steps, options.names, loss)

    def lines(self, step: Step) -> list[str]:
        """`dz = da * a * (1 - a)`, the rules, and below them `   = a - y` with the value."""
        formulas = self._formulas(step)
        name = self._symbols.get(step.name, step.name) if step.of else step.name
        if self._is_indexed and step.entry and step.places:
            name += f"[{','.join(step.places)}]"
        heads = [f"  {name} {step.sign} ", *[" " * (len(name) + 3) + "= "] * len(formulas)]
        lines = [head + formula for head, formula in zip(heads, formulas, strict=False)]
        lines[-1] = f"{lines[-1]:<{VALUE_COLUMN}}  {value_text(step.value, step.shape)}".rstrip()
        if len(step.because) > 1:
            rules = self._words("by rules", rules=self.rules(step.because))
            lines.insert(len(lines) - 1, " " * (len(name) + 5) + rules)
        return lines

    def rules(self, because: Sequence[Because]) -> str:
        """The rules one after another, each with what had to be known; long facts are told once.

        A rule that is used again and again is told once.
        """
        told: list[str] = []
        for line in because:
            is_new = line.fact and line.fact not in self._told
            if len(line.fact) > LONG_FACT:
                self._told.add(line.fact)
            said = self._words("as fact", rule=line.rule, fact=line.fact) if is_new else line.rule
            said = with_symbols(said, self._symbols, encloses=False)
            if told[-1:] != [said]:
                told.append(said)
        return self._words.listed(told)

    def _formulas(self, step: Step) -> list[str]:
        if self._is_indexed:
            return self._indexed(step)
        formulas = [because.after for because in step.because[:1]]
        if not formulas or formulas[-1] != step.formula:
            formulas.append(step.formula)
        return [with_symbols(formula, self._symbols) for formula in formulas]

    def _indexed(self, step: Step) -> list[str]:
        """The entry; for a parameter also in full; where there is none, the whole formula."""
        if not step.entry:
            formula = with_symbols(step.formula, self._symbols)
            return [self._words("no indices", formula=formula)]
        entries = [step.chain_entry, step.entry, step.in_full_entry]
        shown = [index_text(entry, self._symbols) for entry in entries if entry]
        return list(dict.fromkeys(shown))


def value_text(value: Any, shape: str = "()") -> str:
    """A number with a few digits; of an array the shape and the first entries."""
    array = np.asarray(value)
    if array.ndim == 0:
        return _number(array.item())
    entries = [_number(entry) for entry in array.ravel()[:MOST_ENTRIES].tolist()]
    if array.size > MOST_ENTRIES:
        entries.append("…")
    return f"{shape} [{' '.join(entries)}]"


def _number(value: Any) -> str:
    return f"{value:.{DIGITS}g}" if isinstance(value, float) else str(value)
