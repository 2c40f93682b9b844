"""A derivation as JSON: by its schema, with the numbers of the derivation."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator
from tests.derivation.models import MODELS

import kobai

SCHEMA = json.loads(files("kobai.derivation").joinpath("derivation.schema.json").read_text("utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)


def data_of(name: str) -> Any:
    return json.loads(MODELS[name].derivation().to_json())


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", MODELS)
def test_the_json_keeps_to_the_schema(name: str) -> None:
    assert not [error.message for error in VALIDATOR.iter_errors(data_of(name))]


def test_the_schema_refuses_what_is_not_so() -> None:
    data = data_of("rows")
    data["steps"][0]["phase"] = "sideways"
    data["graph"]["edges"][0]["to"] = 3
    assert len(list(VALIDATOR.iter_errors(data))) == 2


@pytest.mark.parametrize("name", MODELS)
def test_the_steps_are_those_of_the_derivation(name: str) -> None:
    d = MODELS[name].derivation()
    for step, fields in zip(d.steps, json.loads(d.to_json())["steps"], strict=True):
        assert fields["name"] == step.name
        assert fields["formula"] == step.formula
        assert set(fields["latex"]) == {"left", "chain", "formula", "full"}
        assert fields["latex"]["formula"] in d.latex()
        assert fields["latex"]["chain"] in d.latex()
        assert [line["after"] for line in fields["because"]] == [b.after for b in step.because]
        value = np.array(fields["value"]["entries"], dtype=fields["value"]["dtype"])
        np.testing.assert_array_equal(value.reshape(fields["value"]["shape"]), step.value)


@pytest.mark.parametrize("name", MODELS)
def test_every_name_has_a_symbol_and_every_edge_its_nodes(name: str) -> None:
    data = data_of(name)
    nodes = {node["name"] for node in data["graph"]["nodes"]}
    assert nodes <= set(data["symbols"])
    assert {step["name"] for step in data["steps"]} <= set(data["symbols"])
    for edge in data["graph"]["edges"]:
        assert {edge["from"], edge["to"]} <= nodes
    for node in data["graph"]["nodes"]:
        if node["backward"] is not None:
            assert data["steps"][node["backward"]]["variable"] == node["name"]


@pytest.mark.parametrize("name", MODELS)
def test_every_view_has_the_latex_of_its_form(name: str) -> None:
    d = MODELS[name].derivation()
    data = json.loads(d.to_json())
    forms = [(view["notation"], view["derivatives"]) for view in data["views"]]
    assert forms[0] == (data["notation"], data["derivatives"]) == ("matrix", "d")
    assert len(set(forms)) == len(forms)
    assert {names for _, names in forms} >= {"d", "partial"}
    for view in data["views"]:
        latex = d.latex(view["notation"], view["derivatives"])
        for step, lines in zip(data["steps"], view["steps"], strict=True):
            shown = lines or step["latex"]
            assert all(shown[part] in latex for part in ("left", "chain", "formula"))
        for line in view["layers"]:
            assert f"{line['left']} &= {line['formula']}" in latex


def test_what_was_asked_for_comes_first() -> None:
    model = MODELS["loop"]
    d = kobai.derive(model.loss, *model.args, wrt=model.wrt, notation="index", names="delta")
    data = json.loads(d.to_json())
    assert (data["notation"], data["derivatives"]) == ("index", "delta")
    assert len(data["views"]) == 6
    assert data["symbols"]["delta_3"] == r"\delta_{3}"
    assert data["views"][0]["steps"] == [None] * len(data["steps"])


def test_layers_name_the_steps_that_share_a_formula() -> None:
    d = MODELS["loop"].derivation()
    data = json.loads(d.to_json())
    layers = data["layers"]
    assert {"name": "W_0", "part": "W", "layer": 1} in layers["places"]
    lines = {line["text"]: line for line in layers["recurrences"]}
    line = lines["dW^l = a^{l-1}.T @ dz^l"]
    assert (line["phase"], line["layers"]) == ("backward", [1, 2, 3])
    assert line["steps"] == ["dW_0", "dW_1", "dW_2"]
    assert line["where"] == "l = 1..3"
    assert line["latex"]["left"] == "dW^{(l)}"
    assert set(lines) == {line.strip() for line in lines} <= set(shown_lines(str(d)))
    assert data_of("rows")["layers"] == {"places": [], "recurrences": []}


def shown_lines(text: str) -> list[str]:
    return [re.split(r" {3,}", line.strip())[0] for line in text.splitlines()]


def test_of_a_large_array_a_corner_is_given() -> None:
    def cost(w: Any, x: Any) -> Any:
        z = x * w
        return np.sum(z**2)

    x = np.arange(3 * 4 * 5 * 100.0).reshape(3, 4, 5, 100)
    value = json.loads(kobai.derive(cost, 1.0, x, wrt="w").to_json())["steps"][0]["value"]
    assert value["shape"] == [3, 4, 5, 100]
    assert value["block"] == [2, 2, 5, 8]
    assert value["entries"] == x[:2, :2, :5, :8].ravel().tolist()
    assert (value["minimum"], value["maximum"]) == (0.0, 5999.0)


def test_numbers_that_json_has_not_are_texts() -> None:
    def cost(w: Any, x: Any) -> Any:
        z = w / x
        return np.sum(z)

    with np.errstate(all="ignore"):
        text = kobai.derive(cost, 1.0, np.array([0.0, -0.0, np.nan, 2.0]), wrt="w").to_json()
    data = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    value = data["steps"][0]["value"]
    assert value["entries"] == ["inf", "-inf", "nan", 0.5]
    assert (value["minimum"], value["maximum"]) == (0.5, 0.5)
    assert not list(VALIDATOR.iter_errors(data))
