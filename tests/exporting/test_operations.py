"""Every operation that a language can be given has the value there that it has in NumPy."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from tests.exporting.programs import printed_by
from tests.support.samples import OPS, SAMPLES, Sample, samples_of

from kobai.errors import KobaiError
from kobai.evaluation import Program as Reference
from kobai.exporting import TARGETS
from kobai.graph import Graph
from kobai.targets.programs import Argument, Program

PAGE = Path(__file__).parents[2] / "docs" / "export.md"
LANGUAGES = ("c", "octave", "scilab", "julia")
PER_PROGRAM = 60


def program_of(samples: Sequence[Sample]) -> Program:
    """A program whose results are the values of all samples."""
    graph = Graph()
    arguments: list[Argument] = []
    results = []
    for number, sample in enumerate(samples):
        inputs = []
        for place, array in enumerate(sample.arrays):
            name = f"x{number}_{place}"
            node = graph.input(name, array.shape, array.dtype)
            inputs.append(node)
            arguments.append(Argument(name, node, array))
        results.append((f"y{number}", sample.op(*inputs, **sample.attributes)))
    return Program(
        function="samples",
        kind="gradient",
        arguments=tuple(arguments),
        lengths=(),
        results=tuple(results),
        values={},
        states=(),
        updates=(),
        parameters=(),
        optimizer="",
        steps=0,
        places={},
    )


@cache
def covered(target: str) -> tuple[Sample, ...]:
    """The samples that a language can be given."""
    found = []
    for sample in SAMPLES:
        try:
            TARGETS[target](program_of([sample]))
        except KobaiError:
            continue
        found.append(sample)
    return tuple(found)


@pytest.mark.parametrize("part", range(20))
@pytest.mark.parametrize("target", ["c", "octave", "scilab"])
def test_operations_have_numpys_values(target: str, part: int, tmp_path: Path) -> None:
    samples = covered(target)[part * PER_PROGRAM : (part + 1) * PER_PROGRAM]
    if not samples:
        return
    found = printed_by(TARGETS[target](program_of(samples)), target, tmp_path)
    assert len(found) == len(samples)
    for sample, entries in zip(samples, found.values(), strict=True):
        node, inputs = sample.build()
        (exact,) = Reference([node], inputs).run(*sample.arrays)
        scale = max(1.0, float(np.max(np.abs(exact), initial=0.0)))
        row = np.ravel(exact).astype(float)
        assert entries.shape == row.shape, sample
        is_close = np.allclose(entries, row, rtol=1e-12, atol=1e-13 * scale, equal_nan=True)
        assert is_close, (str(sample), entries, row)


def test_no_sample_is_left_over() -> None:
    assert max(len(covered(target)) for target in LANGUAGES) <= 20 * PER_PROGRAM


def test_the_page_lists_what_each_language_is_given() -> None:
    rows = dict(
        line.strip("| ").split(" | ", 1)
        for line in PAGE.read_text(encoding="utf-8").splitlines()
        if line.startswith("| `")
    )
    expected = {}
    for op in OPS:
        samples = set(samples_of(op))
        marks = []
        for target in LANGUAGES:
            count = len(samples & set(covered(target)))
            marks.append("yes" if samples and count == len(samples) else "some" if count else "–")
        if set(marks) != {"–"}:
            expected[f"`{op.name}`"] = " | ".join(["yes", *marks])
    assert rows == expected
