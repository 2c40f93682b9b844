"""A derivation as LaTeX."""

from __future__ import annotations

from collections.abc import Sequence

from kobai.derivation.steps import Step
from kobai.targets.latex import latex_name


def latex_text(steps: Sequence[Step]) -> str:
    """All steps in one `align*` environment."""
    sign = {":=": r"\mathrel{:=}", "=": "="}
    rows = [f"{_name(step)} &{sign[step.sign]} {step.latex}" for step in steps]
    return "\n".join([r"\begin{align*}", " \\\\\n".join(rows), r"\end{align*}"])


def _name(step: Step) -> str:
    return latex_name(step.name, [step.name[1:]] if step.phase == "backward" else ())
