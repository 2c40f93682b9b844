"""What `kobai fit` prints: for people, and as JSON."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import Any

from kobai.data.wording import counted, listed, printable, quoted
from kobai.tables.job import Outcome
from kobai.tables.metrics import Scores


def as_text(outcome: Outcome, out: str, report: str) -> str:
    """The figures, the derivation, and where the files lie."""
    figures = outcome.figures
    return f"""{_summary(outcome)}

            accuracy  log loss
{_scores_line("train", figures.train)}
{_scores_line("test", figures.test)}
{_scores_line("majority", figures.baseline)}  (always {quoted(str(outcome.majority))})

The gradient that trained it:

{outcome.training.derivation.rstrip()}

model   {printable(out)}
report  {printable(report)}"""


def json_text(outcome: Outcome, out: str, report: str) -> str:
    """The same as one JSON object."""
    split, model = outcome.partition, outcome.model
    values: dict[str, Any] = {
        "target": model.target,
        "classes": list(model.classes),
        "columns": list(model.preparation.names),
        "dropped": list(model.dropped),
        "rows": {"train": len(split.train), "test": len(split.test), "moved": split.kept},
        "seed": outcome.seed,
        "steps": outcome.training.steps,
        "train": asdict(outcome.figures.train),
        "test": asdict(outcome.figures.test),
        "majority": {"class": outcome.majority, **asdict(outcome.figures.baseline)},
        "confusion": outcome.figures.confusion.tolist(),
        "loss_curve": [
            loss if math.isfinite(loss) else None for loss in outcome.training.loss_curve
        ],
        "derivation": outcome.training.derivation,
        "model": out,
        "report": report,
    }
    return json.dumps(values, ensure_ascii=False, allow_nan=False, indent=2)


def _summary(outcome: Outcome) -> str:
    split, model = outcome.partition, outcome.model
    classes, columns = listed(map(str, model.classes)), model.preparation.names
    train, test = (counted(len(rows), "row") for rows in (split.train, split.test))
    steps = counted(outcome.training.steps, "step")
    lines = [
        f"{quoted(model.target)} ({classes}) from {counted(len(columns), 'column')}",
        f"{train} to train, {test} to test (seed {outcome.seed}), {steps}",
    ]
    if split.kept:
        moved = counted(split.kept, "row")
        lines.append(f"{moved} moved from test to train: no other row has the text of some column")
    return "\n".join(lines)


def _scores_line(name: str, scores: Scores) -> str:
    return f"{name:10}{scores.accuracy:10.4f}{scores.log_loss:10.4f}"
