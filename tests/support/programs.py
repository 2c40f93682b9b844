"""Random programs of NumPy operations: what people write, in all combinations.

A program is a list of statements in NumPy. Each binds a new value, of a known shape, to an
operation on earlier ones; the last line adds all of them up, so that none is without a part. Values
are kept in a range where differences are accurate: each result is squashed before it is used again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from hypothesis import strategies as st

Shape: TypeAlias = tuple[int, ...]

# Smooth functions of one value, of the same shape; `{0}` lies between -2 and 2.
UNARY = (
    "np.sin({0})",
    "np.cos({0})",
    "np.tanh({0})",
    "np.exp({0})",
    "np.expm1({0})",
    "np.log({0} + 3)",
    "np.log1p({0} / 3)",
    "np.sqrt({0} + 3)",
    "1 / (1 + np.exp(-{0}))",
    "np.logaddexp(0, {0})",
    "np.square({0})",
    "{0} ** 3",
    "({0} + 3) ** 1.5",
    "({0} + 3) ** -2",
    "2.5 ** {0}",
    "-{0}",
    "{0} / 3 - 1",
    "1 / ({0} + 3)",
    "{0}[...]",
    "np.copy({0})",
)
# Two values that broadcast.
BINARY = (
    "{0} + {1}",
    "{0} - {1}",
    "{0} * {1}",
    "{0} / ({1} + 3)",
    "({0} + 3) ** {1}",
    "np.logaddexp({0}, {1})",
    "np.where({0} > {1} + 5, {0}, {1})",
    "np.maximum({0}, {1} - 5)",
    "np.minimum({0}, {1} + 5)",
    "{0} * np.exp({1}) + {1}",
)
# Folds over one axis.
FOLDS = (
    "np.sum({0}, axis={1})",
    "np.mean({0}, axis={1})",
    "np.sum({0}, axis={1}, keepdims=True)",
    "np.mean({0}, axis={1}, keepdims=True)",
    "np.log(np.sum(np.exp({0}), axis={1}))",
    "np.exp({0}) / np.sum(np.exp({0}), axis={1}, keepdims=True)",
)


@dataclass(frozen=True)
class Written:
    """A program: its source, and the shapes of its arguments `a` and `b`."""

    source: str
    shapes: tuple[Shape, Shape]

    def compiled(self) -> Callable[[Any, Any], Any]:
        names: dict[str, Any] = {"np": np}
        exec(self.source, names)
        function: Callable[[Any, Any], Any] = names["f"]
        return function


@st.composite
def programs(draw: st.DrawFn, most: int = 16) -> Written:
    """A function of two arrays, with up to so many statements."""
    lengths = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    choices: list[Shape] = [(), (lengths[0],), lengths, (lengths[1],), (1, lengths[1])]
    shapes = draw(st.sampled_from(choices)), draw(st.sampled_from(choices))
    values: list[tuple[str, Shape]] = [("a", shapes[0]), ("b", shapes[1])]
    lines: list[str] = []
    for number in range(draw(st.integers(3, most))):
        expression, shape = draw(_statement(values))
        lines.append(f"v{number} = 2 * np.sin({expression})")
        values.append((f"v{number}", shape))
    terms = " + ".join(f"{0.5 + k / 7:.3f} * np.sum({name})" for k, (name, _) in enumerate(values))
    body = "\n    ".join([*lines, f"return {terms}"])
    return Written(f"def f(a, b):\n    {body}\n", shapes)


@st.composite
def _statement(draw: st.DrawFn, values: list[tuple[str, Shape]]) -> tuple[str, Shape]:
    name, shape = draw(st.sampled_from(values))
    kinds = ["unary", "binary"]
    if shape:
        kinds += ["fold", "move", "index", "join", "product"]
    kind = draw(st.sampled_from(kinds))
    if kind == "unary":
        return draw(st.sampled_from(UNARY)).format(name), shape
    if kind == "binary":
        fits = [v for v in values if _fit(shape, v[1])]
        other, other_shape = draw(st.sampled_from(fits))
        result = np.broadcast_shapes(shape, other_shape)
        return draw(st.sampled_from(BINARY)).format(name, other), result
    if kind == "join":
        fits = [v for v in values if len(v[1]) == len(shape) and v[1][1:] == shape[1:]]
        other, other_shape = draw(st.sampled_from(fits))
        joined = (shape[0] + other_shape[0], *shape[1:])
        if joined[0] > 6:
            return f"np.stack([{name}, {name} * 2])[1]", shape
        return f"np.concatenate([{name}, {other}])", joined
    if kind == "product":
        fits = [v for v in values if v[1] and v[1][0] == shape[-1] and len(v[1]) <= 2]
        if not fits:
            return f"{name} @ np.ones({shape[-1]})", shape[:-1]
        other, other_shape = draw(st.sampled_from(fits))
        return f"{name} @ {other} / 3", (*shape[:-1], *other_shape[1:])
    template = draw(st.sampled_from(FOLDS if kind == "fold" else _templates(kind, shape)))
    axis = draw(st.integers(0, len(shape) - 1))
    source = template.format(name, axis)
    return source, np.shape(eval(source, {"np": np, name: np.ones(shape)}))


def _templates(kind: str, shape: Shape) -> list[str]:
    if kind == "move":
        return [
            "{0}.T",
            "{0}[None]" if len(shape) < 2 else "{0}",
            "np.ravel({0})",
            "{0}[..., None]",
        ]
    last = shape[0] - 1
    return ["{0}[0]", f"{{0}}[{last}:]", "{0}[::-1]", "{0}[-1]", "{0}[..., -1:]", "{0}[..., 0]"]


def _fit(left: Shape, right: Shape) -> bool:
    """Whether two shapes broadcast, to not too many axes."""
    pairs = zip(reversed(left), reversed(right), strict=False)
    is_small = len(left) <= 2 and len(right) <= 2
    return left == right or (is_small and all(a == b or 1 in (a, b) for a, b in pairs))
