"""Reverse mode: what broadcasting spread is summed, and branches that were not taken stay out."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from tests.support.derivatives import by_complex_step, relative_error

from kobai.calculus import cotangents
from kobai.errors import DerivativeError
from kobai.evaluation import Program
from kobai.graph import OPERATIONS, Graph, Node, Op, reachable
from kobai.ops.choices import where
from kobai.ops.elementary import exp, log, sin
from kobai.ops.naming import named
from kobai.ops.reductions import mean, total
from kobai.ops.shaping import broadcast_to, expand_dims, transpose
from kobai.sizes import Size

FLOAT = np.dtype(float)
SHAPES = [(), (1,), (3,), (2, 1), (1, 3), (2, 3), (2, 1, 1), (4, 2, 3), (1, 1, 1)]


def _total(node: Node) -> Node:
    return total(node, axis=tuple(range(node.ndim)), keepdims=False)


def _pairs() -> list[Any]:
    pairs: list[Any] = []
    for pair in itertools.product(SHAPES, repeat=2):
        try:
            np.broadcast_shapes(*pair)
        except ValueError:
            continue
        pairs.append(pair)
    return pairs


@pytest.mark.parametrize("pair", _pairs(), ids=str)
def test_what_broadcasting_spread_is_summed_for_every_pair_of_shapes(pair: Any) -> None:
    graph = Graph()
    inputs = [graph.input(name, shape, FLOAT) for name, shape in zip("ab", pair, strict=True)]
    a, b = inputs
    generator = np.random.default_rng(8)
    arrays = [generator.uniform(0.5, 1.5, shape) for shape in pair]
    weights = generator.uniform(0.5, 1.5, np.broadcast_shapes(*pair))

    def f(a: Any, b: Any) -> Any:
        return (a + b) * (a * b - a) / b

    outputs = cotangents(_total(f(a, b) * weights), inputs)
    found = Program([outputs[x] for x in inputs], inputs).run(*arrays)
    for which, slope in enumerate(found):
        exact = by_complex_step(lambda moved: complex(np.sum(f(*moved) * weights)), arrays, which)
        assert slope.shape == arrays[which].shape
        assert relative_error(slope, exact) < 1e-12


def test_cotangents_have_the_shape_and_dtype_of_their_targets() -> None:
    graph = Graph()
    x = graph.input("x", (2, 1), np.dtype("f4"))
    y = graph.input("y", (3,), FLOAT)
    found = cotangents(_total(exp(x) + y), [x, y])
    assert (found[x].shape, found[x].dtype) == ((2, 1), np.dtype("f4"))
    assert (found[y].shape, found[y].dtype) == ((3,), FLOAT)


def test_a_cotangent_of_a_sum_is_a_number_until_it_has_to_be_an_array() -> None:
    graph = Graph()
    x = graph.input("x", (1000,), FLOAT)
    (slope,) = cotangents(_total(2 * x), [x]).values()
    assert slope.op is broadcast_to
    assert all(node.shape == () for node in slope.operands)


def test_symbolic_sizes_are_summed_over_too() -> None:
    graph = Graph()
    m = Size.symbol("m", 4)
    X = graph.input("X", (m, 3), FLOAT)
    b = graph.input("b", (3,), FLOAT)
    slope = cotangents(mean(_square(X + b), axis=(0, 1), keepdims=False), [b])[b]
    program = Program([slope], [X, b])
    for rows in (4, 9):
        array = np.random.default_rng(rows).normal(size=(rows, 3))
        (found,) = program.run(array, np.ones(3))
        assert np.allclose(found, 2 * np.sum(array + 1, axis=0) / (3 * rows), rtol=1e-14)


def _square(x: Node) -> Node:
    return x * x


def test_a_target_that_does_not_matter_is_absent() -> None:
    graph = Graph()
    x, y = graph.input("x", (), FLOAT), graph.input("y", (), FLOAT)
    assert set(cotangents(exp(x), [x, y])) == {x}
    assert cotangents(x, [x])[x].attribute("value") == 1


def test_a_seed_scales_the_result() -> None:
    graph = Graph()
    x, s = graph.input("x", (), FLOAT), graph.input("s", (), FLOAT)
    by_number = cotangents(sin(x), [x], seed=3.0)[x]
    by_node = cotangents(sin(x), [x], seed=s)[x]
    found = Program([by_number, by_node], [x, s]).run(0.5, 3.0)
    assert found == [3 * np.cos(0.5)] * 2


def test_whole_numbers_and_truth_carry_no_derivative() -> None:
    graph = Graph()
    x = graph.input("x", (3,), FLOAT)
    steps = OPERATIONS["cast"](OPERATIONS["cast"](x, dtype=np.dtype(int)), dtype=FLOAT)
    assert cotangents(_total(steps), [x]) == {}
    truth = OPERATIONS["cast"](OPERATIONS["greater"](x, 0), dtype=FLOAT)
    assert cotangents(_total(truth), [x]) == {}


def test_an_operation_without_a_rule_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(OPERATIONS, "unknown", raising=False)
    unknown = Op(
        name="unknown",
        kind="map",
        evaluate=np.floor,
        shape=lambda x: x.shape,
        dtypes=lambda x: (x, x),
        derivative=(None,),
    )
    monkeypatch.delitem(OPERATIONS, "unknown")
    x = Graph().input("x", (), FLOAT)
    with pytest.raises(DerivativeError, match="unknown has no derivative by its operand number 1"):
        cotangents(unknown(x), [x])


def test_the_derivative_of_a_named_value_is_named() -> None:
    graph = Graph()
    x = graph.input("x", (2,), FLOAT)
    z = named(x * 2, name="z")
    slope = cotangents(_total(sin(z)), [x])[x]
    names = [node.attribute("name") for node in reachable([slope]) if node.op is named]
    assert "dz" in names
    by_z = cotangents(_total(sin(z) + z), [z])[z]
    assert np.allclose(Program([by_z], [x]).run(np.ones(2))[0], np.cos(2.0) + 1)


def test_a_marker_is_not_named() -> None:
    graph = Graph()
    x = graph.input("x", (), FLOAT)
    marked = named(x, name="y@3")
    slope = cotangents(sin(marked), [x])[x]
    names = [node.attribute("name") for node in reachable([slope]) if node.op is named]
    assert names == ["y@3"]


def _masked(build: Any, values: Any) -> Any:
    graph = Graph()
    x = graph.input("x", np.shape(values), FLOAT)
    slope = cotangents(_total(build(x)), [x])[x]
    return Program([slope], [x]).run(np.array(values, float))[0].tolist()


@pytest.mark.parametrize(
    ("build", "values", "expected"),
    [
        (lambda x: where(OPERATIONS["greater"](x, 0), log(x), 0.0), [0, 2], [0, 0.5]),
        (lambda x: where(OPERATIONS["equal"](x, 0), 0.0, log(x)), [0, 2], [0, 0.5]),
        (lambda x: where(OPERATIONS["equal"](x, 0), 1.0, 1 / x), [0, 2], [0, -0.25]),
        (lambda x: where(OPERATIONS["greater"](x, 0), log(log(x + 1)), 0.0), [0, 0], [0, 0]),
        (
            lambda x: where(
                OPERATIONS["greater"](transpose(x, axes=(1, 0)), 0),
                transpose(log(x), axes=(1, 0)),
                0.0,
            ),
            [[0, 2]],
            [[0, 0.5]],
        ),
        (
            lambda x: where(
                OPERATIONS["greater"](total(x, axis=(1,), keepdims=True), 0),
                expand_dims(total(log(x), axis=(1,), keepdims=False), axis=(1,)),
                0.0,
            ),
            [[0, 0], [2, 4]],
            [[0, 0], [0.5, 0.25]],
        ),
        (
            lambda x: where(
                OPERATIONS["greater"](x, 0),
                OPERATIONS["cast"](log(OPERATIONS["cast"](x, dtype=np.dtype("f4"))), dtype=FLOAT),
                0.0,
            ),
            [0, 2],
            [0, 0.5],
        ),
    ],
    ids=["kept", "left out", "a quotient", "a chain", "moved", "folded", "cast"],
)
def test_a_branch_that_is_not_taken_has_no_part(build: Any, values: Any, expected: Any) -> None:
    assert _masked(build, values) == expected


def test_masks_of_a_chain_do_not_pile_up() -> None:
    graph = Graph()
    x = node = graph.input("x", (3,), FLOAT)
    for _ in range(50):
        node = OPERATIONS["maximum"](node * 1.1, 0)
    slope = cotangents(_total(node), [x])[x]
    assert len(reachable([slope])) < 500
