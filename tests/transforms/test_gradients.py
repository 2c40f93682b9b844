"""`grad`, `value_and_grad`: arguments, forms, what depends on what."""

from __future__ import annotations

import functools
import warnings
from collections import OrderedDict
from typing import Any, NamedTuple

import numpy as np
import pytest

import kobai
from kobai.errors import ArgumentError, ArgumentTypeError, IndependenceWarning, KobaiError

X = np.array([0.5, 1.5, 2.5])


def _loss(w: Any, b: Any, x: Any) -> Any:
    return np.sum(np.tanh(w * x + b))


def _slope(w: Any, b: Any, x: Any) -> Any:
    return 1 / np.cosh(w * x + b) ** 2


def test_the_value_comes_with_the_gradient() -> None:
    value, slope = kobai.value_and_grad(_loss)(X, 0.5, 2.0)
    assert value == _loss(X, 0.5, 2.0)
    assert np.allclose(slope, 2 * _slope(X, 0.5, 2.0), rtol=1e-14)
    assert np.array_equal(kobai.grad(_loss)(X, 0.5, 2.0), slope)


@pytest.mark.parametrize(
    ("argnums", "expected"),
    [
        (0, "w"),
        (1, "b"),
        (-1, "x"),
        ((0, 1), "wb"),
        ([1, 0], "bw"),
        ((2,), "x"),
        ((0, 0), "ww"),
        ((-2, -3), "bw"),
    ],
    ids=str,
)
def test_argnums_choose_the_arguments(argnums: Any, expected: str) -> None:
    slope = _slope(X, 0.5, X)
    by = {"w": slope * X, "b": np.sum(slope), "x": slope * X}
    found = kobai.grad(_loss, argnums)(X, 0.5, X)
    if isinstance(argnums, int):
        found = (found,)
    assert type(found) is tuple
    for one, name in zip(found, expected, strict=True):
        assert np.allclose(one, by[name], rtol=1e-14)


def test_auxiliary_results_are_handed_through() -> None:
    def f(x: Any) -> Any:
        y = np.sin(x)
        return np.sum(y), {"y": y, "text": "kept", "none": None, "parts": [y[0], 3]}

    (value, aux), slope = kobai.value_and_grad(f, has_aux=True)(X)
    assert value == np.sum(np.sin(X))
    assert np.array_equal(slope, np.cos(X))
    assert np.array_equal(aux["y"], np.sin(X))
    assert type(aux["y"]) is np.ndarray
    assert (aux["text"], aux["none"], aux["parts"]) == ("kept", None, [np.sin(0.5), 3])
    slope, aux = kobai.grad(f, has_aux=True)(X)
    assert np.array_equal(aux["y"], np.sin(X))


class Pair(NamedTuple):
    first: Any
    second: Any


NESTS: dict[str, Any] = {
    "a dict": {"b": 1.0, "a": X},
    "an ordered dict": OrderedDict(z=1.0, a=X),
    "a list": [1.0, X],
    "a tuple": (1.0, X),
    "a named tuple": Pair(1.0, X),
    "holes": {"w": [X, None], "b": None},
    "depth": {"layers": [{"w": X, "b": (1.0,)}, {"w": X * 2, "b": (2.0,)}]},
    "nothing": {},
}


def _leaves(nest: Any) -> list[Any]:
    if nest is None:
        return []
    if isinstance(nest, dict):
        return [leaf for value in nest.values() for leaf in _leaves(value)]
    if isinstance(nest, list | tuple):
        return [leaf for value in nest for leaf in _leaves(value)]
    return [nest]


@pytest.mark.parametrize("nest", NESTS.values(), ids=list(NESTS))
def test_a_gradient_has_the_form_of_its_argument(nest: Any) -> None:
    def f(nest: Any, x: Any) -> Any:
        return sum(np.sum(np.sin(leaf)) for leaf in _leaves(nest)) + x

    found = kobai.grad(f)(nest, 1.0)
    assert type(found) is type(nest)
    if isinstance(nest, dict):
        assert list(found) == list(nest)
    for one, two in zip(_leaves(found), _leaves(nest), strict=True):
        assert np.array_equal(one, np.cos(two))
        assert np.shape(one) == np.shape(two)


def test_a_list_may_be_the_only_argument() -> None:
    def f(layers: Any) -> Any:
        h = X
        for w in layers:
            h = np.tanh(w * h)
        return np.sum(h)

    found = kobai.grad(f)([np.ones(3), np.ones(3) * 2])
    assert [g.shape for g in found] == [(3,), (3,)]


def test_arguments_by_keyword_are_handed_through() -> None:
    def f(w: Any, *, power: int = 2, scale: Any = 1.0) -> Any:
        return np.sum(scale * w**power)

    assert np.array_equal(kobai.grad(f)(X, power=3), 3 * X**2)
    assert np.allclose(kobai.grad(f)(X, scale=X), 2 * X**2)


def test_functions_of_every_kind_can_be_differentiated() -> None:
    class Model:
        def __init__(self, scale: float) -> None:
            self.scale = scale

        def loss(self, x: Any) -> Any:
            return self.scale * np.sum(x**2)

        def __call__(self, x: Any) -> Any:
            return self.loss(x)

        @staticmethod
        def plain(x: Any) -> Any:
            return np.sum(x**2)

    model = Model(3.0)
    partial = functools.partial(_loss, X)
    assert np.array_equal(kobai.grad(model.loss)(X), 6 * X)
    assert np.array_equal(kobai.grad(model)(X), 6 * X)
    assert np.array_equal(kobai.grad(Model.plain)(X), 2 * X)
    assert np.array_equal(kobai.grad(np.sum)(X), np.ones(3))
    assert np.isclose(kobai.grad(partial)(0.5, 2.0), np.sum(_slope(X, 0.5, 2.0)), rtol=1e-14)

    def with_default(x: Any, scale: float = 4.0) -> Any:
        return np.sum(scale * x)

    assert np.array_equal(kobai.grad(with_default)(X), [4, 4, 4])


def test_the_gradient_is_an_array_of_its_own() -> None:
    x = np.array([1.0, 2.0])
    slopes = kobai.grad(lambda x, y: 0.5 * np.sum(x**2) + np.sum(x + y), (0, 1))(x, np.ones(2))
    slopes[0][:] = 7
    slopes[1][:] = 7
    assert x.tolist() == [1, 2]
    (one,) = kobai.grad(lambda x: 0.5 * np.sum(x[0] ** 2))((x,))
    one[:] = 9
    assert x.tolist() == [1, 2]
    two, three = kobai.grad(lambda x, y: np.sum((x + y) ** 2), (0, 1))(x, x)
    two[:] = 0
    assert three.tolist() == [4, 8]
    value = kobai.value_and_grad(lambda x: x)(np.array(3.0))[0]
    assert type(value) is np.float64


@pytest.mark.parametrize(
    ("argument", "kind"),
    [
        (2.0, np.float64),
        (np.float32(2), np.float32),
        (np.float16(2), np.float16),
        (np.array(2.0), np.float64),
        (np.array([2.0], "f4"), np.ndarray),
        (np.longdouble(2), np.longdouble),
    ],
    ids=["float", "single", "half", "0-d", "array", "long"],
)
def test_a_number_has_a_number_for_a_gradient(argument: Any, kind: type) -> None:
    slope: Any = kobai.grad(lambda x: np.sum(x * x))(argument)
    assert slope.dtype == np.asarray(argument).dtype
    assert type(slope) is kind
    assert slope == 4


def test_a_mixture_of_dtypes_keeps_each_its_own() -> None:
    def f(a: Any, b: Any) -> Any:
        return np.sum(a * b)

    slopes = kobai.grad(f, (0, 1))(np.ones(2, "f4"), np.full(2, 3.0))
    assert [slope.dtype for slope in slopes] == [np.float32, np.float64]
    assert [slope.tolist() for slope in slopes] == [[3, 3], [1, 1]]


def test_an_argument_without_influence_has_a_gradient_of_zeros_and_is_named() -> None:
    def f(weights: Any, x: Any) -> Any:
        return np.sum(x**2)

    with pytest.warns(IndependenceWarning) as caught:
        slopes = kobai.grad(f, (0, 1))({"u": X, "v": np.float32(1)}, X)
    assert [str(warning.message) for warning in caught] == [
        "the result does not depend on argument u: its gradient is zero",
        "the result does not depend on argument v: its gradient is zero",
    ]
    assert {warning.filename for warning in caught} == {__file__}
    assert slopes[0]["u"].tolist() == [0, 0, 0]
    assert slopes[0]["v"].dtype == np.float32
    assert np.array_equal(slopes[1], 2 * X)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: 3.0,
        lambda x: np.sum(np.ones(3)),
        lambda x: np.sum(x > 1),
        lambda x: np.sum((x > 1).astype(float)),
        lambda x: np.sum(np.sign(x)),
        lambda x: x.astype(int)[0],
        lambda x: np.sum(x**0),
    ],
    ids=["number", "array", "count", "steps", "signs", "integers", "powers"],
)
def test_a_step_function_is_said_to_have_no_slope(f: Any) -> None:
    with pytest.warns(IndependenceWarning, match="does not depend on argument x"):
        value, slope = kobai.value_and_grad(f)(X)
    assert value == f(X)
    assert slope.tolist() == [0, 0, 0]


def test_a_warning_points_at_the_call() -> None:
    for call in (kobai.grad(lambda x: 1.0), kobai.value_and_grad(lambda x: 1.0)):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            call(1.0)
        assert [warning.filename for warning in caught] == [__file__]


ARGUMENTS: dict[str, tuple[Any, str]] = {
    "a whole number": (
        3,
        (
            "argument x is of dtype int64: a derivative by whole numbers has no meaning\n"
            "  Repair: give it as floating numbers: 3.0 for 3, x.astype(float) for an array"
        ),
    ),
    "whole numbers": (np.arange(3), "argument x is of dtype int64: a derivative by whole"),
    "truth": (True, "argument x is of dtype bool: a derivative by whole numbers has no meaning"),
    "a complex number": (
        1j,
        (
            "argument x is of dtype complex128\n"
            "  Repair: convert it to real numbers with .astype(float)"
        ),
    ),
    "complex numbers": (np.ones(2, complex), "argument x is of dtype complex128"),
    "objects": (np.array([1.0, None]), "argument x is of dtype object"),
    "strings": (np.array(["1.0"]), "argument x is of dtype <U3"),
    "dates": (np.array(["2020"], "M8[Y]"), "argument x is of dtype datetime64[Y]"),
    "a structure": (np.zeros(1, [("a", float)]), "argument x is of dtype [('a', '<f8')]"),
    "a mask": (
        np.ma.masked_array([1.0], [True]),
        (
            "argument x is a MaskedArray\n"
            "  Repair: convert it with np.asarray, and leave out masked entries first"
        ),
    ),
    "text": (
        "1.0",
        (
            "argument 0 holds a str, by which nothing can be differentiated\n"
            "  Repair: keep what is not a number in another argument, or in None"
        ),
    ),
    "a set": ({1.0}, "argument 0 holds a set, by which nothing can be differentiated"),
    "text beside numbers": ({"w": X, "kind": "relu"}, "argument 0 holds a str, by which"),
    "an object": (object(), "argument 0 holds a object, by which nothing can be differentiated"),
}


@pytest.mark.parametrize(("argument", "text"), ARGUMENTS.values(), ids=list(ARGUMENTS))
def test_an_argument_that_is_no_real_number_is_refused(argument: Any, text: str) -> None:
    def f(x: Any) -> Any:
        return np.sum(x)

    with pytest.raises(ArgumentTypeError) as caught:
        kobai.grad(f)(argument)
    assert str(caught.value).startswith(text)


RESULTS: dict[str, tuple[Any, str]] = {
    "an array": (lambda x: x * 2, "an array of shape (3,)"),
    "an array of one": (lambda x: np.sum(x, keepdims=True), "an array of shape (1,)"),
    "a plain array": (lambda x: np.ones((2, 1)), "an array of shape (2, 1)"),
    "nothing": (lambda x: None, "a NoneType"),
    "a tuple": (lambda x: (np.sum(x), 1), "a tuple"),
    "a list": (lambda x: [np.sum(x)], "a list"),
    "text": (lambda x: "loss", "a str"),
    "a complex number": (lambda x: 1j, "a value of dtype complex128"),
    "a date": (lambda x: np.datetime64("2020"), "a value of dtype datetime64[Y]"),
}


@pytest.mark.parametrize(("f", "what"), RESULTS.values(), ids=list(RESULTS))
def test_a_result_that_is_not_one_number_is_refused(f: Any, what: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        kobai.grad(f)(X)
    assert str(caught.value) == (
        f"the function returned {what}; a gradient needs one real number\n"
        "  Repair: fold the result with np.mean or np.sum, and return it"
    )


CALLS: dict[str, tuple[Any, str]] = {
    "an argument that is not there": (
        lambda: kobai.grad(_loss, 3)(X, 1.0, 2.0),
        (
            "argnums 3 asks for an argument that was not given: there are 3\n"
            "  Repair: count from 0, and give the argument by position"
        ),
    ),
    "an argument by keyword": (
        lambda: kobai.grad(_loss, 2)(X, 1.0, x=2.0),
        "argnums 2 asks for an argument that was not given: there are 2",
    ),
    "a negative one too far": (
        lambda: kobai.grad(_loss, (0, -4))(X, 1.0, 2.0),
        "argnums -4 asks for an argument that was not given: there are 3",
    ),
    "no auxiliary result": (
        lambda: kobai.grad(_loss, has_aux=True)(X, 1.0, 2.0),
        (
            "with has_aux=True the function has to return two things\n"
            "  Repair: return (loss, auxiliary)"
        ),
    ),
    "three results": (
        lambda: kobai.grad(lambda x: (x, 1, 2), has_aux=True)(1.0),
        "with has_aux=True the function has to return two things",
    ),
    "too few tangents": (
        lambda: kobai.hvp(_loss, (X, 1.0, 2.0), (X,)),
        "hvp is given 3 primals and 1 tangents\n  Repair: give one tangent for each primal",
    ),
    "a tangent of another shape": (
        lambda: kobai.hvp(lambda x: np.sum(x**2), (X,), (np.ones(2),)),
        (
            "a tangent has shape (2,), its primal (3,)\n"
            "  Repair: give each tangent the shape of its primal"
        ),
    ),
    "tangents of another form": (
        lambda: kobai.hvp(lambda x: np.sum(x[0] ** 2), ([X],), ([X, X],)),
        (
            "the tangents hold 2 arrays in the form ([*, *],), "
            "the primals 1 array in the form ([*],)\n"
            "  Repair: give the tangents the form of the primals"
        ),
    ),
}


@pytest.mark.parametrize(("call", "text"), CALLS.values(), ids=list(CALLS))
def test_a_call_that_contradicts_itself_is_refused(call: Any, text: str) -> None:
    with pytest.raises(KobaiError) as caught:
        call()
    assert str(caught.value).startswith(text)


def test_an_error_of_the_users_own_passes_through() -> None:
    def f(x: Any) -> Any:
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        kobai.grad(f)(1.0)
    assert kobai.grad(lambda x: x * x)(3.0) == 6
