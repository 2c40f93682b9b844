"""Mistakes in Octave's syntax are shown with a caret under them, and with what to write instead."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from tests.support.audit import audited

from kobai.errors import ArgumentError, FormulaError, KobaiError
from kobai.formulas import Formula

X, w, y = np.ones((4, 3)), np.ones((3, 1)), np.ones((4, 1))
VALUES = {"X": X, "w": w, "y": y, "r": w.T, "A": np.eye(3)}


# The part under the carets stands between ⟦ and ⟧.
@pytest.mark.parametrize(
    ("marked", "what", "repair"),
    [
        # What Octave has and a formula has not.
        ("⟦for⟧ i = 1:3; x; end", "for is a word", "on whole matrices"),
        ("⟦if⟧ x, y", "if is a word", "merge(x > 0, a, b)"),
        ("⟦function⟧ y = f(x)", "function is a word", "z = … and the loss"),
        ("f = ⟦@⟧(x) x^2; f(2)", "@ can't stand", "no function handles"),
        ("⟦{⟧1, 2}", "{ can't stand", "no cell arrays"),
        ("x⟦{⟧1}", "{ can't stand", "no cell arrays"),
        ("x⟦.⟧field", ". can't stand", "no structures"),
        ("x = ⟦'text'⟧", "a text can't stand", "transposes"),
        ('x + ⟦"text"⟧', "a text can't stand", "transposes"),
        ("[x ⟦'⟧]", "' can't stand", "transposes"),
        ("⟦eval⟧('x')", "there is no function eval", "the expression itself"),
        ("⟦eval⟧(x)", "there is no function eval", "the expression itself"),
        ("⟦system⟧('ls')", "there is no function system", "put a program into a file"),
        ("⟦rand⟧(3)", "there is no function rand", "make it an argument"),
        ("⟦vector⟧(1)*x", "there is no function vector", "ones(n, 1)"),
        ("x ⟦+=⟧ 1", "+= can't stand", "a name of its own"),
        ("x⟦++⟧", "++ can't stand", "a - (-b)"),
        ("a ⟦&&⟧ b", "&& can't stand", "write & for 'and'"),
        ("x⟦**⟧2", "** can't stand", "write ^ for a power"),
        ("⟦%{⟧\nlong\n%}\nx", "comments of several lines", "begin each line"),
        # Signs and names.
        ("x⟦²⟧", "² (U+00B2) can't stand", "write .^2"),
        ("X ⟦×⟧ y", "× (U+00D7) can't stand", "write * for a product"),
        ("⟦λ⟧*x", "λ (U+03BB) can't stand", "names have the letters"),
        ("x⟦\0⟧", "this character can't stand", "leave it out"),
        ("⟦lambda⟧*x", "lambda has a meaning in Python", "lam_1"),
        ("⟦np⟧*x", "np has a meaning in Python", "another name"),
        ("⟦__class__⟧", "__class__ has a meaning in Python", "another name"),
        ("⟦1e999⟧*x", "this number is too large", "1e308"),
        # Values, operators, brackets.
        ("2⟦x⟧", "an operator or a comma is missing before x", "write 2 * x"),
        ("x'⟦y⟧", "an operator or a comma is missing before y", "write … * y"),
        ("1⟦i⟧", "an operator or a comma is missing before i", "write 1 * i"),
        ("3⟦(⟧1)", "3 has no entries", "write 3 * (…)"),
        ("x + ⟦⟧", "a value is missing at the end", "what is to follow"),
        ("⟦*⟧ x", "a value is missing before *", "a number or a name"),
        ("x(1,⟦)⟧", "a value is missing before )", "a number or a name"),
        ("sum⟦(⟧x", "this bracket is never closed", "add the )"),
        ("z = ⟦[⟧1 2", "this bracket is never closed", "add the ]"),
        ("x⟦)⟧", "this bracket was never opened", "add its partner"),
        ("[1 2⟦)⟧", "this bracket closes [, which needs ]", "add its partner"),
        ("⟦[]⟧ + x", "an empty matrix", "max(x, [], 2)"),
        ("1:2:3⟦:⟧4", "a range has three numbers", "first:step:last"),
        # Statements.
        ("⟦x⟧; y", "only the last statement, the loss, goes without a name", "z = …"),
        ("z = x; ⟦z⟧ = 2; z", "z has a value already", "z_1"),
        ("⟦x(1)⟧ = 3; x", "a statement gives a name to a value", "z = …"),
        ("⟦[a, b]⟧ = max(x); a", "only size gives several values", "[m, n] = size(X)"),
        ("a = b ⟦=⟧ c", "a statement gives one value one name", "write =="),
        ("(a ⟦=⟧ 3)", "a statement gives one value one name", "write =="),
        # Functions and entries.
        ("mean(⟦sigmiod⟧(x*w))", "there is no function sigmiod", "write sigmoid(…)"),
        ("⟦f⟧(x + y)", "there is no function f", "write f * (…)"),
        ("⟦sum⟧ + 1", "sum is a function, and no value", "sum(x)"),
        ("⟦sum()⟧", "sum takes 1 to 2 values, and is given 0", "add what is missing"),
        ("⟦exp(x, y)⟧", "exp takes 1 value, and is given 2", "leave out"),
        ("sum(x, ⟦y⟧)", "sum takes a number here", "size(X, 1)"),
        ("ones(⟦x⟧, 1)", "ones takes a number here", "size(X, 1)"),
        ("norm(x, ⟦'abc'⟧)", "this norm is not known", "'fro'"),
        ("x + x(⟦y⟧)", "an index depends on an argument's values", "2, end or size(X, 1)"),
        ("x + x(⟦x > 0⟧)", "an index depends on an argument's values", "2, end or size(X, 1)"),
        ("1:⟦x⟧", "a range runs between numbers", "size(X, 1)"),
        ("⟦x(1, 2, 3)⟧", "entries are chosen by one index or two", "X(1, 2)"),
        ("⟦end⟧ + x", "end is the last place of an index", "x(end)"),
        ("x + ⟦:⟧", "a value is missing before :", "a number or a name"),
        # Numbers that come to no number.
        ("⟦1e308*10⟧*x", "the result is larger than a number can be", "mend the part"),
        ("⟦2^1e9⟧*x", "exponents up to 1,000 are read", "mend the part"),
        ("⟦1/0⟧", "division by zero", "mend the part"),
    ],
)
def test_the_mark_is_under_the_mistake(marked: str, what: str, repair: str) -> None:
    text = marked.replace("⟦", "").replace("⟧", "")
    with pytest.raises(FormulaError) as caught:
        Formula(text, "octave")
    error = caught.value
    start = marked.index("⟦")
    line = marked.count("\n", 0, start) + 1
    column = start - (marked.rfind("\n", 0, start) + 1) + 1
    assert error.where == f"formula, line {line}, column {column}"
    carets = error.what.splitlines()[-1].strip()
    assert carets == "^" * max(1, marked.index("⟧") - start - 1)
    assert what in error.what
    assert repair in error.repair


@pytest.mark.parametrize(
    ("text", "what", "repair"),
    [
        ("X*y", "4x3 * 4x1 is no product of matrices", "transpose the left one: X' * y"),
        ("r*X", "1x3 * 4x3 is no product of matrices", "transpose the right one: X * Y'"),
        ("w*w", "3x1 * 3x1 is no product of matrices", "write .* for the product"),
        ("X.*w", "4x3 .* 3x1 does not fit entry by entry", "4x3 * 3x1 is a product of matrices"),
        ("X + w", "4x3 + 3x1 does not fit entry by entry", "transpose one of them"),
        ("X\\y", "4x3 \\ 4x1 is no system", "pinv(A) * b"),
        ("X^2", "^ takes a square matrix", "write .^"),
        ("inv(X)", "inv takes a square matrix, and this is 4x3", "X' * X"),
        ("X(5, 1)", "there is no row 5: the last is 4", "write end"),
        ("X(1, 4)", "there is no column 4: the last is 3", "write end"),
        ("X(0, 1)", "an index is 0", "whole numbers from 1"),
        ("w(1.5)", "an index is 1.5", "whole numbers from 1"),
        ("w((1:3) > 1)", "truth values choose no entries here", "merge(x > 0, x, 0)"),
        ("w(3:2)", "the result is an empty matrix", "at least one entry"),
        ("[w r]", "different numbers of rows", "write , between columns"),
        ("[w; y y]", "different numbers of columns", "; between rows"),
        ("sum(X, 3)", "dimension 3", "1 for down"),
        ("ones(1e6, 1e6)*w", "a matrix of 1,000,000 x 1,000,000 entries", "100,000 entries"),
        ("1:1e9", "a matrix of 1 x 1,000,000,000 entries", "100,000 entries"),
        ("ones(5000, 1)*ones(1, 5000)", "a matrix of 5,000 x 5,000", "10,000,000 entries"),
        ("kron(eye(300), kron(X, X))", "a matrix of", "10,000,000 entries"),
    ],
)
def test_what_does_not_fit_is_shown(text: str, what: str, repair: str) -> None:
    formula = Formula(text, "octave")
    with pytest.raises(KobaiError) as caught:
        formula(*[VALUES[name] for name in formula.arguments])
    assert what in caught.value.what
    assert "^" in caught.value.what.splitlines()[-1]
    assert repair in caught.value.repair


def test_an_argument_of_three_axes_is_refused() -> None:
    with pytest.raises(ArgumentError, match="x has 3 axes, and a matrix has two"):
        Formula("sum(x)", "octave")(np.ones((2, 2, 2)))


def test_an_empty_argument_is_refused() -> None:
    with pytest.raises(ArgumentError, match="x is empty"):
        Formula("sum(x)", "octave")(np.ones((0, 2)))


def test_an_unknown_syntax_is_refused() -> None:
    with pytest.raises(ArgumentError, match="there is no syntax 'matlab'"):
        Formula("x", cast("Any", "matlab"))


ATTACKS = [
    "system('touch {path}')",
    'system("touch {path}")',
    "!touch {path}",
    "fopen('{path}', 'w')",
    "eval('1')",
    "evalc(x)",
    "feval(@system, 'touch {path}')",
    "x = input('')",
    "exec('{path}')",
    "run {path}",
    "source('{path}')",
    "__import__('os').system('touch {path}')",
    "x.__class__",
    "open('{path}')",
    "save {path} x",
    "load('{path}')",
    "9^9^9^9*x^(10^10)",
    "ones(1e5)*ones(1e5)",
    "repmat(x, 1e5, 1e5)",
    "x(1)(2).tofile('{path}')",
    "eye(300)^1e9",
]


def computed(text: str) -> object:
    formula = Formula(text, "octave")
    return formula(*[np.ones((3, 1)) for _ in formula.arguments])


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_only_a_mistake(attack: str, tmp_path: Path) -> None:
    text = attack.format(path=tmp_path / "made")
    with audited() as events, pytest.raises(KobaiError):
        computed(text)
    assert events == []
    assert not list(tmp_path.iterdir())


DEEP = "the formula is nested more than 100 deep"
MANY = "the formula has more than 5,000 parts"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x" * 10_001, "the formula has 10,001 characters; 10,000 is the limit"),
        ("(" * 9_999, DEEP),
        ("[" * 9_999, DEEP),
        ("~" * 9_999 + "x", DEEP),
        ("x" + "'" * 9_999, DEEP),
        ("x+" * 4_999 + "x", DEEP),
        ("2^" * 4_999 + "x", DEEP),
        ("x(end" * 2_000, DEEP),
        ("x(1)" + "(1)" * 3_000, DEEP),
        ("exp(" * 101 + "x" + ")" * 101, DEEP),
        ("[" + "1 " * 4_990 + "]", MANY),
        ("[" + "-x " * 3_300 + "]", MANY),
        ("x;" * 5_000, "only the last statement"),
        ("z = x;" * 1_600, "z has a value already"),
        ("\n" * 10_000, "the formula is empty"),
        ("%" * 10_000, "the formula is empty"),
        ("1" * 9_999, "this number is too large"),
        ("f(" + "g" * 9_990 + "(", "this bracket is never closed"),
    ],
    ids=lambda value: f"{value[:12]!r}" if len(value) > 60 else None,
)
def test_the_answer_to_a_long_text_comes_soon(text: str, message: str) -> None:
    began = time.process_time()
    with pytest.raises(FormulaError, match=message) as caught:
        Formula(text, "octave")
    # Below 0.05 s on a quiet machine of 2020.
    assert time.process_time() - began < 0.5
    assert len(str(caught.value)) < 1_000


def test_the_limits_themselves_are_allowed() -> None:
    assert Formula("x" + " " * 9_999, "octave").arguments == ("x",)
    assert Formula("exp(-" * 49 + "x" + ")" * 49, "octave").arguments == ("x",)
    assert Formula("sum([" + "1 " * 2_000 + "]*x)", "octave")(2.0) == 4_000
