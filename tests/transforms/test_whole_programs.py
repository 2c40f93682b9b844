"""A thousand whole programs, as `make fuzz` runs a hundred thousand."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.whole_programs import (
    BLOCKS,
    arguments,
    compiled,
    expressions,
    verdict,
    written,
)

from kobai.graph import reachable
from kobai.ops.elementary import cos, sin
from kobai.recording import record

PARTS, PROGRAMS = 20, 48
DRAWN = settings(max_examples=settings().max_examples * 40 // 60, deadline=None)


@pytest.mark.parametrize("part", range(PARTS))
def test_programs_of_numbered_seeds(part: int) -> None:
    for seed in range(part * PROGRAMS, (part + 1) * PROGRAMS):
        source = written(random.Random(seed).randrange)
        end, reason = verdict(source, seed)
        assert end != "wrong", f"seed {seed}: {reason}\n{source}"


@DRAWN
@given(st.data())
def test_programs_that_hypothesis_draws(data: st.DataObject) -> None:
    source = written(lambda count: data.draw(st.integers(0, count - 1)))
    end, reason = verdict(source, 1)
    assert end != "wrong", f"{reason}\n{source}"


def test_programs_have_forty_operations_and_all_that_people_write() -> None:
    sources = [written(random.Random(seed).randrange) for seed in range(300)]
    for seed, source in enumerate(sources[:20]):
        given = arguments(np.random.default_rng(seed))
        result = record(compiled(source), given, [0, 1]).result.node
        assert sum(node.op.kind != "leaf" for node in reachable([result])) >= 40
    text = "\n".join(sources)
    for wanted in ("y[0] = ", "*= ", "np.add.at(", "out=", "while ", "if ", "row += ", "[x"):
        assert wanted in text
    assert len(expressions()) > 600
    assert len(BLOCKS) > 15


def test_a_rule_that_is_wrong_by_a_twentieth_of_a_percent_is_noticed() -> None:
    right = sin.derivative
    object.__setattr__(sin, "derivative", (lambda g, y, x: 1.0005 * g * cos(x),))
    try:
        ends = [verdict(written(random.Random(seed).randrange), seed) for seed in range(5)]
    finally:
        object.__setattr__(sin, "derivative", right)
    assert all(end == "wrong" and "differences" in reason for end, reason in ends)
