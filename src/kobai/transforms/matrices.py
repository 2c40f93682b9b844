"""Matrices of derivatives: `jacobian`, `hessian`.

A Jacobian is found row by row in reverse mode, or column by column in forward mode, whichever are
fewer (Griewank and Walther, Evaluating Derivatives, 2008, section 3.3). The 1 in a row's cotangent
is chosen by a mask, so that an infinite slope elsewhere stays out of the row.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from math import prod
from typing import Any

import numpy as np
import optree

from kobai.differentiation import pulled_back, pushed_forward
from kobai.facts import Facts
from kobai.graph import AnyArray, Node
from kobai.ops.choices import where
from kobai.recording import Recording, record
from kobai.sizes import Shape, shape_at_hand
from kobai.tracing import Traced
from kobai.transforms.arguments import (
    in_form_of,
    positions,
    require_floating,
    split,
    warn_of_independence,
)
from kobai.transforms.directional import slope_of
from kobai.transforms.gradient import Function
from kobai.transforms.linear_map import LinearMap, slot
from kobai.transforms.outputs import array_outputs


def jacobian(f: Function, argnums: int | Sequence[int] = 0, has_aux: bool = False) -> Function:
    """The Jacobian: the derivative of every entry of a result by every entry of an argument.

    Args:
        f: a function that returns an array, or a nest of them.
        argnums: the position, or positions, of the arguments to differentiate by.
        has_aux: whether f returns `(value, auxiliary)`; the auxiliary part is handed through.

    Returns:
        A function of the same arguments that returns the Jacobian, of shape `value.shape +
        argument.shape` and the dtype of the argument. If f returns a nest, one for each array in
        it; if the argument is a nest, a nest of its form in each place; a tuple for several
        argnums. With `has_aux`, `(jacobian, auxiliary)`.

    Raises:
        ArgumentError: f returns something that is not an array.
        ArgumentTypeError: an argument to differentiate by is not of floating dtype.

    Example:
        >>> import numpy as np
        >>> import kobai
        >>> kobai.jacobian(lambda x: x[0] * x)(np.array([2.0, 3.0]))
        array([[4., 0.],
               [3., 2.]])
    """

    def derivative(*args: Any, **options: Any) -> Any:
        blocks, aux, independent = _blocks(f, args, options, argnums, has_aux)
        warn_of_independence(independent)
        return (blocks, aux) if has_aux else blocks

    return derivative


def hessian(f: Function, argnums: int | Sequence[int] = 0, has_aux: bool = False) -> Function:
    """The Hessian of a function that returns one number: the Jacobian of its gradient.

    Args:
        f: the function.
        argnums: the position, or positions, of the arguments to differentiate by.
        has_aux: whether f returns `(value, auxiliary)`; the auxiliary part is handed through.

    Returns:
        A function of the same arguments that returns an array of shape `argument.shape +
        argument.shape`; for nests and several argnums a nest of nests. With `has_aux`, `(hessian,
        auxiliary)`.

    Raises:
        ArgumentError: f returns something else than one number.
        ArgumentTypeError: an argument to differentiate by is not of floating dtype.

    Example:
        >>> import numpy as np
        >>> import kobai
        >>> kobai.hessian(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 3.0]))
        array([[6., 2.],
               [2., 0.]])

    Method: reverse accumulation over the graph of the gradient; Griewank and Walther, Evaluating
    Derivatives (2008), chapter 5.
    """

    def second(*args: Any, **options: Any) -> Any:
        independent: list[str] = []
        slope = slope_of(f, argnums, independent, has_aux)
        # A gradient that is constant is no mistake: the function itself has to depend on them.
        blocks, aux, _ = _blocks(slope, args, options, argnums, has_aux)
        warn_of_independence(independent)
        return (blocks, aux) if has_aux else blocks

    return second


def _blocks(
    f: Function,
    args: Sequence[Any],
    options: dict[str, Any],
    argnums: int | Sequence[int],
    has_aux: bool,
) -> tuple[Any, Any, list[str]]:
    """The nest of Jacobians, the auxiliary part, and the arguments that don't matter."""
    chosen = positions(argnums, args)
    recording = record(partial(f, **options) if options else f, args, chosen)
    require_floating(recording)
    result, aux = split(recording.result, has_aux)
    outputs, form = array_outputs(result, recording.trace.graph)
    targets = [leaf.node for leaf in recording.inputs]
    is_wide = _size(outputs) <= _size(targets)
    sweep = _by_rows if is_wide else _by_columns
    found, relevant = sweep(recording, outputs, targets)

    def nest(row: Sequence[Any]) -> Any:
        leaves = {leaf.path: block for leaf, block in zip(recording.inputs, row, strict=True)}
        nests = [in_form_of(args[position], position, leaves) for position in chosen]
        return nests[0] if isinstance(argnums, int) else tuple(nests)

    independent = [leaf.label for leaf in recording.inputs if leaf.node not in relevant]
    blocks: Any = optree.tree_unflatten(form, [nest(row) for row in found])
    return blocks, recording.evaluated(aux), independent


def _by_rows(
    recording: Recording, outputs: Sequence[Node], targets: Sequence[Node]
) -> tuple[list[list[Any]], frozenset[Node]]:
    """For each output, its Jacobian by each target; one reverse sweep for an entry of an output."""
    masks = [_mask(node) for node in outputs]
    seeds = [_chosen(mask, node) for mask, node in zip(masks, outputs, strict=True)]
    _, found = pulled_back(outputs, seeds, targets, Facts())
    linear = LinearMap(recording, [], [found.get(target) for target in targets], masks)
    blocks: list[list[Any]] = []
    for number, output in enumerate(outputs):
        rows = (
            [linear(basis) for basis in _bases(masks, number)] if output.is_differentiable else []
        )
        shape = shape_at_hand(output.shape)
        blocks.append(
            [
                _stacked([row[k] for row in rows], 0, shape, target)
                for k, target in enumerate(targets)
            ]
        )
    return blocks, frozenset(found)


def _by_columns(
    recording: Recording, outputs: Sequence[Node], targets: Sequence[Node]
) -> tuple[list[list[Any]], frozenset[Node]]:
    """The same by one forward sweep for an entry of a target."""
    masks = [_mask(node) for node in targets]
    ways = {node: _chosen(mask, node) for mask, node in zip(masks, targets, strict=True)}
    _, images, relevant = pushed_forward(outputs, ways, Facts())
    linear = LinearMap(recording, [], images, masks)
    blocks: list[list[Any]] = [[] for _ in outputs]
    for number, target in enumerate(targets):
        columns = [linear(basis) for basis in _bases(masks, number)]
        for k, output in enumerate(outputs):
            column = [entry[k] for entry in columns]
            blocks[k].append(_stacked(column, -1, shape_at_hand(output.shape), target))
    return blocks, relevant


def _stacked(parts: list[Any], axis: int, shape: tuple[int, ...], target: Node) -> Any:
    """The Jacobian from its rows or columns; zero where there are none."""
    whole = shape + shape_at_hand(target.shape)
    if not parts or parts[0] is None:
        return np.zeros(whole, target.dtype)[()]
    block: Any = np.stack(parts, axis=axis).reshape(whole).astype(target.dtype)
    return block if isinstance(block, Traced) else block[()]


def _mask(node: Node) -> Node:
    return slot(node.graph, node.shape, np.dtype(bool))


def _chosen(mask: Node, node: Node) -> Node:
    """1 at the chosen entry, and 0 by choice elsewhere."""
    dtype = node.dtype if node.is_differentiable else np.dtype(float)
    return where(mask, *(node.graph.constant(number, dtype) for number in (1.0, 0.0)))


def _bases(masks: Sequence[Node], number: int) -> list[list[AnyArray]]:
    """What to put into the masks to choose each entry of one of them."""
    shapes: list[Shape] = [shape_at_hand(mask.shape) for mask in masks]
    found: list[list[AnyArray]] = []
    for entry in range(prod(shape_at_hand(shapes[number]))):
        basis = [np.zeros(shape_at_hand(shape), bool) for shape in shapes]
        basis[number].reshape(-1)[entry] = True
        found.append(basis)
    return found


def _size(nodes: Sequence[Node]) -> int:
    return sum(prod(shape_at_hand(node.shape)) for node in nodes if node.is_differentiable)
