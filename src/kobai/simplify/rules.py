"""The rules, in the order in which they are tried.

STABLE turns formulas that overflow or cancel into functions that don't. Each side is the same
function of real numbers; the right side is at least as accurate everywhere, and right where the
left side is not (Blanchard, Higham and Higham, IMA J. Numer. Anal. 41 (2021) 2311, for sums of
exponentials).
TIDY removes what changes no bit, but that BLAS may add up a transposed product in another order.
GATHERED is for gradients: it may turn -0.0 into 0.0, or back.
REFLECTED is for evaluation alone: people read `1 - a`.
"""

from __future__ import annotations

from kobai.simplify.equations import equation
from kobai.simplify.exponentials import EXPONENTIALS
from kobai.simplify.labels import LABELS
from kobai.simplify.logarithms import INSIDE
from kobai.simplify.mixtures import MIXTURES
from kobai.simplify.moves import MOVES, NUMBERS
from kobai.simplify.norms import NORMS
from kobai.simplify.shares import SHARES
from kobai.simplify.stable import (
    CANCELLATIONS,
    HALVES,
    HYPERBOLIC,
    LAST,
    LOGARITHMS,
    QUOTIENTS,
    SIGMOIDS,
)

STABLE = (
    *HALVES,
    *HYPERBOLIC,
    *SIGMOIDS,
    *CANCELLATIONS,
    *EXPONENTIALS,
    *SHARES,
    *NORMS,
    *LOGARITHMS,
    *INSIDE,
    *MIXTURES,
    *LABELS,
    *LAST,
    *QUOTIENTS,
)

TIDY = (
    *(
        equation(name, text, in_order=True)
        for name, text in (
            ("double sign", "-(-u) = u"),
            ("factor 1", "u * 1 = u"),
            ("factor 1", "1 * u = u"),
            ("divisor 1", "u / 1 = u"),
            ("exponent 1", "u ** 1 = u"),
            ("term 0", "u - 0 = u"),
            ("factor -1", "u * -1 = -u"),
            ("factor -1", "-1 * u = -u"),
            ("divisor -1", "u / -1 = -u"),
            ("signs", "(-u) * (-v) = u * v"),
            ("sign in front", "(-u) * v = -(u * v)"),
            ("sign in front", "u * (-v) = -(u * v)"),
            ("signs", "(-u) / (-v) = u / v"),
            ("sign in front", "(-u) / v = -(u / v)"),
            ("sign in front", "u / (-v) = -(u / v)"),
            ("difference", "u + (-v) = u - v"),
            ("signs", "u - (-v) = u + v"),
            ("twice a sum", "(u + v) + (u + v) = 2 * (u + v)"),
            ("twice a sum", "(u - v) + (u - v) = 2 * (u - v)"),
        )
    ),
    *MOVES,
)

GATHERED = (
    equation("two branches", "where(c, u, 0) + where(c, 0, v) = where(c, u, v)"),
    equation("one branch", "where(c, u, 0) + where(c, v, 0) = where(c, u + v, 0)"),
    equation("one branch", "where(c, 0, u) + where(c, 0, v) = where(c, 0, u + v)"),
    *NUMBERS,
)

REFLECTED = (
    equation("reflected sigmoid", "1 - sigmoid(u) = sigmoid(-u)"),
    equation("reflected sigmoid", "sigmoid(u) - 1 = -sigmoid(-u)"),
    equation("slope of tanh", "1 - tanh(u) ** 2 = sech(u) ** 2"),
    equation("slope of tanh", "tanh(u) ** 2 - 1 = -(sech(u) ** 2)"),
)
