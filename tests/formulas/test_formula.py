"""The formula as a function: its arguments, its name, its calls."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

from kobai.errors import ArgumentTypeError, FormulaError, KobaiError
from kobai.formulas import Formula


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("z = X @ w + b; a = sigmoid(z); mean(-(y*log(a) + (1-y)*log(1-a)))", "X w b y"),
        ("b + a + b", "b a"),
        ("where(c > 0, d, a)", "c d a"),
        ("x.reshape(2, len(y))[k, :].sum(axis=0)", "x y k"),
        ("θ * 勾配 + x_1", "θ 勾配 x_1"),
        ("ｘ + 1", "x"),
        ("y\u0302 - 変数_1", "ŷ 変数_1"),
        ("1 + pi", ""),
        ("p = q; r = p; r * s", "q s"),
    ],
)
def test_arguments_stand_in_order_of_appearance(text: str, arguments: str) -> None:
    formula = Formula(text)
    assert formula.arguments == tuple(arguments.split())
    assert tuple(inspect.signature(formula).parameters) == formula.arguments


def test_name() -> None:
    assert Formula("x * 2").__name__ == "loss"
    assert Formula("z = x * 2; J = z + 1").__name__ == "J"


def test_repr_and_text() -> None:
    formula = Formula("x\r\n;")
    assert formula.text == "x\n;"
    assert repr(formula) == r"Formula('x\n;')"


def test_arguments_by_name() -> None:
    formula = Formula("a - b")
    assert formula(b=1.0, a=3.0) == 2.0
    assert Formula("self - args")(self=3.0, args=1.0) == 2.0


@pytest.mark.parametrize("arguments", [(), (1.0,), (1.0, 2.0, 3.0)])
def test_a_wrong_number_of_arguments(arguments: tuple[float, ...]) -> None:
    with pytest.raises(ArgumentTypeError, match="the formula takes a, b"):
        Formula("a - b")(*arguments)


@pytest.mark.parametrize("value", ["text", None, object(), 1j, np.array(["a"]), {"a": 1}])
def test_arguments_that_are_no_numbers(value: object) -> None:
    with pytest.raises(ArgumentTypeError, match=r"argument a is of dtype .*\n.*as real numbers"):
        Formula("a - b")(value, 1.0)


@pytest.mark.parametrize("text", [None, 3, b"x", ["x"]])
def test_a_formula_is_a_text(text: Any) -> None:
    with pytest.raises(ArgumentTypeError, match="a formula is a text"):
        Formula(text)


def test_shapes_that_do_not_fit_are_told_with_their_place() -> None:
    with pytest.raises(FormulaError) as caught:
        Formula("z = X @ w; sum(z + X)")(np.ones((2, 3)), np.ones(3))
    assert str(caught.value) == (
        "formula, line 1, column 16: this can't be computed from shapes (2,) and (2, 3): "
        "operands could not be broadcast together with shapes (2,) (2,3) \n"
        "    z = X @ w; sum(z + X)\n"
        "                   ^^^^^\n"
        "  Repair: mend the part that is marked, or the shapes of its values"
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("x[2]", np.ones(2)),
        ("x[y]", np.ones(2)),
        ("x[1.5]", np.ones(2)),
        ("x[y > 0]", np.ones(2)),
        ("x[:y]", np.ones(2)),
        ("x[1 > 0]", np.ones(2)),
        ("len(x)", 1.0),
        ("x.shape[0]", 1.0),
        ("x.shape[y]", 1.0),
        ("~x", 1.0),
        ("x & y", 1.0),
        ("sum(x, axis=1)", np.ones(2)),
        ("reshape(x, 3)", np.ones(2)),
        ("concatenate((x, x[None]))", np.ones(2)),
        ("einsum('ij->', x)", np.ones(2)),
        ("einsum('~', x)", np.ones(2)),
        ("n = 2000; x**n", np.ones(2)),
        ("n = 0; x + 1 / n", np.ones(2)),
        ("broadcast_to(x, (1000000000, 1000000000, 1000000000))", 1.0),
    ],
)
def test_what_can_not_be_computed(text: str, value: object) -> None:
    formula = Formula(text)
    others = [np.float64(1)] * (len(formula.arguments) - 1)
    with pytest.raises(KobaiError, match=r"formula, line 1, column \d+: .*\n    .*\n *\^"):
        formula(value, *others)
