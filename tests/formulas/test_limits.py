"""Long, deep and large formulas are refused, and soon."""

from __future__ import annotations

import time

import numpy as np
import pytest

from kobai.errors import FormulaError
from kobai.formulas import Formula

LONG = "the formula has 10,001 characters; 10,000 is the limit"
DEEP = "the formula is nested more than 100 deep"
MANY = "the formula has more than 5,000 parts"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x" * 10_001, LONG),
        ("-" * 9_999 + "x", DEEP),
        ("~" * 101 + "x", DEEP),
        ("(" * 9_999, "this bracket is never closed"),
        ("(" * 4_999 + "x" + ")" * 4_999, "nested parentheses|nested more than"),
        ("exp(" * 101 + "x" + ")" * 101, DEEP),
        ("x[" * 101 + "0" + "]" * 101, DEEP),
        ("x" + "[0]" * 3_300, DEEP),
        ("x" + ".T" * 4_999, DEEP),
        ("x**" * 3_300 + "x", DEEP),
        ("x+" * 4_999 + "x", DEEP),
        ("x@" * 101 + "x", DEEP),
        ("9**" * 3_000 + "9", DEEP),
        ("stack((" + "x," * 4_990 + "x))", "^$"),
        ("y = stack((" + "x,-" * 3_000 + "x)); y", MANY),
        ("\n".join(f"a{i}=-x" for i in range(1_200)) + ";-x" * 10, "only the last"),
        ("x<" * 4_999 + "x", MANY),
        ("x=" * 4_999 + "x", "a statement gives one value one name"),
        ("x;" * 5_000, "only the last statement"),
        (";" * 10_000, "the formula is empty"),
        ("\n" * 10_000, "the formula is empty"),
        (" " * 9_999 + "x", "^$"),
        ("a" * 9_990 + " b", "an operator or a comma is missing"),
        ("1" * 9_999, "more than 30 digits"),
        ("1e" + "1" * 9_997, "this number is too large"),
        ("1." + "1" * 9_997, "^$"),
        ("'" * 9_999, "a quote is not an operator"),
        ("é" * 9_999 + "^", r"\^ can't stand"),
        ("f(a=" * 2_000, "this bracket is never closed"),
        ("x[" + ":" * 9_000 + "]", "this can't be read"),
        ("." * 9_999, "this can't be read"),
        ("(" * 50 + "9**9" + ")**9" * 50, "the result is larger than a number can be"),
        ("q" * 5_000 + "(" + "r" * 4_000 + ")", "there is no function"),
        ("sum(x" + ", axis=0" * 1_200 + ")", "option axis is given twice"),
    ],
    ids=lambda value: f"{value[:12]!r}" if len(value) > 60 else None,
)
def test_the_answer_comes_soon(text: str, message: str) -> None:
    began = time.process_time()
    try:
        Formula(text)
        found = ""
    except FormulaError as error:
        found = error.what.splitlines()[0]
    # Below 0.05 s on a quiet machine of 2020.
    assert time.process_time() - began < 0.5
    if message == "^$":
        assert found == ""
    else:
        with pytest.raises(FormulaError, match=message):
            Formula(text)


def test_the_limits_themselves_are_allowed() -> None:
    assert Formula("x + 1" + " " * 9_995).arguments == ("x",)
    assert Formula("exp(-" * 49 + "x" + ")" * 49).arguments == ("x",)
    assert Formula("x * " + "1" * 30)(0.0) == 0.0
    assert Formula("x ** 1000")(1.0) == 1.0


def test_numbers_in_the_text_do_not_outgrow_the_memory() -> None:
    text = "n = 99999999999; " + "".join(
        f"n{i} = {'n' + str(i - 1 if i else '')} * n; " for i in range(1, 28)
    )
    value = Formula(text.replace("n0", "n") + "x * n20")(1.0)
    assert isinstance(value, np.float64)
    with pytest.raises(FormulaError, match="the result is larger than a number can be"):
        Formula("n = 1e300; m = n * n; x * m")(1.0)
