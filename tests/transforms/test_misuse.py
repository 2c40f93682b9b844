"""What is refused by the transformations, and in which words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import kobai
from kobai.errors import KobaiError

X: Any = np.array([0.5, 1.5, 2.5])
THREE: Any = 3


def _square(x: Any) -> Any:
    return x**2


def _pullback() -> Any:
    return kobai.vjp(lambda x: {"a": x * 2, "b": np.sum(x)}, X)[1]


@kobai.custom_derivative
def without_rule(x: Any) -> Any:
    return x**2


@kobai.custom_derivative
def with_text(x: Any) -> Any:
    return "text"


@kobai.custom_derivative
def with_two(x: Any, y: Any) -> Any:
    return x * y


@with_two.derivative
def _(g: Any, y: Any, *args: Any) -> Any:
    return g


@kobai.custom_derivative
def summed(x: Any) -> Any:
    return np.sum(x)


@summed.derivative
def _(g: Any, y: Any, x: Any) -> Any:
    return g


@kobai.custom_derivative
def absolute(x: Any) -> Any:
    return abs(x)


@absolute.derivative
def _(g: Any, y: Any, x: Any) -> Any:
    return g if x > 0 else -g


CASES: dict[str, tuple[Callable[[], Any], str]] = {
    "primals that are no tuple": (
        lambda: kobai.jvp(_square, X, X),
        (
            "jvp is given primals of type ndarray\n"
            "  Repair: give a tuple with one entry for each argument of f: (primal,)"
        ),
    ),
    "tangents that are no tuple": (
        lambda: kobai.jvp(_square, (X,), X),
        "jvp is given tangents of type ndarray",
    ),
    "too many tangents": (
        lambda: kobai.jvp(_square, (X,), (X, X)),
        "jvp is given 1 primals and 2 tangents\n  Repair: give one tangent for each primal",
    ),
    "a tangent of another shape": (
        lambda: kobai.jvp(_square, (X,), (X[:2],)),
        (
            "a tangent has shape (2,), its primal (3,)\n"
            "  Repair: give each tangent the shape of its primal"
        ),
    ),
    "a tangent of another form": (
        lambda: kobai.jvp(lambda p: p["w"], ({"w": X},), ([X],)),
        "the tangents hold 1 array in the form ([*],), the primals 1 array in the form ({'w': *},)",
    ),
    "a tangent that is no number": (
        lambda: kobai.jvp(_square, (1.0,), ("one",)),
        "a tangent is a str\n  Repair: give an array or a number for each tangent",
    ),
    "a complex tangent": (
        lambda: kobai.jvp(_square, (1.0,), (1j,)),
        "a tangent is of dtype complex128\n  Repair: give real numbers",
    ),
    "an integer primal of jvp": (
        lambda: kobai.jvp(_square, (3,), (1.0,)),
        "argument x is of dtype int64: a derivative by whole numbers has no meaning",
    ),
    "an integer primal of vjp": (
        lambda: kobai.vjp(_square, np.arange(3)),
        "argument x is of dtype int64: a derivative by whole numbers has no meaning",
    ),
    "an integer argument of jacobian": (
        lambda: kobai.jacobian(_square)(np.arange(3)),
        "argument x is of dtype int64: a derivative by whole numbers has no meaning",
    ),
    "an integer argument of hessian": (
        lambda: kobai.hessian(_square)(3),
        "argument x is of dtype int64: a derivative by whole numbers has no meaning",
    ),
    "a primal that is no number": (
        lambda: kobai.vjp(_square, "text"),
        "argument 0 holds a str, by which nothing can be differentiated",
    ),
    "nothing returned": (
        lambda: kobai.jvp(lambda x: None, (X,), (X,)),
        (
            "the function returned None, which holds no array\n"
            "  Repair: return the value that is to be differentiated"
        ),
    ),
    "an empty nest returned": (
        lambda: kobai.jacobian(lambda x: [])(X),
        "the function returned [], which holds no array",
    ),
    "a text among the results": (
        lambda: kobai.vjp(lambda x: (x, "text"), X),
        (
            "the function returned a str among its results\n"
            "  Repair: return arrays alone, and the rest apart: return value, rest, with has_aux"
        ),
    ),
    "a complex result": (
        lambda: kobai.jvp(lambda x: (x, 1j), (X,), (X,)),
        "the function returned a value of dtype complex128",
    ),
    "no auxiliary result": (
        lambda: kobai.jacobian(_square, has_aux=True)(X),
        "with has_aux=True the function has to return two things",
    ),
    "a cotangent of another shape": (
        lambda: _pullback()({"a": X[:1], "b": 1.0}),
        (
            "a cotangent has shape (1,), its output (3,)\n"
            "  Repair: give each cotangent the shape of its output"
        ),
    ),
    "a cotangent of another form": (
        lambda: _pullback()(X),
        "the cotangents hold 1 array in the form *, the outputs 2 arrays in the form {'a': *, 'b'",
    ),
    "an argument that is not there": (
        lambda: kobai.jacobian(_square, 1)(X),
        "argnums 1 asks for an argument that was not given: there are 1",
    ),
    "a hessian of an array": (
        lambda: kobai.hessian(_square)(X),
        (
            "the function returned an array of shape (3,); a gradient needs one real number\n"
            "  Repair: fold the result with np.mean or np.sum, and return it"
        ),
    ),
    "a product with the hessian of an array": (
        lambda: kobai.hvp(_square, (X,), (X,)),
        "the function returned an array of shape (3,); a gradient needs one real number",
    ),
    "a rule that decides by a value": (
        lambda: kobai.grad(absolute)(2.0),
        (
            "a rule decides by the value of an array, and would hold for that value alone\n"
            "  Repair: use np.where for a choice entry by entry"
        ),
    ),
    "no rule": (
        lambda: kobai.grad(without_rule)(2.0),
        "without_rule has no derivative yet\n  Repair: declare one with @without_rule.derivative",
    ),
    "a rule that is no function": (
        lambda: without_rule.derivative(THREE),
        (
            "the rule of without_rule is a int\n"
            "  Repair: decorate a function with @without_rule.derivative"
        ),
    ),
    "no function to have a rule": (
        lambda: kobai.custom_derivative(THREE),
        (
            "custom_derivative is given a int\n"
            "  Repair: decorate a function with @kobai.custom_derivative"
        ),
    ),
    "a custom function of a nest": (
        lambda: kobai.grad(lambda x: without_rule([x]))(2.0),
        "argument 0 of without_rule is a list\n  Repair: give it arrays and numbers alone",
    ),
    "a custom function that returns a text": (
        lambda: kobai.grad(with_text)(2.0),
        "with_text returned a str; it has to return one array of real numbers",
    ),
    "too few cotangents": (
        lambda: kobai.grad(with_two)(2.0, 3.0),
        "the rule of with_two returned 1 cotangents for 2 arguments",
    ),
    "a cotangent of the wrong shape": (
        lambda: kobai.grad(summed)(X),
        "the rule of summed returned a cotangent of shape () for an argument of shape (3,)",
    ),
}


@pytest.mark.parametrize(("call", "text"), CASES.values(), ids=list(CASES))
def test_a_misuse_is_refused_with_its_repair(call: Callable[[], Any], text: str) -> None:
    with pytest.raises(KobaiError) as caught:
        call()
    message = str(caught.value)
    place = f"{caught.value.where}: " if caught.value.where else ""
    assert message.removeprefix(place).startswith(text)
    assert "\n  Repair: " in message
