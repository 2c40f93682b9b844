"""A derivation as LaTeX."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kobai.derivation.expressions import Forms
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


def _rows(step: Step, form: Forms, symbols: Mapping[str, str], *, is_indexed: bool) -> list[str]:
    sign = {":=": r"\mathrel{:=}", "=": "="}[step.sign]
    name = symbols[step.name] if step.of else latex_name(step.name)
    expressions = [form.chain, form.formula, form.full if is_indexed else None]
    shown = [expression for expression in expressions if expression is not None]
    if is_indexed and step.entry:
        name = indexed(name, step.places)
        lines = [expression.entry_latex(symbols) for expression in shown]
    else:
        lines = [expression.latex(symbols) for expression in shown]
    first, *others = dict.fromkeys(line for line in lines if line)
    return [f"{name} &{sign} {first}", *(f"&= {line}" for line in others)]
