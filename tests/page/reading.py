"""What a page shows, read back."""

from __future__ import annotations

import re

from playwright.sync_api import Page


def mathematics(page: Page) -> str:
    """The LaTeX that KaTeX says it has set, without the colours that carry names."""
    text = page.locator(".panel .main annotation").text_content() or ""
    colour = re.compile(r"\\textcolor\{#[0-9a-f]{6}\}\{")
    while found := colour.search(text):
        depth, end = 1, found.end()
        while depth:
            depth += {"{": 1, "}": -1}.get(text[end], 0) if text[end - 1] != "\\" else 0
            end += 1
        text = text[: found.start()] + text[found.end() : end - 1] + text[end:]
    return text
