"""First and second derivatives of every operation; and that a wrong rule would be noticed."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from tests.support.derivatives import first_error, second_error
from tests.support.samples import BY_DIFFERENCES, OPS, SAMPLES, STEPS, Sample, samples_of

from kobai.graph import OPERATIONS, Node, Op, Rule


def _has_derivative(sample: Sample) -> bool:
    return sample.is_smooth and sample.build()[0].is_differentiable


SMOOTH = tuple(sample for sample in SAMPLES if _has_derivative(sample))


def _tolerance(op: Op) -> float:
    return 1e-9 if op.name in BY_DIFFERENCES else 1e-12


@pytest.mark.parametrize("sample", SMOOTH, ids=str)
def test_the_first_derivative_is_right(sample: Sample) -> None:
    assert first_error(sample) <= _tolerance(sample.op)


@pytest.mark.parametrize("sample", SMOOTH, ids=str)
def test_the_second_derivative_is_right(sample: Sample) -> None:
    assert second_error(sample) <= _tolerance(sample.op)


def _scaled(op: Op, position: int, factor: float) -> Op:
    """The operation with one of its rules wrong by a factor."""

    def rule(g: Node, *operands: Node, **attributes: Any) -> Any:
        right = op.rule(position)
        assert right is not None
        slope = right(g, *operands, **attributes)
        return None if slope is None else slope * factor

    def rules(which: int) -> Rule:
        return rule if which == position else op.rule(which)

    wrong = copy.copy(op)
    object.__setattr__(wrong, "derivative", rules)
    return wrong


def _operands(op: Op) -> int:
    return max(len(sample.arrays) for sample in samples_of(op))


def _flows(op: Op, position: int) -> bool:
    """Whether anything comes back to the operand at this position."""
    rule = op.rule(position)
    if rule is None:
        return False
    sample = next(s for s in samples_of(op) if len(s.arrays) > position)
    node, inputs = sample.build()
    return rule(node, node, *inputs, **sample.attributes) is not None


RULES = tuple(
    (op, position)
    for op in OPS
    for position in range(_operands(op))
    if op.name not in STEPS and _flows(op, position)
)


@pytest.mark.parametrize(("op", "position"), RULES, ids=lambda x: getattr(x, "name", str(x)))
def test_a_rule_that_is_wrong_by_a_twentieth_of_a_percent_is_noticed(op: Op, position: int) -> None:
    samples = [s for s in samples_of(op) if _has_derivative(s) and len(s.arrays) > position]
    assert max(first_error(s, _scaled(op, position, 1.0005)) for s in samples) > 1e-4
    assert max(first_error(s, _scaled(op, position, 1.0)) for s in samples) <= _tolerance(op)


def test_operations_without_a_derivative_are_those_with_steps() -> None:
    without = {op.name for op in OPS if not any(map(op.rule, range(_operands(op))))}
    assert without == {name for name in STEPS if not _is_floating(OPERATIONS[name])}


def _is_floating(op: Op) -> bool:
    """Whether the result could have a derivative: that of a rounding is 0, of a comparison none."""
    return samples_of(op)[0].build()[0].is_differentiable


def test_no_generated_test_got_lost() -> None:
    assert (len(SMOOTH), len(RULES)) == (898, 218)
