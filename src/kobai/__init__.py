"""Write the loss in plain NumPy; Kobai derives its gradient, shows each step and trains with it."""

from kobai import errors, optim
from kobai.compiling import compile
from kobai.derivation import Derivation, derive
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
    "Derivation",
    "Fit",
    "compile",
    "custom_derivative",
    "derive",
    "errors",
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
