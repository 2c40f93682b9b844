"""Printed NumPy source reads back: to the same dtype, the same shape and the same bits."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import scipy.special
from hypothesis import assume, given, settings
from tests.simplify.formulas import formula
from tests.targets.graphs import Drawn, graphs

from kobai.evaluation import Evaluator
from kobai.graph import OPERATIONS, AnyArray, Graph, Node
from kobai.ops.indexing import take_slices
from kobai.sizes import Size
from kobai.targets.numpy_source import LARGEST_LITERAL, numpy_source

subtract = OPERATIONS["subtract"]
FLOAT = np.dtype(float)
LONGEST = 20_000


def read_back(source: str, names: Mapping[str, Any]) -> Any:
    """What the source evaluates to, over NumPy and these names."""
    with np.errstate(all="ignore"):
        return eval(source, {"np": np, "scipy": scipy, **names})


def have_the_same_bits(found: Any, value: Any, *, with_signs: bool = True) -> bool:
    """Whether two values have the same shape, dtype and bits; one nan is like another."""
    one, other = np.asarray(found), np.asarray(value)
    if one.shape != other.shape or one.dtype != other.dtype:
        return False
    if one.dtype.kind != "f":
        return bool(np.array_equal(one, other))
    both_nan = np.isnan(one) & np.isnan(other)
    has_sign = (np.signbit(one) == np.signbit(other)) | (not with_signs)
    return bool(np.all(both_nan | ((one == other) & has_sign)))


def check(node: Node, inputs: Mapping[Node, AnyArray]) -> None:
    names = {x: x.attribute("name") for x in inputs}
    value = Evaluator(inputs).value(node)
    source = numpy_source(node, names)
    found = read_back(source, {names[x]: array for x, array in inputs.items()})
    # The integer 0 has no sign: -n * x and -(n * x) are zeros of unlike sign. Nor has a sum of
    # products that starts from 0.
    with_signs = all(x.dtype.kind != "i" for x in inputs) and "@" not in source
    same = have_the_same_bits(found, value, with_signs=with_signs)
    assert same, f"{source}: {found!r} is not {value!r}"


@settings(max_examples=600, derandomize=True, deadline=None, database=None)
@given(graphs())
def test_a_random_graph_reads_back_to_the_bit(drawn: Drawn) -> None:
    names = {x: x.attribute("name") for x in drawn.inputs}
    assume(len(numpy_source(drawn.node, names)) < LONGEST)
    try:
        Evaluator(drawn.inputs).value(drawn.node)
    except ValueError:
        assume(False)
    check(drawn.node, drawn.inputs)


@settings(max_examples=100, derandomize=True, deadline=None, database=None)
@given(graphs())
def test_printing_twice_gives_the_same_text(drawn: Drawn) -> None:
    names = {x: x.attribute("name") for x in drawn.inputs}
    assert numpy_source(drawn.node, names) == numpy_source(drawn.node, names)


A, B, C = 0.7, -1.3, 2.1
BINARY = ("add", "subtract", "multiply", "divide", "power", "matmul", "less", "logical_and")


def letters(shape: tuple[int, ...] = ()) -> tuple[Graph, list[Node]]:
    graph = Graph()
    return graph, [graph.input(name, shape, FLOAT) for name in "abc"]


@pytest.mark.parametrize("sign", ["outer", "inner", "first", "second"])
@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("inner", BINARY[:-1])
@pytest.mark.parametrize("outer", BINARY)
def test_an_operator_with_a_sign_inside_an_operator(
    outer: str, inner: str, side: int, sign: str
) -> None:
    """-(a * b), (-a) * b, a * -b and their like, on both sides of another operator."""
    _, (a, b, c) = letters((2, 2))
    part = OPERATIONS[inner](-a if sign == "first" else a, -b if sign == "second" else b)
    if part.dtype != FLOAT:
        return
    part = -part if sign == "inner" else part
    node = OPERATIONS[outer](*((part, c) if side == 0 else (c, part)))
    node = -node if sign == "outer" and node.dtype == FLOAT else node
    arrays = [np.array([[A, B], [C, A]]), np.array([[B, C], [A, A]]), np.array([[C, A], [B, B]])]
    check(node, dict(zip((a, b, c), arrays, strict=True)))


# Each prints as it stands, or as what follows the semicolon.
SPELLED = """
a + (b + c)
a + b + c
(a + b) + c ; a + b + c
a - (b - c)
a - b - c
a * (b * c)
a / (b * c)
a / b * c
a * (b + c)
-(a + b) * c
-(a * b) ; -a * b
(-a) * b ; -a * b
c / -(a * b) ; c / (-a * b)
c * -a ; c * (-a)
c - -a
-a + b
-(-a) ; --a
a**b**c
(a**b)**c
(-a)**b
-a**b
a**-b ; a**(-b)
a**(b * c)
(a * b)**c
a**2 * b
2 * a - 1
a * -1
a - -1
(-2.0)**a ; (-2)**a
1 / (1 + np.exp(-a))
sigmoid(a) * b ; 1 / (1 + np.exp(-a)) * b
b * sigmoid(a) ; b * (1 / (1 + np.exp(-a)))
sigmoid(-a) ; 1 / (1 + np.exp(a))
sigmoid(-(a * b)) ; 1 / (1 + np.exp(a * b))
sigmoid(a - b) ; 1 / (1 + np.exp(-(a - b)))
sigmoid(-(a - b)) ; 1 / (1 + np.exp(a - b))
sigmoid(-2 * a) ; 1 / (1 + np.exp(-(-2 * a)))
a < b + c
(a < b) == (b < c)
np.where(a < 0, b, 0)
np.where(a < b, a, b)**2
np.maximum(a, 0) * 2
-np.sum(a) / 2
np.log(a) * b
"""


@pytest.mark.parametrize("line", SPELLED.strip().splitlines())
def test_parentheses_stand_where_they_are_needed(line: str) -> None:
    before, _, after = line.partition(" ; ")
    numbers = {"a": np.array(A), "b": np.array(B), "c": np.array(C)}
    read = formula(before, numbers)
    source = numpy_source(read.node, {})
    assert source == (after or before)
    (value,) = read.values(read.node, **numbers)
    np.testing.assert_allclose(read_back(source, numbers), value, rtol=1e-15)


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int64", "float32"])
def test_a_sign_before_a_product_means_the_same_for_every_dtype(dtype: str) -> None:
    labels, logs = np.array([1, 2, 1], dtype), np.array([0.5, -1.0, 2.0])
    graph = Graph()
    y, a = graph.input("y", (3,), labels.dtype), graph.input("a", (3,), logs.dtype)
    for node in (-(y * a), -(y / a), -(y * a * a), -(y * a / a) * a, 1 / -(y * a)):
        check(node, {y: labels, a: logs})


NUMBERS = [
    (0.1, "0.1"),
    (2.0, "2"),
    (-2.0, "-2"),
    (0.0, "0"),
    (-0.0, "-0.0"),
    (1e-300, "1e-300"),
    (1e300, "1e+300"),
    (123456.0, "123456"),
    (1234567.0, "1234567.0"),
    (1 / 3, "0.3333333333333333"),
    (5e-324, "5e-324"),
    (np.inf, "np.inf"),
    (-np.inf, "-np.inf"),
    (np.nan, "np.nan"),
]


@pytest.mark.parametrize(("number", "text"), NUMBERS, ids=[text for _, text in NUMBERS])
def test_a_number_beside_a_value(number: float, text: str) -> None:
    _, (a, *_) = letters()
    assert numpy_source(a + number, {}) == f"a + {text}"
    check(a + number, {a: np.array(A)})
    check(a * number, {a: np.array(-0.0)})


@pytest.mark.parametrize(("number", "text"), NUMBERS, ids=[text for _, text in NUMBERS])
def test_a_number_alone_is_a_float(number: float, text: str) -> None:
    source = numpy_source(Graph().constant(number, FLOAT), {})
    assert isinstance(read_back(source, {}), float)
    assert have_the_same_bits(read_back(source, {}), np.float64(number))


CONSTANTS = [
    (np.array(3), "3"),
    (np.array(-3), "-3"),
    (np.array(True), "True"),
    (np.array([1.0, 2.5]), "np.array([1.0, 2.5])"),
    (np.array([[1, 2], [3, 4]]), "np.array([[1, 2], [3, 4]])"),
    (np.array([True, False]), "np.array([True, False])"),
    (np.array([0.1, 1e-300]), None),
    (np.array([np.inf, -np.inf, np.nan, -0.0]), None),
    (np.array([], float), None),
    (np.zeros((2, 0)), None),
    (np.array([1.5, 0.1], np.float32), None),
    (np.array([1.5, 1e10, 3e38], np.float32), None),
    (np.array([[0.1]], np.float16), None),
    (np.array([1, 2], np.int32), None),
    (np.array([1, 255], np.uint8), None),
    (np.array(0.1, np.float32), None),
    (np.array(7, np.int8), None),
]


@pytest.mark.parametrize(
    ("array", "text"), CONSTANTS, ids=[f"{a.tolist()} {a.dtype}" for a, _ in CONSTANTS]
)
def test_a_constant_keeps_its_bits_and_dtype(array: AnyArray, text: str | None) -> None:
    node = Graph().constant(array)
    source = numpy_source(node, {})
    assert text in (None, source)
    assert have_the_same_bits(read_back(source, {}), array), source


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int8", "int32", "int64"])
def test_a_constant_beside_another_dtype_keeps_the_results_dtype(dtype: str) -> None:
    array = np.array([1, 2], dtype)
    for other in (np.ones(2, np.float32), np.ones((), np.float32), np.ones((), np.int64)):
        graph = Graph()
        x = graph.input("x", other.shape, other.dtype)
        check(OPERATIONS["multiply"](x, graph.constant(array)), {x: other})
        check(OPERATIONS["add"](graph.constant(np.array(1, dtype)), x), {x: other})


def test_a_large_constant_has_a_name_of_its_own() -> None:
    node = Graph().constant(np.arange(LARGEST_LITERAL + 1.0))
    assert numpy_source(node, {}).isidentifier()
    assert numpy_source(node, {node: "T"}) == "T"


M, N = Size.symbol("m", 3), Size.symbol("n", 2)
SIZES: list[tuple[Any, str]] = [
    (M, "x / m"),
    (M * N, "x / (m*n)"),
    (2 * M, "x / (2*m)"),
    (M + N, "x / (m + n)"),
    (M - 1, "x / (m - 1)"),
    (1 - M, "x / (-m + 1)"),
    (M * M - N, "x / (m*m - n)"),
]


@pytest.mark.parametrize(("size", "text"), SIZES, ids=[text for _, text in SIZES])
def test_a_size_binds_as_what_it_is_made_of(size: Size, text: str) -> None:
    x = Graph().input("x", (M, N), FLOAT)
    array = np.arange(6.0).reshape(3, 2)
    lengths = {"m": 3, "n": 2}
    found = read_back(numpy_source(x / size, {}), {"x": array, **lengths})
    np.testing.assert_array_equal(found, array / size.at_hand)
    if not text.startswith("x / (-"):
        assert numpy_source(x / size, {}) == text
    number = size.at_hand
    for node, value in ((x * size, array * number), (subtract(size, x), number - array)):
        found = read_back(numpy_source(node, {}), {"x": array, **lengths})
        np.testing.assert_array_equal(found, value)


def test_sizes_have_the_names_that_are_given() -> None:
    x = Graph().input("x", (M, N), FLOAT)
    node = OPERATIONS["reshape"](x / (M - 1), shape=(N * M,))
    names = {"m": "examples", "n": "features"}
    source = numpy_source(node, {x: "X"}, names)
    assert (
        source == "np.reshape(X / (examples - 1), (examples*features,))"
        or "features*examples" in source
    )
    found = read_back(source, {"X": np.ones((3, 2)), "examples": 3, "features": 2})
    np.testing.assert_array_equal(found, np.full(6, 0.5))


def test_a_mean_over_a_symbolic_axis_prints_no_number() -> None:
    x = Graph().input("x", (M, N), FLOAT)
    assert (
        numpy_source(OPERATIONS["mean"](x, axis=(0,), keepdims=False), {}) == "np.mean(x, axis=0)"
    )
    assert numpy_source(OPERATIONS["sum"](x, axis=(0, 1), keepdims=False), {}) == "np.sum(x)"


PLACES = [(slice(1, None), 0), (slice(None, -1),), (-1, slice(None)), (slice(1, 2), None)]


@pytest.mark.parametrize("index", PLACES, ids=str)
def test_a_part_of_a_symbolic_axis_reads_back(index: Any) -> None:
    x = Graph().input("x", (M, N), FLOAT)
    array = np.arange(6.0).reshape(3, 2)
    source = numpy_source(take_slices(x, index), {})
    found = read_back(source, {"x": array, "m": 3, "n": 2})
    np.testing.assert_array_equal(found, array[index])


def test_names_end_the_expression() -> None:
    _, (a, b, _) = letters()
    z = a * b
    assert numpy_source(OPERATIONS["exp"](z) + z, {z: "z"}) == "np.exp(z) + z"
    assert numpy_source(z, {z: "z"}) == "z"
    assert numpy_source(z * z, {z: "z"}) == "z * z"


def test_every_source_is_one_expression() -> None:
    _, (a, b, c) = letters()
    node = OPERATIONS["where"](OPERATIONS["less"](a, b), a**2 / b, -c)
    assert isinstance(ast.parse(numpy_source(node, {}), mode="eval"), ast.Expression)


def test_a_deep_graph_prints_without_recursion() -> None:
    graph = Graph()
    x = node = graph.input("x", (), FLOAT)
    for _ in range(5_000):
        node = OPERATIONS["sin"](node)
    names = {x: "x"}
    assert numpy_source(node, names).count("np.sin(") == 5_000
