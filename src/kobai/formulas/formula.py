"""A loss that a person typed, as a function."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kobai.errors import ArgumentTypeError
from kobai.formulas.reading import Statement, read
from kobai.frames import Watch


class Formula:
    """A loss typed as text, to be used like a function written in NumPy.

    Statements are separated by `;` or line ends. All but the last give a name to a value, the last
    is the loss. Its arguments are the names that no statement binds. It reads Python's arithmetic,
    comparisons, indices and slices, the functions of NumPy that Kobai traces, with and without
    `np.`, and sigmoid, softplus, relu, softmax and log_softmax (these two along the last axis). The
    text is never run as code.

    Args:
        text: the formula, of at most 10,000 characters.

    Attributes:
        text: the formula.
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
    """

    def __init__(self, text: str) -> None:
        if not isinstance(text, str):
            raise ArgumentTypeError("a formula is a text", repair="write it as a string")
        self.text = text.replace("\r\n", "\n").replace("\r", "\n")
        self._statements, arguments = read(self.text)
        self.arguments = tuple(arguments)
        self.__name__ = self._statements[-1].name or "loss"
        self.__signature__ = inspect.Signature(
            [inspect.Parameter(n, inspect.Parameter.POSITIONAL_OR_KEYWORD) for n in arguments]
        )

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        """The loss for these values of the arguments."""
        return _Run(self._statements, self.__signature__)(*args, **kwargs)

    def watched_run(self) -> tuple[Callable[..., Any], Watch]:
        """One run of the formula, which can be asked for the names of its values meanwhile."""
        run = _Run(self._statements, self.__signature__)
        return run, run

    def __repr__(self) -> str:
        return f"Formula({self.text!r})"


class _Run:
    """One evaluation of a formula."""

    def __init__(self, statements: Sequence[Statement], signature: inspect.Signature) -> None:
        self._statements = statements
        self._signature = signature
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
        return {name: _number(name, value) for name, value in given.items()}


def _number(name: str, value: Any) -> Any:
    """A value with NumPy's arithmetic, where 1 / 0 is inf."""
    array = value if hasattr(value, "__array_ufunc__") else np.asarray(value)
    if array.dtype.kind not in "fiub":
        raise ArgumentTypeError(
            f"argument {name} is of dtype {array.dtype}", repair="give it as real numbers"
        )
    return array
