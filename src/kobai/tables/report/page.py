"""The HTML report of a fit: one file that opens anywhere and asks the network for nothing."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from importlib.resources import files
from string import Template

from kobai.data.wording import counted
from kobai.tables.job import Outcome

from .charts import loss_chart, weights_chart
from .sections import columns_table, confusion_table, percent, safe, scores_table

COLUMNS_SHOWN_OPEN = 12
CLASSES_BESIDE_LOSS = 3
"""With more, the confusion matrix has the page's whole width."""


def report_page(outcome: Outcome, model_path: str) -> str:
    """The page's text. The same outcome gives the same text."""
    style = _resource("page.css")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")
    return Template(_resource("page.html")).substitute(
        style=style,
        policy=f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'",
        **_texts(outcome, model_path),
        scores=scores_table(outcome),
        confusion=confusion_table(outcome),
        loss=loss_chart(outcome.training.loss_curve),
        weights=weights_chart(outcome.model.preparation.labels, outcome.model.coef),
        weights_meaning=_weights_meaning(outcome),
        derivation=escape(outcome.training.derivation),
        columns=columns_table(outcome),
    )


def _texts(outcome: Outcome, model_path: str) -> dict[str, str]:
    model, split = outcome.model, outcome.partition
    features = model.preparation.features
    return {
        "target": safe(model.target),
        "source": safe(outcome.source),
        "column_count": counted(len(features), "column"),
        "accuracy": percent(outcome.figures.test.accuracy),
        "baseline": percent(outcome.figures.baseline.accuracy),
        "majority": safe(outcome.majority),
        "train_rows": f"{len(split.train):,}",
        "test_rows": f"{len(split.test):,}",
        "rows": f"{len(split.train) + len(split.test):,}",
        "steps": f"{outcome.training.steps:,}",
        "seed": str(outcome.seed),
        "class_count": f"{len(model.classes):,}",
        "notes": _notes(outcome),
        "model_path": safe(model_path),
        "layout": "pair" if len(model.classes) <= CLASSES_BESIDE_LOSS else "stack",
        "open": "open" if len(features) <= COLUMNS_SHOWN_OPEN else "",
    }


def _notes(outcome: Outcome) -> str:
    notes = []
    if outcome.model.dropped:
        names = ", ".join(safe(name) for name in outcome.model.dropped)
        notes.append(f"Left out on request: {names}.")
    if outcome.partition.kept:
        rows = counted(outcome.partition.kept, "row")
        notes.append(
            f"{rows} drawn for the test went to training, because no other row "
            "holds the same text in one of its columns."
        )
    return " ".join(notes)


def _weights_meaning(outcome: Outcome) -> str:
    classes = outcome.model.classes
    if len(classes) == 2:
        return (
            f"To the right a feature speaks for {safe(classes[1])}, "
            f"to the left for {safe(classes[0])}. "
            "Features are in units of their standard deviation, so that bars compare."
        )
    return "How far each feature moves the classes apart: the length of its coefficients' vector."


def _resource(name: str) -> str:
    return files("kobai.tables.report").joinpath(name).read_text("utf-8")
