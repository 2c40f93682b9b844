"""`derive`: from a function and its arguments to the steps of its gradient."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from kobai.derivation.builder import Builder
from kobai.derivation.names import names_of
from kobai.derivation.options import options_of
from kobai.derivation.result import Derivation
from kobai.errors import ArgumentError, ArgumentTypeError
from kobai.optim import Optimizer
from kobai.optim.settings import require_update
from kobai.recording import Input, Recording
from kobai.sizing import record_with_sizes
from kobai.transforms import scalar_output


def derive(
    f: Callable[..., Any],
    *args: Any,
    wrt: Sequence[str] | str | None = None,
    optimizer: Optimizer | None = None,
    notation: str = "matrix",
    names: str = "d",
    lang: str = "en",
) -> Derivation:
    """Derive the gradient of a function step by step, as one would by hand.

    The forward steps are the values that f gives a name to, the backward steps their derivatives
    from the last to the first, `da`, `dz`, …, then those by the parameters, `dw`, `db`. Every step
    has its formula, its value for the arguments given, and the rewrites that led to it.

    Args:
        f: a function in plain NumPy that returns one number. It is run more than once, on the
            arguments and on longer ones, to tell lengths from other numbers.
        *args: its arguments.
        wrt: names of the arguments to differentiate by; every floating one if None.
        optimizer: with one of `kobai.optim`, the derivation ends with the update of each parameter.
        notation: how it is printed: "matrix" (`dW = X.T @ dz`) or "index"
            (`dW[j,k] = Σ_i dz[i,k] X[i,j]`).
        names: what derivatives are called: "d" (`dz`, `dw`), "delta" (the errors of units, that is
            the derivatives by weighted inputs, are `delta…`, printed δ) or "partial" (printed
            ∂C/∂w; in formulas of steps they are `dw`, which Python can read).
        lang: the language of its words: "en", "ja" or "zh".

    Returns:
        A `Derivation`: print it, look a step up (`d["dz"].formula`), or take its LaTeX.

    Raises:
        ArgumentError: a name in `wrt` is not an argument's, f does not return one number, or an
            option is none of those named here.
        TraceError: f uses a construct that can't be traced.

    Example:
        >>> import numpy as np
        >>> import kobai
        >>> def loss(w, x, y):
        ...     a = 1 / (1 + np.exp(-w * x))
        ...     return -(y * np.log(a) + (1 - y) * np.log(1 - a))
        >>> d = kobai.derive(loss, 0.5, 2.0, 1.0, wrt="w")
        >>> print(d["dw"].formula)
        (a - y) * x

    Method: reverse accumulation; Rumelhart, Hinton and Williams, Nature 323 (1986) 533.
    """
    options = options_of(notation, names, lang)
    if optimizer is not None:
        require_update(optimizer)
    recording = record_with_sizes(f, args, range(len(args)), is_watched=True)
    output = scalar_output(recording.result)
    parameters = _parameters(recording, wrt)
    if output is None:
        raise ArgumentError(
            "the result depends on none of the arguments", repair="use them in the function"
        )
    data = [leaf.node for leaf in recording.inputs if leaf not in parameters]
    name = getattr(f, "__name__", "loss")
    shown = names_of(recording, output, name, data, options.lang)
    return Builder(recording, output, parameters, shown, options).derivation(name, optimizer)


def _parameters(recording: Recording, wrt: Sequence[str] | str | None) -> list[Input]:
    """The inputs to differentiate by, in the order asked for."""
    if wrt is None:
        floating = [leaf for leaf in recording.inputs if leaf.node.is_differentiable]
        if recording.inputs and not floating:
            raise ArgumentTypeError(
                "no argument is of floating dtype: there is nothing to differentiate by",
                repair="give numbers as 3.0 for 3, arrays as x.astype(float)",
            )
        return floating
    chosen: list[Input] = []
    for name in [wrt] if isinstance(wrt, str) else wrt:
        found = [leaf for leaf in recording.inputs if name in (leaf.label, leaf.argument)]
        if not found:
            known = ", ".join(dict.fromkeys(leaf.argument for leaf in recording.inputs))
            raise ArgumentError(
                f"wrt names {name!r}, which is not an argument", repair=f"use names among {known}"
            )
        for leaf in found:
            if not leaf.node.is_differentiable:
                raise ArgumentTypeError(
                    f"argument {leaf.label} is of dtype {leaf.node.dtype}: "
                    "a derivative by whole numbers has no meaning",
                    repair="give it as floating numbers: 3.0 for 3, x.astype(float) for an array",
                )
        chosen.extend(leaf for leaf in found if leaf not in chosen)
    return chosen
