"""Write the loss in plain NumPy; Kobai derives its gradient, shows each step and trains with it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kobai import errors, optim
    from kobai.compiling import compile
    from kobai.derivation import Derivation, derive
    from kobai.diagnosis import Check, check
    from kobai.exporting import export
    from kobai.training import Fit, minimize
    from kobai.transforms import (
        custom_derivative,
        grad,
        hessian,
        hvp,
        jacobian,
        jvp,
        stop_gradient,
        value_and_grad,
        vjp,
    )

__all__ = [
    "Check",
    "Derivation",
    "Fit",
    "check",
    "compile",
    "custom_derivative",
    "derive",
    "errors",
    "export",
    "grad",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "minimize",
    "optim",
    "stop_gradient",
    "value_and_grad",
    "vjp",
]

# A name is imported when it is first asked for: who trains doesn't load what derives.
_HOMES = {
    "Check": "kobai.diagnosis",
    "Derivation": "kobai.derivation",
    "Fit": "kobai.training",
    "check": "kobai.diagnosis",
    "compile": "kobai.compiling",
    "derive": "kobai.derivation",
    "export": "kobai.exporting",
    "minimize": "kobai.training",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'kobai' has no attribute {name!r}")
    if name in ("errors", "optim"):
        return import_module(f"kobai.{name}")
    value = getattr(import_module(_HOMES.get(name, "kobai.transforms")), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
