"""Small changes to an expression of the user's, each of which would repair one kind of slip.

A repair is tried by working the changed expression out on the user's own variables, at every
point: what then gives the right value names the slip. Each kind is one function, listed in order:
the first that repairs is the cause.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from kobai.diagnosis.repairs.factors import divisors, dropped_factors, missing_factors, powers
from kobai.diagnosis.repairs.products import kinds_of_product, products, transposes
from kobai.diagnosis.repairs.slopes import (
    conditions,
    functions,
    missing_functions,
    missing_slopes,
    wrong_slopes,
)
from kobai.diagnosis.repairs.sums import accumulated, folds, repeated_rows, wrapped
from kobai.diagnosis.repairs.surroundings import Repair, Surroundings
from kobai.diagnosis.repairs.terms import dropped_terms, missing_terms, signs
from kobai.diagnosis.repairs.trees import Maker, at_each
from kobai.diagnosis.repairs.variables import (
    all_uses,
    entries,
    indices,
    one_hot,
    points,
    shapes,
    slopes_elsewhere,
    stale,
    values,
    variables,
)

__all__ = ["Repair", "Surroundings", "repairs"]

# The likelier first.
KINDS: tuple[Maker, ...] = (
    *at_each(signs, conditions, folds, transposes, products),
    *(accumulated, repeated_rows, stale),
    *at_each(indices, points),
    *(slopes_elsewhere, all_uses),
    *at_each(variables, entries, one_hot, functions, kinds_of_product),
    *at_each(divisors, dropped_factors, dropped_terms, values),
    *at_each(missing_slopes, powers, wrong_slopes, shapes, wrapped),
    *at_each(missing_factors, missing_functions, missing_terms),
)


def repairs(expression: ast.expr, around: Surroundings) -> Iterator[Repair]:
    """All repairs of one expression, the likelier first."""
    around = around.within(expression)
    for make in KINDS:
        yield from make(expression, around)
