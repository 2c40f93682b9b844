"""Functions of functions: `grad`, `value_and_grad`, `hvp`.

Each call runs the user's function anew on the values at hand, so that Python's `if` and `while`,
globals and closures mean what they always mean.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import optree

from kobai.differentiation import differentiated, for_evaluation
from kobai.errors import ArgumentError, ArgumentTypeError, IndependenceWarning
from kobai.evaluation import Program
from kobai.facts import Facts
from kobai.frames import user_level
from kobai.graph import Node
from kobai.recording import Recording, is_number, record
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
        `(gradient, auxiliary)`. Arguments given by keyword are handed through as they are.

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

    def gradient(*args: Any, **options: Any) -> Any:
        found = _run(f, args, options, argnums, has_aux)
        _warn_of_independence(found.independent)
        return (found.gradient, found.aux) if has_aux else found.gradient

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

    def value_and_gradient(*args: Any, **options: Any) -> Any:
        found = _run(f, args, options, argnums, has_aux)
        _warn_of_independence(found.independent)
        return ((found.value, found.aux) if has_aux else found.value), found.gradient

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
    independent: list[str] = []

    def slope(*args: Any) -> Any:
        first = _run(f, args, {}, numbers)
        independent.extend(first.independent)
        slopes = optree.tree_leaves(first.gradient)
        if len(slopes) != len(vectors):
            raise ArgumentError(
                f"the tangents hold {len(vectors)} arrays, the primals {len(slopes)}",
                repair="give the tangents the form of the primals",
            )
        for gradient, vector in zip(slopes, vectors, strict=True):
            if np.shape(gradient) != np.shape(vector):
                raise ArgumentError(
                    f"a tangent has shape {np.shape(vector)}, its primal {np.shape(gradient)}",
                    repair="give each tangent the shape of its primal",
                )
        return sum(np.sum(g * v) for g, v in zip(slopes, vectors, strict=True))

    second = _run(slope, primals, {}, numbers)
    _warn_of_independence(independent)
    return second.gradient


class _Found(NamedTuple):
    """What one run of a function gave."""

    value: Any
    aux: Any
    gradient: Any
    independent: list[str]


def _run(
    f: Function,
    args: Sequence[Any],
    options: Mapping[str, Any],
    argnums: int | Sequence[int],
    has_aux: bool = False,
) -> _Found:
    """Run a function, and differentiate it by the arguments at these positions."""
    numbers = (argnums,) if isinstance(argnums, int) else argnums
    positions = [_position(number, len(args)) for number in numbers]
    for position in positions:
        _require_numbers(args[position], position)
    recording = record(partial(f, **options) if options else f, args, positions)
    result, aux = _split(recording.result, has_aux)
    value, slopes = _evaluated(recording, scalar_output(result), result)
    leaves = {
        leaf.path: _zeros(leaf.value) if slope is None else slope
        for leaf, slope in zip(recording.inputs, slopes, strict=True)
    }
    nests = [_nest(args[position], position, leaves) for position in positions]
    return _Found(
        value,
        recording.evaluated(aux),
        nests[0] if isinstance(argnums, int) else tuple(nests),
        [leaf.label for leaf, slope in zip(recording.inputs, slopes, strict=True) if slope is None],
    )


def _warn_of_independence(labels: Sequence[str]) -> None:
    for label in dict.fromkeys(labels):
        warnings.warn(
            f"the result does not depend on argument {label}: its gradient is zero",
            IndependenceWarning,
            stacklevel=user_level(),
        )


def _require_numbers(argument: Any, position: int) -> None:
    for leaf in optree.tree_leaves(argument):
        if not is_number(leaf):
            raise ArgumentTypeError(
                f"argument {position} holds a {type(leaf).__name__}, "
                "by which nothing can be differentiated",
                repair="keep what is not a number in another argument, or in None",
            )


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
    is_array = isinstance(result, Traced | np.ndarray | np.generic)
    array = result if is_array or not is_number(result) else np.asarray(result)
    if not hasattr(array, "dtype"):
        what = f"a {type(result).__name__}"
    elif array.dtype.kind not in "fiub":
        what = f"a value of dtype {array.dtype}"
    elif array.shape:
        what = f"an array of shape {array.shape}"
    else:
        return result.node if isinstance(result, Traced) else None
    raise ArgumentError(
        f"the function returned {what}; a gradient needs one real number",
        repair="fold the result with np.mean or np.sum, and return it",
    )


def _evaluated(recording: Recording, output: Node | None, result: Any) -> tuple[Any, list[Any]]:
    """The value, and the slope by each input; None where there is no dependence."""
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
    if output is None:
        return result, [None] * len(targets)
    outputs = [output, *(found[target] for target in targets if target in found)]
    if recording.is_nested:
        values: list[Any] = [Traced(node, recording.trace) for node in outputs]
    else:
        program = Program(for_evaluation(outputs, targets), targets)
        arrays = program.run(*[leaf.value for leaf in recording.inputs])
        # Copies: a result may be an argument itself, a view, or the same for two arguments.
        values = [np.array(array)[()] for array in arrays]
    value, *rest = values
    slopes = iter(rest)
    return value, [next(slopes) if target in found else None for target in targets]


def _zeros(value: Any) -> Any:
    return np.zeros(np.shape(value), getattr(value, "dtype", float))[()]


def _nest(argument: Any, number: int, leaves: dict[tuple[Any, ...], Any]) -> Any:
    """The slopes in the form of the argument."""
    return optree.tree_map_with_path(lambda path, leaf: leaves.get((number, *path), leaf), argument)
