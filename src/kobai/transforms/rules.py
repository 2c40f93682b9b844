"""Derivatives that the user decides on: `stop_gradient`, `custom_derivative`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import update_wrapper
from typing import Any

import numpy as np
import optree

from kobai.errors import ArgumentError, ArgumentTypeError, DerivativeError, ShapeError, TraceError
from kobai.frames import user_place
from kobai.graph import AnyDType, Node
from kobai.ops.custom import custom, stopped
from kobai.recording import is_number
from kobai.sizes import Shape, shape_at_hand
from kobai.tracing import Trace, Traced, entered

_STEP = 1e-4
_TOLERANCE = 1e-5


def stop_gradient(x: Any) -> Any:
    """The value unchanged, as a constant to every derivative.

    Args:
        x: an array, a number, or a nest of dicts, lists and tuples.

    Returns:
        The same. A result that depends on an argument through this alone counts as independent of
        it: its gradient is zero, with an `IndependenceWarning`.

    Example:
        >>> import kobai
        >>> print(kobai.grad(lambda x: x * kobai.stop_gradient(x))(3.0))
        3.0
    """
    return optree.tree_map(_stopped, x, none_is_leaf=True)


def _stopped(leaf: Any) -> Any:
    if not isinstance(leaf, Traced):
        return leaf
    leaf.require_open()
    return Traced(stopped(leaf.node), leaf.owner)


class CustomDerivative:
    """A function with a rule of its own: what `custom_derivative` makes."""

    __name__: str

    def __init__(self, function: Callable[..., Any]) -> None:
        update_wrapper(self, function)
        self.function = function
        self.name = getattr(function, "__name__", "custom")
        self.rule: Callable[..., Any] | None = None
        self.differs_on_purpose = ""
        self._checked: set[tuple[Any, ...]] = set()

    def derivative(
        self,
        rule: Callable[..., Any] | None = None,
        *,
        at: Sequence[Any] | None = None,
        differs_on_purpose: str = "",
    ) -> Callable[..., Any]:
        """Declare the rule: `(g, y, *args)` to the cotangent of each argument; see above."""
        if rule is None:
            return lambda rule: self.derivative(rule, at=at, differs_on_purpose=differs_on_purpose)
        if not callable(rule):
            raise ArgumentTypeError(
                f"the rule of {self.name} is a {type(rule).__name__}",
                where=user_place(),
                repair=f"decorate a function with @{self.name}.derivative",
            )
        self.rule = rule
        self.differs_on_purpose = differs_on_purpose
        self._checked.clear()
        if at is not None:
            self._check([np.asarray(x) for x in at])
        return rule

    def __call__(self, *args: Any) -> Any:
        nest: Any = args
        if not any(isinstance(leaf, Traced) for leaf in optree.tree_leaves(nest)):
            return self.function(*args)
        for number, argument in enumerate(args):
            if not is_number(argument):
                raise ArgumentTypeError(
                    f"argument {number} of {self.name} is a {type(argument).__name__}",
                    where=user_place(),
                    repair="give it arrays and numbers alone, and take the rest from a closure",
                )
        trace = next(x.owner for x in args if isinstance(x, Traced))
        nodes = [x.node if isinstance(x, Traced) else trace.graph.constant(x) for x in args]
        for x in args:
            if isinstance(x, Traced):
                x.require_open()
        arrays = [np.array(trace.value(node)) for node in nodes]
        value = self._result(arrays)
        self._check(arrays)
        function = _Applied(self, value.dtype)
        shape = _symbolic(value.shape, [node.shape for node in nodes])
        return Traced(custom(*nodes, function=function, shape=shape), trace)

    def _result(self, arrays: Sequence[Any]) -> Any:
        value = self.function(*arrays)
        array = np.asarray(value) if is_number(value) else None
        if array is None or array.dtype.kind not in "fiub":
            raise ArgumentError(
                f"{self.name} returned a {type(value).__name__}; it has to return one array of "
                "real numbers",
                where=user_place(),
                repair="return an array, and write a function for each of several results",
            )
        return array

    def cotangents(self, g: Any, y: Any, args: Sequence[Any]) -> tuple[Any, ...]:
        """What the rule gives for each argument."""
        if self.rule is None:
            raise DerivativeError(
                f"{self.name} has no derivative yet",
                where=user_place(),
                repair=f"declare one with @{self.name}.derivative, for (g, y, *arguments)",
            )
        found = self.rule(g, y, *args)
        parts = found if isinstance(found, tuple) else (found,)
        if len(parts) != len(args):
            raise DerivativeError(
                f"the rule of {self.name} returned {len(parts)} cotangents for {len(args)} "
                "arguments",
                where=user_place(),
                repair="return a tuple with one for each argument, None where nothing flows",
            )
        return parts

    def _check(self, arrays: Sequence[Any]) -> None:
        """Compare the rule with differences along one direction, once for shapes and dtypes.

        At a kink the two one-sided differences disagree; anything between them is a slope there.
        """
        kinds = tuple((array.shape, array.dtype) for array in arrays)
        if self.differs_on_purpose or kinds in self._checked:
            return
        exact = [a.astype(float) if a.dtype.kind == "f" else a for a in arrays]
        y = self._result(exact)
        if y.dtype.kind != "f":
            return
        generator = np.random.default_rng(0)
        g = generator.uniform(0.5, 1.5, y.shape)
        ways = [
            generator.uniform(0.5, 1.5, a.shape) * np.maximum(abs(a), 1)
            if a.dtype.kind == "f"
            else np.zeros_like(a)
            for a in exact
        ]

        def along(step: float) -> Any:
            return np.sum(
                g
                * self._result(
                    [
                        a + step * w if a.dtype.kind == "f" else a
                        for a, w in zip(exact, ways, strict=True)
                    ]
                )
            )

        with np.errstate(all="ignore"):
            here = np.sum(g * y)
            sides = [(along(step) - here) / step for step in (_STEP, -_STEP)]
            central = [(along(h) - along(-h)) / (2 * h) for h in (_STEP, _STEP / 2)]
            expected = (4 * central[1] - central[0]) / 3
            for factor in (1.0, -3.0):
                found = self._along(factor * g, y, exact, ways) / factor
                ends = sorted([*sides, expected])
                scale = _TOLERANCE * max(abs(expected), abs(here), 1e-3)
                if not np.isfinite([found, *ends]).all():
                    return
                if not ends[0] - scale <= found <= ends[-1] + scale:
                    raise DerivativeError(
                        f"the rule of {self.name} gives {found:.9g} along a direction in which "
                        f"differences of {self.name} give {expected:.9g}",
                        where=user_place(),
                        repair="mend the rule; if it is another on purpose, say why: "
                        f'@{self.name}.derivative(differs_on_purpose="straight-through")',
                    )
        self._checked.add(kinds)

    def _along(self, g: Any, y: Any, arrays: Sequence[Any], ways: Sequence[Any]) -> Any:
        """The rule's own derivative along a direction, in place of the difference."""
        whole = 0.0
        for part, array, way in zip(self.cotangents(g, y, arrays), arrays, ways, strict=True):
            if part is not None and array.dtype.kind == "f":
                self.require_shape(np.shape(part), array.shape)
                whole += np.sum(part * way)
        return whole

    def require_shape(self, found: tuple[int, ...], wanted: tuple[int, ...]) -> None:
        """Refuse a cotangent that isn't of its argument's shape."""
        if found != wanted:
            raise ShapeError(
                f"the rule of {self.name} returned a cotangent of shape {found} for an argument "
                f"of shape {wanted}",
                where=user_place(),
                repair="sum over the axes along which the argument was broadcast",
            )


def custom_derivative(f: Callable[..., Any]) -> CustomDerivative:
    """Give a function of one's own a derivative of one's own.

    Args:
        f: a function of arrays and numbers that returns one array. It is not traced: it gets plain
            arrays, so that it may loop, branch, or call code that Kobai can't see into.

    Returns:
        The same function, with a decorator `derivative` for the rule. A rule takes the cotangent
        `g` of the result, the result `y` and the arguments, and returns the cotangent of each
        argument (a tuple for several, None where nothing flows), of the argument's shape. It is
        written in NumPy and linear in `g`; it is traced, and so can be differentiated again.

    The rule is compared with differences of f at the first use of each shape and dtype, and, with
    `@f.derivative(at=(0.3,))`, at these arguments when it is declared. A rule that is meant to be
    another, as a straight-through estimator is, says why:
    `@f.derivative(differs_on_purpose="straight-through")`, and is not compared.

    Raises:
        DerivativeError: the rule disagrees with differences of f, or there is none.
        ShapeError: a cotangent is not of its argument's shape.

    Example:
        >>> import math
        >>> import numpy as np
        >>> import kobai
        >>> @kobai.custom_derivative
        ... def error_function(x):
        ...     return np.array(math.erf(x))
        >>> @error_function.derivative(at=(0.3,))
        ... def rule(g, y, x):
        ...     return g * 2 / np.sqrt(np.pi) * np.exp(-(x**2))
        >>> print(f"{kobai.grad(error_function)(0.0):.6f}")
        1.128379
    """
    if not callable(f):
        raise ArgumentTypeError(
            f"custom_derivative is given a {type(f).__name__}",
            where=user_place(),
            repair="decorate a function with @kobai.custom_derivative",
        )
    return CustomDerivative(f)


class _Unvalued(Trace):
    """The run of a rule, which serves every value that its function will be given."""

    def value(self, node: Node) -> Any:
        raise TraceError(
            "a rule decides by the value of an array, and would hold for that value alone",
            where=user_place(),
            repair="use np.where for a choice entry by entry",
        )


@dataclass(frozen=True)
class _Applied:
    """A function as the graph holds it, with the dtype of its result."""

    own: CustomDerivative
    dtype: AnyDType

    @property
    def name(self) -> str:
        return self.own.name

    def value(self, *arrays: Any) -> Any:
        return self.own.function(*(np.array(array) for array in arrays))

    def cotangent(self, position: int, g: Node, y: Node, operands: tuple[Node, ...]) -> Any:
        """The rule, run on handles of its own."""
        trace = _Unvalued(g.graph)
        with entered(trace):
            args = [Traced(node, trace) for node in operands]
            parts = self.own.cotangents(Traced(g, trace), Traced(y, trace), args)
        trace.close()
        part = parts[position]
        if part is None:
            return None
        node = part.node if isinstance(part, Traced) else g.graph.constant(part)
        found, wanted = (shape_at_hand(x.shape) for x in (node, operands[position]))
        self.own.require_shape(found, wanted)
        return node


def _symbolic(shape: tuple[int, ...], known: Sequence[Shape]) -> Shape:
    """The shape of a result: that of an argument, where they agree, for other sizes too."""
    return next((one for one in known if shape_at_hand(one) == shape), shape)
