"""Training: batches, one step as a program, the steps, the loop around them."""

from kobai.training.minimizing import minimize
from kobai.training.results import Fit, Progress

__all__ = ["Fit", "Progress", "minimize"]
