"""Every mistake is shown with a caret under it, and with what to write instead."""

from __future__ import annotations

import pytest

from kobai.errors import FormulaError
from kobai.formulas import Formula


def mistake(text: str) -> FormulaError:
    with pytest.raises(FormulaError) as caught:
        Formula(text)
    return caught.value


def test_a_message() -> None:
    assert str(mistake("z = X @ w\na = sigmiod(z); mean(a)")) == (
        "formula, line 2, column 5: there is no function sigmiod here\n"
        "    a = sigmiod(z); mean(a)\n"
        "        ^^^^^^^\n"
        "  Repair: write sigmoid(…)"
    )


# The part under the carets stands between ⟦ and ⟧.
@pytest.mark.parametrize(
    ("marked", "what", "repair"),
    [
        # Signs that are no operators.
        ("x⟦^⟧2", "^ can't stand in a formula", "write ** for a power"),
        ("x ⟦×⟧ y", "× (U+00D7) can't stand", "write * for a product"),
        ("x ⟦−⟧ y", "− (U+2212) can't stand", "write - for a difference"),
        ("x⟦²⟧ + 1", "² (U+00B2) can't stand", "write **2"),
        ("X⟦ᵀ⟧ @ y", "ᵀ (U+1D40) can't stand", "write X.T"),
        ("x⟦（⟧1)", "（ (U+FF08) can't stand", "write ("),
        ("⟦\u3000⟧x", "this character (U+3000)", "a space of the usual width"),
        ("x⟦\0⟧", "this character can't stand", "leave it out"),
        ("x + ⟦\ud800⟧", "this character (U+D800)", "leave it out"),
        ("x ⟦\u0301⟧", "this character (U+0301)", "leave it out"),
        ("x * ⟦３⟧", "３ (U+FF13) can't stand", "write 3"),
        ("x * ⟦٣⟧", "٣ (U+0663) can't stand", "leave it out"),
        ("⟦“⟧x”", "“ (U+201C) can't stand", "leave it out"),
        ("x⟦\u200b⟧", "this character (U+200B)", "leave it out"),
        ("X ⟦.*⟧ y", ".* can't stand", "leave out the dot"),
        ("X⟦'⟧ @ y", "' can't stand", "write X.T"),
        ("X⟦'⟧ @ y'", "a quote is not an operator", "write X.T"),
        ("f⟦'⟧{x}'", "a quote is not an operator", "write X.T"),
        ("⟦{⟧x}", "{ can't stand", "write ( and )"),
        ("x ⟦&&⟧ y", "&& can't stand", "(x > 0) & (y > 0)"),
        ("⟦!⟧x", "! can't stand", "write ~"),
        ("x ⟦//⟧ 2", "// can't stand", "write /"),
        ("x ⟦%⟧ 2", "% can't stand", "begins with #"),
        ("z ⟦:=⟧ x", ":= can't stand", "a statement of its own"),
        ("z ⟦+=⟧ x; z", "+= can't stand", "a name of its own"),
        ("x + ⟦\\⟧\ny", "\\ can't stand", "in brackets"),
        ("⟦x << 2⟧", "this operator is not read", "+ - * / ** @"),
        # Words of Python's.
        ("⟦lambda⟧ * x", "lambda is a word of Python's", "such as lam or λ"),
        ("⟦𝐥𝐚𝐦𝐛𝐝𝐚⟧ * x", "lambda is a word of Python's", "such as lam or λ"),
        ("x ⟦and⟧ y", "and is a word of Python's", "(x > 0) & (y > 0)"),
        ("⟦not⟧ x", "not is a word of Python's", "write ~(x > 0)"),
        ("x ⟦if⟧ y else z", "if is a word of Python's", "where(x > 0, a, b)"),
        ("[x ⟦for⟧ x in y]", "for is a word of Python's", "sum(x, axis=0)"),
        ("⟦return⟧ x", "return is a word of Python's", "leave it out"),
        ("⟦import⟧ os", "import is a word of Python's", "choose another name"),
        ("⟦__import__⟧('os')", "__import__ is a name that Python keeps", "choose another name"),
        ("x.⟦__class__⟧", "__class__ is a name that Python keeps", "choose another name"),
        # Numbers.
        (f"x + ⟦{'1' * 31}⟧", "more than 30 digits", "1e40"),
        ("⟦1e999⟧ * x", "this number is too large", "1e308"),
        ("⟦9**9**9⟧", "exponents up to 1,000 are read", "mend the part"),
        ("⟦9**999⟧ * x", "the result is larger than a number can be", "mend the part"),
        ("⟦1e308 * 10⟧ * x", "the result is larger than a number can be", "mend the part"),
        ("⟦(-8) ** 0.5⟧ * x", "a root of a negative number is not real", "mend the part"),
        ("⟦1 / 0⟧", "division by zero", "mend the part"),
        ("2⟦x⟧", "an operator or a comma is missing before x", "write 2 * x"),
        ("0⟦x1F⟧", "an operator or a comma is missing", "0 * x1F"),
        ("1⟦j⟧", "an operator or a comma is missing", "1 * j"),
        ("x ⟦y⟧", "an operator or a comma is missing before y", "write x * y"),
        ("(x) ⟦2⟧", "an operator or a comma is missing before 2", "write ) * 2"),
        ("⟦0⟧07", "this can't be read", "look for"),
        # Brackets.
        ("sum⟦(⟧x", "this bracket is never closed", "add the )"),
        ("x⟦[⟧0; x", "this bracket is never closed", "add the ]"),
        ("x⟦)⟧", "this bracket was never opened", "add its partner"),
        ("(x⟦]⟧", "this bracket closes (, which needs )", "add its partner"),
        # Statements.
        ("⟦x⟧; y", "only the last statement, the loss, goes without a name", "z = …"),
        ("⟦x⟧\n+ y", "only the last statement, the loss, goes without a name", "in brackets"),
        ("⟦a, b = x⟧; a", "a statement gives one value one name", "write z = …"),
        ("⟦a = b = x⟧", "a statement gives one value one name", "write z = …"),
        ("⟦x[0] = 1⟧", "a statement gives one value one name", "write z = …"),
        ("⟦z: x = 1⟧", "a statement gives one value one name", "write z = …"),
        ("a = 1; ⟦a⟧ = 2; a", "a has a value already", "such as a_1"),
        ("⟦x⟧ = x / 2; x", "x is an argument: it was used before this", "such as x_1"),
        ("z = e; ⟦e⟧ = x; e", "e was used as a number before this", "such as e_1"),
        ("⟦np⟧ = x; np", "np stands for NumPy", "such as np_1"),
        # Names and calls.
        ("⟦log⟧ + 1", "log is a function, and no value", "write log(x)"),
        ("⟦np⟧ + 1", "np is NumPy, and no value", "np.exp(x)"),
        ("⟦np.exp⟧ + 1", "np.exp is no value", "write np.exp(x)"),
        ("⟦sigmiod⟧(x)", "there is no function sigmiod here", "write sigmoid(…)"),
        ("⟦ln⟧(x)", "there is no function ln here", "write log(…)"),
        ("⟦σ⟧(x)", "there is no function σ here", "write sigmoid(…)"),
        ("⟦Sum⟧(x)", "there is no function Sum here", "write sum(…)"),
        ("⟦np.fft⟧(x)", "there is no function fft here", "np.exp"),
        ("⟦np.load⟧('x')", "there is no function load here", "np.exp"),
        ("⟦np.lib.format⟧(x)", "there is no function format here", ".T or one of .sum"),
        ("⟦open⟧('x')", "there is no function open here", "for a product write open * (a + b)"),
        ("⟦x⟧(1 - x)", "there is no function x here", "for a product write x * (a + b)"),
        ("(⟦x + 1⟧)(1 - x)", "this is no function that can be called", "a * (b + c)"),
        ("⟦2⟧(1 - x)", "this is no function that can be called", "a * (b + c)"),
        ("⟦exp(x)⟧(x)", "this is no function that can be called", "a * (b + c)"),
        ("⟦x.tofile⟧('f')", "there is no function tofile here", ".T or one of .sum"),
        ("⟦exp(x, y)⟧", "exp takes 1 value, and is given 2", "leave out"),
        ("⟦sum(x, 0, None, y)⟧", "sum takes 1 to 2 values, and is given 4", "leave out"),
        ("⟦where(x, y)⟧", "where takes 3 values, and is given 2", "add what is missing"),
        ("⟦max(0, x)⟧", "max takes 1 value, and is given 2", "write maximum(a, b)"),
        ("⟦x.min(y)⟧", "min takes 1 value, and is given 2", "min(x, axis=0)"),
        ("sum(x, ⟦out=y⟧)", "sum takes no option out", "axis and keepdims"),
        ("exp(x, ⟦axis=0⟧)", "exp takes no option axis", "leave it out"),
        ("sum(x, ⟦**y⟧)", "sum takes no option **", "axis and keepdims"),
        ("sum(⟦*x⟧)", "this can't stand in a formula", "use numbers"),
        ("sum(x, axis=⟦y⟧)", "this can't be the value of axis", "write axis=0"),
        ("sum(x, axis=⟦True⟧)", "this can't be the value of axis", "write axis=0"),
        ("sum(x, axis=⟦(0, None)⟧)", "this can't be the value of axis", "write axis=0"),
        ("sum(x, keepdims=⟦1⟧)", "this can't be the value of keepdims", "keepdims=True"),
        ("sum(x, axis=0, ⟦axis=1⟧)", "option axis is given twice", "leave one"),
        ("einsum(⟦x⟧, y)", "a text is wanted here", "einsum('ij,j->i', X, w)"),
        ("exp(⟦'i'⟧)", "this can't stand where a number is wanted", "a number or a name"),
        # Attributes and indices.
        ("⟦x.shape⟧", "this has no value .shape", "x.shape[0]"),
        ("⟦x.real⟧", "this has no value .real", "x.T, x.shape[0] and x.size"),
        ("⟦x.sum⟧ + 1", "this has no value .sum", "write x.sum()"),
        ("x[⟦'a'⟧]", "this can't stand where a number is wanted", "a number or a name"),
        ("x[⟦(1, 2)⟧, 0]", "values in a row can't stand here", "stack((a, b))"),
        ("x[⟦[1, 2]⟧]", "values in a row can't stand here", "stack((a, b))"),
        # What is left of Python.
        ("⟦0 < x < 1⟧", "comparisons stand two by two", "(0 < x) & (x < 1)"),
        ("⟦(x, y)⟧", "values in a row can't stand here", "stack((a, b))"),
        ("z = ⟦[x, y]⟧; z", "values in a row can't stand here", "stack((a, b))"),
        ("⟦True⟧", "this can't stand where a number is wanted", "a number or a name"),
        ("x + ⟦None⟧", "this can't stand where a number is wanted", "a number or a name"),
        ("⟦...⟧ + x", "this can't stand where a number is wanted", "a number or a name"),
        ("x * ⟦/⟧ y", "this can't be read", "look for a value"),
        ("x +⟦⟧", "a value is missing at the end", "what is to follow"),
        ("z = x *⟦⟧; sum(z)", "a value is missing at the end", "what is to follow"),
        ("sum(x,\n  y +\n⟦)⟧", "this can't be read", "look for a value"),
    ],
)
def test_a_mistake_is_marked(marked: str, what: str, repair: str) -> None:
    text = marked.replace("⟦", "").replace("⟧", "")
    error = mistake(text)
    assert what in error.what.splitlines()[0]
    assert repair in error.repair
    start, stop = marked.index("⟦"), marked.index("⟧") - 1
    line = text.count("\n", 0, start) + 1
    column = start - text.rfind("\n", 0, start)
    assert error.where == f"formula, line {line}, column {column}"
    if "can't be read" not in what:
        carets = error.what.splitlines()[-1].count("^")
        # A character of full width is as wide as two.
        assert carets == max(1, stop - start) or (carets, stop - start) == (2, 1)


@pytest.mark.parametrize("text", ["", " ", "\n;;\t\n", "# nothing"])
def test_an_empty_formula(text: str) -> None:
    assert str(mistake(text)) == ("the formula is empty\n  Repair: write a loss: mean((x - y)**2)")


def test_the_caret_stands_under_wide_and_combining_characters() -> None:
    assert str(mistake("勾配 + x\u0301 ^ 2")).splitlines()[1:3] == [
        "    勾配 + x\u0301 ^ 2",
        "             ^",
    ]
    assert str(mistake("z = x +\t^ y")).splitlines()[1:3] == ["    z = x + ^ y", "            ^"]


def test_no_character_reaches_the_terminal_that_would_move_its_cursor() -> None:
    message = str(mistake("x + \x1b[31m\r\0\u202e y"))
    assert message.isprintable() or set(filter(lambda c: not c.isprintable(), message)) == {"\n"}


def test_of_a_long_line_the_part_near_the_mistake_is_shown() -> None:
    for position in (0, 3, 500, 997, 999):
        terms = ["x" for _ in range(1000)]
        terms[position] = "x^2"
        _, line, carets, _ = str(mistake("+".join(terms))).splitlines()
        assert len(line) < 90
        assert line[carets.index("^")] == "^"
        assert line.startswith("    …") == (position > 30)
        assert line.endswith("…") == (position < 970)
