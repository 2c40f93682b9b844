"""Everything Kobai raises or warns about: what is wrong, where, and the repair."""

from __future__ import annotations

from functools import partial
from typing import Any


class KobaiError(Exception):
    """Base of every error that Kobai raises on purpose.

    Attributes:
        what: the mistake, in one sentence.
        where: the user's file and line, or their row and column; empty if neither is known.
        repair: what to change.
    """

    def __init__(self, what: str, *, where: str = "", repair: str = "") -> None:
        self.what = what
        self.where = where
        self.repair = repair
        super().__init__(what)

    def __reduce__(self) -> tuple[Any, ...]:
        """How it travels to another process."""
        return partial(type(self), where=self.where, repair=self.repair), (self.what,)

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        advice = f"\n  Repair: {self.repair}" if self.repair else ""
        return f"{place}{self.what}{advice}"


class ArgumentError(KobaiError, ValueError):
    """A value given to one of Kobai's functions is not usable. Repair: give one that it names."""


class ArgumentTypeError(KobaiError, TypeError):
    """A value of the wrong kind was given. Repair: convert it as the message says."""


class TraceError(KobaiError, TypeError):
    """A construct in the user's function can't be traced. Repair: write it as the message shows."""


class TraceAttributeError(TraceError, AttributeError):
    """A traced array lacks an attribute. Repair: use a NumPy function that Kobai traces."""


class ShapeError(KobaiError, ValueError):
    """The shapes of two operands don't fit. Repair: reshape or transpose one of them."""


class DerivativeError(KobaiError):
    """An operation on the way to the result has no derivative that Kobai knows.

    Repair: write it with other operations, or keep the differentiated argument out of it.
    """


class FormulaError(KobaiError, ValueError):
    """A formula typed by a person can't be read. Repair: change the part under the caret."""


class DataError(KobaiError, ValueError):
    """A table can't be used as it is. Repair: mend the cell, row or column that is named."""


class ModelFileError(KobaiError, ValueError):
    """A saved model can't be read. Repair: save it again with a Kobai of this version."""


class KobaiWarning(UserWarning):
    """Base of every warning that Kobai gives on purpose."""


class DivergenceWarning(KobaiWarning):
    """Training met a value that is not finite and stopped. Repair: a smaller learning rate."""


class IndependenceWarning(KobaiWarning):
    """The result does not depend on a differentiated argument: its gradient is zero."""
