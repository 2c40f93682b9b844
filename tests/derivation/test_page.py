"""The page of a derivation, as text: what is embedded, and that it is built of today's sources."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from tests.derivation.models import MODELS

import kobai
from kobai.derivation.page import embedded, page, page_words
from kobai.languages import LANGUAGES

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "page"
BUILT = files("kobai.derivation").joinpath("page.html").read_text("utf-8")


def element(text: str, name: str) -> Any:
    (found,) = re.findall(rf'<script type="application/json" id="{name}">(.*?)</script>', text)
    return json.loads(found)


def test_the_page_is_built_of_todays_sources() -> None:
    names = ["package.json", "package-lock.json", "template.html", "vite.config.js"]
    names += [f"src/{path.name}" for path in (SOURCES / "src").iterdir()]
    digest = hashlib.sha256()
    for name in sorted(names):
        digest.update(f"{name}\n".encode())
        digest.update((SOURCES / name).read_bytes())
    (recorded,) = re.findall(r'<meta name="sources" content="(\w+)">', BUILT)
    assert recorded == digest.hexdigest(), "the page's sources have changed: run make page"


def test_the_policy_allows_the_pages_script_and_nothing_from_outside() -> None:
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', BUILT)
    scripts = r'<script(?: type="text/plain" id="typesetter")?>(.*?)</script>'
    found = re.findall(scripts, BUILT, flags=re.DOTALL)
    digests = [base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in found]
    allowed = re.findall(r"'sha256-([^']*)'", policy)
    assert len(digests) == 2
    assert sorted(allowed) == sorted(digests)
    assert "default-src 'none'" in policy
    assert "unsafe-eval" not in policy
    assert "http" not in policy


def test_the_page_is_small_and_has_the_fonts_in_one_format() -> None:
    assert len(BUILT) < 500_000
    assert "font/woff2" in BUILT
    (style,) = re.findall(r"<style>(.*?)</style>", BUILT, flags=re.DOTALL)
    assert set(re.findall(r"url\(['\"]?(\w+:[\w/]*)", style)) == {"data:font/woff2"}


def test_the_lock_file_names_no_address() -> None:
    lock = (SOURCES / "package-lock.json").read_text("utf-8")
    assert '"resolved"' not in lock


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_embeds_the_derivation_and_the_words(language: str) -> None:
    d = MODELS["rows"].derivation()
    text = d.html(language=language)
    assert element(text, "derivation") == json.loads(d.to_json())
    assert element(text, "words") == page_words(language)
    assert f'<html lang="{language}">' in text


def test_every_language_has_every_word_with_the_same_places() -> None:
    english = page_words("en")
    for language in LANGUAGES:
        words = page_words(language)
        assert words.keys() == english.keys()
        for key, word in words.items():
            assert word
            places = set(re.findall(r"\{(\w+)\}", word))
            assert places == set(re.findall(r"\{(\w+)\}", english[key])), key


def test_every_word_is_used_and_every_word_used_exists() -> None:
    script = "".join(path.read_text("utf-8") for path in (SOURCES / "src").glob("*.js*"))
    used = set(re.findall(r'say\("(\w+)"', script))
    used |= set(re.findall(r'<Control name="(\w+)"', script))
    used |= set(re.findall(r'^ +\["(\w+)", "M', script, flags=re.MULTILINE))
    used |= {"forward", "backward", "update", "light", "dark"}
    assert used == set(page_words("en"))


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(kobai.errors.ArgumentError, match="use one of en, ja, zh"):
        MODELS["parabola"].derivation().html(language="tlh")


def test_the_page_is_written_where_it_is_asked_for(tmp_path: Path) -> None:
    d = MODELS["parabola"].derivation()
    text = d.html(tmp_path / "parabola.html")
    assert (tmp_path / "parabola.html").read_bytes().decode() == text


HOSTILE = ["</script><script>alert(1)</script>", "<!--<script>", "]]>", "a\u2028b\u2029c", "&lt;"]


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_ends_the_element_that_it_is_embedded_in(text: str) -> None:
    whole = page(json.dumps({"function": text, "marks": "@words@ @language@"}), "en")
    assert element(whole, "derivation") == {"function": text, "marks": "@words@ @language@"}
    assert whole.count("<script") == BUILT.count("<script")
    assert whole.count("</script") == BUILT.count("</script")
    assert not set(embedded(text)) & set("<>&\u2028\u2029")
