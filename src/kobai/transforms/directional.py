"""Derivatives along directions: `jvp`, `vjp`, and `hvp` for the second derivative."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import optree

from kobai.differentiation import pulled_back, pushed_forward
from kobai.facts import Facts
from kobai.recording import record
from kobai.transforms.arguments import (
    in_form_of,
    matched,
    paired,
    positions,
    require_floating,
    split,
    warn_of_independence,
    zeros,
)
from kobai.transforms.gradient import Function, run
from kobai.transforms.linear_map import LinearMap, slot
from kobai.transforms.outputs import array_outputs


def jvp(f: Function, primals: Sequence[Any], tangents: Sequence[Any], has_aux: bool = False) -> Any:
    """The value of f, and its derivative along a direction: the Jacobian times a vector.

    Args:
        f: a function of `len(primals)` arguments that returns an array, or a nest of them.
        primals: the arguments, all of floating dtype; nests of dicts, lists and tuples too.
        tangents: the direction: for each argument a value of its form and shape.
        has_aux: whether f returns `(value, auxiliary)`; the auxiliary part is handed through.

    Returns:
        `(value, tangent)`, both of the form that f returned; with `has_aux`, `(value, tangent,
        auxiliary)`. The tangent of an integer or a truth value is zero, of dtype float64.

    Raises:
        ArgumentError: the tangents have another form or shape than the primals, or f returns
            something that is not an array.
        ArgumentTypeError: a primal is not of floating dtype.

    Example:
        >>> import numpy as np
        >>> import kobai
        >>> value, tangent = kobai.jvp(lambda x: x**2, (np.array([1.0, 3.0]),), (np.ones(2),))
        >>> print(value, tangent)
        [1. 9.] [2. 6.]

    Method: forward accumulation; Griewank and Walther, Evaluating Derivatives (2008), section 3.1.
    """
    args, directions = paired(primals, tangents, "jvp")
    recording = record(f, args, positions(range(len(args)), args))
    require_floating(recording)
    given = matched(directions, args, "tangent", "primal")
    result, aux = split(recording.result, has_aux)
    graph = recording.trace.graph
    outputs, form = array_outputs(result, graph)
    slots = {leaf.node: slot(graph, leaf.node.shape, leaf.node.dtype) for leaf in recording.inputs}
    values, images, _ = pushed_forward(outputs, slots, Facts())
    linear = LinearMap(recording, values, images, list(slots.values()))
    moved = [
        zeros(value) if image is None else image
        for value, image in zip(linear.values, linear(given), strict=True)
    ]
    value, tangent = (optree.tree_unflatten(form, leaves) for leaves in (linear.values, moved))
    return (value, tangent, recording.evaluated(aux)) if has_aux else (value, tangent)


def vjp(f: Function, *primals: Any, has_aux: bool = False) -> Any:
    """The value of f, and a function that takes cotangents back to its arguments.

    Args:
        f: a function that returns an array, or a nest of them.
        primals: its arguments, all of floating dtype; nests of dicts, lists and tuples too.
        has_aux: whether f returns `(value, auxiliary)`; the auxiliary part is handed through.

    Returns:
        `(value, pullback)`; with `has_aux`, `(value, pullback, auxiliary)`. The pullback takes a
        cotangent of the form and shapes of the value, and returns a tuple with the vector times
        Jacobian for each argument. It may be called any number of times, also after f's arrays
        have been changed; one that was taken inside a function under a derivative belongs to that
        call. The cotangent of an integer or a truth value counts for nothing.

    Raises:
        ArgumentError: f returns something that is not an array, or, of the pullback, the cotangent
            has another form or shape than the value.
        ArgumentTypeError: a primal is not of floating dtype.

    Example:
        >>> import numpy as np
        >>> import kobai
        >>> value, pullback = kobai.vjp(lambda x, y: x * y, np.array([1.0, 2.0]), 3.0)
        >>> dx, dy = pullback(np.ones(2))
        >>> print(dx, dy)
        [3. 3.] 3.0

    Method: reverse accumulation; Griewank and Walther, Evaluating Derivatives (2008), section 3.2.
    """
    recording = record(f, primals, positions(range(len(primals)), primals))
    require_floating(recording)
    result, aux = split(recording.result, has_aux)
    graph = recording.trace.graph
    outputs, form = array_outputs(result, graph)
    targets = [leaf.node for leaf in recording.inputs]
    slots = [slot(graph, node.shape, node.dtype) for node in outputs]
    values, found = pulled_back(outputs, slots, targets, Facts())
    linear = LinearMap(recording, values, [found.get(target) for target in targets], slots)
    warn_of_independence([leaf.label for leaf in recording.inputs if leaf.node not in found])
    value = optree.tree_unflatten(form, linear.values)
    shapes = [(leaf.path, zeros(leaf.value)) for leaf in recording.inputs]

    def pullback(cotangent: Any) -> tuple[Any, ...]:
        images = linear(matched(cotangent, value, "cotangent", "output"))
        leaves = {
            path: zero if image is None else image
            for (path, zero), image in zip(shapes, images, strict=True)
        }
        return tuple(in_form_of(primal, number, leaves) for number, primal in enumerate(primals))

    return (value, pullback, recording.evaluated(aux)) if has_aux else (value, pullback)


def hvp(f: Function, primals: Sequence[Any], tangents: Sequence[Any]) -> Any:
    """The Hessian of f at `primals` times the vector `tangents`, without forming the Hessian.

    Args:
        f: a function of `len(primals)` arguments that returns one number.
        primals: the arguments, all of floating dtype.
        tangents: a vector for each argument, of its shape (nests of the same form).

    Returns:
        A tuple with the product for each argument.

    Raises:
        ArgumentError: the tangents have another form or shape than the primals, or f returns
            something else than one number.
        ArgumentTypeError: a primal is not of floating dtype.

    Example:
        >>> import numpy as np
        >>> import kobai
        >>> (product,) = kobai.hvp(lambda x: np.sum(x**3), (np.array([1.0, 2.0]),), (np.ones(2),))
        >>> print(product)
        [ 6. 12.]

    Method: the derivative of the gradient along the vector; Pearlmutter, Neural Computation 6
    (1994) 147.
    """
    args, directions = paired(primals, tangents, "hvp")
    independent: list[str] = []
    _, product = jvp(slope_of(f, range(len(args)), independent), args, directions)
    warn_of_independence(independent)
    return product


def slope_of(
    f: Function, argnums: int | Sequence[int], independent: list[str], has_aux: bool = False
) -> Callable[..., Any]:
    """The gradient as a function to be differentiated; arguments without influence are noted."""

    @wraps(f)
    def slope(*args: Any, **options: Any) -> Any:
        found = run(f, args, options, argnums, has_aux)
        independent.extend(found.independent)
        return (found.gradient, found.aux) if has_aux else found.gradient

    return slope
