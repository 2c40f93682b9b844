"""The gradient of one number: `grad`, `value_and_grad`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from kobai.differentiation import differentiated, for_evaluation
from kobai.evaluation import Program
from kobai.facts import Facts
from kobai.graph import Node
from kobai.recording import Recording, record
from kobai.tracing import Traced
from kobai.transforms.arguments import (
    in_form_of,
    positions,
    require_floating,
    split,
    warn_of_independence,
    zeros,
)
from kobai.transforms.outputs import scalar_output

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
        found = run(f, args, options, argnums, has_aux)
        warn_of_independence(found.independent)
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
        found = run(f, args, options, argnums, has_aux)
        warn_of_independence(found.independent)
        return ((found.value, found.aux) if has_aux else found.value), found.gradient

    return value_and_gradient


class Found(NamedTuple):
    """What one run of a function gave."""

    value: Any
    aux: Any
    gradient: Any
    independent: list[str]


def run(
    f: Function,
    args: Sequence[Any],
    options: Mapping[str, Any],
    argnums: int | Sequence[int],
    has_aux: bool = False,
) -> Found:
    """Run a function, and differentiate it by the arguments at these positions."""
    chosen = positions(argnums, args)
    recording = record(partial(f, **options) if options else f, args, chosen)
    result, aux = split(recording.result, has_aux)
    value, slopes = _evaluated(recording, scalar_output(result), result)
    leaves = {
        leaf.path: zeros(leaf.value) if slope is None else slope
        for leaf, slope in zip(recording.inputs, slopes, strict=True)
    }
    nests = [in_form_of(args[position], position, leaves) for position in chosen]
    return Found(
        value,
        recording.evaluated(aux),
        nests[0] if isinstance(argnums, int) else tuple(nests),
        [leaf.label for leaf, slope in zip(recording.inputs, slopes, strict=True) if slope is None],
    )


def _evaluated(recording: Recording, output: Node | None, result: Any) -> tuple[Any, list[Any]]:
    """The value, and the slope by each input; None where there is no dependence."""
    targets = [leaf.node for leaf in recording.inputs]
    require_floating(recording)
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
