"""The words of a formula: all functions that are traced, without their technical side."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from kobai.errors import FormulaError
from kobai.formulas import Formula
from kobai.formulas.functions import FUNCTIONS, NUMPY
from kobai.graph import TRANSLATIONS

WANTED = """
    exp log log1p expm1 sqrt tanh sin cos abs maximum minimum clip where sum mean max min reshape
    transpose matmul dot outer einsum concatenate stack logaddexp square sign power multiply
    expand_dims squeeze swapaxes broadcast_to sigmoid softplus relu softmax log_softmax len
"""


@pytest.mark.parametrize("name", WANTED.split())
def test_a_word_is_known(name: str) -> None:
    assert name in FUNCTIONS


def test_every_elementwise_function_is_a_word() -> None:
    functions = [f.call for f in NUMPY.values()]
    missing = [f for f in TRANSLATIONS if _is_ufunc(f) and not any(f is g for g in functions)]
    assert missing == []


def _is_ufunc(function: Callable[..., Any]) -> bool:
    return isinstance(function, np.ufunc) and getattr(np, function.__name__, None) is function


@pytest.mark.parametrize("name", NUMPY)
def test_words_count_their_values(name: str) -> None:
    function = NUMPY[name]
    first = "'i->i'" if function.takes_text else "x0"
    for count in (function.fewest - 1, function.most + 1):
        if 0 <= count < 9:
            values = ", ".join([first, *(f"x{i}" for i in range(1, count))][:count])
            with pytest.raises(FormulaError, match=f"{name} takes .* given {count}"):
                Formula(f"{name}({values})")


@pytest.mark.parametrize("name", NUMPY)
def test_a_word_may_have_its_module(name: str) -> None:
    function = NUMPY[name]
    values = [f"x{i}" for i in range(function.fewest)]
    if function.takes_text:
        values[0] = "'i->i'"
    for module in ("", "np.", "numpy."):
        formula = Formula(f"{module}{name}({', '.join(values)})")
        assert list(formula.arguments) == [value for value in values if "'" not in value]


@pytest.mark.parametrize("name", NUMPY)
def test_no_word_takes_a_technical_option(name: str) -> None:
    values = [f"x{i}" for i in range(NUMPY[name].fewest)]
    if NUMPY[name].takes_text:
        values[0] = "'i->i'"
    for option in ("out", "dtype", "where", "order", "casting", "subok", "initial", "optimize"):
        with pytest.raises(FormulaError, match=f"{name} takes no option {option}"):
            Formula(f"{name}({', '.join(values)}, {option}=y)")


@pytest.mark.parametrize("name", ["sum", "mean", "max", "min"])
def test_options_of_folds(name: str) -> None:
    x = np.arange(6.0).reshape(2, 3)
    for axis in ("0", "-1", "None", "(0, 1)", "[1]", "(-1,)"):
        value = Formula(f"{name}(x, axis={axis}, keepdims=True)")(x)
        assert value.ndim == 2


@pytest.mark.parametrize("name", ["sigmoid", "relu", "softmax", "len", "load", "ctypeslib", "pi2"])
def test_numpy_has_no_such_word(name: str) -> None:
    with pytest.raises(FormulaError, match=f"there is no function {name} here"):
        Formula(f"np.{name}(x)")


def test_a_word_may_name_a_value() -> None:
    assert Formula("max = x + 1; max * max(max)")(np.float64(2)) == 9.0
