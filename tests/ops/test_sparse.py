"""SciPy's sparse matrices as constants: every format, both sides, and never made dense."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import sparse

import kobai
from kobai.errors import ShapeError, TraceError
from kobai.graph import AnyArray, Graph
from kobai.ops.linear import matrix_product
from kobai.ops.sparse import SparseMatrix
from kobai.targets.numpy_source import numpy_source

FORMATS = ("bsr", "coo", "csc", "csr", "dia", "dok", "lil")
CLASSES = tuple(f"{form}_{kind}" for form in FORMATS for kind in ("array", "matrix"))
DENSE = np.array([[0, 1.5, 0], [2.0, 0, -0.25], [0, 0, 0], [1, 1, 1]])
X = np.random.default_rng(0).normal(size=(3, 2))

PRODUCTS: tuple[tuple[str, Callable[[Any, Any], Any]], ...] = (
    ("S @ x", lambda s, x: s @ x),
    ("S.dot(x)", lambda s, x: s.dot(x)),
    ("S.T @ (S @ x)", lambda s, x: s.T @ (s @ x)),
    ("x.T @ S.T", lambda s, x: x.T @ s.T),
)


@pytest.mark.parametrize("name", CLASSES)
@pytest.mark.parametrize(("source", "product"), PRODUCTS, ids=[p[0] for p in PRODUCTS])
@pytest.mark.parametrize("x", [X, X[:, 0], X.astype("f4")], ids=["matrix", "vector", "single"])
def test_a_product_has_the_value_and_slope_of_the_dense_one(
    name: str, source: str, product: Callable[[Any, Any], Any], x: AnyArray
) -> None:
    matrix = getattr(sparse, name)(DENSE)

    def f(s: Any) -> Callable[[Any], Any]:
        return lambda x: (np.sum(np.sin(product(s, x))), product(s, x))

    (_, value), slope = kobai.value_and_grad(f(matrix), has_aux=True)(x)
    expected = product(matrix, x)
    assert (value.shape, value.dtype) == (expected.shape, expected.dtype)
    assert np.allclose(value, expected, rtol=1e-15)
    written: Callable[[Any, Any], Any] = np.matmul if source == "S.dot(x)" else product
    dense = kobai.grad(lambda x: np.sum(np.sin(written(DENSE, x))))(x)
    assert (slope.shape, slope.dtype) == (x.shape, x.dtype)
    assert np.allclose(slope, dense, rtol=1e-6 if x.dtype == np.float32 else 1e-14)


@pytest.mark.parametrize("form", FORMATS)
def test_a_star_is_the_product_for_matrices_alone(form: str) -> None:
    matrix = getattr(sparse, f"{form}_matrix")(DENSE)
    assert np.allclose(kobai.grad(lambda x: np.sum(matrix * x))(X[:, 0]), DENSE.sum(0))
    array = getattr(sparse, f"{form}_array")(DENSE)
    with pytest.raises(TraceError) as caught:
        kobai.grad(lambda x: np.sum(array * x))(X[:, 0])
    assert "S.toarray()" in caught.value.repair


def test_a_matrix_is_that_of_the_moment_and_shared_by_its_entries() -> None:
    graph = Graph()
    x = graph.input("x", (3,), np.dtype(float))
    matrix = sparse.csr_array(DENSE)
    first = matrix_product(matrix, x)
    assert matrix_product(sparse.coo_array(DENSE), x) is first
    matrix.data[0] = 7
    assert matrix_product(matrix, x) is not first
    assert matrix_product(x, sparse.csc_array(DENSE).T) is first


def test_duplicates_are_added_up() -> None:
    matrix = sparse.coo_array(([1.0, 2.0], ([0, 0], [1, 1])), shape=(1, 3))
    assert np.array_equal(kobai.grad(lambda x: np.sum(matrix @ x))(np.ones(3)), [0, 3, 0])


def test_a_large_matrix_is_never_made_dense() -> None:
    n = 1_000_000
    x = np.arange(float(n))
    matrix: Any = sparse.csr_array((np.ones(n), (np.arange(n), np.arange(n)[::-1])), shape=(n, n))
    slope = kobai.grad(lambda x: np.sum((matrix @ x) ** 2) / 2)(x)
    assert np.array_equal(slope, x)


def test_a_large_matrix_is_printed_by_a_name() -> None:
    x = Graph().input("x", (50,), np.dtype(float))
    assert numpy_source(matrix_product(sparse.eye_array(50), x), {x: "x"}) == "sparse_1 @ x"


def test_the_second_derivative_is_the_product_with_both() -> None:
    matrix = sparse.csr_array(DENSE)
    first = kobai.grad(lambda x: np.sum((matrix @ x) ** 4))
    second = kobai.grad(lambda x: np.sum(first(x)))(X[:, 0])
    expected = DENSE.T @ (12 * (DENSE @ X[:, 0]) ** 2 * (DENSE @ np.ones(3)))
    assert np.allclose(second, expected)


@pytest.mark.parametrize(
    ("f", "error"),
    [
        (lambda x: sparse.csr_array(DENSE) @ x[:2], ShapeError),
        (lambda x: sparse.csr_array(DENSE) @ x[:, None, None], ShapeError),
        (lambda x: sparse.csr_array(DENSE * 1j) @ x, TraceError),
        (lambda x: sparse.coo_array(DENSE[0]) @ x, TraceError),
        (lambda x: x + sparse.csr_array(DENSE[:3]), TraceError),
        (lambda x: sparse.csr_array(DENSE) @ x.astype("float16"), TraceError),
    ],
    ids=["lengths", "axes", "complex", "one axis", "sum", "half precision"],
)
def test_what_is_refused(f: Callable[[Any], Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        kobai.grad(lambda x: np.sum(f(x)))(X[:, 0])


def test_equal_matrices_are_equal() -> None:
    one, other = SparseMatrix(sparse.csr_array(DENSE)), SparseMatrix(sparse.lil_array(DENSE))
    assert one == other
    assert hash(one) == hash(other)
    assert one != SparseMatrix(sparse.csr_array(DENSE.astype("f4")))
    assert one != DENSE
    assert one.transposed.transposed is one
