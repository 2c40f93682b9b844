"""Slips that the numbers of a step tell, beside all that has a name there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations, product
from typing import Any

import numpy as np

from kobai.diagnosis.messages import said
from kobai.diagnosis.numbers import agree, close, ratio
from kobai.diagnosis.slips import Case, Slip, first_slip, fraction, names_of
from kobai.diagnosis.slopes import ACTIVATIONS, SLOPES

MOST_NAMES = 30


def value_slip(cases: Sequence[Case], truth: str) -> Slip | None:
    """A factor or term that is a named value, a slope of another kind, another step's value."""
    return first_slip(
        cases, (_missing_term, _activation, _another(truth), _named_factor(truth), _shape)
    )


def _another(truth: str) -> Callable[[Sequence[Case]], Slip | None]:
    def another(cases: Sequence[Case]) -> Slip | None:
        for name in names_of(cases, lambda value: np.ndim(value) > 0):
            if name != truth and all(agree(case.found, case.values[name]) for case in cases):
                return Slip("variable", said("another step", name=name))
        return None

    return another


def _activation(cases: Sequence[Case]) -> Slip | None:
    """The user's value is the right one with another slope, or with none, in the slope's place."""
    shape = np.shape(cases[0].right)
    if any(np.shape(case.found) != shape for case in cases):
        return None
    names = names_of(cases, lambda value: np.ndim(value) and np.shape(value) == shape, steps=False)
    written = [(form, name) for form, name in product(SLOPES, names)]
    true = [(form, name) for form, name in written if form in ACTIVATIONS]
    slopes = {pair: [_slope(*pair, case) for case in cases] for pair in written}
    for name in [n for n, value in cases[0].values.items() if "/" in n]:
        if np.shape(cases[0].values[name]) == shape:
            true.insert(0, ("{0}", name))
            slopes["{0}", name] = [case.values[name] for case in cases]
    for pair in true:
        if all(np.all(slope == 1) for slope in slopes[pair]):
            continue
        text = pair[0].format(pair[1])
        if _are_exchanged(cases, slopes[pair], [np.ones(shape) for _ in cases]):
            return Slip("activation", said("missing activation", factor=text))
        for other in written:
            if other != pair and _are_exchanged(cases, slopes[pair], slopes[other]):
                kind = "point" if other[0] == pair[0] else "activation"
                key = "wrong point" if kind == "point" else "wrong activation value"
                return Slip(kind, said(key, old=other[0].format(other[1]), new=text))
    return None


def _slope(form: str, name: str, case: Case) -> Any:
    return SLOPES[form](np.asarray(case.values[name]))


def _are_exchanged(cases: Sequence[Case], right: Sequence[Any], used: Sequence[Any]) -> bool:
    """Whether the user's values are the right ones with one slope used for the right one."""
    for case, slope, other in zip(cases, right, used, strict=True):
        found, wanted = np.asarray(case.found), np.asarray(case.right)
        if not close(found * slope, wanted * other):
            return False
        neither = (slope == 0) & (other == 0)
        if np.any(found[neither]) or np.any(wanted[neither]):
            return False
    return True


def _named_factor(truth: str) -> Callable[[Sequence[Case]], Slip | None]:
    def named_factor(cases: Sequence[Case]) -> Slip | None:
        for name in names_of(cases, lambda value: np.ndim(value) > 0):
            if name == truth:
                continue
            if all(_is_product(case.right, case.values[name], case.found) for case in cases):
                return Slip("extra", said("extra value", factor=name))
            if all(_is_product(case.found, case.values[name], case.right) for case in cases):
                return Slip("missing", said("missing value", factor=name))
        return None

    return named_factor


def _is_product(one: Any, other: Any, result: Any) -> bool:
    """Whether two values multiply to a third: entry by entry, or as matrices."""
    for multiply in (np.multiply, np.matmul):
        for a, b in ((one, other), (other, one), (one, np.transpose(other))):
            try:
                if close(multiply(a, b), result):
                    return True
            except ValueError:
                continue
    return False


def _missing_term(cases: Sequence[Case]) -> Slip | None:
    """A constant times a named value, or the product of two, is missing."""
    if any(np.shape(case.found) != np.shape(case.right) for case in cases):
        return None
    rests = [np.asarray(case.right) - np.asarray(case.found) for case in cases]
    for text, terms in _terms(cases):
        factor = _common_factor(rests, terms)
        number = None if factor is None else fraction(abs(factor), cases[0].lengths)
        if factor is None or (number is None and abs(abs(factor) - 1) > 1e-6):
            continue
        sign = "-" if factor < 0 else ""
        return Slip("term", said("missing term", term=sign + _times(number, text)))
    return None


def _times(number: str | None, text: str) -> str:
    if number is None:
        return text
    return number if text == "1" else f"{number} * {text}"


def _terms(cases: Sequence[Case]) -> Iterator[tuple[str, list[Any]]]:
    """Texts of terms, and their values in every case."""
    yield "1", [1.0 for _ in cases]
    names = names_of(cases, lambda value: True)[:MOST_NAMES]
    values = {name: [np.asarray(case.values[name]) for case in cases] for name in names}
    yield from values.items()
    columns = np.shape(cases[0].found)[-1:]
    for name, count in product(names, columns):
        if values[name][0].dtype.kind in "iu":
            yield f"np.eye({count})[{name}]", [_one_hot(value, count) for value in values[name]]
    for one, other in combinations(names, 2):
        pairs = zip(values[one], values[other], strict=True)
        if np.ndim(values[one][0]) or np.ndim(values[other][0]):
            try:
                yield f"{one} * {other}", [a * b for a, b in pairs]
            except ValueError:
                continue


def _one_hot(labels: Any, count: int) -> Any:
    return (np.asarray(labels)[..., None] == np.arange(count)) * 1.0


def _common_factor(rests: Sequence[Any], terms: Sequence[Any]) -> float | None:
    """The one number by which every rest is its term, which is broadcast."""
    factors = []
    for rest, term in zip(rests, terms, strict=True):
        try:
            factors.append(ratio(rest, np.broadcast_to(term, np.shape(rest))))
        except ValueError:
            return None
    first = factors[0]
    if first is None or any(f is None or abs(f / first - 1) > 1e-6 for f in factors):
        return None
    return first


def _shape(cases: Sequence[Case]) -> Slip | None:
    found, wanted = np.shape(cases[0].found), np.shape(cases[0].right)
    if np.size(cases[0].found) != np.size(cases[0].right):
        return Slip("unknown", said("shape", found=found, wanted=wanted))
    return None
