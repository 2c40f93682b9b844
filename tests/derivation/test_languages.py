"""Three languages of the same keys and places, and nothing that is printed in another one."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter
from typing import Any

import numpy as np
import pytest
from tests.derivation.models import MODELS

import kobai
from kobai.derivation import Derivation
from kobai.errors import ArgumentError
from kobai.languages import LANGUAGES, catalogue, words
from kobai.simplify import rules

ROOT = Path(__file__).parents[2]
TERMS = {
    "ja": ("連鎖律", "誤差逆伝播法", "ユニットの誤差", "勾配降下法", "学習率"),
    "zh": ("链式法则", "反向传播", "单元误差", "梯度下降", "学习率"),
}


def places(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in Formatter().parse(text) if name is not None)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_language_has_the_keys_and_places_of_english(lang: str) -> None:
    english, texts = catalogue("en"), catalogue(lang)
    assert list(texts) == list(english)
    for key, text in texts.items():
        assert text.strip()
        assert places(text) == places(english[key]), key


def test_every_text_is_used() -> None:
    sources = [*ROOT.glob("src/kobai/**/*.py"), *ROOT.glob("page/src/*.js*")]
    code = "\n".join(path.read_text("utf-8") for path in sources)
    letters = {"α", *re.findall(r'at\.number\("(.+?)"', code)}
    named = {f"rule: {name}" for name in rule_names()} | {f"setting: {x}" for x in letters}
    for key in catalogue("en"):
        literal = key.removesuffix(": repair").removeprefix("page.").removeprefix("check: ")
        assert key in named or f'"{literal}"' in code or f'"{key}"' in code, key


def rule_names() -> set[str]:
    listed = (group for group in vars(rules).values() if isinstance(group, tuple))
    names = {rule.name for group in listed for rule in group if hasattr(rule, "name")}
    return {*names, "multiply out and collect"}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_rule_has_a_name(lang: str) -> None:
    names = rule_names()
    assert len(names) > 60
    for name in names:
        assert f"rule: {name}" in catalogue(lang)
        assert lang != "en" or words(lang).rule(name) == name


@pytest.mark.parametrize("lang", ["ja", "zh"])
def test_terms_are_those_of_the_textbooks(lang: str) -> None:
    printed = "\n".join(catalogue(lang).values())
    for term in TERMS[lang]:
        assert term in printed, term


def derived(name: str, **options: Any) -> Derivation:
    model = MODELS[name]
    return kobai.derive(model.loss, *model.args, wrt=model.wrt, **{**model.options, **options})


@pytest.mark.parametrize("lang", ["ja", "zh"])
@pytest.mark.parametrize("name", MODELS)
def test_no_english_word_is_left(name: str, lang: str) -> None:
    """Formulas, numbers and names are all that the languages have in common."""
    d = derived(name, lang=lang)
    english = {
        word
        for key, text in catalogue("en").items()
        if text not in (catalogue("ja")[key], catalogue("zh")[key])
        for word in re.findall(r"[a-z]{3,}", re.sub(r"\{.*?\}", "", text))
    }
    known = {
        *d.names,
        *(step.name for step in d.steps),
        *["exp", "log", "tanh", "sigmoid", "softmax"],
    }
    formulas = " ".join(f"{b.before} {b.after} {b.fact}" for step in d.steps for b in step.because)
    known |= set(re.findall(r"\w+", " ".join([formulas, *(step.formula for step in d.steps)])))
    left = set(re.findall(r"\w+", str(d))) & english - known - {d.function, "shape", "nan"}
    assert not left


def test_numbers_and_formulas_are_the_same_in_all() -> None:
    derivations = [derived("rows", lang=lang) for lang in LANGUAGES]
    formulas = {tuple(step.formula for step in d.steps) for d in derivations}
    assert len(formulas) == 1
    assert derivations[1]["dz"].because[0].rule == "連鎖律"
    assert derivations[2]["dz"].because[0].rule == "链式法则"
    assert "y は 0 か 1" in derivations[1]["dz"].because[-1].fact


def test_cautions_are_told_in_the_language() -> None:
    def loss(w: Any, X: Any) -> Any:
        return np.sum(np.log(X @ w + 3.0))

    X = np.array([[1.0, 2.0], [-1.0, 0.5]])
    (caution,) = kobai.derive(loss, np.array([0.5, -1.0]), X, wrt="w", lang="ja").cautions
    assert "負の無限大" in caution.what


@pytest.mark.parametrize(
    ("option", "value"), [("lang", "de"), ("notation", "tensor"), ("names", "grad")]
)
def test_an_option_that_is_none_is_refused(option: str, value: str) -> None:
    with pytest.raises(ArgumentError, match=f"{option} is '{value}'"):
        derived("rows", **{option: value})


@pytest.mark.parametrize(
    ("names", "lang", "shown"),
    [("d", "en", "α = 0.1 (learning rate)"), ("delta", "ja", "η = 0.1（学習率）")],
)
def test_the_settings_of_an_optimiser_are_told(names: str, lang: str, shown: str) -> None:
    d = derived("gradient descent", names=names, lang=lang)
    letter = shown[0]
    assert shown in str(d).partition("\n")[0]
    assert d.names[letter] == 0.1
    assert d.steps[-1].formula == f"x - {letter} * dx"


def test_a_notebook_shows_phases_in_the_language() -> None:
    assert "<td>順伝播</td>" in derived("rows", lang="ja")._repr_mimebundle_()["text/html"]
