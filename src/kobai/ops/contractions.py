"""Contractions as sums of products, which targets that run loops join with what is around them."""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_letters

import numpy as np

from kobai.graph import Node
from kobai.ops.reductions import total
from kobai.ops.shaping import expand_dims, transpose
from kobai.sizes import Dim, shape_at_hand

# Products of matrices of which a side is not longer than this gain nothing from a library's tiles.
FEW = 16


def einsum_expanded(*operands: Node, subscripts: str) -> Node | None:
    """Sums over products of two operands at a time, or products of matrices.

    None where a library's product of more axes is better.
    """
    terms, result = subscripts.split("->")
    inputs = terms.split(",")
    given = list(operands)
    while len(given) > 1:
        pair = _next_pair(given, inputs, result)
        left, right = (given.pop(place) for place in pair)
        a, b = (inputs.pop(place) for place in pair)
        later = result + "".join(inputs)
        kept = "".join(c for c in dict.fromkeys(a + b) if c in later) if given else result
        if not _is_matrix_product(left, right, a, b, kept):
            given.append(_sum_of_products((left, right), (a, b), kept))
        elif len(a) == len(b) == len(kept) == 2:
            given.append(_matrix_product((left, right), (a, b), kept))
        else:
            return None
        inputs.append(kept)
    return _sum_of_products(given, inputs, result) if len(operands) == 1 else given[0]


def stack_expanded(a: Node, b: Node) -> Node | None:
    """Stacks of matrices with a short side; others are left as they are."""
    ndim = max(a.ndim, b.ndim)
    if ndim < 3 or not any(_is_short(d) for d in (*a.shape[-2:], b.shape[-1])):
        return None
    stack = ascii_letters[3 : ndim + 1]
    left, right = stack[ndim - a.ndim :] + "ab", stack[ndim - b.ndim :] + "bc"
    return _sum_of_products((a, b), (left, right), f"{stack}ac")


def _next_pair(operands: Sequence[Node], inputs: Sequence[str], result: str) -> tuple[int, int]:
    """The two operands that NumPy would multiply first, the later one first."""
    arrays = [np.broadcast_to(0.0, shape_at_hand(x.shape)) for x in operands]
    path, _ = np.einsum_path(f"{','.join(inputs)}->{result}", *arrays, optimize="greedy")
    first, second = sorted(path[1])[:2]
    return second, first


def _is_matrix_product(left: Node, right: Node, a: str, b: str, kept: str) -> bool:
    """Whether two operands form one product of matrices with long sides."""
    lengths = dict(zip(a + b, left.shape + right.shape, strict=True))
    if any(c in a and c in b and c in kept for c in lengths):
        return False
    sides = (set(a) - set(b), set(b) - set(a), set(a) & set(b))
    return not any(all(_is_short(lengths[c]) for c in side) for side in sides)


def _matrix_product(pair: Sequence[Node], terms: Sequence[str], result: str) -> Node:
    """The product of two matrices, which share one letter, with its axes in this order."""
    (shared,) = set(terms[0]) & set(terms[1])
    left, right = pair if result[0] in terms[0] else pair[::-1]
    first, second = terms if result[0] in terms[0] else terms[::-1]
    a = left if first[1] == shared else transpose(left, axes=(1, 0))
    b = right if second[0] == shared else transpose(right, axes=(1, 0))
    return a @ b


def _is_short(length: Dim) -> bool:
    return isinstance(length, int) and length <= FEW


def _sum_of_products(operands: Sequence[Node], terms: Sequence[str], result: str) -> Node:
    """The operands with their axes in one order, multiplied, and summed over what is not kept."""
    summed = "".join(c for c in dict.fromkeys("".join(terms)) if c not in result)
    first, *others = (_spread(x, c, result + summed) for x, c in zip(operands, terms, strict=True))
    product = first
    for other in others:
        product = product * other
    if not summed:
        return product
    axes = tuple(range(len(result), len(result) + len(summed)))
    return total(product, axis=axes, keepdims=False)


def _spread(x: Node, term: str, letters: str) -> Node:
    """The operand with an axis for each letter, of length 1 where it has none."""
    order = tuple(term.index(c) for c in letters if c in term)
    moved = x if order == tuple(range(x.ndim)) else transpose(x, axes=order)
    missing = tuple(axis for axis, c in enumerate(letters) if c not in term)
    return expand_dims(moved, axis=missing) if missing else moved
