"""Whole derivations as text and LaTeX, compared with golden files."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.derivation.models import MODELS
from tests.targets.golden_files import compare
from tests.targets.test_latex import check

GOLDEN = Path(__file__).with_name("golden")


@pytest.mark.parametrize("name", MODELS)
def test_a_derivation_is_printed_as_it_was(name: str) -> None:
    d = MODELS[name].derivation()
    reasons = "".join(
        f"{step.name}\n" + "".join(f"  {b.rule}: {b.after}  [{b.fact}]\n" for b in step.because)
        for step in d.steps
        if len(step.because) > 1
    )
    text = f"{d}\n\nbecause\n{reasons}\n{d.latex()}\n"
    compare(GOLDEN / f"{name.replace(' ', '_')}.txt", text)


@pytest.mark.parametrize("name", MODELS)
def test_its_latex_is_well_formed(name: str) -> None:
    d = MODELS[name].derivation()
    text = d.latex()
    assert text.startswith("\\begin{align*}\n")
    assert text.endswith("\n\\end{align*}")
    rows = text.partition(r"\end{align*}")[0].splitlines()[1:]
    assert sum(not row.startswith("&=") for row in rows) == len(d.steps)
    check(text)
    for step in d.steps:
        check(step.latex)


def test_every_golden_file_belongs_to_a_model() -> None:
    found = {path.stem for path in GOLDEN.glob("*.txt")}
    assert found == {name.replace(" ", "_") for name in MODELS}
