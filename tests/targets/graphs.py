"""Random graphs of all kinds of operations, for what is printed to be read back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

from kobai.graph import OPERATIONS, AnyArray, Graph, Node, Op
from kobai.ops.indexing import Part
from kobai.sizes import shape_at_hand

# Printed as formulas of several NumPy functions, or summed in an order of einsum's choice.
ROUNDED_ANEW = {
    *("sigmoid", "xlogy", "logsumexp", "softmax", "einsum", "slope_of_angle"),
    *("log1mexp", "log_cosh", "sqrt1pm1", "exp_of_sum", "log_softplus", "sech"),
    *("log1mexp_of_exp", "log1p_tanh", "log_mixture", "mixture_shares", "mixture_powers"),
}
OPS = tuple(
    op
    for op in OPERATIONS.values()
    if op.kind not in ("leaf", "library", "scan")
    and op.name not in {*ROUNDED_ANEW, "named", "polygamma"}
)
ENTRIES = (0.0, -0.0, 1.0, -1.0, 0.3, -2.5, 7.0, 1e-300, -1e300, np.inf, -np.inf, np.nan)
SHAPES = ((), (), (2,), (2,), (2, 2), (1, 2), (2, 1))
DTYPES = ("float64", "float64", "float64", "float32", "int64", "bool")
CONSTANTS = (2, -1, 0, 0.1, -2.0, 1e-300, np.inf, -np.inf, np.nan, -0.0, True)


@dataclass(frozen=True)
class Drawn:
    """A random graph: its last node, and values for its inputs."""

    node: Node
    inputs: dict[Node, AnyArray]


@dataclass(frozen=True)
class Choice:
    """What one step is made of: numbers that are taken modulo what there is to choose from."""

    op: Op
    numbers: tuple[int, int, int, int]


choices = st.lists(
    st.builds(Choice, st.sampled_from(OPS), st.tuples(*[st.integers(0, 999)] * 4)),
    min_size=1,
    max_size=7,
)


@st.composite
def graphs(draw: st.DrawFn) -> Drawn:
    """A graph of a few inputs and operations; each operation uses results before it."""
    graph = Graph()
    inputs: dict[Node, AnyArray] = {}
    for k in range(draw(st.integers(1, 3))):
        shape, dtype = draw(st.sampled_from(SHAPES)), np.dtype(draw(st.sampled_from(DTYPES)))
        entries = draw(st.lists(st.sampled_from(ENTRIES), min_size=4, max_size=4))
        with np.errstate(all="ignore"):
            array = np.resize(np.array(entries), shape).astype(dtype)
            array = np.clip(array, -9, 9) if dtype.kind == "i" else array
        inputs[graph.input(f"x{k}", shape, dtype)] = array
    pool: list[Any] = list(inputs)
    for choice in draw(choices):
        node = applied(choice, pool)
        if node is not None:
            pool.append(node)
    return Drawn(pool[-1], inputs)


def applied(choice: Choice, pool: Sequence[Node]) -> Node | None:
    """The operation on nodes of the pool (or a constant); None if it doesn't take them."""
    op, (one, two, three, form) = choice.op, choice.numbers
    first = pool[-1 - one % min(3, len(pool))]
    arity = 1 if callable(op.derivative) else len(op.derivative)
    others: list[Any] = [pool[number % len(pool)] for number in (two, three)]
    if form % 3 == 0 and arity == 2:
        others[0] = CONSTANTS[two % len(CONSTANTS)]
    operands = [first, *others[: arity - 1]]
    if op.name == "outer" and any(np.ndim(operand) != 1 for operand in operands):
        return None
    if op.name == "power" and first.dtype == np.dtype(bool):
        return None
    if arity == 2 and form % 2 and op.name != "concatenate":
        operands.reverse()
    try:
        return op(*operands, **attributes(op, first, form))
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


def attributes(op: Op, x: Node, form: int) -> dict[str, Any]:
    """Attributes with which an operation takes an operand of this shape."""
    shape = shape_at_hand(x.shape)
    axis = form % max(x.ndim, 1)
    match op.name:
        case "sum" | "mean" | "max" | "min":
            axes = tuple(range(x.ndim)) if form % 3 == 0 else (axis,)[: x.ndim]
            return {"axis": axes, "keepdims": bool(form % 2)}
        case "transpose":
            return {"axes": tuple(reversed(range(x.ndim)))}
        case "reshape":
            return {"shape": (*shape[::-1], 1)[form % 2 :]}
        case "expand_dims":
            return {"axis": (form % (x.ndim + 1),)}
        case "squeeze":
            return {"axis": tuple(i for i, length in enumerate(shape) if length == 1)}
        case "broadcast_to":
            return {"shape": (2, *shape)}
        case "cast":
            # Not to integers: -x wraps around for the least of them, which infinities become.
            return {"dtype": np.dtype(("float64", "float32", "bool")[form % 3])}
        case "getitem":
            return {"index": tuple(place(length, form) for length in shape)}
        case "put":
            index = tuple(Part(0, length, 1) for length in shape)
            return {"index": (*index, form % 2), "shape": (*shape, 2)}
        case "concatenate":
            return {"axis": axis}
        case _:
            return {}


def place(length: int, form: int) -> int | Part:
    places = (0, length - 1, Part(0, length, 1), Part(length - 1, -1, -1), Part(0, 1, 1))
    found: int | Part = places[form % len(places)]
    return found
