"""What `kobai predict` prints: one label a line, and as JSON."""

from __future__ import annotations

import json

import numpy as np
from numpy.typing import NDArray

from kobai.data.wording import printable
from kobai.tables.model import Model


def as_text(model: Model, probabilities: NDArray[np.float64]) -> str:
    """The labels, one on each line."""
    lines = [printable(str(label)) for label in model.classes]
    return "\n".join(lines[code] for code in model.codes(probabilities))


def json_text(model: Model, probabilities: NDArray[np.float64]) -> str:
    """The labels with their types, and for each row the probability of each class."""
    values = {
        "target": model.target,
        "classes": list(model.classes),
        "labels": [model.classes[code] for code in model.codes(probabilities)],
        "probabilities": probabilities.tolist(),
    }
    return json.dumps(values, ensure_ascii=False)
