"""Every operation, and every operation inside every operation, printed as NumPy and read back."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
import scipy.special
from tests.support.derivatives import (
    by_complex_step,
    by_differences,
    evaluated,
    relative_error,
)
from tests.support.samples import BY_DIFFERENCES, OPS, PREPARED, SAMPLES, Sample, samples_of

from kobai.calculus import cotangents
from kobai.evaluation import Program
from kobai.graph import AnyArray, Graph, Node, Op
from kobai.ops.elementary import sin
from kobai.ops.reductions import total
from kobai.sizes import shape_at_hand
from kobai.targets.latex import latex
from kobai.targets.numpy_source import numpy_source

INNER = tuple(op for op in OPS if op.name != "named")
RESULTS: dict[Sample, Node] = {sample: sample.build()[0] for sample in SAMPLES}
PER_PAIR = 4
CHAINED = 40


def _read_back(source: str, values: Mapping[str, AnyArray]) -> Any:
    with np.errstate(all="ignore"):
        return eval(source, {"np": np, "scipy": scipy, **values})


def _close(found: Any, expected: Any) -> bool:
    a, b = np.asarray(found), np.asarray(expected)
    if a.shape != b.shape or a.dtype != b.dtype:
        return False
    return bool(np.allclose(a, b, rtol=1e-12, atol=1e-12, equal_nan=True))


def _names(inputs: Sequence[Node]) -> dict[Node, str]:
    return {x: x.attribute("name") for x in inputs}


@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_what_is_printed_reads_back_to_the_value(sample: Sample) -> None:
    node, inputs = sample.build()
    if sample.op.name == "named":
        assert numpy_source(node, _names(inputs)) == sample.attributes["name"]
        return
    source = numpy_source(node, _names(inputs))
    values = dict(zip(_names(inputs).values(), sample.arrays, strict=True))
    (expected,) = Program([node], inputs).run(*sample.arrays)
    assert _close(_read_back(source, values), expected), source


def _nested(
    outer: Sample, inner: Sample, graph: Graph, position: int, *, is_squashed: bool = False
) -> tuple[Node, list[Node]]:
    """An operation with another in place of one of its operands; squashed, inside its domain."""
    inputs: list[Node] = []

    def given(sample: Sample, prefix: str) -> list[Node]:
        nodes = [graph.input(f"{prefix}{i}", a.shape, a.dtype) for i, a in enumerate(sample.arrays)]
        inputs.extend(nodes)
        return nodes

    operands = given(outer, "x")
    part = inner.op(*given(inner, "y"), **inner.attributes)
    if outer.op.name in PREPARED and part.is_differentiable:
        part = operands[position] + 0.25 * sin(part)  # near what was prepared
    elif is_squashed:
        low, high = [*outer.op.domain, outer.op.domain[-1], outer.op.domain[-1]][position]
        part = (low + high) / 2 + (high - low) / 2.5 * sin(part)
    operands[position] = part
    return outer.op(*operands, **outer.attributes), inputs


def _fits(node: Node, operand: AnyArray, outer: Op) -> bool:
    if operand.dtype.kind == "i":
        return False  # places in an array
    takes_truth = outer.name.startswith("logical") and node.dtype == np.dtype(bool)
    return node.shape == operand.shape and (node.dtype == operand.dtype or takes_truth)


def _pairs(outer: Op, seed: int) -> list[tuple[Sample, Sample, int]]:
    """For each inner operation, a few samples that fit into an operand of the outer one."""
    generator = random.Random(f"{outer.name}{seed}")
    found: list[tuple[Sample, Sample, int]] = []
    for inner in INNER:
        fits = [
            (one, two, position)
            for one in samples_of(outer)
            for two in samples_of(inner)
            for position, array in enumerate(one.arrays)
            if _fits(RESULTS[two], array, outer)
        ]
        found += generator.sample(fits, min(PER_PAIR, len(fits)))
    return found


@pytest.mark.parametrize("outer", INNER, ids=lambda op: op.name)
def test_every_operation_inside_it_reads_back(outer: Op) -> None:
    for one, two, position in _pairs(outer, 1):
        node, inputs = _nested(one, two, Graph(), position)
        arrays = [*one.arrays, *two.arrays]
        source = numpy_source(node, _names(inputs))
        values = dict(zip(_names(inputs).values(), arrays, strict=True))
        (expected,) = Program([node], inputs).run(*arrays)
        assert _close(_read_back(source, values), expected), f"{one} of {two}: {source}"
        assert latex(node, _names(inputs))


SMOOTH = tuple(
    op for op in INNER if op.name != "cast" and samples_of(op)[0].build()[0].is_differentiable
)


@pytest.mark.parametrize("outer", SMOOTH, ids=lambda op: op.name)
def test_the_chain_rule_holds_for_operations_inside_it(outer: Op) -> None:
    generator = random.Random(outer.name)
    pairs = [pair for pair in _pairs(outer, 2) if pair[1].op in SMOOTH]
    for one, two, position in generator.sample(pairs, min(CHAINED, len(pairs))):
        if not one.build()[1][position].is_differentiable:
            continue
        node, inputs = _nested(one, two, Graph(), position, is_squashed=True)
        arrays = [*one.arrays, *two.arrays]
        weights = np.random.default_rng(5).uniform(0.5, 1.5, shape_at_hand(node.shape))
        output = total(node * weights, axis=tuple(range(node.ndim)), keepdims=False)
        count = len(one.arrays)
        first = next(i for i in range(count, len(inputs)) if inputs[i].is_differentiable)
        found = cotangents(output, [inputs[first]])
        if inputs[first] not in found:
            continue  # a sign has no slope
        (slope,) = Program([found[inputs[first]]], inputs).run(*arrays)

        def value(moved: Sequence[AnyArray], output: Node = output, xs: Any = inputs) -> complex:
            return complex(evaluated(output, dict(zip(xs, moved, strict=True))))

        is_rough = BY_DIFFERENCES & {one.op.name, two.op.name}
        error, tolerance = 1.0, 1e-8 if is_rough else 1e-11
        for step in (1e-2, 1e-3, 1e-4) if is_rough else (0.0,):
            exact = (
                by_differences(value, arrays, first, step)
                if step
                else by_complex_step(value, arrays, first)
            )
            error = min(error, relative_error(slope, exact))
            # Differences know no slope that is lost beside the value, as that of cos near 0.
            lost = 1e-11 * abs(value(arrays)) if is_rough else 0.0
            error = 0.0 if np.max(np.abs(slope - exact)) <= lost else error
        assert error <= tolerance, f"{one} of {two}"


def test_the_pairs_are_as_many_as_were_written() -> None:
    pairs = sum(len(_pairs(outer, 1)) for outer in INNER)
    assert pairs == 102967
