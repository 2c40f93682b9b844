"""Names are never two alike, and numbers are never another."""

import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.exporting.programs import printed_by

import kobai
from kobai.scalars import CALLS
from kobai.targets.c_language import C
from kobai.targets.expressions import Language
from kobai.targets.identifiers import Identifiers, plain
from kobai.targets.julia_source import Julia
from kobai.targets.octave_source import Octave
from kobai.targets.scilab_source import Scilab

LANGUAGES: tuple[type[Language], ...] = (C, Octave, Scilab, Julia)
NUMBERS = [0.1, 1 / 3, -2.5, 1e300, 5e-324, 2.0**53 + 2, 1e-5, 123456789.0, np.inf, -np.inf, np.nan]


@given(st.lists(st.text(min_size=1), max_size=30))
def test_names_stay_apart(names: list[str]) -> None:
    table = Identifiers(C.reserved)
    found = {name: table.of(name) for name in names}
    assert len(set(found.values())) == len(found)
    assert not set(found.values()) & C.reserved
    assert all(re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name) for name in found.values())
    assert {name: table.of(name) for name in names} == found


def test_letters_are_spelled() -> None:
    assert [plain(name) for name in ("α", "重", "__", "w_1")] == ["alpha", "u91cd", "v", "w_1"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_programs_call_is_reserved(language: type[Language]) -> None:
    calls = " ".join(text for name, text in language.calls.items() if name in CALLS)
    called = set(re.findall(r"[A-Za-z_]\w*(?=\()", calls))
    assert called <= language.reserved | set(language.helpers)


@pytest.mark.parametrize("target", ["numpy", "c", "octave", "scilab"])
def test_numbers_come_back(target: Any, tmp_path: Path) -> None:
    held = np.array(NUMBERS)

    def loss(x: Any) -> Any:
        return np.sum(x * held)

    text = kobai.export(loss, np.ones(len(NUMBERS)), target=target)
    found = printed_by(text, target, tmp_path)["dx"]
    assert [repr(x) for x in found.tolist()] == [repr(x) for x in map(float, NUMBERS)]


@pytest.mark.parametrize("target", ["octave", "scilab", "c"])
def test_an_index_outside_its_axis_ends_the_program(target: Any, tmp_path: Path) -> None:
    def loss(x: Any, places: Any) -> Any:
        return np.sum(x[places] ** 2)

    text = kobai.export(loss, np.ones(3), np.array([0, 2]), wrt="x", target=target)
    wrong = re.sub(r"(places\S* = [\[{])0", r"\g<1>7", text)
    assert wrong != text
    found = {}
    with suppress(AssertionError):
        found = printed_by(wrong, target, tmp_path)
    assert not found
