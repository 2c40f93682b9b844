"""Large graphs, repeated layers, and the choice of notation, in a browser."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from tests.derivation.models import MODELS
from tests.page.conftest import Open
from tests.page.reading import mathematics

import kobai


def deep(W: Any, X: Any) -> Any:
    a = X
    for k in range(len(W)):
        z = a @ W[k]
        a = np.tanh(z)
    return np.sum(a)


def test_a_large_graph_is_drawn_before_any_formula_is_set(open_page: Open) -> None:
    d = kobai.derive(deep, [np.eye(2)] * 26, np.ones((3, 2)), wrt="W")
    page = open_page(d)
    assert page.locator(".box").count() >= 79
    assert page.locator(".label").count() >= 79
    page.wait_for_function("() => performance.getEntriesByName('typesetter').length === 1")
    ends = "performance.getEntriesByName('drawing').map(e => e.startTime + e.duration)"
    (drawn,) = page.evaluate(ends)
    assert page.evaluate("performance.getEntriesByName('typesetter')[0].startTime") >= drawn
    page.wait_for_selector(".steps .katex")
    assert page.locator(".boxes .katex, .label .katex").count() == 0
    assert page.locator(".steps .katex").count() < len(d.steps), "those that are seen are set"


def test_a_step_changes_the_picture_and_makes_none(open_page: Open) -> None:
    page = open_page(MODELS["loop"].derivation())
    page.evaluate("document.querySelectorAll('.canvas *').forEach(e => { e.mark = true; })")
    page.keyboard.press("End")
    page.wait_for_selector(".box.at")
    assert page.evaluate("[...document.querySelectorAll('.canvas *')].every(e => e.mark)")


def test_layers_are_listed_once_and_outlined(open_page: Open) -> None:
    d = MODELS["loop"].derivation()
    page = open_page(d)
    shared = [line for line in d.recurrences if len(line.layers) > 1]
    assert page.locator(".layers li").count() == len(d.recurrences)
    assert page.locator("rect.layer").count() == 3
    assert page.locator(".layer-number").all_text_contents() == ["layer 1", "layer 2", "layer 3"]
    page.click(".layers li:has-text('l = 2..1') button >> nth=0")
    here = page.locator(".layers [aria-current]")
    assert here.count() == 1
    names = [name for line in shared for name in line.names.values()]
    current = page.locator(".steps [aria-current]").get_attribute("aria-label") or ""
    assert current.split(" ")[0] in names
    assert open_page(MODELS["rows"].derivation()).locator(".layers").count() == 0


def test_notation_and_names_are_chosen(open_page: Open) -> None:
    d = MODELS["loop"].derivation()
    page = open_page(d)
    page.click(".steps button[aria-label^='dz_2 ']")
    for notation, names in [("index", "d"), ("index", "delta"), ("matrix", "partial")]:
        page.select_option("#notation", notation)
        page.select_option("#derivatives", names)
        position = next(k for k, step in enumerate(d.steps) if step.name == "dz_2")
        views = json.loads(d.to_json())["views"]
        (view,) = [v for v in views if (v["notation"], v["derivatives"]) == (notation, names)]
        for line in filter(None, view["steps"][position].values()):
            assert line in mathematics(page)
        assert page.locator(".katex-error").count() == 0
    assert page.inner_text('.label[data-label="z_2"] .slope').startswith("∂loop_over_layers/∂z2 ")
    page.focus("#notation")
    page.keyboard.press("ArrowDown")
    assert page.locator(".controls output").inner_text().startswith("step")
