"""Print the coefficients in src/kobai/targets/llvm/elementary/coefficients.py.

Polynomials of least largest error, by the second algorithm of Remez (E. Ya. Remez, 1934) in 60
digits. To write the table anew, in some seconds:

    python tools/polynomials.py > src/kobai/targets/llvm/elementary/coefficients.py
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import mpmath as mp

Function = Callable[[mp.mpf], mp.mpf]
HEAD = '''\
"""Polynomials of least largest error, from the constant on.

Printed by tools/polynomials.py, which says of what and where. Each has as many terms as results of
53 or 24 binary digits need.
"""

from __future__ import annotations

_TABLE = """'''
TAIL = '''\
"""


def _read(table: str) -> dict[str, dict[int, tuple[float, ...]]]:
    found: dict[str, dict[int, tuple[float, ...]]] = {}
    for entry in table.strip().split("\\n\\n"):
        head, *lines = entry.splitlines()
        *words, digits = head.partition("#")[0].split()
        numbers = tuple(float(number) for line in lines for number in line.split())
        found.setdefault(" ".join(words), {})[int(digits)] = numbers
    return found


COEFFICIENTS = _read(_TABLE)
'''
ROUNDS = 12
# Points between two of the exchange's, among which the next one is looked for.
BETWEEN = 12


@dataclass(frozen=True)
class Fit:
    """A polynomial near a function: `weight` times the error is made small.

    Attributes:
        function: what is approximated.
        weight: what the error counts at each point.
        low, high: the ends of the interval.
        degrees: of the polynomial, for doubles and for floats.
    """

    function: Function
    weight: Function
    low: mp.mpf
    high: mp.mpf
    degrees: tuple[int, int]


def fitted(fit: Fit, degree: int) -> tuple[list[mp.mpf], mp.mpf]:
    """The coefficients, from the constant on, and the largest weighted error."""
    count = degree + 2
    middle, reach = (fit.low + fit.high) / 2, (fit.high - fit.low) / 2
    points = [middle - reach * mp.cos(mp.pi * (k + mp.mpf(1) / 2) / count) for k in range(count)]
    for _ in range(ROUNDS):
        coefficients = _levelled(fit, points)
        error = _error(fit, coefficients)
        ends = [fit.low, *points, fit.high]
        grid = [a + (b - a) * k / BETWEEN for a, b in pairwise(ends) for k in range(BETWEEN)]
        grid = sorted({*grid, fit.high})
        found = _alternating([(p, error(p)) for p in grid], count)
        if found is None:
            break
        points = found
    return coefficients, max(abs(error(p)) for p in grid)


def _levelled(fit: Fit, points: list[mp.mpf]) -> list[mp.mpf]:
    """The polynomial whose weighted errors at these points alternate and have one size."""
    count = len(points)
    rows, values = mp.matrix(count), mp.matrix(count, 1)
    for row, point in enumerate(points):
        weight = fit.weight(point)
        for power in range(count - 1):
            rows[row, power] = weight * point**power
        rows[row, count - 1] = (-1) ** row
        values[row] = weight * fit.function(point)
    return list(mp.lu_solve(rows, values))[:-1]


def _error(fit: Fit, coefficients: list[mp.mpf]) -> Function:
    return lambda p: fit.weight(p) * (mp.polyval(coefficients[::-1], p) - fit.function(p))


def _alternating(errors: list[tuple[mp.mpf, mp.mpf]], count: int) -> list[mp.mpf] | None:
    """The largest errors of alternating sign, as many as wanted; None where there are fewer."""
    runs: list[tuple[mp.mpf, mp.mpf]] = []
    for point, error in errors:
        if runs and (runs[-1][1] > 0) == (error > 0):
            runs[-1] = max(runs[-1], (point, error), key=lambda run: abs(run[1]))
        else:
            runs.append((point, error))
    while len(runs) > count:
        runs.pop(0 if abs(runs[0][1]) < abs(runs[-1][1]) else -1)
    return [point for point, _ in runs] if len(runs) == count else None


def _rooted(odd: Function, leading: int | mp.mpf) -> Function:
    """(odd(r) / r - leading) / z for z = r**2: what follows the first term of an odd function."""
    return lambda z: (odd(mp.sqrt(z)) / mp.sqrt(z) - leading) / z


def _erfcx(t: mp.mpf) -> mp.mpf:
    x = 3 * (1 + t) / (1 - t)
    return (1 + 2 * x) * mp.exp(x * x) * mp.erfc(x)


def _stirling(z: mp.mpf) -> mp.mpf:
    """What log Γ(x) has beyond (x - 1/2) (log(x) - 1) + (log(2 π) - 1) / 2, times x; z = x**-2."""
    x = 1 / mp.sqrt(z)
    main = (x - mp.mpf(1) / 2) * (mp.log(x) - 1) + (mp.log(2 * mp.pi) - 1) / 2
    return (mp.loggamma(x) - main) * x


def _digamma_far(z: mp.mpf) -> mp.mpf:
    """What the digamma function lacks of log(x) - 1 / (2 x), times x**2; z = x**-2."""
    x = 1 / mp.sqrt(z)
    return (mp.log(x) - 1 / (2 * x) - mp.digamma(x)) * x**2


def _digamma_near(u: mp.mpf) -> mp.mpf:
    """The digamma function of 2 + u over the distance from its root."""
    return mp.digamma(2 + u) / (2 + u - _root_of_digamma())


@cache
def _root_of_digamma() -> mp.mpf:
    return mp.findroot(mp.digamma, mp.mpf("1.46"))


def fits() -> dict[str, Fit]:
    """All polynomials by name."""
    half_log = mp.log(2) / 2 * mp.mpf("1.0001")
    tiny = mp.mpf(10) ** -15  # 60 digits are enough for the quotients from here on
    quarter = (mp.pi / 4 * mp.mpf("1.0001")) ** 2
    eighth = mp.tan(mp.pi / 8) ** 2 * mp.mpf("1.0001")
    return {
        "exp": Fit(lambda r: (mp.expm1(r) - r) / r**2, lambda r: r**2, -half_log, half_log, (9, 4)),
        "log": Fit(
            _rooted(lambda s: 2 * mp.atanh(s), 2),
            lambda z: z,
            tiny,
            (mp.sqrt(2) - 1) ** 4 * mp.mpf("1.0001"),
            (6, 3),
        ),
        "pow": Fit(
            lambda z: (_rooted(lambda s: 2 * mp.atanh(s), 2)(z) - mp.mpf(2) / 3) / z,
            lambda z: z**2,
            tiny,
            (mp.sqrt(2) - 1) ** 4 * mp.mpf("1.0001"),
            (7, 3),
        ),
        "sinh": Fit(_rooted(mp.sinh, 1), lambda z: z, tiny, mp.mpf(1), (6, 3)),
        "sin": Fit(_rooted(mp.sin, 1), lambda z: z, tiny, quarter, (5, 2)),
        "cos": Fit(
            lambda z: (mp.cos(mp.sqrt(z)) - 1 + z / 2) / z**2,
            lambda z: z**2,
            tiny,
            quarter,
            (5, 2),
        ),
        "atan": Fit(_rooted(mp.atan, 1), lambda z: z, tiny, eighth, (10, 4)),
        "asin": Fit(_rooted(mp.asin, 1), lambda z: z, tiny, mp.mpf(1) / 4, (12, 4)),
        "erf": Fit(_rooted(mp.erf, 2 / mp.sqrt(mp.pi)), lambda z: z, tiny, mp.mpf(1), (10, 5)),
        "erf far": Fit(
            lambda u: mp.log(mp.erfc(1 + u)),
            lambda u: mp.erfc(1 + u),
            mp.mpf(0),
            mp.mpf(5),
            (17, 6),
        ),
        "erfc": Fit(_erfcx, lambda t: mp.mpf(1), -mp.mpf(5) / 7, mp.mpf(25) / 31, (22, 10)),
        "cbrt": Fit(mp.cbrt, lambda m: m ** (-mp.mpf(1) / 3), mp.mpf("0.5"), mp.mpf(4), (5, 5)),
        "lgamma": Fit(
            lambda u: (mp.loggamma(2 + u) / u - mp.digamma(2)) / u,
            lambda u: u,
            -mp.mpf("0.5000001"),
            mp.mpf("0.5"),
            (17, 7),
        ),
        "lgamma far": Fit(_stirling, lambda z: mp.sqrt(z) / 8, tiny, mp.mpf(1) / 64, (4, 1)),
        "digamma": Fit(
            lambda u: (_digamma_near(u) - _digamma_near(mp.mpf(0))) / u,
            lambda u: u / _digamma_near(u),
            -mp.mpf("1.0000001"),
            mp.mpf(1),
            (29, 13),
        ),
        "digamma far": Fit(_digamma_far, lambda z: z, tiny, mp.mpf(1) / 36, (6, 2)),
    }


def page() -> str:
    """The module with the table."""
    lines = [HEAD]
    for name, fit in fits().items():
        for digits, degree in zip((53, 24), fit.degrees, strict=True):
            coefficients, error = fitted(fit, degree)
            lines.append(f"{name} {digits}  # largest weighted error 2**{mp.log(error, 2):.4}")
            numbers = [repr(float(c)) for c in coefficients]
            lines += ["    " + " ".join(numbers[k : k + 4]) for k in range(0, len(numbers), 4)]
            lines.append("")
    return "\n".join([*lines[:-1], TAIL])


if __name__ == "__main__":
    mp.mp.dps = 60
    sys.stdout.write(page())
