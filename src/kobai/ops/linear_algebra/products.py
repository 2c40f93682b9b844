"""Products of many matrices: `matrix_power`, `multi_dot`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kobai.errors import ShapeError
from kobai.graph import Node
from kobai.ops.entries import as_nodes, traces
from kobai.ops.linear import matrix_product
from kobai.ops.linear_algebra.matrices import order_of
from kobai.ops.linear_algebra.systems import inv
from kobai.ops.shaping import broadcast_to
from kobai.sizes import at_hand

traces(np.linalg.matmul)(matrix_product)


@traces(np.linalg.matrix_power)
def _matrix_power(a: Node, n: Any) -> Node:
    """By squares: n has as many of them as it has binary digits."""
    order = at_hand(order_of(a))
    if isinstance(n, Node) or int(n) != n:
        raise TypeError("the exponent has to be a whole number")
    if n == 0:
        one = a.graph.constant(np.eye(order, dtype=a.dtype))
        return one if a.ndim == 2 else broadcast_to(one, shape=a.shape)
    square, left = (a, int(n)) if n > 0 else (inv(a), -int(n))
    found: Node | None = None
    while left:
        if left % 2:
            found = square if found is None else found @ square
        left //= 2
        square = square @ square if left else square
    assert found is not None
    return found


@traces(np.linalg.multi_dot)
def _multi_dot(arrays: Sequence[Any]) -> Node:
    """In the order that takes the fewest multiplications.

    Cormen et al., Introduction to Algorithms, section 14.2.
    """
    nodes = as_nodes(arrays)
    if len(nodes) < 2 or any(x.ndim != 2 for x in nodes[1:-1]):
        raise ShapeError("a chain of matrices is needed", repair="give at least two of them")
    lengths = [at_hand(x.shape[0]) for x in nodes] + [at_hand(nodes[-1].shape[-1])]
    if nodes[0].ndim == 1:
        lengths[0] = 1
    if nodes[-1].ndim == 1:
        lengths[-1] = 1
    splits = _cheapest(lengths)
    wanted = [(0, len(nodes))]
    for first, last in wanted:
        if last - first > 1:
            wanted += [(first, splits[first, last]), (splits[first, last], last)]
    products = {(i, i + 1): node for i, node in enumerate(nodes)}
    for first, last in reversed(wanted):
        if last - first > 1:
            middle = splits[first, last]
            products[first, last] = matrix_product(products[first, middle], products[middle, last])
    return products[0, len(nodes)]


def _cheapest(lengths: Sequence[int]) -> dict[tuple[int, int], int]:
    """Where to split each part of a chain, whose matrix i is of shape `lengths[i : i + 2]`."""
    count = len(lengths) - 1
    costs = {(i, i + 1): 0 for i in range(count)}
    splits: dict[tuple[int, int], int] = {}
    for width in range(2, count + 1):
        for first in range(count - width + 1):
            last = first + width
            costs[first, last], splits[first, last] = min(
                (costs[first, k] + costs[k, last] + lengths[first] * lengths[k] * lengths[last], k)
                for k in range(first + 1, last)
            )
    return splits
