"""The HTML report: complete, self-contained, and safe whatever the table holds."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from kobai.tables.features import NumberFeature, TextFeature
from kobai.tables.job import Outcome, Training
from kobai.tables.metrics import judge
from kobai.tables.model import Model
from kobai.tables.partition import Partition
from kobai.tables.preparation import Preparation
from kobai.tables.report import report_page
from kobai.tables.report.charts import loss_chart, weights_chart

HOSTILE = "<script>alert('1')</script>\"&\x1b[0m"
VOID = {"meta", "path", "line", "circle", "rect"}


def make_outcome(model: Model, rows: int = 40) -> Outcome:
    random = np.random.default_rng(0)
    classes = len(model.classes)
    codes = np.arange(rows) % classes
    return Outcome(
        source="table.csv",
        model=model,
        figures=judge(
            random.dirichlet(np.ones(classes), rows),
            codes,
            random.dirichlet(np.ones(classes), rows),
            codes,
        ),
        training=Training(np.geomspace(0.7, 0.05, 30), "dz = (a - y) / m", 29),
        partition=Partition(np.arange(rows), np.arange(rows), 0),
        seed=7,
    )


@pytest.fixture
def outcome(model: Model) -> Outcome:
    return make_outcome(model)


class Page(HTMLParser):
    """Tags with their attributes, and the text of each kind of element."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.texts: dict[str, str] = {}
        self.feed(text)
        assert self.open == [], "each element that opens must close"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        for tag in self.open:
            self.texts[tag] = self.texts.get(tag, "") + data


def test_it_tells_what_was_done(outcome: Outcome) -> None:
    html = report_page(outcome, "out/model.kobai")
    text = re.sub(r"[ \n]+", " ", Page(html).texts["body"])
    for part in (
        "Predicting class",
        "2 columns of table.csv",
        f"{100 * outcome.figures.test.accuracy:.1f}\u2009%",
        f"Always answering {outcome.majority}",
        "dz = (a - y) / m",
        "by seed 7",
        "(x − 0.333333) / 0.1",
        "0 or 1 for each: 赤, 青",
        "Left out on request: id.",
        "kobai predict out/model.kobai NEW.csv",
    ):
        assert part in text
    for count in outcome.figures.confusion.ravel():
        assert f">{count}</td>" in html


def test_the_same_outcome_gives_the_same_page(outcome: Outcome) -> None:
    assert report_page(outcome, "a") == report_page(outcome, "a")


def test_it_asks_the_network_for_nothing(outcome: Outcome) -> None:
    page = Page(report_page(outcome, "a"))
    names = {tag for tag, _ in page.tags}
    assert not names & {"script", "link", "img", "iframe", "object", "form", "base"}
    attributes = {name for _, attributes in page.tags for name in attributes}
    assert not {name for name in attributes if name.startswith("on")}
    assert not attributes & {"src", "href", "style", "xlink:href", "srcset", "action"}
    assert "url(" not in page.texts["style"]
    assert "@import" not in page.texts["style"]


def test_the_policy_allows_this_style_sheet_alone(outcome: Outcome) -> None:
    page = Page(report_page(outcome, "a"))
    (policy,) = (
        attributes["content"]
        for tag, attributes in page.tags
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    )
    digest = hashlib.sha256(page.texts["style"].encode()).digest()
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{base64.b64encode(digest).decode()}'; "
        "base-uri 'none'"
    )


def test_it_follows_the_readers_light_or_dark_setting(outcome: Outcome) -> None:
    assert "prefers-color-scheme: dark" in report_page(outcome, "a")


def test_whatever_the_user_names_is_escaped(outcome: Outcome) -> None:
    features = (NumberFeature(HOSTILE, 0.0, 1.0), TextFeature(HOSTILE + "2", (HOSTILE, "b")))
    model = replace(
        outcome.model,
        target=HOSTILE,
        dropped=(HOSTILE,),
        classes=(HOSTILE, "$target"),
        preparation=Preparation(features),
    )
    training = replace(outcome.training, derivation=HOSTILE)
    text = report_page(replace(outcome, source=HOSTILE, model=model, training=training), HOSTILE)
    assert "<script" not in text
    assert {tag for tag, _ in Page(text).tags} <= {
        *("html", "head", "meta", "title", "style", "body", "header", "main", "section", "div"),
        *("h1", "h2", "p", "em", "b", "span", "dl", "dt", "dd", "pre", "details", "summary"),
        *("table", "thead", "tbody", "tr", "th", "td", "svg", "g", "text", *VOID),
    }


@pytest.mark.parametrize("classes", [3, 4, 21, 200])
def test_many_classes(outcome: Outcome, classes: int) -> None:
    model = replace(
        outcome.model,
        classes=tuple(f"class {code}" for code in range(classes)),
        coef=np.arange(classes * 3.0).reshape(classes, 3),
    )
    text = Page(report_page(make_outcome(model, 600), "a")).texts["body"]
    assert ("Left out for" in text) == (classes > 20)


def test_rows_moved_to_training_are_told(outcome: Outcome) -> None:
    moved = replace(outcome, partition=replace(outcome.partition, kept=2))
    assert "2 rows drawn for the test went to training" in report_page(moved, "a")


@pytest.mark.parametrize(
    "losses",
    [
        [],
        [1.0],
        [np.nan, 1.0],
        [0.0, 0.0],
        [1.0, 1.0],
        [np.inf, 2.0, 1.0],
        [1e300, 1e-300],
        [5e-324, 0.0],
        [-1.0, -2.0],
        list(range(5000, 0, -1)),
    ],
    ids=lambda losses: str(losses[:3]),
)
def test_odd_loss_curves(losses: list[float]) -> None:
    chart = loss_chart(np.array(losses, np.float64))
    Page(chart)
    assert "nan" not in chart
    assert "inf" not in chart
    assert len(chart) < 20_000


@pytest.mark.parametrize("coef", [[[0.0, 0.0]], [[1e300, -1e-300]], [[1.0, 2.0], [-3.0, 1.0]]])
def test_odd_weights(coef: list[list[float]]) -> None:
    chart = weights_chart(["a", HOSTILE * 9], np.array(coef))
    Page(chart)
    assert "nan" not in chart
    assert "<script" not in chart
