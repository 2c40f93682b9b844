"""Values, shapes and dtypes of every operation, against NumPy."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from tests.support.samples import OPS, SAMPLES, Sample, numpys, samples_of

from kobai.errors import DerivativeError
from kobai.evaluation import Evaluator, Program
from kobai.graph import AnyArray, Graph, Node, Op

DTYPES = tuple(map(np.dtype, ("f2", "f4", "f8", "i4", "i8", "?")))
# Functions that NumPy lacks take the dtypes that these do.
LIKE: dict[str, np.ufunc] = {"sigmoid": np.exp, "xlogy": np.logaddexp}


@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_a_node_has_the_value_shape_and_dtype_that_numpy_gives(sample: Sample) -> None:
    node, inputs = sample.build()
    expected = np.asarray(sample.op.evaluate(*sample.arrays, **sample.attributes))
    (found,) = Program([node], inputs).run(*sample.arrays)
    assert (node.shape, node.dtype) == (expected.shape, expected.dtype)
    assert np.array_equal(found, expected)
    on_demand = Evaluator(dict(zip(inputs, sample.arrays, strict=True))).value(node)
    assert np.array_equal(on_demand, expected)


@pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)
def test_dtypes_are_inferred_as_numpy_does(op: Op) -> None:
    sample = samples_of(op)[0]
    for dtypes in itertools.product(DTYPES, repeat=len(sample.arrays)):
        # Places in an array are whole numbers, whatever the array is.
        arrays = [
            a if a.dtype.kind == "i" else a.astype(dtype)
            for a, dtype in zip(sample.arrays, dtypes, strict=True)
        ]
        _compare(op, arrays, arrays, sample)


@pytest.mark.parametrize("op", [op for op in OPS if op.kind == "map"], ids=lambda op: op.name)
@pytest.mark.parametrize("number", [True, 2, 1.5], ids=repr)
def test_python_numbers_leave_the_dtype_to_the_arrays(op: Op, number: float) -> None:
    sample = samples_of(op)[0]
    count = len(sample.arrays)
    for place, dtype in itertools.product(range(count), DTYPES):
        arrays = [a.astype(dtype) for a in sample.arrays]
        if count == 1:
            continue
        given: list[Any] = [*arrays]
        given[place] = number
        _compare(op, arrays, given, sample)


def _compare(op: Op, arrays: list[AnyArray], given: list[Any], sample: Sample) -> None:
    """Kobai's dtype and shape are those of the result, or both refuse the operands."""
    graph = Graph()
    nodes: list[Any] = [
        graph.input(f"x{i}", a.shape, a.dtype) if isinstance(x, np.ndarray) else x
        for i, (a, x) in enumerate(zip(arrays, given, strict=True))
    ]
    function: Any = LIKE.get(op.name) or numpys(op) or op.evaluate
    label = f"{op.name} of {[getattr(x, 'dtype', x) for x in given]}"
    with np.errstate(all="ignore"):
        try:
            expected = np.asarray(function(*given, **sample.attributes))
        except TypeError:
            with pytest.raises(TypeError):
                op(*nodes, **sample.attributes)
            return
        except (ValueError, DerivativeError):
            return  # a whole number to a negative power, a matrix without an inverse
    node = op(*nodes, **sample.attributes)
    inputs = [x for x in nodes if isinstance(x, Node)]
    (found,) = Program([node], inputs).run(*(x for x in given if isinstance(x, np.ndarray)))
    assert node.dtype == expected.dtype == found.dtype, label
    assert node.shape == expected.shape == found.shape, label


@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_empty_arrays_have_the_shape_that_numpy_gives(sample: Sample) -> None:
    if sample.op.kind != "map" or not all(a.ndim for a in sample.arrays):
        return
    arrays = tuple(a[:0] for a in sample.arrays)
    empty = Sample(sample.op, arrays, sample.attributes)
    try:
        expected = np.asarray(sample.op.evaluate(*arrays, **sample.attributes))
    except ValueError:
        return
    node, inputs = empty.build()
    (found,) = Program([node], inputs).run(*arrays)
    assert node.shape == found.shape == expected.shape


def test_every_sample_is_tried() -> None:
    assert sum(len(samples_of(op)) for op in OPS) == len(SAMPLES)
