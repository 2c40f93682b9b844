"""Arrays that share their memory, on nodes: a view is read from its base, and written through it.

A view's node is made of its base's node by moves of entries. When the base is changed, the same
moves are made on its new node; when the view is changed, its new value goes the same way back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from kobai.graph import Node
from kobai.ops.gathering import Placed, assigned, gather
from kobai.ops.indexing import getitem
from kobai.ops.naming import named
from kobai.ops.shaping import broadcast_to, expand_dims, reshape, squeeze, transpose

# NumPy functions whose result may share the memory of their argument.
VIEWS: frozenset[Callable[..., object]] = frozenset(
    {
        *(np.atleast_1d, np.atleast_2d, np.atleast_3d, np.expand_dims, np.squeeze),
        *(np.broadcast_to, np.broadcast_arrays, np.ravel, np.reshape),
        *(np.transpose, np.swapaxes, np.moveaxis, np.rollaxis, np.matrix_transpose),
        *(np.flip, np.fliplr, np.flipud, np.rot90, np.diagonal, np.real),
        *(np.split, np.array_split, np.hsplit, np.vsplit, np.dsplit, np.unstack),
    }
)
# Moves that only rearrange: the derivative's rule is the way back.
_REARRANGING = (transpose, reshape, expand_dims, squeeze)


def path(view: Node, base: Node) -> list[Node] | None:
    """The nodes from the base to its view, the base left out; None if memory isn't shared."""
    found: list[Node] = []
    while view is not base:
        if not _keeps_memory(view):
            return None
        found.append(view)
        view = view.operands[0]
    return found[::-1]


def _keeps_memory(node: Node) -> bool:
    if node.op is gather:
        return all(not array.ndim for array in node.operands[1:])  # `x[i]` for a number i
    return node.op in _REARRANGING or node.op in (getitem, broadcast_to, named)


def is_certain(moves: Sequence[Node]) -> bool:
    """Whether NumPy shares the memory whatever its layout is: a reshape may have to copy."""
    return all(node.op is not reshape or node.operands[0].ndim < 2 for node in moves)


def is_writeable(moves: Sequence[Node]) -> bool:
    return all(node.op is not broadcast_to for node in moves)


def read_from(base: Node, moves: Sequence[Node]) -> Node:
    """The view of another value."""
    for node in moves:
        if node.op is not named:
            base = node.rebuilt((base, *node.operands[1:]))
    return base


def written_through(moves: Sequence[Node], value: Node) -> Node:
    """The base as it is when its view gets another value."""
    for node in reversed(moves):
        below = node.operands[0]
        if node.op in _REARRANGING:
            rule = node.op.rule(0)
            assert rule is not None
            value = rule(value, node, below, **dict(node.attributes))
        elif node.op is not named:
            at = Placed((), node.attribute("index"), node.operands[1:])
            value = assigned(below, value, at)
    return value
