"""Every operation as machine code, or called in NumPy from it, has NumPy's value."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.support.samples import OPS, samples_of

from kobai.backends.native import NativeProgram
from kobai.evaluation import Program
from kobai.graph import OPERATIONS, AnyArray, Graph, Op
from kobai.lower.kernels import Lowered
from kobai.lower.native import is_native
from kobai.lower.plan import plan

EDGES = np.array([0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 5e-324, 1e-310, 1e300, np.inf, -np.inf, np.nan])


@pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)
def test_an_operation_has_numpys_value(op: Op) -> None:
    for sample in samples_of(op):
        node, inputs = sample.build()
        arrays = [np.asarray(array) for array in sample.arrays]
        (expected,) = Program([node], inputs).run(*arrays)
        (found,) = NativeProgram(plan([node], {}), inputs).run(*arrays)
        one, other = np.asarray(found), np.asarray(expected)
        assert one.shape == other.shape
        assert one.dtype == other.dtype
        # gammaln is the C library's, which differs by some units beside its zero.
        np.testing.assert_allclose(one, other, rtol=1e-14, atol=1e-15)


def test_so_many_operations_have_loops_of_their_own() -> None:
    count = 0
    for op in OPS:
        node, _ = samples_of(op)[0].build()
        count += any(isinstance(step, Lowered) for step in plan([node], {}).steps)
    assert count == 93


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("op", [op for op in OPS if op.body], ids=lambda op: op.name)
def test_an_operation_has_numpys_value_at_the_edges(op: Op, dtype: str) -> None:
    graph = Graph()
    with np.errstate(over="ignore"):
        edges = EDGES.astype(dtype)
    if op.name == "gammaln":
        edges = edges[(edges == 0) | ~(np.abs(edges) < 1e-300)]  # SciPy's is infinite before 0
    arity = (
        3 if op.name == "where" else len(op.derivative) if isinstance(op.derivative, tuple) else 1
    )
    grid = np.meshgrid(*[edges] * arity, indexing="ij")
    arrays: list[AnyArray] = [part.ravel() for part in grid]
    attributes: dict[str, Any] = {"dtype": np.dtype("float64")} if op.name == "cast" else {}
    if op.name == "named":
        attributes = {"name": "x"}
    if op.name.startswith("logical") or op.name == "where":
        arrays[0] = arrays[0] > 0
    if op.name.startswith("logical"):
        arrays = [array > 0 for array in arrays]
    inputs = [graph.input(f"x{i}", a.shape, a.dtype) for i, a in enumerate(arrays)]
    node = OPERATIONS[op.name](*inputs, **attributes)
    assert is_native(node)
    (expected,) = Program([node], inputs).run(*arrays)
    (found,) = NativeProgram(plan([node], {}), inputs).run(*arrays)
    limit = 1e-14 if np.dtype(dtype).itemsize == 8 else 1e-6
    tiny = float(np.finfo(dtype).smallest_subnormal)
    np.testing.assert_allclose(found, expected, rtol=limit, atol=tiny)
    if node.is_differentiable:
        zeros = (expected == 0) & (found == 0)
        assert np.array_equal(np.signbit(found[zeros]), np.signbit(expected[zeros]))
