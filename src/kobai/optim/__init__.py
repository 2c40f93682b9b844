"""Optimisers, one file each.

optimizer            what an update of the graph is: steps in the native loop, also on mini-batches
driver               what a driver is: it chooses its points itself, on all the data
line_search          a step along a direction, for drivers
gradient_descent     an update
lbfgs, newton_cg, levenberg_marquardt   drivers
"""

from kobai.optim.driver import Driver
from kobai.optim.gradient_descent import GradientDescent
from kobai.optim.lbfgs import LBFGS
from kobai.optim.levenberg_marquardt import LevenbergMarquardt
from kobai.optim.newton_cg import NewtonCG
from kobai.optim.optimizer import Optimizer

__all__ = ["LBFGS", "Driver", "GradientDescent", "LevenbergMarquardt", "NewtonCG", "Optimizer"]
