"""Every operation, one entry each; importing this package fills the registry in `kobai.graph`.

choices      comparisons, where, maximum          arithmetic   + - * / ** abs
elementary   exp, log, sigmoid, tanh              reductions   sum, mean, max
shaping      reshape, transpose, broadcast        indexing     x[1:, 0]
joining      concatenate, stack                   linear       @, dot, einsum
exponentials logsumexp, softmax                   naming       the user's own names
gathering    x[[0, 0, 2]]                         filling      zeros_like
"""

from kobai.ops import (
    arithmetic,
    choices,
    elementary,
    exponentials,
    filling,
    gathering,
    indexing,
    joining,
    linear,
    naming,
    reductions,
    shaping,
)

__all__ = [
    "arithmetic",
    "choices",
    "elementary",
    "exponentials",
    "filling",
    "gathering",
    "indexing",
    "joining",
    "linear",
    "naming",
    "reductions",
    "shaping",
]
