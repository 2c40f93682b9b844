"""What a slip is called, and the slips that numbers alone tell.

Each hypothesis says what the user's value would be if it were the slip. It is believed only if it
explains the value at every point.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from kobai.diagnosis.messages import said
from kobai.diagnosis.numbers import agree, close, ratio


@dataclass(frozen=True)
class Slip:
    """A cause.

    Attributes:
        kind: one word: sign, factor, transposed, sum, activation, point, extra, missing, index,
            variable, elementwise, stale, broadcast, term, power, order, unknown.
        words: the sentence.
        repaired: the user's statement as it should be; empty if that is not known.
    """

    kind: str
    words: str
    repaired: str = ""


@dataclass(frozen=True)
class Case:
    """The wrong step at one point.

    Attributes:
        found: the user's value.
        right: the right one.
        values: what has a name there: arguments, values of the loss, derivatives.
        lengths: names of lengths.
    """

    found: Any
    right: Any
    values: Mapping[str, Any]
    lengths: Mapping[str, int]


def simple_slip(cases: Sequence[Case]) -> Slip | None:
    """Sign, factor, transposition or sum: what the value alone tells for certain."""
    return first_slip(cases, (_not_finite, _factor, _transposed, _sums))


def first_slip(
    cases: Sequence[Case], hypotheses: Sequence[Callable[[Sequence[Case]], Slip | None]]
) -> Slip | None:
    return next((slip for h in hypotheses if (slip := h(cases)) is not None), None)


def _not_finite(cases: Sequence[Case]) -> Slip | None:
    found = np.asarray(cases[0].found)
    if found.dtype.kind == "f" and not np.all(np.isfinite(found)):
        return Slip("unknown", said("not finite"))
    return None


def _factor(cases: Sequence[Case]) -> Slip | None:
    factors = [ratio(case.found, case.right) for case in cases]
    known = [factor for factor in factors if factor is not None]
    if len(known) < len(cases):
        return None
    return _constant(known, cases[0]) or _named_number(known, cases)


def _constant(factors: Sequence[float], case: Case) -> Slip | None:
    factor = factors[0]
    if any(abs(other / factor - 1) > 1e-5 for other in factors):
        return None
    if abs(factor + 1) < 1e-6:
        return Slip("sign", said("sign"))
    for sign, text in ((1, ""), (-1, "-")):
        extra = fraction(sign * factor, case.lengths)
        missing = fraction(sign / factor, case.lengths)
        # The simpler of the two is told: of 1/6 too many, `1/m` too many, not `m` missing.
        if missing is not None and (extra is None or missing.startswith("1/")):
            return Slip("factor", said("missing factor", factor=text + missing))
        if extra is not None:
            return Slip("factor", said("extra factor", factor=text + extra))
    return Slip("factor", said("constant factor", factor=f"{factor:.6g}"))


def fraction(factor: float, lengths: Mapping[str, int]) -> str | None:
    """A number as lengths and twos: 1/m, 2/m, m, 1/(m * k)."""
    atoms = {"1": 1.0, "2": 2.0, **{name: float(n) for name, n in lengths.items() if n > 1}}
    atoms |= {
        f"({a} * {b})": float(x * y)
        for (a, x), (b, y) in product(lengths.items(), repeat=2)
        if a < b and x > 1 and y > 1
    }
    for below, above in product(atoms, atoms):
        if below != above and abs(atoms[above] / atoms[below] / factor - 1) < 1e-6:
            return above.strip("()") if below == "1" else f"{above}/{below}"
    return None


def _named_number(factors: Sequence[float], cases: Sequence[Case]) -> Slip | None:
    for name in names_of(cases, lambda value: np.ndim(value) == 0):
        numbers = [float(case.values[name]) for case in cases]
        pairs = list(zip(factors, numbers, strict=True))
        if all(abs(f - n) <= 1e-6 * abs(n) for f, n in pairs):
            return Slip("extra", said("extra value", factor=name))
        if all(abs(f * n - 1) <= 1e-6 for f, n in pairs):
            return Slip("missing", said("missing value", factor=name))
    return None


def _transposed(cases: Sequence[Case]) -> Slip | None:
    if holds(
        cases, lambda case: np.ndim(case.right) == 2 and close(case.found, np.transpose(case.right))
    ):
        return Slip("transposed", said("transposed"))
    return None


def _sums(cases: Sequence[Case]) -> Slip | None:
    axes: list[Any] = [*range(max(np.ndim(cases[0].found), np.ndim(cases[0].right)))]
    for axis in [*axes, (0, 1), None]:
        for fold in (np.sum, np.mean):
            if holds(cases, partial(_folds_to, fold, axis, "found", "right")):
                return Slip("sum", said("missing sum", axis=axis))
            if holds(cases, partial(_folds_to, fold, axis, "right", "found")):
                return Slip("sum", said("extra sum", axis=axis))
    return None


def _folds_to(fold: Any, axis: Any, wide: str, narrow_name: str, case: Case) -> bool:
    array, narrow = np.asarray(getattr(case, wide)), getattr(case, narrow_name)
    if array.ndim == 0 or array.size == np.size(narrow):
        return False
    highest = max(axis) if isinstance(axis, tuple) else (axis or 0)
    return highest < array.ndim and agree(fold(array, axis=axis), narrow)


def holds(cases: Sequence[Case], test: Callable[[Case], bool]) -> bool:
    with np.errstate(all="ignore"):
        return all(test(case) for case in cases)


def names_of(cases: Sequence[Case], test: Callable[[Any], Any], *, steps: bool = True) -> list[str]:
    """Names of values of a kind; with or without derivatives."""
    return [name for name in _listed(cases[0], steps) if test(cases[0].values[name])]


def _listed(case: Case, steps: bool) -> Iterator[str]:
    for name, value in case.values.items():
        is_number = np.asarray(value).dtype.kind in "fiu"
        if is_number and "/" not in name and (steps or not _is_derivative(name, case.values)):
            yield name


def _is_derivative(name: str, values: Mapping[str, Any]) -> bool:
    return name.startswith("d") and name[1:] in values
