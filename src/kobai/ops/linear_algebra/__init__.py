"""`np.linalg`: systems of equations, determinants, factorisations, spectra and norms.

Derivatives: Giles, "An extended collection of matrix derivative results for forward and reverse
mode algorithmic differentiation" (Oxford, NA-08/01, 2008), unless a rule names another source.
"""

from kobai.ops.linear_algebra import (
    determinants,
    factors,
    norms,
    products,
    singular,
    spectra,
    systems,
)

__all__ = [
    "determinants",
    "factors",
    "norms",
    "products",
    "singular",
    "spectra",
    "systems",
]
