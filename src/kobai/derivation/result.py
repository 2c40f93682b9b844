"""The result of `kobai.derive`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from kobai.derivation.cautions import Caution, listed
from kobai.derivation.latex_text import latex_text
from kobai.derivation.steps import Step
from kobai.derivation.text import text
from kobai.errors import ArgumentError


@dataclass(frozen=True)
class Derivation:
    """The gradient of a function, worked out by hand as it were: see `kobai.derive`.

    Attributes:
        function: the name of the function.
        arguments: the names of its arguments.
        steps: forward values in the order in which they were computed, then their derivatives from
            the last to the first, then the parameters', then updates.
        names: every name that a formula may use which is not a step: arguments, lengths, constants,
            each with its value.
        legend: what lengths and constants mean: `{"m": "X.shape[0]"}`.
        cautions: what was seen in the function and could not be made safe, with the user's line.
    """

    function: str
    arguments: tuple[str, ...]
    steps: tuple[Step, ...]
    names: Mapping[str, Any] = field(repr=False)
    legend: Mapping[str, str] = field(default_factory=dict)
    cautions: tuple[Caution, ...] = ()

    def __getitem__(self, name: str) -> Step:
        """The step of this name; for a parameter that has one, its update."""
        for step in self.steps:
            if step.name == name:
                return step
        known = ", ".join(step.name for step in self.steps)
        raise ArgumentError(
            f"there is no step {name!r} in this derivation", repair=f"use one of {known}"
        )

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)

    def __len__(self) -> int:
        return len(self.steps)

    def __str__(self) -> str:
        return "\n".join([text(self._title, self.steps), *listed(self.cautions)])

    def latex(self) -> str:
        """All steps as one LaTeX `align*` environment."""
        return latex_text(self.steps)

    @property
    def _title(self) -> str:
        legend = (f"{name} = {meaning}" for name, meaning in self.legend.items())
        return ", ".join([f"{self.function}({', '.join(self.arguments)})", *legend])
