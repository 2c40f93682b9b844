"""Which value of the loss a name of the user's stands for.

| written | meant |
|---|---|
| `dz`, `d_z`, `grad_z`, `z_grad`, `nabla_z`, `dL_dz`, `dJdz`, `∂z` | the derivative by z |
| `delta2`, `δ_2`, `delta_out`, `delta` | a unit's error: the derivative by z2, or by all such |
| `grads["W1"]`, `grads["dW1"]` | the derivative by W1 |
| `da_dz`, `dadz` | the slope of a by z, where a is computed from z entry by entry |
| `a`, `z1` | the values themselves |
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from kobai.diagnosis.truths import Truths

Role = Literal["forward", "slope", "backward", "parameter"]
_LOSSES = {"L", "J", "C", "E", "l", "loss", "cost", "error", "err", "Loss", "Cost"}
_BEFORE = re.compile(
    r"(?:gradients?|grads?|nabla|del|diff|deriv|d|D|g|∂|∇)_*(?P<rest>[^\W_].*)", re.ASCII
)
_AFTER = re.compile(r"(?P<rest>.+?)_*(?:gradients?|grads?|bar|deriv)", re.ASCII)
_ERROR = re.compile(r"(?:deltas?|Deltas?|δ|Δ|errors?(?=_?\d))_*(?P<rest>.*)")
_GROUP = re.compile(r"(?P<base>.*?[^\d_])_?(?P<number>\d+)")
_OUTERMOST = {"out", "output", "o", "L", "last"}
_HIDDEN = {"hidden", "hid", "h", "in"}
_CONTAINERS = re.compile(
    r"(?:gradients?|grads?|nabla|dparams?|derivatives?|result|g|d)", re.IGNORECASE
)


@dataclass(frozen=True)
class Meaning:
    """What a name may stand for: one value, or the values of a loop's turns, first to last."""

    role: Role
    names: tuple[str, ...]


class Names:
    """The names of one loss."""

    def __init__(self, truths: Truths) -> None:
        self._truths = truths
        self._forward = truths.forward
        steps = [s.name for s in truths.derivation.steps if s.phase == "backward"]
        self._bases = [name.removeprefix("d") for name in steps]
        self._parameters = {name.removeprefix("d") for name in truths.parameters}

    def meaning(self, name: str, keys: Sequence[object] = ()) -> Meaning | None:
        """What a variable stands for, or an entry of it."""
        if keys and isinstance(keys[0], str):
            inner = self.meaning(keys[0])
            if inner is not None and inner.role in ("backward", "parameter"):
                return inner
            is_of_gradients = _CONTAINERS.fullmatch(name) is not None
            return self._derivative(keys[0]) if is_of_gradients else inner
        return next(self._meanings(name), None)

    def _meanings(self, name: str) -> Iterator[Meaning]:
        exact = self._find(name, [*self._forward[:-1]])
        if exact and exact == (name,):
            yield Meaning("forward", exact)
        for found in (self._error(name), self._quotient(name)):
            if found is not None:
                yield found
        for pattern in (_BEFORE, _AFTER):
            matched = pattern.fullmatch(name)
            found = self._derivative(matched["rest"]) if matched else None
            if found is not None:
                yield found
        group = self._group(name, self._forward[:-1])
        if group:
            yield Meaning("forward", group)

    def _derivative(self, base: str) -> Meaning | None:
        """The derivative by a value of this name, or by the values of a loop."""
        found = self._find(base, self._bases) or self._group(base, self._bases)
        if not found:
            return None
        is_parameter = all(name in self._parameters for name in found)
        role: Role = "parameter" if is_parameter else "backward"
        return Meaning(role, tuple(f"d{name}" for name in found))

    def _quotient(self, name: str) -> Meaning | None:
        """`dL_dw` is the derivative by w, `da_dz` a slope on the way."""
        if not name.startswith(("d", "∂")):
            return None
        for cut in re.finditer(r"_?[d∂]_?", name[1:]):
            top, bottom = name[1 : cut.start() + 1].strip("_"), name[cut.end() + 1 :]
            if not top or not bottom:
                continue
            if top in _LOSSES or top == self._truths.output:
                found = self._derivative(bottom)
                if found is not None:
                    return found
            upper, lower = self._find(top, self._forward), self._find(bottom, self._forward)
            if upper and lower:
                slope = f"d{upper[0]}/d{lower[0]}"
                if self._truths.has(slope):
                    return Meaning("slope", (slope,))
        return None

    def _error(self, name: str) -> Meaning | None:
        """A unit's error: the derivative by what goes into its activation."""
        matched = _ERROR.fullmatch(name)
        units = self._truths.before_activation
        units = [unit for unit in units if unit in self._bases]
        if matched is None or not units:
            return None
        rest = matched["rest"].strip("_")
        if not rest:
            return Meaning("backward", tuple(f"d{unit}" for unit in units))
        direct = self._derivative(rest)
        if direct is not None:
            return direct
        chosen = self._unit(rest, units)
        return Meaning("backward", (f"d{chosen}",)) if chosen else None

    def _unit(self, suffix: str, units: list[str]) -> str | None:
        if suffix in _OUTERMOST:
            return units[-1]
        if suffix in _HIDDEN and len(units) == 2:
            return units[0]
        if not suffix.isdigit():
            return None
        for unit in units:
            step = self._truths.step(unit)
            weights = re.findall(r"(?<=\d)|(\d+)", unit) if step else []
            if weights and unit.endswith(suffix) and not unit.removesuffix(suffix)[-1:].isdigit():
                return unit
        number = int(suffix)
        return units[number - 1] if 1 <= number <= len(units) else None

    def _find(self, name: str, known: Sequence[str]) -> tuple[str, ...]:
        """The one known name that this is, but for underscores, then for case, then a plural."""
        if name in known:
            return (name,)
        for same in (_plain, lambda text: _plain(text).lower()):
            found = [other for other in known if same(other) == same(name)]
            if len(found) == 1:
                return (found[0],)
        return ()

    def _group(self, name: str, known: Sequence[str]) -> tuple[str, ...]:
        """`z` where the loss has z1, z2, …; also `zs`."""
        for base in (name, name.removesuffix("s")):
            for plain in (_plain(base), _plain(base).lower()):
                found = [
                    other
                    for other in known
                    if (matched := _GROUP.fullmatch(other))
                    and plain in (_plain(matched["base"]), _plain(matched["base"]).lower())
                ]
                if found:
                    return self._with_last(sorted(found, key=_number), known)
        return ()

    def _with_last(self, group: list[str], known: Sequence[str]) -> tuple[str, ...]:
        """A last layer without an activation has one value, under the other name: a3, no z3."""
        following = [
            name
            for name in self._forward[:-1]
            if name in known and name not in group and _number(name) == _number(group[-1]) + 1
        ]
        is_counted = [_number(name) for name in group] == list(range(1, len(group) + 1))
        return (*group, *following[:1]) if is_counted and len(group) > 1 else tuple(group)


def _plain(name: str) -> str:
    return name.replace("_", "").replace("[", "").replace("]", "")


def _number(name: str) -> int:
    matched = _GROUP.fullmatch(name)
    return int(matched["number"]) if matched else 0
