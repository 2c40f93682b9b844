"""What `kobai check` prints as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict

from kobai.diagnosis import Check

from .derive_output import plain


def json_text(check: Check) -> str:
    """The verdict, the first wrong step with its cause, and every step with both values."""
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
            asdict(step) | {"value": plain(step.value), "right": plain(step.right)}
            for step in check.steps
        ],
    }
    return json.dumps(document, ensure_ascii=False, allow_nan=False, indent=2)
