"""A derivation as LaTeX."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kobai.derivation.expressions import Expression, Forms
from kobai.derivation.options import Options
from kobai.derivation.schemes import latex_symbols
from kobai.derivation.steps import Step
from kobai.targets.index_latex import indexed
from kobai.targets.latex import latex_name


def latex_text(steps: Sequence[Step], forms: Sequence[Forms], options: Options, loss: str) -> str:
    """All steps in one `align*` environment: the chain rule's line, then what it comes to."""
    symbols = latex_symbols(steps, options.names, loss)
    rows: list[str] = []
    for step, form in zip(steps, forms, strict=True):
        rows += _rows(step, form, symbols, is_indexed=options.notation == "index")
    return "\n".join([r"\begin{align*}", " \\\\\n".join(rows), r"\end{align*}"])


@dataclass(frozen=True)
class Equations:
    """One step in LaTeX: its left side and what that equals; a line that there is not is empty.

    Attributes:
        left: the step's symbol, with indices in formulas with indices.
        chain: the chain rule's line.
        formula: the step's formula.
        full: the formula over arguments and forward values alone.
    """

    left: str
    chain: str
    formula: str
    full: str


def equations(
    step: Step, form: Forms, symbols: Mapping[str, str], *, is_indexed: bool
) -> Equations:
    """The lines of one step, in matrices or with indices."""
    left = symbols[step.name] if step.of else latex_name(step.name)
    is_indexed = is_indexed and bool(step.entry)
    if is_indexed:
        left = indexed(left, step.places)

    def line(expression: Expression | None) -> str:
        if expression is None:
            return ""
        return expression.entry_latex(symbols) if is_indexed else expression.latex(symbols)

    return Equations(left, line(form.chain), line(form.formula), line(form.full))


def _rows(step: Step, form: Forms, symbols: Mapping[str, str], *, is_indexed: bool) -> list[str]:
    sign = {":=": r"\mathrel{:=}", "=": "="}[step.sign]
    found = equations(step, form, symbols, is_indexed=is_indexed)
    lines = [found.chain, found.formula, found.full if is_indexed else ""]
    first, *others = dict.fromkeys(line for line in lines if line)
    return [f"{found.left} &{sign} {first}", *(f"&= {line}" for line in others)]
