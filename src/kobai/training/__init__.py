"""Training: batches, one step as a program, the loop around it."""

from kobai.training.loop import Fit, Progress, minimize

__all__ = ["Fit", "Progress", "minimize"]
