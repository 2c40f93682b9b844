"""Functions of functions: `grad`, `value_and_grad`, `hvp`.

Each call runs the user's function anew on the values at hand, so that Python's `if` and `while`,
globals and closures mean what they always mean.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import optree

from kobai.differentiation import differentiated, for_evaluation
from kobai.errors import ArgumentError, ArgumentTypeError, IndependenceWarning
from kobai.evaluation import Program
from kobai.facts import Facts
from kobai.graph import Node
from kobai.recording import Recording, record
from kobai.tracing import Traced

Function = Callable[..., Any]


def grad(f: Function, argnums: int | Sequence[int] = 0, has_aux: bool = False) -> Function:
    """The gradient of a function that is written in plain NumPy and returns one number.

    Args:
        f: the function. Its arguments may be arrays, numbers, and nests of dicts, lists and tuples.
        argnums: the position, or positions, of the arguments to differentiate by.
        has_aux: whether f returns `(value, auxiliary)`; the auxiliary part is handed through.

    Returns:
        A function of the same arguments that returns the gradient: an array of the shape and dtype
        of the argument (a nest of the same form; a tuple for several argnums). With `has_aux`,
        `(gradient, auxiliary)`.

    Raises:
        TraceError: f uses a construct that can't be traced; the message has its line and the
            repair.
        ArgumentTypeError: an argument to differentiate by is not of floating dtype.

    Example:
        >>> import numpy as np
        >>> import kobai
        >>> def loss(w):
        ...     return np.sum((w - 1) ** 2)
        >>> kobai.grad(loss)(np.array([0.0, 3.0]))
        array([-2.,  4.])

    Method: reverse accumulation; Griewank and Walther, Evaluating Derivatives (2008), chapter 3.
    """
    both = value_and_grad(f, argnums, has_aux)

    def gradient(*args: Any) -> Any:
        value, slopes = both(*args)
        return (slopes, value[1]) if has_aux else slopes

    return gradient


def value_and_grad(
    f: Function, argnums: int | Sequence[int] = 0, has_aux: bool = False
) -> Function:
    """The value and the gradient of a function, from one run; arguments as for `grad`.

    Returns:
        A function that returns `(value, gradient)`; with `has_aux`, `((value, auxiliary),
        gradient)`.

    Example:
        >>> import numpy as np
        >>> import kobai
        >>> value, slope = kobai.value_and_grad(lambda x: np.sin(x) ** 2)(0.5)
        >>> print(f"{value:.4f} {slope:.4f}")
        0.2298 0.8415
    """
    positions = (argnums,) if isinstance(argnums, int) else tuple(argnums)

    def value_and_gradient(*args: Any) -> Any:
        wanted = [_position(number, len(args)) for number in positions]
        recording = record(f, args, wanted)
        result, aux = _split(recording.result, has_aux)
        value, slopes = _evaluated(recording, scalar_output(result), result)
        leaves = dict(zip([leaf.path for leaf in recording.inputs], slopes, strict=True))
        nests = [_nest(args[number], number, leaves) for number in wanted]
        gradient = nests[0] if isinstance(argnums, int) else tuple(nests)
        return ((value, recording.evaluated(aux)) if has_aux else value), gradient

    return value_and_gradient


def hvp(f: Function, primals: Sequence[Any], tangents: Sequence[Any]) -> Any:
    """The Hessian of f at `primals` times the vector `tangents`, without forming the Hessian.

    Args:
        f: a function of `len(primals)` arguments that returns one number.
        primals: the arguments, all of floating dtype.
        tangents: a vector for each argument, of its shape (nests of the same form).

    Returns:
        A tuple with the product for each argument.

    Example:
        >>> import numpy as np
        >>> import kobai
        >>> (product,) = kobai.hvp(lambda x: np.sum(x**3), (np.array([1.0, 2.0]),), (np.ones(2),))
        >>> print(product)
        [ 6. 12.]

    Method: the gradient of gradient times vector; Pearlmutter, Neural Computation 6 (1994) 147.
    """
    if len(primals) != len(tangents):
        raise ArgumentError(
            f"hvp is given {len(primals)} primals and {len(tangents)} tangents",
            repair="give one tangent for each primal",
        )
    numbers = range(len(primals))
    nest: Any = tuple(tangents)
    vectors = optree.tree_leaves(nest)

    def slope(*args: Any) -> Any:
        slopes = optree.tree_leaves(grad(f, tuple(numbers))(*args))
        for gradient, vector in zip(slopes, vectors, strict=True):
            if np.shape(gradient) != np.shape(vector):
                raise ArgumentError(
                    f"a tangent has shape {np.shape(vector)}, its primal {np.shape(gradient)}",
                    repair="give each tangent the shape of its primal",
                )
        return sum(np.sum(g * v) for g, v in zip(slopes, vectors, strict=True))

    return grad(slope, tuple(numbers))(*primals)


def _position(number: int, count: int) -> int:
    if not -count <= number < count:
        raise ArgumentError(
            f"argnums {number} asks for an argument that was not given: there are {count}",
            repair="count from 0, and give the argument by position",
        )
    return number % count


def _split(result: Any, has_aux: bool) -> tuple[Any, Any]:
    if not has_aux:
        return result, None
    if not isinstance(result, tuple) or len(result) != 2:
        raise ArgumentError(
            "with has_aux=True the function has to return two things",
            repair="return (loss, auxiliary)",
        )
    return result


def scalar_output(result: Any) -> Node | None:
    """The node of a function's result; None if it depends on no traced argument.

    Raises:
        ArgumentError: the result is not one real number.
    """
    is_traced = isinstance(result, Traced)
    shape = result.shape if is_traced else np.shape(result)
    dtype = result.dtype if is_traced else np.asarray(result).dtype
    if shape != () or dtype.kind not in "fiub":
        what = f"an array of shape {shape}" if dtype.kind in "fiub" else repr(result)
        raise ArgumentError(
            f"the function returned {what}; a gradient needs one real number",
            repair="fold the result with np.mean or np.sum, and return it",
        )
    return result.node if is_traced else None


def _evaluated(recording: Recording, output: Node | None, result: Any) -> tuple[Any, list[Any]]:
    """The value and the slopes by all inputs."""
    targets = [leaf.node for leaf in recording.inputs]
    for leaf in recording.inputs:
        if not leaf.node.is_differentiable:
            raise ArgumentTypeError(
                f"argument {leaf.label} is of dtype {leaf.node.dtype}: "
                "a derivative by whole numbers has no meaning",
                repair="give it as floating numbers: 3.0 for 3, x.astype(float) for an array",
            )
    found: dict[Node, Node] = {}
    if output is not None:
        output, found = differentiated(output, targets, Facts())
    for leaf in recording.inputs:
        if leaf.node not in found:
            warnings.warn(
                f"the result does not depend on argument {leaf.label}: its gradient is zero",
                IndependenceWarning,
                stacklevel=4,
            )
    if output is None:
        return result, [_zeros(leaf.value) for leaf in recording.inputs]
    slopes = [found[target] for target in targets if target in found]
    if recording.is_nested:
        handles = iter([Traced(node, recording.trace) for node in slopes])
        answer: Any = Traced(output, recording.trace)
    else:
        program = Program(for_evaluation([output, *slopes], targets), targets)
        answer, *arrays = program.run(*[leaf.value for leaf in recording.inputs])
        handles = iter(arrays)
    return answer, [
        next(handles) if leaf.node in found else _zeros(leaf.value) for leaf in recording.inputs
    ]


def _zeros(value: Any) -> Any:
    return np.zeros(np.shape(value), getattr(value, "dtype", float))[()]


def _nest(argument: Any, number: int, leaves: dict[tuple[Any, ...], Any]) -> Any:
    """The slopes in the form of the argument."""
    return optree.tree_map_with_path(lambda path, leaf: leaves.get((number, *path), leaf), argument)
