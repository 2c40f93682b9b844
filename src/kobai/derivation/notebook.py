"""A derivation as a table for a notebook, whose formulas the notebook typesets."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from kobai.derivation.latex_text import Equations
from kobai.derivation.steps import Step
from kobai.derivation.text import value_text
from kobai.languages import words


def table(title: str, steps: Sequence[Step], equations: Sequence[Equations], lang: str) -> str:
    """Static HTML: the phase, the lines of formulas and the value of each step."""
    say = words(lang)
    rows = [
        f"<tr><td>{escape(say(step.phase))}</td>"
        f'<td style="text-align:left">{_formula(step, lines)}</td>'
        f'<td style="text-align:left">{escape(value_text(step.value, step.shape))}</td></tr>'
        for step, lines in zip(steps, equations, strict=True)
    ]
    caption = f"<caption><code>{escape(title)}</code></caption>"
    return "".join([f"<table>{caption}<tbody>", *rows, "</tbody></table>"])


def _formula(step: Step, lines: Equations) -> str:
    sign = r"\mathrel{:=}" if step.sign == ":=" else "="
    shown = dict.fromkeys(line for line in (lines.chain, lines.formula) if line)
    equation = " ".join([lines.left, sign, " = ".join(shown)])
    return f"${escape(equation)}$"
