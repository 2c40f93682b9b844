"""What `kobai check` prints as JSON."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import Any

import numpy as np

from kobai.diagnosis import Check


def json_text(check: Check) -> str:
    """The verdict, the first wrong step with its cause, and every step with both values.

    Values are numbers or nested lists with all their digits. JSON has no nan and no infinity: these
    are the texts "nan", "inf" and "-inf", as in the JSON of a derivation.
    """
    document = {
        "hand": check.hand,
        "loss": check.loss,
        "is_right": bool(check),
        "first_wrong": check.first_wrong,
        "kind": check.kind,
        "cause": check.cause,
        "repaired": check.slip.repaired if check.slip is not None else None,
        "scale": check.scale,
        "notes": list(check.notes),
        "steps": [
            asdict(step) | {"value": _plain(step.value), "right": _plain(step.right)}
            for step in check.steps
        ],
    }
    return json.dumps(document, ensure_ascii=False, allow_nan=False, indent=2)


def _plain(value: Any) -> Any:
    """A number or nested lists of numbers; None where there is none."""
    return None if value is None else _listed(np.asarray(value).tolist())


def _listed(value: Any) -> Any:
    if isinstance(value, list):
        return [_listed(entry) for entry in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
