"""What the names of a formula stand for: arguments, values of earlier statements, constants."""

from __future__ import annotations

from kobai.formulas.expressions import Expression, Given, Name
from kobai.formulas.functions import CONSTANTS, FUNCTIONS, MODULES
from kobai.formulas.parts import Part


class Names:
    """The names of one formula, as far as it has been read.

    Attributes:
        arguments: those that no statement has bound, in the order of their first appearance.
    """

    def __init__(self) -> None:
        self.arguments: dict[str, None] = {}
        self._bound: set[str] = set()
        self._constants: set[str] = set()

    def read(self, name: str, part: Part) -> Expression:
        """A name where a value is wanted."""
        if name in self._bound:
            return Name(name)
        if name in CONSTANTS:
            self._constants.add(name)
            return Given(CONSTANTS[name])
        if name in FUNCTIONS:
            raise part.mistake(
                f"{name} is a function, and no value",
                f"write {name}(x); for an argument choose another name, such as {name}_1",
            )
        if name in MODULES:
            raise part.mistake(f"{name} is NumPy, and no value", "write np.exp(x), or exp(x)")
        self.arguments[name] = None
        return Name(name)

    def bind(self, name: str, part: Part) -> None:
        """Give a name to a value: a new one, so that each name means one thing in a derivation."""
        taken = {
            "has a value already": self._bound,
            "is an argument: it was used before this": self.arguments,
            "was used as a number before this": self._constants,
            "stands for NumPy": MODULES,
        }
        for what, names in taken.items():
            if name in names:
                raise part.mistake(f"{name} {what}", f"choose a new name, such as {name}_1")
        self._bound.add(name)
