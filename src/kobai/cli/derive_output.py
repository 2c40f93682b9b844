"""What `kobai derive` prints as JSON."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import Any

import numpy as np

from kobai.derivation import Derivation, Step


def json_text(derivation: Derivation) -> str:
    """The steps with formulas, values and reasons, and every other name that a formula uses.

    Values are numbers or nested lists with all their digits. JSON has no nan and no infinity: they
    are null.
    """
    document = {
        "function": derivation.function,
        "arguments": list(derivation.arguments),
        "names": {name: plain(value) for name, value in derivation.names.items()},
        "legend": dict(derivation.legend),
        "cautions": [asdict(caution) for caution in derivation.cautions],
        "steps": [_listed(step) for step in derivation.steps],
    }
    return json.dumps(document, ensure_ascii=False, allow_nan=False, indent=2)


def _listed(step: Step) -> dict[str, Any]:
    return {
        "name": step.name,
        "phase": step.phase,
        "formula": step.formula,
        "latex": step.latex,
        "value": plain(step.value),
        "shape": step.shape,
        "because": [asdict(because) for because in step.because],
    }


def plain(value: Any) -> Any:
    """A number or nested lists of numbers."""
    return _finite(np.asarray(value).tolist())


def _finite(value: Any) -> Any:
    if isinstance(value, list):
        return [_finite(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
