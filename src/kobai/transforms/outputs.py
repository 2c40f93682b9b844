"""What a function returned: one number for a gradient, a nest of arrays for other derivatives."""

from __future__ import annotations

from typing import Any

import numpy as np
import optree

from kobai.errors import ArgumentError
from kobai.graph import Graph, Node
from kobai.recording import is_number
from kobai.tracing import Traced


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


def array_outputs(result: Any, graph: Graph) -> tuple[list[Node], optree.PyTreeSpec]:
    """The nodes of all arrays in a function's result, and its form.

    Raises:
        ArgumentError: it holds something else, or nothing at all.
    """
    leaves, form = optree.tree_flatten(result)
    if not leaves:
        raise ArgumentError(
            f"the function returned {result!r}, which holds no array",
            repair="return the value that is to be differentiated",
        )
    return [_array_output(leaf, graph) for leaf in leaves], form


def _array_output(leaf: Any, graph: Graph) -> Node:
    if isinstance(leaf, Traced):
        return leaf.node
    if not is_number(leaf):
        raise ArgumentError(
            f"the function returned a {type(leaf).__name__} among its results",
            repair="return arrays alone, and the rest apart: return value, rest, with has_aux=True",
        )
    array = np.asarray(leaf)
    if array.dtype.kind not in "fiub":
        raise ArgumentError(
            f"the function returned a value of dtype {array.dtype}",
            repair="return real numbers: the real and the imaginary part apart",
        )
    return graph.constant(array)
