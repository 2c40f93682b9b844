"""How the user's backward function is called: it is given what its parameters name.

A parameter may be called as an argument of the loss, as a value of the loss (`z`, `a`) or as a
length (`m`). A function whose parameters have other names is given the arguments in order.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from types import CodeType
from typing import Any

import numpy as np

from kobai.diagnosis.messages import said
from kobai.diagnosis.truths import Point
from kobai.errors import ArgumentError
from kobai.frames import code_of
from kobai.graph import AnyArray

# XGBoost's and LightGBM's objectives are `(predt, dtrain)`, those in scikit-learn's manner
# `(y_true, y_pred)`, whatever the loss calls its own arguments.
PREDICTION = re.compile(
    r"(?:y_?)?(?:hat|pred\w*|score\w*|margin\w*|raw\w*|logits?|f|s|z)", re.IGNORECASE
)
IN_ORDER = {"y_true", "y_pred"}
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
        sources: what a parameter of another name is given.
        data_sets: parameters that are given their labels in a data set.
    """

    function: Callable[..., Any]
    code: CodeType | None
    parameters: tuple[str, ...]
    loss_arguments: tuple[str, ...]
    sources: Mapping[str, str] = field(default_factory=dict)
    data_sets: Collection[str] = ()

    @property
    def is_objective(self) -> bool:
        """Whether its parameters are those of a boosting library's objective."""
        return bool(self.data_sets) or {*self.parameters} >= IN_ORDER

    @property
    def name(self) -> str:
        return getattr(self.function, "__name__", "the function")

    def arguments(self, point: Point) -> list[Any]:
        """Copies of its arguments: it may change them."""
        named = dict(zip(self.loss_arguments, point.args, strict=False))
        return [self._argument(name, named, point) for name in self.parameters]

    def _argument(self, name: str, named: dict[str, Any], point: Point) -> Any:
        source = self.sources.get(name, name)
        value = named[source] if source in named else point.values[source]
        return Labels(value) if name in self.data_sets else deepcopy(value)


def hand_of(function: Callable[..., Any], loss: Callable[..., Any], known: Sequence[str]) -> Hand:
    """Find out how to call the user's function.

    Args:
        function: the user's.
        loss: the loss, which names its arguments.
        known: other names with values: those of the loss, and lengths.
    """
    arguments = tuple(_required(loss, {*known}))
    wanted = _required(function, {*known, *arguments})
    usable = {*known, *arguments}
    code = code_of(function)
    sources, data_sets = _of_objective(wanted, arguments, usable, code)
    if not all(name in usable or name in sources for name in wanted):
        if len(wanted) != len(arguments):
            strange = [name for name in wanted if name not in usable]
            raise ArgumentError(
                said("strange parameters", function=_name(function), names=", ".join(strange)),
                repair=said("strange parameters: repair", known=", ".join(sorted(usable))),
            )
        wanted, sources, data_sets = list(arguments), {}, []
    return Hand(function, code, tuple(wanted), arguments, sources, data_sets)


def prediction_of(arguments: Sequence[str]) -> str:
    """The argument of a loss that is the prediction: by its name, else the first."""
    return next((name for name in arguments if PREDICTION.fullmatch(name)), arguments[0])


def _of_objective(
    wanted: Sequence[str], arguments: Sequence[str], usable: Collection[str], code: CodeType | None
) -> tuple[dict[str, str], list[str]]:
    """What the parameters of an objective are given, and which of them is a data set."""
    reads_labels = code is not None and "get_label" in code.co_names
    strange = [name for name in wanted if name not in usable]
    data_sets = [name for name in strange if name in DATA_SETS]
    if not data_sets and reads_labels:
        data_sets = strange[-1:]
    if len(arguments) < 2 or not (data_sets or {*wanted} >= IN_ORDER):
        return {}, []
    prediction = prediction_of(arguments)
    label = next(name for name in arguments if name != prediction)
    of_label = {*data_sets, "y_true"}
    return {name: label if name in of_label else prediction for name in strange}, data_sets


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
