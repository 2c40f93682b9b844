"""Every operation, one entry each; importing this package fills the registry in `kobai.graph`.

choices      comparisons, where, maximum          arithmetic   + - * / ** abs
elementary   exp, log, sigmoid, tanh              reductions   sum, mean, max
shaping      reshape, transpose, broadcast        indexing     x[1:, 0]
joining      concatenate, stack                   linear       @, dot, einsum
exponentials logsumexp, softmax                   naming       the user's own names
gathering    x[[0, 0, 2]]                         filling      zeros_like
linear_algebra  np.linalg
"""

from kobai.ops import (
    arithmetic,
    choices,
    elementary,
    exponentials,
    filling,
    fourier,
    gathering,
    indexing,
    joining,
    linear,
    linear_algebra,
    naming,
    reductions,
    rounding,
    selecting,
    shaping,
    sorting,
    sparse,
    special,
    trigonometry,
)

__all__ = [
    "arithmetic",
    "choices",
    "elementary",
    "exponentials",
    "filling",
    "fourier",
    "gathering",
    "indexing",
    "joining",
    "linear",
    "linear_algebra",
    "naming",
    "reductions",
    "rounding",
    "selecting",
    "shaping",
    "sorting",
    "sparse",
    "special",
    "trigonometry",
]
