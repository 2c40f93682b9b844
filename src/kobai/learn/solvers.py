"""Optimisers by the names that scikit-learn's networks have for them."""

from __future__ import annotations

from typing import Any, TypeAlias

from kobai.errors import ArgumentError
from kobai.optim import LBFGS, Adam, Driver, GradientDescent, Optimizer
from kobai.optim.settings import require_optimizer

Solver: TypeAlias = Optimizer | Driver


def solver_of(solver: Any, learning_rate: float) -> Solver:
    """The optimiser that a user named or gave.

    Raises:
        ArgumentError: the name is unknown, or the optimiser works on residuals.
        ArgumentTypeError: it is neither a name nor an optimiser.
    """
    if isinstance(solver, str):
        if solver == "adam":
            return Adam(learning_rate)
        if solver == "sgd":
            return GradientDescent(learning_rate, momentum=0.9, nesterov=True)
        if solver == "lbfgs":
            return LBFGS()
        raise ArgumentError(
            f"solver is {solver!r}",
            repair='use "adam", "sgd", "lbfgs", or an optimiser such as kobai.optim.AdamW()',
        )
    require_optimizer(solver)
    if isinstance(solver, Driver) and solver.minimises != "loss":
        raise ArgumentError(
            f"{type(solver).__name__} works on residuals, not on a loss",
            repair="use kobai.optim.LBFGS() or NewtonCG()",
        )
    found: Solver = solver
    return found
