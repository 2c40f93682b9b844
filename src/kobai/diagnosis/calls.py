"""How the user's backward function is called: it is given what its parameters name.

A parameter may be called as an argument of the loss, as a value of the loss (`z`, `a`) or as a
length (`m`). A function whose parameters have other names is given the arguments in order.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from types import CodeType
from typing import Any

import numpy as np

from kobai.diagnosis.messages import said
from kobai.diagnosis.truths import Point
from kobai.errors import ArgumentError
from kobai.frames import code_of
from kobai.graph import AnyArray

DATA_SETS = ("dtrain", "train_data", "train_set", "dataset", "data_set", "dmatrix")


class Labels:
    """What a boosting library gives an objective: labels, and weights that are all one."""

    def __init__(self, label: Any) -> None:
        self._label = np.asarray(label)

    def get_label(self) -> AnyArray:
        return self._label.copy()

    def get_weight(self) -> AnyArray:
        return np.array([])


@dataclass(frozen=True)
class Hand:
    """The user's function and how its arguments are found.

    Attributes:
        function: the user's.
        code: its code; None if it is not written in Python.
        parameters: names of the values that it is given, in order.
        loss_arguments: names of the loss's arguments.
    """

    function: Callable[..., Any]
    code: CodeType | None
    parameters: tuple[str, ...]
    loss_arguments: tuple[str, ...]

    @property
    def name(self) -> str:
        return getattr(self.function, "__name__", "the function")

    def arguments(self, point: Point) -> list[Any]:
        """Copies of its arguments: it may change them."""
        named = dict(zip(self.loss_arguments, point.args, strict=False))
        return [self._argument(name, named, point) for name in self.parameters]

    def _argument(self, name: str, named: dict[str, Any], point: Point) -> Any:
        if name in DATA_SETS and name not in named:
            return Labels(point.args[-1])
        return deepcopy(named[name] if name in named else point.values[name])


def hand_of(function: Callable[..., Any], loss: Callable[..., Any], known: Sequence[str]) -> Hand:
    """Find out how to call the user's function.

    Args:
        function: the user's.
        loss: the loss, which names its arguments.
        known: other names with values: those of the loss, and lengths.
    """
    arguments = tuple(_required(loss, {*known}))
    wanted = _required(function, {*known, *arguments})
    usable = {*known, *arguments, *DATA_SETS}
    if not all(name in usable for name in wanted):
        if len(wanted) != len(arguments):
            strange = [name for name in wanted if name not in usable]
            raise ArgumentError(
                said("strange parameters", function=_name(function), names=", ".join(strange)),
                repair=said("strange parameters: repair", known=", ".join(sorted(usable))),
            )
        wanted = list(arguments)
    return Hand(function, code_of(function), tuple(wanted), arguments)


def _required(function: Callable[..., Any], known: set[str]) -> list[str]:
    """The parameters that need a value, and those with a default that have one of a known name."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError) as error:
        raise ArgumentError(
            said("no signature", function=_name(function)), repair=said("no signature: repair")
        ) from error
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    chosen: list[str] = []
    for parameter in parameters:
        is_needed = parameter.default is parameter.empty or parameter.name in known
        if parameter.kind in kinds and not is_needed:
            break
        if parameter.kind in kinds:
            chosen.append(parameter.name)
    return chosen


def _name(function: Callable[..., Any]) -> str:
    return getattr(function, "__name__", repr(function))
