"""Functions of functions: `grad`, `jvp`, `vjp`, `jacobian`, `hessian` and their kin.

Each call runs the user's function anew on the values at hand, so that Python's `if` and `while`,
globals and closures mean what they always mean.

    arguments    what is given: positions, forms, refusals
    outputs      what the function returned
    gradient     grad, value_and_grad
    directional  jvp, vjp, hvp
    matrices     jacobian, hessian
    rules        stop_gradient, custom_derivative
    linear_map   a derivative that is derived once and used often
"""

from kobai.transforms.directional import hvp, jvp, vjp
from kobai.transforms.gradient import grad, value_and_grad
from kobai.transforms.matrices import hessian, jacobian
from kobai.transforms.outputs import scalar_output
from kobai.transforms.rules import custom_derivative, stop_gradient

__all__ = [
    "custom_derivative",
    "grad",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "scalar_output",
    "stop_gradient",
    "value_and_grad",
    "vjp",
]
