"""The page on paper."""

from __future__ import annotations

from tests.derivation.models import MODELS
from tests.page.conftest import Open


def test_all_steps_are_printed_and_no_button(open_page: Open) -> None:
    d = MODELS["rows"].derivation()
    page = open_page(d)
    page.keyboard.press("ArrowRight")
    page.emulate_media(media="print")
    assert not page.locator(".controls").is_visible()
    assert page.locator(".steps li:visible").count() == len(d.steps)
    opacity = page.locator(".label .slope").first.evaluate("e => getComputedStyle(e).opacity")
    assert float(opacity) == 1
    page.wait_for_function(
        "n => document.querySelectorAll('.steps .katex').length === n", arg=len(d.steps)
    )
    assert not page.locator(".panel").is_visible()


def test_a_wide_picture_is_printed_in_strips(open_page: Open) -> None:
    page = open_page(MODELS["loop"].derivation())
    page.emulate_media(media="print")
    page.wait_for_function("() => document.querySelectorAll('.room').length > 1")
    rooms = page.locator(".room").evaluate_all(
        """all => all.map(room => {
            const frame = room.getBoundingClientRect();
            const boxes = [...room.querySelectorAll('.box')];
            const spots = boxes.map(e => [e.dataset.node, e.getBoundingClientRect()]);
            const shown = spots.filter(([, r]) => r.left < frame.right && r.right > frame.left);
            return [frame.width, shown.map(([name]) => name)];
        })"""
    )
    assert all(width <= 1000 for width, _ in rooms)
    shown = {name for _, names in rooms for name in names}
    assert shown == set(page.locator(".box").evaluate_all("all => all.map(e => e.dataset.node)"))
    assert set(rooms[0][1]) != shown
    page.emulate_media(media="screen")
    page.wait_for_function("() => document.querySelectorAll('.room').length === 1")
