"""Optimisers, one file each."""

from kobai.optim.gradient_descent import GradientDescent
from kobai.optim.optimizer import Optimizer

__all__ = ["GradientDescent", "Optimizer"]
