"""Elementary functions for vectors of floats, written out in additions and products.

arithmetic     numbers of a program that is being written
coefficients   polynomials
exponentials   exp, exp2, expm1, sinh, cosh, tanh
logarithms     log, log2, log10, log1p, asinh, acosh, atanh
angles         sin, cos, tan, asin, acos, atan
errors         erf, erfc
gammas         lgamma, digamma
powers         pow, cbrt
functions      all of them by name, for one type of values

docs/accuracy.md says how far each is from the truth.
"""

from kobai.targets.llvm.elementary.functions import Elementary

__all__ = ["Elementary"]
