"""The graph: nodes are interned, immutable and older than their users."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kobai.errors import ShapeError
from kobai.evaluation import Program
from kobai.graph import CONSTANT, Graph, Node, broadcast_shapes, reachable, substitute
from kobai.ops.arithmetic import add, multiply
from kobai.ops.elementary import exp, sin
from kobai.ops.naming import named
from kobai.ops.reductions import total
from kobai.ops.shaping import reshape
from kobai.sizes import Shape, Size

FLOAT = np.dtype(float)
M = Size.symbol("m", 5)
N = Size.symbol("n", 3)


@pytest.fixture
def graph() -> Graph:
    return Graph()


@pytest.fixture
def x(graph: Graph) -> Node:
    return graph.input("x", (3,), FLOAT)


def test_the_same_operation_on_the_same_operands_is_the_same_node(x: Node) -> None:
    assert exp(x) is exp(x)
    assert x + 1 is x + 1
    assert (x * 2) + exp(x) is (x * 2) + exp(x)


def test_another_operation_order_or_attribute_is_another_node(x: Node) -> None:
    y = exp(x)
    assert x - y is not y - x
    assert add(x, y) is not multiply(x, y)
    folds = [total(x, axis=(0,), keepdims=keepdims) for keepdims in (False, True)]
    assert folds[0] is not folds[1]
    assert reshape(x, shape=(1, 3)) is not reshape(x, shape=(3, 1))


def test_names_set_equal_values_apart(x: Node) -> None:
    assert named(x, name="a") is not named(x, name="b")


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (0.0, -0.0),
        (1.0, np.float32(1)),
        (1, 1.0),
        (1, True),
        (np.zeros(2), np.zeros(3)),
        (np.zeros(2), np.zeros((2, 1))),
        (np.zeros(2), np.zeros(2, "f4")),
        (np.array([0.0, 1.0]), np.array([-0.0, 1.0])),
        (np.nan, 0.0),
        (1.0, 1.0 + 2**-52),
    ],
    ids=str,
)
def test_constants_of_other_bits_are_other_nodes(graph: Graph, left: Any, right: Any) -> None:
    assert graph.constant(left) is not graph.constant(right)


@pytest.mark.parametrize("value", [0.0, -0.0, np.nan, 3, True, np.zeros(2), np.ones((2, 2), "f4")])
def test_constants_of_equal_bits_are_one_node(graph: Graph, value: Any) -> None:
    node = graph.constant(value)
    assert graph.constant(np.array(value)) is node
    assert node.dtype == np.asarray(value).dtype
    assert np.array_equal(node.attribute("value"), value, equal_nan=True)


def test_a_constant_keeps_the_entries_of_the_moment_of_its_use(graph: Graph) -> None:
    array = np.array([1.0, 2.0])
    before = graph.constant(array)
    array[0] = 5
    after = graph.constant(array)
    assert before.attribute("value").tolist() == [1, 2]
    assert after.attribute("value").tolist() == [5, 2]
    with pytest.raises(ValueError, match="read-only"):
        before.attribute("value")[0] = 9


def test_a_read_only_array_is_not_copied(graph: Graph) -> None:
    array = np.arange(3.0)
    array.flags.writeable = False
    assert graph.constant(array).attribute("value") is array
    assert graph.constant(array) is graph.constant(array)


def test_arrays_in_any_layout_become_constants(graph: Graph) -> None:
    array = np.arange(12.0).reshape(3, 4)
    for view in (array.T, array[::2, ::-1], np.asfortranarray(array), array[:0], array.T[1:]):
        found = graph.constant(view).attribute("value")
        assert np.array_equal(found, view)
        assert found.dtype == view.dtype


def test_two_inputs_cannot_share_a_name(graph: Graph, x: Node) -> None:
    with pytest.raises(ValueError, match="two inputs are named 'x'"):
        graph.input("x", (), FLOAT)


def test_a_python_number_takes_the_dtype_of_the_array(graph: Graph) -> None:
    single = graph.input("single", (2,), np.dtype("f4"))
    doubled = 2.5 * single
    assert doubled.dtype == np.float32
    assert doubled.operands[0].dtype == np.float32


def test_operators_build_their_operations(x: Node) -> None:
    y = exp(x)
    built = {
        "add": (x + y, 1 + x),
        "subtract": (x - y, 1 - x),
        "multiply": (x * y, 2 * x),
        "divide": (x / y, 1 / x),
        "power": (x**y,),
        "matmul": (x @ y,),
        "negative": (-x,),
    }
    for name, nodes in built.items():
        assert all(node.op.name == name for node in nodes)


def test_a_node_shows_its_operation_and_operands(x: Node) -> None:
    assert repr(x) == "%0 = input(, name=x)"
    assert repr(exp(x)) == "%1 = exp(%0)"
    assert repr(exp) == "exp"


def test_what_is_made_of_constants_is_constant(graph: Graph, x: Node) -> None:
    one = graph.constant(1.0)
    size = graph.leaf(M, FLOAT)
    assert one.is_constant
    assert (one / size).is_constant
    assert not x.is_constant
    assert not (x * one).is_constant
    assert not named(one, name="a@1").is_constant


def test_reachable_nodes_come_operands_first(graph: Graph, x: Node) -> None:
    a = exp(x)
    unused = sin(x)
    b = a * x + 1
    order = reachable([b])
    assert unused not in order
    assert set(order) >= {x, a, b}
    for place, node in enumerate(order):
        assert all(order.index(operand) < place for operand in node.operands)


def test_substitution_rebuilds_everything_above(graph: Graph, x: Node) -> None:
    y = graph.input("y", (3,), FLOAT)
    (new,) = substitute([exp(x) * x + 1], {x: y})
    assert new is exp(y) * y + 1
    (same,) = substitute([exp(x)], {y: x})
    assert same is exp(x)


@pytest.mark.parametrize(
    ("shapes", "expected"),
    [
        ([(), ()], ()),
        ([(3,), ()], (3,)),
        ([(2, 1), (3,)], (2, 3)),
        ([(1,), (0,)], (0,)),
        ([(5, 1, 4), (3, 1), (1,)], (5, 3, 4)),
        ([(M, 3), (3,)], (M, 3)),
        ([(M, 1), (N,)], (M, N)),
        ([(M,), (1,)], (M,)),
        ([(M,), (M,)], (M,)),
    ],
)
def test_shapes_broadcast_as_numpys(shapes: list[Shape], expected: Shape) -> None:
    assert broadcast_shapes(*shapes) == expected
    assert broadcast_shapes(*reversed(shapes)) == expected


def test_a_size_broadcasts_with_a_number_of_the_same_length() -> None:
    assert broadcast_shapes((M,), (5,)) == (M,)
    with pytest.raises(ShapeError, match=r"shapes \(5,\) and \(4,\) don't fit together"):
        broadcast_shapes((M,), (4,))


def test_unused_inputs_of_a_program_are_allowed(graph: Graph, x: Node) -> None:
    y = graph.input("y", (), FLOAT)
    (value,) = Program([x * 2], [y, x]).run(1.0, np.arange(3.0))
    assert value.tolist() == [0, 2, 4]


def test_a_constant_is_an_output_too(graph: Graph, x: Node) -> None:
    node = graph.constant(2.0)
    assert node.op is CONSTANT
    assert Program([node, x], [x]).run(np.ones(3))[0] == 2
