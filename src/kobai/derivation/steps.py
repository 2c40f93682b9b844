"""What a derivation is made of: steps, and the rewrites that led to each of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

Phase: TypeAlias = Literal["forward", "backward", "update"]


@dataclass(frozen=True)
class Because:
    """One rewrite of a whole formula.

    Attributes:
        rule: the rule, in a few words.
        before: the formula before it, NumPy source; empty for the line that begins.
        after: the formula after it.
        fact: what had to be known, such as `0 < a < 1`; empty if nothing.
    """

    rule: str
    before: str
    after: str
    fact: str = ""


@dataclass(frozen=True)
class Step:
    """One value of a derivation.

    Attributes:
        name: the user's name for it, or `d` and that name for a derivative.
        phase: "forward", "backward" or "update".
        formula: NumPy source over the names of other steps, arguments and sizes; it evaluates to
            `value`.
        latex: the same in LaTeX.
        value: the number or array, for the arguments given.
        shape: the shape of the value as it is printed, with symbols for lengths: `(m, n)`.
        because: how the formula was found: the chain rule's line, then each rewrite.
        of: for a derivative, the name of the variable; empty otherwise.
        error_name: for the error of a layer's units, `delta` and the number of the layer; empty
            for other values.
        places: the letters of one entry in formulas with indices, `0` along an axis of length 1.
        entry: Python source of the entry at these places: `sum(X[i, j] * dz[i] for i in range(m))`;
            empty if an operation in it has no form with indices.
        chain_entry: one entry of the chain rule's line.
        in_full: for a parameter, the formula over arguments and forward values alone; empty if that
            is `formula`, or long.
        in_full_entry: one entry of it.
    """

    name: str
    phase: Phase
    formula: str
    latex: str
    value: Any
    shape: str
    because: tuple[Because, ...] = ()
    of: str = ""
    error_name: str = ""
    places: tuple[str, ...] = ()
    entry: str = ""
    chain_entry: str = ""
    in_full: str = ""
    in_full_entry: str = ""

    @property
    def sign(self) -> str:
        return ":=" if self.phase == "update" else "="
