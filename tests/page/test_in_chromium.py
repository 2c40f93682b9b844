"""The page in a browser: every step shown as the derivation has it, by keys, clicks and pointer."""

from __future__ import annotations

import json
import math
import re
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page
from tests.derivation.models import MODELS
from tests.page.conftest import Open
from tests.page.reading import mathematics

import kobai
from kobai.derivation import Step
from kobai.derivation.text import DIGITS

SHOWN = ["rows", "one example", "softmax", "relu", "loop", "saturated", "momentum", "dict"]
MINUS = -1.5


def number(value: Any) -> str:
    return f"{value:.{DIGITS}g}" if isinstance(value, float) else str(value)


def shown_numbers(step: Step) -> list[str]:
    """The entries that the page has room for: of the first matrix the first 8 by 8."""
    array = np.asarray(step.value)
    matrix = array.reshape(-1, array.shape[-1] if array.ndim else 1)
    return [number(entry) for row in matrix[:8].tolist() for entry in row[:8]]


def numbers_in(page: Page, step: Step) -> list[str]:
    if np.ndim(step.value) == 0:
        return [page.inner_text(".panel .number")]
    return [text for text in page.locator(".panel td").all_inner_texts() if text not in "…⋮"]


@pytest.mark.parametrize("name", SHOWN)
def test_the_arrow_key_goes_through_every_step(name: str, open_page: Open) -> None:
    d = MODELS[name].derivation()
    page = open_page(d)
    assert page.locator(".box").count() == len(
        {s.name for s in d.steps if s.phase == "forward"}
    ) + (len([n for n in d.arguments if any(re.search(rf"\b{n}\b", s.formula) for s in d.steps)]))
    for position, step in enumerate(d.steps, start=1):
        page.keyboard.press("ArrowRight")
        page.wait_for_function(
            "n => document.querySelectorAll('.steps li')[n].querySelector('[aria-current]')",
            arg=position - 1,
        )
        lines = json.loads(d.to_json())["steps"][position - 1]["latex"]
        for line in filter(None, lines.values()):
            assert line in mathematics(page)
        assert numbers_in(page, step) == shown_numbers(step)
        if np.ndim(step.value):
            text = page.inner_text(".panel .shape")
            assert text == f"Shape {step.shape} = {np.shape(step.value)}"
        rules = page.locator(".because .rule").all_inner_texts()
        assert rules[:1] == [b.rule for b in step.because[:1]]
        lines = page.locator(".because code").all_inner_texts()
        assert lines[:1] == [f"{step.name} = {b.after}" for b in step.because[:1]]
        assert step.formula in page.inner_text(".spoken")


def test_the_values_stand_above_the_arrows_and_derivatives_below(open_page: Open) -> None:
    d = MODELS["one example"].derivation()
    page = open_page(d)
    for name in ("z", "a", "w1"):
        label = page.locator(f'.label[data-label="{name}"]')
        above = label.locator(".value").bounding_box()
        below = label.locator(".slope").bounding_box()
        assert above is not None
        assert below is not None
        assert above["y"] + above["height"] <= below["y"] + 1
        value = d["z"].value if name == "z" else {"a": d["a"].value, "w1": 0.5}[name]
        assert label.locator(".value").inner_text() == number(float(value))
        assert label.locator(".slope").inner_text().endswith(number(float(d[f"d{name}"].value)))
    colours = [
        page.locator(f"path.{way}:not(.head)").first.evaluate("e => getComputedStyle(e).stroke")
        for way in ("forward", "backward")
    ]
    assert colours[0] != colours[1]


@pytest.mark.parametrize("name", ["softmax", "loop", "columns", "one example"])
@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_overlaps_and_nothing_is_cut_off(name: str, width: int, open_page: Open) -> None:
    page = open_page(MODELS[name].derivation(), viewport={"width": width, "height": 800})
    boxes = page.locator(".box").evaluate_all(
        "all => all.map(e => (r => [r.left, r.top, r.right, r.bottom])(e.getBoundingClientRect()))"
    )
    for index, (left, top, right, bottom) in enumerate(boxes):
        for other in boxes[index + 1 :]:
            apart = (right <= other[0], other[2] <= left, bottom <= other[1], other[3] <= top)
            assert any(apart)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    room = page.locator(".room").bounding_box()
    assert room is not None
    for left, top, right, bottom in boxes:
        assert room["x"] <= left
        assert right <= room["x"] + room["width"]
        assert room["y"] <= top
        assert bottom <= room["y"] + room["height"]


def test_the_page_is_used_by_keyboard_alone(open_page: Open) -> None:
    d = MODELS["rows"].derivation()
    page = open_page(d)

    def focused() -> str:
        return str(page.evaluate("document.activeElement.getAttribute('aria-label')"))

    stops = []
    for _ in range(12):
        page.keyboard.press("Tab")
        stops.append(focused())
    assert "Next step" in stops
    graph_stops = [
        stop for stop in stops if stop.startswith(("w,", "b,", "X,", "y,", "z =", "a ="))
    ]
    assert len(graph_stops) == 2, "the graph is one stop, the list another"

    page.keyboard.press("End")
    assert page.locator(".controls output").inner_text() == "step 8 of 8"
    page.keyboard.press("Home")
    assert page.locator(".controls output").inner_text() == "Overview"

    page.locator(".box[tabindex='0']").focus()
    for _ in range(10):
        page.keyboard.press("ArrowDown")
    assert focused().startswith("rows = ")
    page.keyboard.press("ArrowUp")
    assert focused().startswith("a = ")
    page.keyboard.press("Enter")
    assert "\\begin{aligned} a &=" in mathematics(page)
    page.keyboard.press("Enter")
    assert "\\begin{aligned} da &=" in mathematics(page)
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => document.activeElement.dataset.node === 'z'")
    assert "\\begin{aligned} dz &=" in mathematics(page)


def test_quick_keys_lose_no_step(open_page: Open) -> None:
    page = open_page(MODELS["loop"].derivation())
    page.evaluate(
        """const press = () => new KeyboardEvent('keydown', {key: 'ArrowRight'});
        for (let k = 0; k < 7; k++) dispatchEvent(press());"""
    )
    page.wait_for_function("() => document.querySelector('output').textContent === 'step 7 of 20'")


def test_clicks_step_too(open_page: Open) -> None:
    d = MODELS["rows"].derivation()
    page = open_page(d)
    page.click("#next")
    assert "\\begin{aligned} z &=" in mathematics(page)
    page.click("#last")
    assert "\\begin{aligned} db &=" in mathematics(page)
    page.click("#previous")
    assert "\\begin{aligned} dw &=" in mathematics(page)
    page.click('.box[data-node="a"]')
    assert "\\begin{aligned} a &=" in mathematics(page)
    page.click(".steps button >> nth=5")
    assert "\\begin{aligned} dz &=" in mathematics(page)
    page.click('.where button:has-text("y")')
    assert page.locator(".box[tabindex='0']").get_attribute("data-node") == "y"
    page.click("#first")
    assert page.locator(".controls output").inner_text() == "Overview"


def test_names_and_nodes_light_each_other(open_page: Open) -> None:
    d = MODELS["rows"].derivation()
    page = open_page(d)
    page.click(".steps button >> nth=5")
    page.hover('.box[data-node="a"]')
    assert set(page.locator(".panel .main .lit").all_inner_texts()) == {"a"}
    page.locator(".panel .main .katex-html [data-n]", has_text="y").first.hover()
    lit = page.locator(".box.lit")
    assert [lit.nth(k).get_attribute("data-node") for k in range(lit.count())] == ["y"]
    page.locator('.where button:has-text("a")').first.focus()
    assert page.locator('.box[data-node="a"].lit').count() == 1
    page.locator('.box[data-node="y"]').focus()
    assert set(page.locator(".panel .main .lit").all_inner_texts()) == {"y"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_colours_follow_the_system_and_the_switch(scheme: Any, open_page: Open) -> None:
    page = open_page(MODELS["parabola"].derivation(), color_scheme=scheme)

    def brightness() -> int:
        colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
        return sum(int(part) for part in re.findall(r"\d+", colour)[:3])

    assert (brightness() > 600) == (scheme == "light")
    page.click("#theme")
    assert (brightness() > 600) == (scheme == "dark")
    page.click("#theme")
    assert (brightness() > 600) == (scheme == "light")


def test_the_words_are_those_of_the_language(open_page: Open) -> None:
    d = MODELS["parabola"].derivation()
    for language, phase in (("ja", "順伝播"), ("zh", "前向传播")):
        page = open_page(d, language)
        page.keyboard.press("ArrowRight")
        assert phase in page.inner_text(".panel .phase")
        assert page.locator("html").get_attribute("lang") == language


def test_motion_stops_where_it_is_not_wanted(open_page: Open) -> None:
    page = open_page(MODELS["rows"].derivation(), reduced_motion="reduce")
    duration = page.locator(".box").first.evaluate("e => getComputedStyle(e).transitionDuration")
    assert float(duration.removesuffix("s")) == 0


def test_numbers_have_the_digits_that_python_shows(open_page: Open) -> None:
    values = [0.0, 1.0, MINUS, 1234.5, 12345.6, 99995.0, 0.00012345, 1.23456e-5, 9.9996e-5, 0.1]
    values += [
        1e300,
        -1e-300,
        math.pi,
        1e22,
        123456789.0,
        9999.5,
        0.99995,
        math.inf,
        math.nan,
        -0.0,
    ]
    array = np.array(values)

    def cost(w: Any, x: Any) -> Any:
        z = x * w
        return np.sum(z)

    d = kobai.derive(cost, 1.0, array.reshape(5, 4), wrt="w")
    page = open_page(d)
    page.keyboard.press("ArrowRight")
    assert numbers_in(page, d["z"]) == [number(value) for value in d["z"].value.ravel().tolist()]


def test_hostile_names_are_text(open_page: Open) -> None:
    def cost(p: Any) -> Any:
        z = sum(value**2 for value in p.values())
        return z

    cost.__name__ = "</script><img src=x onerror=alert(1)>"
    names = [
        "</script><script>alert(1)</script>",
        r"\href{javascript:alert(1)}{x}",
        "<!--",
        "\u2028",
    ]
    d = kobai.derive(cost, {name: 1.5 + k for k, name in enumerate(names)}, wrt="p")
    page = open_page(d)
    for _ in d.steps:
        page.keyboard.press("ArrowRight")
    assert page.inner_text("h1").startswith("</script><img src=x onerror=alert(1)>(")
    assert page.locator("img, a, iframe").count() == 0
    assert page.locator(".katex-error").count() == 0


def test_no_formula_of_any_model_is_an_error_to_katex(open_page: Open) -> None:
    for name in MODELS:
        page = open_page(MODELS[name].derivation())
        assert page.locator(".katex-error").count() == 0, name
        page.close()
