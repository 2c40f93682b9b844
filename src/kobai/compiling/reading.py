"""How a function is computed in passes over its examples, to be read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import optree

from kobai.backends.choice import axes_of, lengths_of, longest
from kobai.differentiation import for_evaluation
from kobai.facts import Facts
from kobai.lower.fixing import fixed
from kobai.lower.plan import plan
from kobai.simplify import STABILISE, Context, run
from kobai.sizing import record_with_sizes
from kobai.splitting import Split
from kobai.tracing import Traced


def passes(f: Callable[..., Any], *args: Any) -> Split:
    """How machine code goes through the examples to compute a function: print the result.

    A value either belongs to the examples, with one entry (or row) for each along some axis, or it
    does not. Where the examples are folded (a sum, a mean, `X.T @ dz`), they end, and what needs
    the fold of all of them waits for the next pass.

    Args:
        f: a function in plain NumPy; also `kobai.grad(loss)`.
        args: arguments; the longest axis among those whose length may be another is the examples'.

    Raises:
        TraceError: f uses a construct that can't be traced.

    Example:
        >>> import numpy as np
        >>> from kobai.compiling import passes
        >>> print(passes(lambda X: np.sum((X - X.mean(axis=0)) ** 2), np.ones((100, 3))))
        %0 = input(, name=X)  [axis 0]
        pass 1 over the examples
          %6 = sum(%0, axis=(0,), keepdims=False)  [folds the examples]
        once
          %8 = divide(%6, %7)
        pass 2 over the examples
          %9 = subtract(%0, %8)  [axis 0]
          %10 = power(%9, %3)  [axis 0]
          %11 = sum(%10, axis=(0, 1), keepdims=False)  [folds the examples]
    """
    recording = record_with_sizes(f, args, range(len(args)), compares_lengths=True)
    leaves: list[Any] = optree.tree_leaves(recording.result)
    inputs = [leaf.node for leaf in recording.inputs]
    values = [leaf.node for leaf in leaves if isinstance(leaf, Traced)]
    stable = run(STABILISE, values, Context(Facts(), frozenset(inputs)))
    outputs = for_evaluation(stable, inputs)
    lengths = lengths_of(inputs, [leaf.value.shape for leaf in recording.inputs])
    examples = longest(lengths)
    others = {name: length for name, length in lengths.items() if name != examples}
    if others:
        outputs, inputs = fixed(outputs, inputs, others)
    return plan(outputs, axes_of(inputs, examples)).split
