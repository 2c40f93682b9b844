"""Every operation, one entry each; importing this package fills the registry in `kobai.graph`.

choices      comparisons, where, maximum          arithmetic   + - * / ** abs
elementary   exp, log, sigmoid, tanh              reductions   sum, mean, max
shaping      reshape, transpose, broadcast        indexing     x[1:, 0]
joining      concatenate, stack                   linear       @, dot, einsum
exponentials logsumexp, softmax                   mixtures     log(sum(w exp(x)))
linear_algebra  np.linalg                         naming       the user's own names
gathering    x[[0, 0, 2]]                         filling      zeros_like
fourier      np.fft                               custom       derivatives of the user's own
sorting      sort, argsort, argmax                selecting    select, choose, interp
sparse       products with scipy.sparse
products     prod                                 scans        cumsum, cumprod, recurrences
statistics   var, std, cov                        quantiles    median, quantile
missing      nansum, nanmean                      differences  diff, gradient, trapezoid
repeating    tile, pad, roll, flip                splitting    split, unstack
diagonals    diag, trace                          tensors      tensordot, kron, cross
convolving   convolve, correlate                  running      maximum.accumulate
error_functions, gamma_functions, bessel_functions, special   scipy.special
cancelling   log(1 - exp(x)), log(cosh(x)) and others without cancellation
"""

from kobai.graph import TRANSLATIONS
from kobai.ops import (
    arithmetic,
    bessel_functions,
    cancelling,
    choices,
    convolving,
    custom,
    diagonals,
    differences,
    elementary,
    error_functions,
    exponentials,
    filling,
    fourier,
    gamma_functions,
    gathering,
    indexing,
    joining,
    linear,
    linear_algebra,
    missing,
    mixtures,
    naming,
    products,
    quantiles,
    reductions,
    repeating,
    rounding,
    running,
    scans,
    selecting,
    shaping,
    sorting,
    sparse,
    special,
    splitting,
    statistics,
    tensors,
    trigonometry,
)

__all__ = [
    "TRANSLATIONS",
    "arithmetic",
    "bessel_functions",
    "cancelling",
    "choices",
    "convolving",
    "custom",
    "diagonals",
    "differences",
    "elementary",
    "error_functions",
    "exponentials",
    "filling",
    "fourier",
    "gamma_functions",
    "gathering",
    "indexing",
    "joining",
    "linear",
    "linear_algebra",
    "missing",
    "mixtures",
    "naming",
    "products",
    "quantiles",
    "reductions",
    "repeating",
    "rounding",
    "running",
    "scans",
    "selecting",
    "shaping",
    "sorting",
    "sparse",
    "special",
    "splitting",
    "statistics",
    "tensors",
    "trigonometry",
]
