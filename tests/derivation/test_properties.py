"""What holds for every step of every example, and of losses that Hypothesis makes up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.derivation.checking import (
    backward,
    by_differences,
    check_everything,
    check_gradient,
)
from tests.derivation.models import MODELS

import kobai


@pytest.mark.parametrize("name", MODELS)
def test_every_step_of_an_example_holds(name: str) -> None:
    check_everything(MODELS[name].derivation())


@pytest.mark.parametrize("name", [name for name in MODELS if name != "saturated"])
def test_the_gradient_of_an_example_is_right(name: str) -> None:
    model = MODELS[name]
    check_gradient(model.loss, model.args, model.derivation())


@pytest.mark.parametrize("name", MODELS)
def test_an_example_without_names_for_its_parameters_is_derived_by_all(name: str) -> None:
    model = MODELS[name]
    d = kobai.derive(model.loss, *model.args)
    check_everything(d)
    assert {f"d{argument}" for argument in d.arguments} <= {step.name for step in backward(d)}


@dataclass(frozen=True)
class Layer:
    """`z = X @ W + b`, then an activation."""

    activation: str
    has_bias: bool
    width: int


ACTIVATIONS = {
    "sigmoid": "1 / (1 + np.exp(-{z}))",
    "sigmoid from above": "np.exp({z}) / (1 + np.exp({z}))",
    "tanh": "np.tanh({z})",
    "relu": "np.maximum({z}, 0)",
    "leaky": "np.where({z} > 0, {z}, 0.1 * {z})",
    "softplus": "np.log(1 + np.exp({z}))",
    "swish": "{z} / (1 + np.exp(-{z}))",
    "sine": "np.sin({z})",
    "square": "{z}**2",
    "none": "{z}",
}
LOSSES = {
    "squared error": "({a} - Y)**2",
    "half squared error": "({a} - Y)**2 / 2",
    "absolute error": "np.abs({a} - Y)",
    "logarithm of cosh": "np.log(np.exp({a} - Y) + np.exp(Y - {a}))",
    "cross-entropy": "-(Y * np.log({s}) + (1 - Y) * np.log(1 - {s}))",
    "softplus": "np.log(1 + np.exp(-(2 * Y - 1) * {a}))",
    "huber": "np.where(np.abs({a} - Y) < 1, ({a} - Y)**2 / 2, np.abs({a} - Y) - 0.5)",
}
FOLDS = {
    "mean": "np.mean({L})",
    "sum": "np.sum({L})",
    "sum over m": "np.sum({L}) / m",
    "mean over axis": "np.mean(np.sum({L}, axis=1))",
    "weighted": "np.sum(S * {L}) / np.sum(S)",
}
PENALTIES = {
    "none": "",
    "squares": " + 0.01 * np.sum(W0**2)",
    "absolute": " + 0.1 * np.sum(np.abs(W0))",
    "shared": " + 0.5 * 0.01 / m * (np.sum(W0**2) + np.sum(W0**2))",
}


@dataclass(frozen=True)
class Made:
    """A loss of the grammar, its source and its arguments."""

    source: str
    function: Callable[..., Any]
    args: tuple[Any, ...]


def made(
    layers: list[Layer], loss: str, fold: str, penalty: str, rows: int, names_all: bool
) -> Made:
    """Write the loss down, and draw arguments for it."""
    generator = np.random.default_rng(len(layers) + 7 * rows)
    widths = [2, *(layer.width for layer in layers)]
    parameters: dict[str, Any] = {}
    lines = ["m = X.shape[0]"]
    a = "X"
    for k, layer in enumerate(layers):
        parameters[f"W{k}"] = generator.normal(size=(widths[k], widths[k + 1]))
        z = f"{a} @ W{k}"
        if layer.has_bias:
            parameters[f"b{k}"] = generator.normal(size=widths[k + 1])
            z += f" + b{k}"
        if names_all or layer.activation in ("swish", "leaky", "sigmoid from above"):
            lines.append(f"z{k} = {z}")
            z = f"z{k}"
        lines.append(f"a{k} = " + ACTIVATIONS[layer.activation].format(z=f"({z})"))
        a = f"a{k}"
    if loss == "cross-entropy":
        lines.append(f"s = 1 / (1 + np.exp(-{a}))")
    text = LOSSES[loss].format(a=a, s="s")
    if names_all:
        lines.append(f"L = {text}")
        text = "L"
    lines.append(f"return {FOLDS[fold].format(L=f'({text})')}{PENALTIES[penalty]}")
    data = {
        "X": generator.normal(size=(rows, 2)),
        "Y": generator.integers(0, 2, (rows, widths[-1])).astype(float),
        "S": generator.uniform(0.5, 2.0, (rows, 1)),
    }
    source = "\n    ".join([f"def loss({', '.join([*parameters, *data])}):", *lines])
    names: dict[str, Any] = {"np": np}
    exec(source, names)
    return Made(source, names["loss"], (*parameters.values(), *data.values()))


LAYERS = st.builds(Layer, st.sampled_from(sorted(ACTIVATIONS)), st.booleans(), st.integers(1, 3))
GRAMMAR = st.builds(
    made,
    st.lists(LAYERS, min_size=1, max_size=3),
    st.sampled_from(sorted(LOSSES)),
    st.sampled_from(sorted(FOLDS)),
    st.sampled_from(sorted(PENALTIES)),
    st.sampled_from([1, 2, 3, 5]),
    st.booleans(),
)


@settings(max_examples=60, derandomize=True, deadline=None, database=None)
@given(GRAMMAR)
def test_every_step_of_a_made_up_loss_holds(loss: Made) -> None:
    code = loss.function.__code__
    parameters = tuple(name for name in code.co_varnames[: code.co_argcount] if name not in "XYS")
    d = kobai.derive(loss.function, *loss.args, wrt=parameters)
    check_everything(d)
    for position, name in enumerate(parameters):
        slope = kobai.grad(loss.function, position)(*loss.args)
        np.testing.assert_allclose(d[f"d{name}"].value, slope, rtol=1e-9, atol=1e-12)


SMOOTH = GRAMMAR.filter(
    lambda loss: not any(word in loss.source for word in ("maximum", "where", "abs"))
)


@settings(max_examples=25, derandomize=True, deadline=None, database=None)
@given(SMOOTH)
def test_the_gradient_of_a_made_up_loss_is_right(loss: Made) -> None:
    slope = kobai.grad(loss.function)(*loss.args)
    differences = by_differences(loss.function, loss.args, 0)
    scale = max(float(np.max(np.abs(differences))), 1e-3)
    np.testing.assert_allclose(slope, differences, rtol=1e-7, atol=1e-7 * scale)


def test_formulas_of_a_deep_chain_stay_short() -> None:
    """Each value of a layer is used three times: written out, 20 layers are 3**20 formulas."""

    def chain(h: Any, w: Any) -> Any:
        total = 0.0
        for k in range(20):
            h = np.sin(h * w[k]) * h + h
            total = total + h
        return total

    derivation = kobai.derive(chain, 0.3, np.linspace(0.1, 0.9, 20), wrt="h")
    for step in derivation.steps:
        assert len(step.formula) < 200
        assert len(step.because) < 10
    assert "dh_19 * " in derivation["dh_18"].formula
    assert not derivation["dh"].in_full
