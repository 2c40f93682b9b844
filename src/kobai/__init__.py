"""Write the loss in plain NumPy; Kobai derives its gradient, shows each step and trains with it."""

from kobai import errors, optim
from kobai.compiling import compile
from kobai.derivation import Derivation, derive
from kobai.training import Fit, minimize
from kobai.transforms import grad, hvp, value_and_grad

__all__ = [
    "Derivation",
    "Fit",
    "compile",
    "derive",
    "errors",
    "grad",
    "hvp",
    "minimize",
    "optim",
    "value_and_grad",
]
