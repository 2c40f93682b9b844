"""Products summed over pairs of entries: `@`, `dot`, `outer`, `einsum`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from string import ascii_letters
from typing import Any

import numpy as np

from kobai.errors import ShapeError
from kobai.graph import AnyArray, Node, Op, broadcast_shapes
from kobai.intervals import FINITE, REAL, Interval
from kobai.ops import sparse
from kobai.ops.contractions import einsum_expanded, stack_expanded
from kobai.ops.diagonals import diagonal_of
from kobai.ops.entries import (
    ANYWHERE,
    ATOM,
    PRODUCT,
    as_nodes,
    factors_latex,
    promoted,
    traces,
    ufunc_dtypes,
)
from kobai.ops.places import At, Entry, Fresh, Letter, Places, broadcast, contracted
from kobai.ops.shaping import astype, broadcast_to, expand_dims, ravel, squeeze, swapaxes
from kobai.sizes import Dim, Shape, shape_at_hand


def _matmul_shape(a: Node, b: Node) -> Shape:
    inner = (*a.shape[-1:], *(b.shape[-2:-1] or b.shape))
    left, right = shape_at_hand(inner)
    if left != right:
        raise ShapeError(
            f"matrix product of shapes {shape_at_hand(a.shape)} and {shape_at_hand(b.shape)}: "
            f"the inner lengths, {left} and {right}, differ",
            repair="transpose one of the two (x.T), or use * for a product entry by entry",
        )
    rows = a.shape[-2:-1] if a.ndim > 1 else ()
    columns = b.shape[-1:] if b.ndim > 1 else ()
    return (*broadcast_shapes(a.shape[:-2], b.shape[:-2]), *rows, *columns)


def _products_bounds(*operands: Interval, **_: Any) -> Interval:
    """A sum of products of finite numbers is finite."""
    return FINITE if all(x.is_bounded for x in operands) else REAL


def _transposed(x: Node) -> Node:
    return swapaxes(x, -2, -1)


def _matmul_left(g: Node, y: Node, a: Node, b: Node) -> Node:
    match a.ndim, b.ndim:
        case 1, 1:
            return g * b
        case 1, 2:
            return b @ g
        case 2, 1:
            return outer(g, b)
        case _:
            return g @ _transposed(b)


def _matmul_right(g: Node, y: Node, a: Node, b: Node) -> Node:
    match a.ndim, b.ndim:
        case 1, 1:
            return g * a
        case 1, 2:
            return outer(a, g)
        case _:
            return _transposed(a) @ g


def _matmul_expanded(a: Node, b: Node) -> Node | None:
    """Stacks as sums of products; operands of another dtype converted to the product's."""
    stacked = stack_expanded(a, b)
    if stacked is not None:
        return stacked
    dtype = np.result_type(a.dtype, b.dtype)
    if a.dtype == b.dtype or dtype.kind != "f":
        return None
    return matmul(astype(a, dtype), astype(b, dtype))


_MATMUL_LETTERS = {
    (1, 1): "a,a->",
    (1, 2): "a,ab->b",
    (2, 1): "ab,b->a",
    (2, 2): "ab,bc->ac",
}
_pair_entry = contracted(lambda node: _MATMUL_LETTERS[tuple(x.ndim for x in node.operands)])


def _matmul_entry(node: Node, places: Places, fresh: Fresh) -> Entry | None:
    """Of two matrices, or of each two in stacks, which are broadcast."""
    if all(x.ndim <= 2 for x in node.operands):
        return _pair_entry(node, places, fresh)
    a, b = node.operands
    stack = places[:-2]
    inner = Letter(fresh(a.shape[-1]), 0, a.shape[-1])
    left, right = (broadcast(stack, node.shape[:-2], x.shape[:-2]) for x in (a, b))
    summed = At(inner.name)
    return Entry(((*left, places[-2], summed), (*right, summed, places[-1])), (inner,), "sum")


# Operands have one or two axes, or both at least two: `matrix_product` brings others to that.
matmul = Op(
    name="matmul",
    kind="contract",
    expansion=_matmul_expanded,
    evaluate=np.matmul,
    shape=_matmul_shape,
    dtypes=ufunc_dtypes(np.matmul),
    derivative=(_matmul_left, _matmul_right),
    bounds=_products_bounds,
    text="{0:12} @ {1:13}",
    latex=lambda node, a, b: factors_latex(node, a, b, " "),
    precedence=PRODUCT,
    domain=ANYWHERE,
    entry=_matmul_entry,
)
outer: Op = Op(
    name="outer",
    kind="contract",
    expansion=lambda a, b: expand_dims(a, axis=(1,)) * b,
    evaluate=np.outer,
    shape=lambda a, b: (a.shape[0], b.shape[0]),
    dtypes=ufunc_dtypes(np.multiply),
    derivative=(lambda g, y, a, b: g @ b, lambda g, y, a, b: a @ g),
    bounds=lambda a, b: a * b,
    text="np.outer({0}, {1})",
    latex=r"{0:13} {{{1:15}}}^\top",
    precedence=ATOM,
    latex_precedence=PRODUCT,
    domain=ANYWHERE,
)


@traces(np.matvec)
def _matvec(x1: Any, x2: Any) -> Node:
    """Matrices times vectors, which are the last axes."""
    a, b = as_nodes((x1, x2))
    if a.ndim < 2 or not b.ndim:
        raise ShapeError("a matrix and a vector are needed", repair="see np.matvec for its axes")
    product = matmul(a, expand_dims(b, axis=(b.ndim,)))
    return squeeze(product, axis=(product.ndim - 1,))


@traces(np.vecmat)
def _vecmat(x1: Any, x2: Any) -> Node:
    a, b = as_nodes((x1, x2))
    if not a.ndim or b.ndim < 2:
        raise ShapeError("a vector and a matrix are needed", repair="see np.vecmat for its axes")
    product = matmul(expand_dims(a, axis=(a.ndim - 1,)), b)
    return squeeze(product, axis=(product.ndim - 2,))


@traces(np.matmul)
def matrix_product(x1: Any, x2: Any) -> Node:
    if sparse.is_sparse(x1) or sparse.is_sparse(x2):
        return sparse.matrix_product(x1, x2)
    a, b = as_nodes((x1, x2))
    if not a.ndim or not b.ndim:
        raise ShapeError("matrix product with a number", repair="use * for a product with a number")
    if a.ndim == 1 and b.ndim > 2:
        return squeeze(matmul(expand_dims(a, axis=(0,)), b), axis=(b.ndim - 2,))
    if b.ndim == 1 and a.ndim > 2:
        return squeeze(matmul(a, expand_dims(b, axis=(1,))), axis=(a.ndim - 1,))
    return matmul(a, b)


@traces(np.dot)
def _dot(a: Any, b: Any) -> Node:
    left, right = as_nodes((a, b))
    if not left.ndim or not right.ndim:
        return left * right
    if right.ndim > 2:
        rows, columns = ascii_letters[: left.ndim], ascii_letters[26 : 26 + right.ndim]
        columns = columns[:-2] + rows[-1] + columns[-1]
        kept = (rows + columns).replace(rows[-1], "")
        return einsum(left, right, subscripts=f"{rows},{columns}->{kept}")
    return matrix_product(left, right)


@traces(np.outer)
def _outer(a: Any, b: Any) -> Node:
    a, b = as_nodes((a, b))
    return outer(ravel(a), ravel(b))


def _einsum_shape(*operands: Node, subscripts: str) -> Shape:
    terms, result = subscripts.split("->")
    lengths: dict[str, Dim] = {}
    for term, operand in zip(terms.split(","), operands, strict=True):
        for letter, size in zip(term, operand.shape, strict=True):
            known = lengths.setdefault(letter, size)
            if shape_at_hand((known,)) != shape_at_hand((size,)):
                raise ShapeError(
                    f"einsum {subscripts!r}: axis {letter!r} has lengths "
                    f"{shape_at_hand((known,))[0]} and {shape_at_hand((size,))[0]}",
                    repair="the same letter has to stand for the same length",
                )
    return tuple(lengths[letter] for letter in result)


def _einsum_rule(position: int) -> Callable[..., Node]:
    """The cotangent takes the operand's place; letters of the operand alone are spread again."""

    def rule(g: Node, y: Node, *operands: Node, subscripts: str) -> Node:
        terms, result = subscripts.split("->")
        inputs = terms.split(",")
        wanted = inputs.pop(position)
        others = [*operands[:position], *operands[position + 1 :]]
        found = [letter for letter in wanted if letter in result + "".join(inputs)]
        part = einsum(g, *others, subscripts=f"{','.join([result, *inputs])}->{''.join(found)}")
        alone = tuple(axis for axis, letter in enumerate(wanted) if letter not in found)
        if not alone:
            return part
        return broadcast_to(expand_dims(part, axis=alone), shape=operands[position].shape)

    return rule


def _einsum(*arrays: AnyArray, subscripts: str) -> AnyArray:
    """Summed in the dtype of the result, in whatever order of the operands is the quickest."""
    common = np.result_type(*arrays)
    operands = (np.asarray(array, common) for array in arrays)
    result: AnyArray = np.einsum(subscripts, *operands, optimize=True)
    return result


def _einsum_latex(node: Node, *xs: str) -> str:
    subscripts = node.attribute("subscripts").replace("->", r"\to ")
    return rf"\operatorname{{einsum}}_{{{subscripts}}}\left({', '.join(xs)}\right)"


einsum = Op(
    name="einsum",
    kind="contract",
    expansion=einsum_expanded,
    evaluate=_einsum,
    shape=_einsum_shape,
    dtypes=promoted,
    derivative=_einsum_rule,
    bounds=_products_bounds,
    text=lambda node, *xs: f"np.einsum('{node.attribute('subscripts')}', {', '.join(xs)})",
    latex=_einsum_latex,
    precedence=ATOM,
    domain=ANYWHERE,
    entry=contracted(lambda node: node.attribute("subscripts")),
)


@traces(np.einsum)
def einsum_called(subscripts: Any, *operands: Any, out: None = None, optimize: Any = False) -> Node:
    if out is not None:
        raise TypeError("it is given 'out'")
    given: Sequence[Any] = operands
    if not isinstance(subscripts, str):
        subscripts, given = _lettered((subscripts, *operands))
    nodes = as_nodes(given)
    explicit = _explicit(subscripts, [node.ndim for node in nodes])
    terms, result = explicit.split("->")
    unknown = sorted(set(result) - set(terms))
    if unknown:
        raise ShapeError(
            f"einsum {subscripts!r} asks for axis {unknown[0]!r}, which no operand has",
            repair="use letters of the operands, each once",
        )
    if len(set(result)) < len(result):
        raise ShapeError(
            f"einsum {subscripts!r} asks for the same axis twice",
            repair="put a diagonal into a matrix with np.diag",
        )
    pairs = [_diagonals(x, term) for x, term in zip(nodes, terms.split(","), strict=True)]
    nodes, inputs = _without_ones([x for x, _ in pairs], [term for _, term in pairs])
    return einsum(*nodes, subscripts=f"{','.join(inputs)}->{result}")


def _lettered(given: Sequence[Any]) -> tuple[str, Sequence[Any]]:
    """`einsum(a, [0, 1], b, [1, 2], [0, 2])` with letters: `"ab,bc->ac"`."""
    operands, terms = given[: len(given) // 2 * 2 : 2], given[1::2]
    result = [given[-1]] if len(given) % 2 else []

    def letters(term: Any) -> str:
        return "".join("..." if place is Ellipsis else ascii_letters[place] for place in term)

    arrow = "->" if result else ""
    return ",".join(map(letters, terms)) + arrow + "".join(map(letters, result)), operands


def _diagonals(x: Node, term: str) -> tuple[Node, str]:
    """A letter that an operand repeats stands for a diagonal of it."""
    while len(set(term)) < len(term):
        letter = next(letter for letter in term if term.count(letter) > 1)
        first, second = (axis for axis in [i for i, c in enumerate(term) if c == letter][:2])
        if shape_at_hand((x.shape[first],)) != shape_at_hand((x.shape[second],)):
            raise ShapeError(
                f"a diagonal of an array of shape {shape_at_hand(x.shape)}",
                repair="a repeated letter has to stand for the same length",
            )
        x = diagonal_of(x, 0, first, second)
        term = "".join(c for i, c in enumerate(term) if i not in (first, second)) + letter
    return x, term


def _without_ones(nodes: list[Node], terms: list[str]) -> tuple[list[Node], list[str]]:
    """Without axes of length 1 that other operands have longer: they are broadcast."""
    longer = {
        letter
        for x, term in zip(nodes, terms, strict=True)
        for letter, size in zip(term, x.shape, strict=True)
        if size != 1
    }
    found: tuple[list[Node], list[str]] = ([], [])
    for x, term in zip(nodes, terms, strict=True):
        ones = tuple(
            axis
            for axis, (c, d) in enumerate(zip(term, x.shape, strict=True))
            if d == 1 and c in longer
        )
        found[0].append(squeeze(x, axis=ones) if ones else x)
        found[1].append("".join(c for axis, c in enumerate(term) if axis not in ones))
    return found


def _explicit(subscripts: str, ndims: Sequence[int]) -> str:
    """The subscripts with an arrow, and with letters for every ellipsis."""
    given = subscripts.replace(" ", "")
    terms, arrow, result = given.partition("->")
    inputs = terms.split(",")
    if len(inputs) != len(ndims):
        raise ShapeError(
            f"einsum {subscripts!r} is about {len(inputs)} operands, but {len(ndims)} are given",
            repair="one group of letters for each operand",
        )
    free = [letter for letter in ascii_letters if letter not in given]
    rests = [ndim - len(term.replace("...", "")) for term, ndim in zip(inputs, ndims, strict=True)]
    if any(
        rest < 0 or (rest and "..." not in term) for term, rest in zip(inputs, rests, strict=True)
    ):
        raise ShapeError(
            f"einsum {subscripts!r} doesn't fit operands with {list(ndims)} axes",
            repair="one letter for each axis",
        )
    spare = "".join(free[: max(rests, default=0)])
    ellipses = [spare[len(spare) - rest :] for rest in rests]
    inputs = [term.replace("...", dots) for term, dots in zip(inputs, ellipses, strict=True)]
    if arrow:
        return f"{','.join(inputs)}->{result.replace('...', spare)}"
    letters = "".join(term.replace("...", "") for term in terms.split(","))
    once = sorted(letter for letter in set(letters) if letters.count(letter) == 1)
    return f"{','.join(inputs)}->{spare if '...' in terms else ''}{''.join(once)}"
