"""What the generated tests have to be told about the operations of one family."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from kobai.graph import AnyArray

Shapes: TypeAlias = tuple[tuple[int, ...], ...]
Uses: TypeAlias = tuple[tuple[Shapes, dict[str, Any]], ...]


@dataclass(frozen=True)
class Family:
    """Operations of one module of `kobai.ops`, each by its name.

    Attributes:
        uses: shapes of operands, and attributes. An elementwise operation that is missing here is
            tried without attributes, over all kinds of broadcasting.
        prepared: what is done to operands that were drawn from the domain: `where` needs bools.
        analytic: reference values that also take complex numbers, where `evaluate` does not.
        by_differences: operations without a complex extension, or none that is analytic.
        steps: operations whose derivative is 0 wherever it exists.
    """

    uses: Mapping[str, Uses] = field(default_factory=dict)
    prepared: Mapping[str, Callable[[list[AnyArray]], list[AnyArray]]] = field(default_factory=dict)
    analytic: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    by_differences: frozenset[str] = frozenset()
    steps: frozenset[str] = frozenset()
