"""`export`: the gradient or the training of a loss as a program in another language."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

from kobai.errors import ArgumentError
from kobai.exporting.graphs import program_of
from kobai.optim import GradientDescent, Optimizer
from kobai.optim.settings import require_update
from kobai.targets.c_source import c_source
from kobai.targets.julia_source import julia_source
from kobai.targets.numpy_program import numpy_program
from kobai.targets.octave_source import octave_source
from kobai.targets.programs import Kind, Program
from kobai.targets.scilab_source import scilab_source

__all__ = ["TARGETS", "export"]

TARGETS: dict[str, Callable[[Program], str]] = {
    "numpy": numpy_program,
    "c": c_source,
    "octave": octave_source,
    "scilab": scilab_source,
    "julia": julia_source,
}
# What the example of a training program makes.
EXAMPLE_STEPS = 100


def export(
    f: Callable[..., Any],
    *args: Any,
    wrt: Sequence[str] | str | None = None,
    target: Literal["numpy", "c", "octave", "scilab", "julia"] = "numpy",
    program: Kind = "gradient",
    optimizer: Optimizer | None = None,
) -> str:
    """Write the gradient of a function, or its training, as a program to be read and taken away.

    The program has the user's names, and a variable for each value that has one or is used more
    than once. It defines one documented function, and ends with an example on the arguments given,
    which prints the results row by row with all digits.

    Args:
        f: a function in plain NumPy that returns one number.
        *args: its arguments: they tell the shapes, and are the example's.
        wrt: names of the arguments to differentiate by; every floating one if None.
        target: the language.
        program: `"gradient"`, which returns the loss and its slopes, or `"training"`, which makes
            steps on all of the data and returns the parameters.
        optimizer: of the training; by default `kobai.optim.GradientDescent(0.1)`. Its settings are
            arguments of the program.

    Returns:
        The source of the program.

    Raises:
        ArgumentError: an operation that the language can't be given, with its line; an unknown
            target; a name in `wrt` that is not an argument's.
        TraceError: f uses a construct that can't be traced, or decides by a value.

    Example:
        >>> import numpy as np
        >>> import kobai
        >>> def loss(w, X, y):
        ...     r = X @ w - y
        ...     return np.mean(r**2)
        >>> text = kobai.export(loss, np.ones(2), np.eye(2), np.ones(2), wrt="w", target="octave")
        >>> print([line.strip() for line in text.splitlines() if "dw = " in line][-1])
        dw = X' * dr;
    """
    if target not in TARGETS:
        known = ", ".join(map(repr, TARGETS))
        raise ArgumentError(f"there is no target {target!r}", repair=f"use one of {known}")
    if program not in ("gradient", "training"):
        raise ArgumentError(
            f"there is no program {program!r}", repair="use 'gradient' or 'training'"
        )
    if optimizer is not None and program == "gradient":
        raise ArgumentError(
            "an optimizer is given, and the gradient has no use for it",
            repair='leave it out, or give program="training"',
        )
    if optimizer is not None:
        require_update(optimizer)
    wanted = program_of(f, args, wrt, program, optimizer or GradientDescent(0.1), EXAMPLE_STEPS)
    return TARGETS[target](wanted)
