"""Optimisers, one file each; schedules of their learning rates; what can be put around them."""

from kobai.optim.adagrad import AdaGrad
from kobai.optim.adam import Adam
from kobai.optim.adamw import AdamW
from kobai.optim.averaging import Averaging
from kobai.optim.clipping import ClipByNorm, ClipByValue
from kobai.optim.gradient_descent import GradientDescent
from kobai.optim.moment import Moment
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
    "AdaGrad",
    "Adam",
    "AdamW",
    "Averaging",
    "ClipByNorm",
    "ClipByValue",
    "Constant",
    "Cosine",
    "ExponentialDecay",
    "GradientDescent",
    "InverseScaling",
    "Moment",
    "OneCycle",
    "Optimizer",
    "ParameterRule",
    "RMSProp",
    "Stability",
    "StepDecay",
    "WarmUp",
    "WeightDecay",
]
