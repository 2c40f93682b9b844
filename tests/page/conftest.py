"""Debian's Chromium, and pages of derivations opened in it from disk."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from kobai.derivation import Derivation

# As root there is no sandbox; the rest keeps the browser itself from asking the network.
FLAGS = """
--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
--disable-component-update --disable-sync
"""
Open: TypeAlias = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = shutil.which("chromium")
    assert found is not None, "the tests of the page need chromium: run tools/system_packages.sh"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS.split())
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """Opens the page of a derivation; in the end nothing was asked for and nothing went wrong."""
    seen: list[str] = []
    pages: list[Page] = []

    def opened(derivation: Derivation, language: str = "en", **options: Any) -> Page:
        path = tmp_path / f"page{len(pages)}.html"
        derivation.html(path, language=language)
        page = browser.new_page(**options)
        pages.append(page)
        own = path.as_uri()
        page.on("request", lambda r: seen.append(r.url) if not is_own(r.url, own) else None)
        page.on("console", lambda message: seen.append(message.text))
        page.on("pageerror", lambda error: seen.append(str(error)))
        page.on("dialog", lambda dialog: seen.append(dialog.message))
        page.goto(own)
        page.wait_for_selector(".steps")
        return page

    yield opened
    for page in pages:
        page.close()
    assert seen == []


def is_own(url: str, own: str) -> bool:
    return url == own or url.startswith("data:font/woff2")
