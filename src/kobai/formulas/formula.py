"""A loss that a person typed, as a function."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np

from kobai.errors import ArgumentError, ArgumentTypeError
from kobai.formulas.dialects import DIALECTS, Shape
from kobai.frames import Watch


class Formula:
    """A loss typed as text, to be used like a function written in NumPy.

    Statements are separated by `;` or line ends. All but the last give a name to a value, the last
    is the loss. Its arguments are the names that no statement binds. It reads Python's arithmetic,
    comparisons, indices and slices, the functions of NumPy that Kobai traces, with and without
    `np.`, and sigmoid, softplus, relu, softmax and log_softmax (these two along the last axis). The
    text is never run as code.

    In Octave's syntax `*` is the product of matrices, `.*` that of entries, `'` transposes, indices
    count from 1, and every value is a number or a matrix of two axes: an argument of one axis
    enters as a column. docs/formulas.md lists what is read.

    Args:
        text: the formula, of at most 10,000 characters.
        syntax: what it is written like.

    Attributes:
        text: the formula.
        syntax: what it is written like.
        arguments: the names of its arguments, in the order of their first appearance.

    Raises:
        FormulaError: the text can't be read; the message points at the place and says the repair.

    Example:
        >>> import kobai
        >>> loss = Formula("a = sigmoid(w * x); -(y * log(a) + (1 - y) * log(1 - a))")
        >>> loss.arguments
        ('w', 'x', 'y')
        >>> print(kobai.derive(loss, 0.5, 2.0, 1.0, wrt="w")["dw"].formula)
        (a - y) * x
        >>> loss = Formula("z = X*w; (z - y)'*(z - y)", syntax="octave")
        >>> X, w, y = np.eye(2), np.zeros((2, 1)), np.ones((2, 1))
        >>> print(kobai.derive(loss, X, w, y, wrt="w")["dz"].formula)
        2 * (z - y)
    """

    def __init__(self, text: str, syntax: Literal["numpy", "octave"] = "numpy") -> None:
        if not isinstance(text, str):
            raise ArgumentTypeError("a formula is a text", repair="write it as a string")
        if syntax not in DIALECTS:
            raise ArgumentError(
                f"there is no syntax {syntax!r}", repair=f"choose one of {', '.join(DIALECTS)}"
            )
        self.syntax = syntax
        self.text = text.replace("\r\n", "\n").replace("\r", "\n")
        self._statements, arguments = DIALECTS[syntax].read(self.text)
        self.arguments = tuple(arguments)
        self.__name__ = self._statements[-1].name or "loss"
        self.__signature__ = inspect.Signature(
            [inspect.Parameter(n, inspect.Parameter.POSITIONAL_OR_KEYWORD) for n in arguments]
        )

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        """The loss for these values of the arguments."""
        return _Run(self)(*args, **kwargs)

    def shapes(self, shapes: Mapping[str, Shape]) -> dict[str, Shape]:
        """The shapes in which arguments enter, for those that are asked for."""
        shape = DIALECTS[self.syntax].shape
        return {name: shape(asked, name) for name, asked in shapes.items()}

    def watched_run(self) -> tuple[Callable[..., Any], Watch]:
        """One run of the formula, which can be asked for the names of its values meanwhile."""
        run = _Run(self)
        return run, run

    def __repr__(self) -> str:
        chosen = "" if self.syntax == "numpy" else f", syntax={self.syntax!r}"
        return f"Formula({self.text!r}{chosen})"


class _Run:
    """One evaluation of a formula."""

    def __init__(self, formula: Formula) -> None:
        self._statements = formula._statements
        self._signature = formula.__signature__
        self._given = DIALECTS[formula.syntax].given
        self._values: dict[str, Any] = {}

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        self._values = self._bound(args, kwargs)
        result: Any = None
        with np.errstate(all="ignore"):
            for statement in self._statements:
                result = statement.expression.value(self._values)
                if statement.name:
                    self._values[statement.name] = result
        return result

    def locals(self) -> dict[str, Any]:
        """Arguments and named values, as far as they are known."""
        return dict(self._values)

    def place(self) -> str:
        """A formula is in no file."""
        return ""

    def release(self) -> None:
        """Forget the values."""
        self._values = {}

    def _bound(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        try:
            given = self._signature.bind(*args, **kwargs).arguments
        except TypeError as error:
            wanted = ", ".join(self._signature.parameters) or "no arguments"
            raise ArgumentTypeError(str(error), repair=f"the formula takes {wanted}") from error
        return {name: self._given(_number(name, value), name) for name, value in given.items()}


def _number(name: str, value: Any) -> Any:
    """A value with NumPy's arithmetic, where 1 / 0 is inf."""
    array = value if hasattr(value, "__array_ufunc__") else np.asarray(value)
    if array.dtype.kind not in "fiub":
        raise ArgumentTypeError(
            f"argument {name} is of dtype {array.dtype}", repair="give it as real numbers"
        )
    return array
