"""Derivatives that the user decides on: of values held constant, and of functions of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from kobai.errors import ShapeError
from kobai.graph import AnyArray, AnyDType, Node, Op, Promotable
from kobai.ops.entries import ANYWHERE, ATOM, same_shape, unchanged
from kobai.sizes import Shape


class Function(Protocol):
    """A function with a rule of its own, as the graph holds it."""

    @property
    def name(self) -> str: ...

    @property
    def dtype(self) -> AnyDType: ...

    def value(self, *arrays: Any) -> Any: ...

    def cotangent(self, position: int, g: Node, y: Node, operands: tuple[Node, ...]) -> Any: ...


def _value(*arrays: Any, function: Function, shape: tuple[int, ...]) -> AnyArray:
    found = np.asarray(function.value(*arrays), function.dtype)
    if found.shape != shape:
        raise ShapeError(
            f"{function.name} returned shape {found.shape} where {shape} was expected",
            repair="let the shape of its result be that of an argument, or the same at each call",
        )
    return found


def _dtypes(*operands: Promotable, function: Function, **_: Any) -> tuple[AnyDType, ...]:
    own = (np.dtype(x) if isinstance(x, type) else x for x in operands)
    return (*own, function.dtype)


def _rule(position: int) -> Callable[..., Any]:
    def rule(g: Node, y: Node, *operands: Node, function: Function, shape: Shape) -> Any:
        return function.cotangent(position, g, y, operands)

    return rule


def _text(node: Node, *operands: str) -> str:
    return f"{node.attribute('function').name}({', '.join(operands)})"


def _latex(node: Node, *operands: str) -> str:
    name = node.attribute("function").name.replace("_", r"\_")
    return rf"\operatorname{{{name}}}\left({', '.join(operands)}\right)"


stopped = Op(
    name="stop_gradient",
    body=lambda x: x,
    kind="map",
    evaluate=lambda x: x,
    shape=same_shape,
    dtypes=unchanged,
    derivative=(lambda g, y, x: None,),
    text="{0:16}",
    latex="{0:16}",
    precedence=ATOM,
    bounds=lambda x: x,
    domain=ANYWHERE,
)
custom = Op(
    name="custom",
    kind="library",
    evaluate=_value,
    shape=lambda *operands, function, shape: shape,
    dtypes=_dtypes,
    derivative=_rule,
    text=_text,
    latex=_latex,
    precedence=ATOM,
    domain=ANYWHERE,
)
