"""Pages that are printed from the code say what the code is today."""

from __future__ import annotations

import doctest
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tools.page_programs import run

ROOT = Path(__file__).parents[2]
SEEDS = sorted(path.name for path in (ROOT / "docs/seeds").glob("*.*.md"))


@pytest.mark.parametrize("page", ["functions", "rules"])
def test_a_page_is_what_the_code_prints_today(page: str) -> None:
    command = [sys.executable, f"tools/{page}_page.py"]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=300, check=True)
    kept = (ROOT / "docs" / f"{page}.md").read_text("utf-8")
    assert printed.stdout.decode("utf-8") == kept


@pytest.mark.parametrize("page", ["derivation", "estimators", "optimisers", "second-order"])
def test_a_page_prints_what_it_shows(page: str) -> None:
    found = doctest.testfile(str(ROOT / f"docs/{page}.md"), module_relative=False, encoding="utf-8")
    assert found.attempted
    assert not found.failed


@pytest.mark.parametrize("name", SEEDS)
def test_the_programs_of_a_seeds_page_print_what_it_shows(name: str) -> None:
    page = (ROOT / "docs/seeds" / name).read_text("utf-8")
    printed, _ = run(page)
    assert printed == page, "run make outputs, and look at what changed"
    assert "```text" in page


def test_a_page_that_shows_something_else_is_noticed() -> None:
    page = "```python\nprint(1 + 1)\n```\n\n```text\n3\n```\n"
    assert run(page)[0] == page.replace("3", "2")


def test_every_seed_has_a_page_in_its_language_and_in_english() -> None:
    texts: dict[str, set[str]] = {}
    for name in SEEDS:
        text, language, _ = name.split(".")
        texts.setdefault(text, set()).add(language)
    assert texts == {
        "logistic-regression": {"en", "ja", "zh"},
        "perceptron": {"en", "ja"},
        "softmax-network": {"en", "ja"},
        "unit-errors": {"en", "ja"},
    }


@pytest.mark.parametrize("name", SEEDS)
def test_the_links_of_a_seeds_page_lead_somewhere(name: str) -> None:
    folder = ROOT / "docs/seeds"
    page = (folder / name).read_text("utf-8")
    links = re.findall(r"\]\((?!http)([^)#]+)", page)
    assert links
    assert [link for link in links if not (folder / link).exists()] == []
