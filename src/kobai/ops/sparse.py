"""Products with a sparse matrix of SciPy's, which is a constant: `S @ x` and `x @ S`.

The slope of S @ x is S^T @ g: the matrix is never made dense. SciPy itself is not imported here.
"""

from __future__ import annotations

import zlib
from functools import cached_property
from typing import Any

import numpy as np

from kobai.errors import ShapeError, TraceError
from kobai.graph import AnyDType, Node, Op, Promotable
from kobai.ops.entries import ANYWHERE, PRODUCT, promoted
from kobai.ops.shaping import swapaxes
from kobai.sizes import Shape, at_hand, shape_at_hand

LARGEST_LITERAL = 16
# What is wrong with `S * x` of a sparse array, and the repair.
ENTRY_BY_ENTRY = (
    "a sparse array and a traced value are combined entry by entry",
    "use S @ x for a product with the matrix, or S.toarray() in its place",
)

_PYTHONS = (np.dtype(float), np.dtype(int), np.dtype(bool))


def is_sparse(value: Any) -> bool:
    """Whether a value is one of SciPy's sparse matrices or sparse arrays, of any format."""
    return type(value).__module__.startswith("scipy.sparse") and hasattr(value, "tocsr")


def is_sparse_matrix(value: Any) -> bool:
    """Whether it is of the older classes, for which `*` is the matrix product."""
    return is_sparse(value) and all(base.__name__ != "sparray" for base in type(value).__mro__)


class SparseMatrix:
    """A sparse matrix as it was when it was used; equal to another with the same entries."""

    def __init__(self, matrix: Any) -> None:
        csr = matrix.tocsr(copy=True)
        csr.sum_duplicates()
        csr.sort_indices()
        self.matrix = csr
        self._key = (csr.shape, csr.dtype, csr.nnz, zlib.crc32(csr.data), zlib.crc32(csr.indices))

    @property
    def shape(self) -> tuple[int, int]:
        rows, columns = self.matrix.shape
        return rows, columns

    @property
    def dtype(self) -> AnyDType:
        dtype: AnyDType = self.matrix.dtype
        return dtype

    @cached_property
    def transposed(self) -> SparseMatrix:
        other = SparseMatrix(self.matrix.T)
        other.transposed = self
        return other

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SparseMatrix) or self._key != other._key:
            return False
        one, two = self.matrix, other.matrix
        parts = ((one.data, two.data), (one.indices, two.indices), (one.indptr, two.indptr))
        return all(np.array_equal(a, b, equal_nan=a.dtype.kind == "f") for a, b in parts)

    def __repr__(self) -> str:
        rows, columns = self.shape
        return f"<sparse {rows}x{columns}, {self.matrix.nnz} entries>"


def _shape(x: Node, *, matrix: SparseMatrix) -> Shape:
    rows, columns = matrix.shape
    if x.ndim not in (1, 2) or at_hand(x.shape[0]) != columns:
        raise ShapeError(
            f"product of a sparse matrix of shape {matrix.shape} and an array of shape "
            f"{shape_at_hand(x.shape)}",
            repair="give a vector, or a matrix with a row for each of its columns",
        )
    return (rows, *x.shape[1:])


def _dtypes(x: Promotable, *, matrix: SparseMatrix) -> tuple[AnyDType, ...]:
    dtype = promoted(x)[0]
    if dtype == np.float16:
        raise TypeError("SciPy's sparse matrices have no half precision")
    return dtype, promoted(dtype, matrix.dtype)[0]


def _evaluated(x: Any, *, matrix: SparseMatrix) -> Any:
    if x.dtype == np.float16:
        raise TypeError("SciPy's sparse matrices have no half precision")
    return matrix.matrix @ x


def _text(node: Node, x: Any) -> str:
    """The matrix in full if it is small; else a name for it."""
    matrix = node.attribute("matrix").matrix
    if np.prod(matrix.shape) > LARGEST_LITERAL or not np.all(np.isfinite(matrix.data)):
        return f"sparse_{node.index} @ {x:13}"
    dtype = "" if matrix.dtype in _PYTHONS else f", np.{matrix.dtype.name}"
    return f"scipy.sparse.csr_array(np.array({matrix.toarray().tolist()}{dtype})) @ {x:13}"


sparse_product: Op = Op(
    name="sparse_product",
    kind="contract",
    evaluate=_evaluated,
    shape=_shape,
    dtypes=_dtypes,
    derivative=(lambda g, y, x, *, matrix: sparse_product(g, matrix=matrix.transposed),),
    text=_text,
    latex=r"S \, {0:13}",
    precedence=PRODUCT,
    domain=ANYWHERE,
)


def matrix_product(x1: Any, x2: Any) -> Node:
    """`S @ x`, or `x @ S` as the transpose of S^T @ x^T."""
    sparse = x1 if is_sparse(x1) else x2
    if sparse.ndim != 2 or sparse.dtype.kind not in "fiub":
        raise TraceError(
            "a product with a sparse array that has not two axes, or not real numbers",
            repair="use a sparse matrix of real numbers, or S.toarray()",
        )
    matrix = SparseMatrix(sparse)
    if sparse is x1:
        return sparse_product(x2, matrix=matrix)
    if x1.ndim == 1:
        return sparse_product(x1, matrix=matrix.transposed)
    return swapaxes(sparse_product(swapaxes(x1, 0, 1), matrix=matrix.transposed), 0, 1)
