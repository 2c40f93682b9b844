"""Every operation is complete: an entry that lacks something fails here by its name."""

from __future__ import annotations

import string
from typing import Any

import numpy as np
import pytest
from tests.support.samples import OPS, SAMPLES, Sample, samples_of

from kobai.graph import OPERATIONS, Node, Op
from kobai.intervals import Interval
from kobai.targets.source import Source

BY_NAME = pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)


def _first(op: Op) -> tuple[Node, list[Node]]:
    return samples_of(op)[0].build()


@BY_NAME
def test_an_operation_has_samples(op: Op) -> None:
    assert samples_of(op), f"{op.name} has no samples: add some to tests/support/samples.py"


@BY_NAME
def test_an_operation_has_a_domain_for_each_operand(op: Op) -> None:
    node, _ = _first(op)
    assert op.domain, f"{op.name} has no domain"
    assert all(low < high for low, high in op.domain)
    assert len(op.domain) in (1, len(node.operands)), f"{op.name} has {len(op.domain)} domains"


@BY_NAME
def test_an_operation_has_a_rule_or_none_for_each_operand(op: Op) -> None:
    node, _ = _first(op)
    if not callable(op.derivative):
        assert len(op.derivative) == len(node.operands), f"{op.name} lacks a rule"
    rules = [op.rule(position) for position in range(len(node.operands))]
    assert all(rule is None or callable(rule) for rule in rules)


@BY_NAME
@pytest.mark.parametrize("form", ["text", "latex"])
def test_an_operation_can_be_printed(op: Op, form: str) -> None:
    node, inputs = _first(op)
    names = [Source(letter) for letter in string.ascii_lowercase[: len(inputs)]]
    template: Any = getattr(op, form)
    assert template, f"{op.name} has no {form}"
    printed = template(node, *names) if callable(template) else template.format(*names)
    if op.name != "named":
        assert all(name in printed for name in names), f"{printed} lacks an operand"


@BY_NAME
def test_the_bounds_of_an_operation_hold_on_its_samples(op: Op) -> None:
    for sample in samples_of(op):
        if op.bounds is None:
            return
        ends = [Interval(float(np.min(a)), float(np.max(a))) for a in sample.arrays]
        bounds = op.bounds(*ends, **sample.attributes)
        if op.name == "cast" and not sample.is_smooth:
            continue  # bounds are those of the value before it is rounded
        values = op.evaluate(*sample.arrays, **sample.attributes)
        assert bounds.low <= np.min(values), f"{sample}: {bounds}"
        assert np.max(values) <= bounds.high, f"{sample}: {bounds}"


@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_a_node_is_rebuilt_on_other_operands(sample: Sample) -> None:
    node, inputs = sample.build()
    others = tuple(
        node.graph.input(f"other_{x.attribute('name')}", x.shape, x.dtype) for x in inputs
    )
    again = node.rebuilt(others)
    assert again is not node
    assert (again.op, again.attributes, again.shape) == (node.op, node.attributes, node.shape)
    assert node.rebuilt(node.operands) is node


def test_names_of_operations_are_those_of_the_registry() -> None:
    assert all(name == op.name for name, op in OPERATIONS.items())


def test_two_operations_cannot_share_a_name() -> None:
    known = OPS[0]
    with pytest.raises(ValueError, match=f"two operations are named '{known.name}'"):
        Op(
            name=known.name,
            kind=known.kind,
            evaluate=known.evaluate,
            shape=known.shape,
            dtypes=known.dtypes,
        )


def test_the_operations_are_as_many_as_were_written() -> None:
    assert (len(OPS), len(SAMPLES)) == (211, 1032)
