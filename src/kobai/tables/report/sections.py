"""The report's tables, as HTML text. Whatever came from the user is escaped here."""

from __future__ import annotations

from html import escape

import numpy as np

from kobai.data.wording import counted, printable, shortened
from kobai.tables.features import Feature, NumberFeature
from kobai.tables.job import Outcome
from kobai.tables.metrics import Scores

MOST_CLASSES_SHOWN = 20
LONGEST_CLASS = 14
MOST_CATEGORIES_SHOWN = 12
SHADES = 8
"""How many classes of shade the style sheet has for the confusion matrix."""


def safe(text: object) -> str:
    """A user's text, fit to stand anywhere in the page."""
    return escape(printable(str(text)))


def percent(part: float) -> str:
    return f"{100 * part:.1f}\u2009%"


def scores_table(outcome: Outcome) -> str:
    """Training, test and the answer that needs no features, side by side."""
    rows = [
        _scores_row("Training rows", outcome.figures.train, ""),
        _scores_row("Test rows", outcome.figures.test, "strong"),
        _scores_row(f"Always {safe(outcome.majority)}", outcome.figures.baseline, "muted"),
    ]
    head = "<tr><th></th><th>Accuracy</th><th>Log loss</th></tr>"
    return f"<table class='figures'><thead>{head}</thead><tbody>{''.join(rows)}</tbody></table>"


def confusion_table(outcome: Outcome) -> str:
    """Test rows by true and predicted class, with the part of each class that was found."""
    classes = [str(label) for label in outcome.model.classes]
    if len(classes) > MOST_CLASSES_SHOWN:
        return f"<p>Left out for {counted(len(classes), 'class', 'classes')}; it is in --json.</p>"
    head = "".join(_class_header(label, "col") for label in classes)
    rows = "".join(
        f"<tr>{_class_header(label, 'row')}{_confusion_cells(outcome, row)}</tr>"
        for row, label in enumerate(classes)
    )
    return (
        "<div class='scroll'><table class='confusion'><thead>"
        f"<tr><td></td><th colspan='{len(classes)}' class='axis'>predicted</th></tr>"
        f"<tr><th class='axis'>true</th>{head}<th class='axis'>found</th></tr></thead>"
        f"<tbody>{rows}</tbody></table></div>"
    )


def columns_table(outcome: Outcome) -> str:
    """Each column and what was done to it before the model saw it."""
    rows = "".join(_column_row(feature) for feature in outcome.model.preparation.features)
    head = "<tr><th>Column</th><th>Holds</th><th>Preparation</th></tr>"
    return f"<div class='scroll'><table><thead>{head}</thead><tbody>{rows}</tbody></table></div>"


def _scores_row(label: str, scores: Scores, style: str) -> str:
    return (
        f"<tr class='{style}'><th scope='row'>{label}</th><td>{percent(scores.accuracy)}</td>"
        f"<td>{scores.log_loss:.4f}</td></tr>"
    )


def _class_header(label: str, scope: str) -> str:
    short = safe(shortened(label, LONGEST_CLASS))
    return f"<th scope='{scope}' title='{safe(label)}'>{short}</th>"


def _confusion_cells(outcome: Outcome, row: int) -> str:
    counts = outcome.figures.confusion[row]
    total = int(counts.sum())
    shades = np.ceil(SHADES * counts / max(total, 1)).astype(int)
    cells = (
        f"<td class='{'hit' if column == row else 'miss'} shade{shade}'>{count:,}</td>"
        for column, (count, shade) in enumerate(zip(counts, shades, strict=True))
    )
    found = percent(counts[row] / total) if total else "none tested"
    return "".join(cells) + f"<td class='muted'>{found}</td>"


def _column_row(feature: Feature) -> str:
    if isinstance(feature, NumberFeature):
        holds = "numbers"
        how = f"(x − {feature.mean:.6g}) / {feature.scale:.6g}".replace("− -", "+ ")
    else:
        holds = counted(len(feature.categories), "text")
        shown = ", ".join(safe(text) for text in feature.categories[:MOST_CATEGORIES_SHOWN])
        hidden = len(feature.categories) - MOST_CATEGORIES_SHOWN
        how = f"0 or 1 for each: {shown}" + (f" and {hidden:,} more" if hidden > 0 else "")
    return f"<tr><th scope='row'>{safe(feature.name)}</th><td>{holds}</td><td>{how}</td></tr>"
