"""Optimisers, one file each.

optimizer            what an update of the graph is: steps in the native loop, also on mini-batches
moment               which step it is, and the settings, as numbers of the graph
gradient_descent, adagrad, rmsprop, adam, adamw      updates
schedules            learning rates that change from step to step
clipping, weight_decay, averaging                    what is put around an update
stability, curvature the largest stable learning rate
driver               what a driver is: it chooses its points itself, on all the data
line_search          a step along a direction, for drivers
lbfgs, newton_cg, levenberg_marquardt                drivers
"""

from kobai.optim.adagrad import AdaGrad
from kobai.optim.adam import Adam
from kobai.optim.adamw import AdamW
from kobai.optim.averaging import Averaging
from kobai.optim.clipping import ClipByNorm, ClipByValue
from kobai.optim.driver import Driver
from kobai.optim.gradient_descent import GradientDescent
from kobai.optim.lbfgs import LBFGS
from kobai.optim.levenberg_marquardt import LevenbergMarquardt
from kobai.optim.moment import Moment
from kobai.optim.newton_cg import NewtonCG
from kobai.optim.optimizer import Optimizer, ParameterRule
from kobai.optim.rmsprop import RMSProp
from kobai.optim.schedules import (
    Constant,
    Cosine,
    ExponentialDecay,
    InverseScaling,
    OneCycle,
    StepDecay,
    WarmUp,
)
from kobai.optim.stability import Stability
from kobai.optim.weight_decay import WeightDecay

__all__ = [
    "LBFGS",
    "AdaGrad",
    "Adam",
    "AdamW",
    "Averaging",
    "ClipByNorm",
    "ClipByValue",
    "Constant",
    "Cosine",
    "Driver",
    "ExponentialDecay",
    "GradientDescent",
    "InverseScaling",
    "LevenbergMarquardt",
    "Moment",
    "NewtonCG",
    "OneCycle",
    "Optimizer",
    "ParameterRule",
    "RMSProp",
    "Stability",
    "StepDecay",
    "WarmUp",
    "WeightDecay",
]
