"""What the names of a formula stand for: arguments, values of earlier statements, constants."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from kobai.formulas.expressions import Expression, Given, Name
from kobai.formulas.parts import Part


class Names:
    """The names of one formula, as far as it has been read.

    Args:
        constants: numbers that have names.
        functions: names that are no values.
        modules: names that stand for NumPy.

    Attributes:
        arguments: those that no statement has bound, in the order of their first appearance.
    """

    def __init__(
        self,
        constants: Mapping[str, float],
        functions: Collection[str],
        modules: Collection[str] = (),
    ) -> None:
        self._known, self._functions, self._modules = constants, functions, modules
        self.arguments: dict[str, None] = {}
        self._bound: set[str] = set()
        self._constants: set[str] = set()

    def read(self, name: str, part: Part) -> Expression:
        """A name where a value is wanted."""
        if name in self._bound:
            return Name(name)
        if name in self._known:
            self._constants.add(name)
            return Given(self._known[name])
        if name in self._functions:
            raise part.mistake(
                f"{name} is a function, and no value",
                f"write {name}(x); for an argument choose another name, such as {name}_1",
            )
        if name in self._modules:
            raise part.mistake(f"{name} is NumPy, and no value", "write np.exp(x), or exp(x)")
        self.arguments[name] = None
        return Name(name)

    def is_bound(self, name: str) -> bool:
        """Whether a statement gave a value to it."""
        return name in self._bound

    def bind(self, name: str, part: Part) -> None:
        """Give a name to a value: a new one, so that each name means one thing in a derivation."""
        taken = {
            "has a value already": self._bound,
            "is an argument: it was used before this": self.arguments,
            "was used as a number before this": self._constants,
            "stands for NumPy": self._modules,
        }
        for what, names in taken.items():
            if name in names:
                raise part.mistake(f"{name} {what}", f"choose a new name, such as {name}_1")
        self._bound.add(name)
