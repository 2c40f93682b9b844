"""Which values carry the examples, where they are folded, and in how many passes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from tests.backends.losses import drawn, examples_in_columns, logistic, mixture, standardised

from kobai.differentiation import differentiated, for_evaluation
from kobai.facts import Facts
from kobai.graph import OPERATIONS, Graph, Node
from kobai.lower.kernels import Lowered
from kobai.lower.loops import Map, Product, Scan
from kobai.lower.plan import Plan, plan
from kobai.ops.filling import arange
from kobai.ops.gathering import Slot, gather
from kobai.ops.shaping import expand_dims
from kobai.recording import record
from kobai.sizes import Size
from kobai.transforms import scalar_output


def planned(loss: Callable[..., Any], *args: Any, data: int = 2) -> Plan:
    """The plan of value and gradient by all but the last arguments, which are the data."""
    recording = record(loss, args, range(len(args)))
    nodes = [leaf.node for leaf in recording.inputs]
    output = scalar_output(recording.result)
    assert output is not None
    value, found = differentiated(output, nodes[: len(nodes) - data], Facts())
    axes: dict[Node, int] = dict.fromkeys(nodes[len(nodes) - data :], 0)
    return plan(for_evaluation([value, *found.values()], nodes), axes)


def softmax_over_examples(w: Any, X: Any, y: Any) -> Any:
    z = X @ w
    return np.sum(np.exp(z - np.max(z)) / np.sum(np.exp(z - np.max(z))) * y)


@pytest.mark.parametrize(
    ("loss", "passes"),
    [(logistic, 1), (examples_in_columns, 1), (mixture, 1), (standardised, 5)],
    ids=lambda given: getattr(given, "__name__", ""),
)
def test_the_passes_over_the_examples(loss: Callable[..., Any], passes: int) -> None:
    found = planned(loss, *drawn(100, "float64")).split
    assert found.passes == passes


def test_a_pass_reads_the_data_once_and_keeps_nothing() -> None:
    w, b, X, y = drawn(100, "float64")
    found = planned(logistic, w, b, X, y)
    tiled = [s for s in found.steps if isinstance(s, Lowered) and s.kernel.examples is not None]
    assert len(tiled) == 1
    (step,) = tiled
    roles = [binding.role for binding in step.bindings]
    assert roles.count("result") == 0  # no value of every example outlives its tile
    assert roles.count("fold") == 3  # the loss, dw and db
    assert sum(isinstance(loop, Product) for loop in step.kernel.loops) == 2
    assert sum(isinstance(loop, Map) for loop in step.kernel.loops) < 6


def test_sums_that_come_back_make_passes_of_their_own() -> None:
    w, _, X, y = drawn(100, "float64")
    found = planned(softmax_over_examples, w, X, y)
    # The largest score, the sum of powers, the loss, the gradient.
    assert found.split.passes == 4
    assert sorted({found.split.times[fold] for fold in found.split.folds}) == [1, 3, 5, 7]


def test_examples_against_examples_are_taken_row_by_row() -> None:
    def pairs(w: Any, X: Any, y: Any) -> Any:
        z = X @ w
        return np.sum((z[:, None] - z[None, :]) ** 2 * y)

    w, _, X, y = drawn(20, "float64")
    found = planned(pairs, w, X, y).split
    wide = [node for node in found.axes if node.ndim == 2 and node.shape == (20, 20)]
    assert wide
    assert {found.axes[node] for node in wide} == {0}


def test_a_split_says_what_happens_when() -> None:
    text = str(planned(logistic, *drawn(100, "float64")).split)
    assert text.startswith("%0 = input(")
    assert "\npass 1 over the examples\n" in text
    assert "[folds the examples]" in text
    assert "[axis 0]" in text


def test_an_operation_that_sees_all_examples_is_no_part_of_a_pass() -> None:
    def scanned(w: Any, X: Any, y: Any) -> Any:
        return np.sum(np.cumsum(X @ w) * y)

    w, _, X, y = drawn(20, "float64")
    found = planned(scanned, w, X, y)
    scan, *_ = [node for node in found.split.times if node.op.name == "cumsum"]
    assert scan not in found.split.axes
    assert found.split.times[scan] % 2 == 0
    once = [s.kernel for s in found.steps if isinstance(s, Lowered) and s.kernel.examples is None]
    assert any(isinstance(loop, Scan) for kernel in once for loop in kernel.loops)


def test_a_scan_within_each_example_is_part_of_a_pass() -> None:
    def scanned(w: Any, X: Any, y: Any) -> Any:
        return np.sum(np.cumsum(X * w, axis=1)[:, -1] * y)

    w, _, X, y = drawn(20, "float64")
    assert planned(scanned, w, X, y).split.passes == 1


def test_places_named_by_each_example_are_part_of_a_pass() -> None:
    def labelled(W: Any, X: Any, y: Any) -> Any:
        z = X @ W
        return -np.mean(z[np.arange(len(y)), y] - np.log(np.sum(np.exp(z), axis=1)))

    def embedded(E: Any, X: Any, y: Any) -> Any:
        return np.mean((np.sum(E[y] * X, axis=1) - 1) ** 2)

    _, _, X, y = drawn(20, "float64")
    for loss, w in ((labelled, np.ones((5, 3))), (embedded, np.ones((4, 5)))):
        found = planned(loss, w, X, y.astype(int))
        assert found.split.passes == 1
        assert all(isinstance(step, Lowered) for step in found.steps)


def test_a_recording_for_any_length_counts_no_rows() -> None:
    graph = Graph()
    m = Size.symbol("m", 20)
    z, y = graph.input("z", (m, 3), np.dtype(float)), graph.input("y", (m,), np.dtype(int))
    rows = arange(graph.leaf(m, np.dtype(int)), size=m)
    for places in (rows, expand_dims(rows, axis=(1,))):
        named = y if places.ndim == 1 else expand_dims(y, axis=(1,))
        chosen = gather(z, places, named, index=(Slot(0), Slot(1)))
        found = plan(
            [OPERATIONS["sum"](chosen, axis=tuple(range(chosen.ndim)), keepdims=False)],
            {z: 0, y: 0},
        )
        (step,) = found.steps
        assert isinstance(step, Lowered)
        assert [binding.node for binding in step.bindings if binding.role == "read"] == [y, z]


def test_different_places_of_one_array_wait_for_all_of_it() -> None:
    def shuffled(w: Any, X: Any, y: Any) -> Any:
        z = X @ w
        return np.sum(z[y] * X[:, 0])

    w, _, X, y = drawn(20, "float64")
    found = planned(shuffled, w, X, y.astype(int)).split
    (gathered,) = [node for node in found.times if node.op.name == "gather"]
    assert found.times[gathered.operands[0]] < found.times[gathered]
