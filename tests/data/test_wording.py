from __future__ import annotations

import pytest

from kobai.data.wording import counted, listed, nearest, place, printable, quoted


def test_quoted_text_stays_on_one_line() -> None:
    assert quoted("a\nb\x1b[0m\u202e") == r"'a\nb\x1b[0m\u202e'"
    assert quoted("x" * 61) == "'" + "x" * 59 + "…'"


def test_printable_leaves_other_scripts_alone() -> None:
    assert printable("勾配 œ") == "勾配 œ"
    assert printable("\ud800") == r"\ud800"


def test_listed_names() -> None:
    assert listed(["a", "b"]) == "'a', 'b'"
    assert listed(map(str, range(14))).endswith("'11' and 2 more")


@pytest.mark.parametrize(("number", "text"), [(0, "0 rows"), (1, "1 row"), (1000, "1,000 rows")])
def test_counted(number: int, text: str) -> None:
    assert counted(number, "row") == text


def test_irregular_plural() -> None:
    assert counted(2, "class", "classes") == "2 classes"


def test_place() -> None:
    assert place("a.csv") == "a.csv"
    assert place("a.csv", 1234, "b") == "a.csv, line 1,234, column 'b'"


def test_nearest_name_ignores_case() -> None:
    assert nearest("DIAGNOSE", ["age", "diagnosis"]) == "diagnosis"
    assert nearest("zzz", ["age", "diagnosis"]) is None
