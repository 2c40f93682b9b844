"""Every number that is printed can be computed again from the steps that its formula names."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from tests.derivation.checking import evaluated, walked
from tests.derivation.models import MODELS
from tests.derivation.test_properties import GRAMMAR, Made

import kobai
from kobai.derivation import Derivation
from kobai.derivation.text import MOST_ENTRIES, value_text

# Sums of values that cancel keep this much of what they were, whatever the order of the terms.
ROUNDING = 2.0**10 * float(np.finfo(float).eps)


def rounds_to(number: float, shown: str, scale: float) -> bool:
    """Whether a number is what is shown, up to half a unit of the last digit that is shown."""
    if not np.isfinite(number):
        return shown == f"{number:.4g}"
    mantissa, _, exponent = shown.partition("e")
    decimals = len(mantissa.partition(".")[2])
    digits = len(mantissa.replace(".", "").strip("-0"))
    # A number that is printed with fewer digits than there are places for is exact in them.
    size = abs(float(shown))
    unit = 10.0 ** (int(exponent or 0) - decimals)
    if digits < 4 and size:
        unit = 10.0 ** (np.floor(np.log10(size)) - 3)
    return abs(number - float(shown)) <= unit / 2 * (1 + 1e-6) + ROUNDING * scale


def check_displayed(d: Derivation) -> None:
    text = str(d)
    for step, others in walked(d):
        shown = value_text(step.value, step.shape)
        assert shown in text
        found = np.ravel(np.asarray(evaluated(step.formula, others)))[:MOST_ENTRIES]
        listed = re.sub(r"^\(.*?\) \[(.*)\]$", r"\1", shown).replace(" …", "").split()
        assert len(listed) == len(found)
        finite: Any = np.abs(np.asarray(step.value, float))
        scale = float(np.max(finite, initial=1.0, where=np.isfinite(finite)))
        for number, digits in zip(found, listed, strict=True):
            assert rounds_to(float(number), digits, scale), f"{step.name}: {number}, {digits}"


@pytest.mark.parametrize("name", MODELS)
def test_the_numbers_of_an_example(name: str) -> None:
    check_displayed(MODELS[name].derivation())


@settings(max_examples=40, derandomize=True, deadline=None, database=None)
@given(GRAMMAR)
def test_the_numbers_of_a_made_up_loss(loss: Made) -> None:
    check_displayed(kobai.derive(loss.function, *loss.args))


def test_a_number_that_is_wrong_is_seen() -> None:
    assert rounds_to(0.33335, "0.3333", 0.0)
    assert not rounds_to(0.3334, "0.3333", 0.0)
    assert not rounds_to(2.001, "2", 0.0)
    assert rounds_to(1234567.0, "1.235e+06", 0.0)
