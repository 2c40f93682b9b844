"""How far the elementary functions of the LLVM target are from the truth.

To write docs/accuracy.md anew (on x86-64 and Linux, whose numbers of 80 bits are the measure for
most points; it takes some minutes):

    python -m tests.support.accuracy > docs/accuracy.md
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from dataclasses import dataclass

import mpmath as mp
import numpy as np
from tests.support.machine_code import machine_code

from kobai.backends.native import NativeProgram
from kobai.graph import OPERATIONS, AnyArray, Graph
from kobai.lower.plan import plan

HEAD = """\
# Accuracy

The largest errors that were found of the elementary functions in machine code, in units in the last
place, and where. This page is printed by `tests/support/accuracy.py`; a test holds every function
within 2 units at two thousand points, and compares it at the edges: infinities, nan, signed zeros,
subnormals, the ends of the range.

*Many* points, a million and more for each function, are compared with functions for numbers of 80
bits, which are the C library's and whose own errors are some thousandths of a unit here. *Hard*
points, a hundred thousand each, of which most lie near zeros, poles and where one formula follows
another, are compared with mpmath's functions in 60 digits.

`sigmoid` is made of `exp`. `psi` is compared with mpmath's at all points. It and `gammaln` are
given positive numbers here: on the other side, they have zeros between poles, and lose digits next
to them. Other functions (`arctan2`, `hypot`, `fmod`) are the C library's, called lane by lane; so
are sines, cosines and tangents of angles beyond 2**27, `gammaln` of what is not positive, and
powers of anything but positive finite numbers: of all lanes, if it is so in one.

| function | dtype | many | at | hard | at |
|---|---|--:|---|--:|---|
"""
MANY, HARD = 1 << 20, 100_000
AT_ONCE = 1 << 17


@dataclass(frozen=True)
class Case:
    """What a function is compared with, and where.

    Attributes:
        exact: mpmath's function.
        extended: NumPy's, or the name of the C library's for numbers of 80 bits; None if neither
            has it.
        low, high: ends of the range of most arguments, for doubles; floats' are a tenth of it if
            it is wide.
        hard: numbers around which it is hard.
        wide: whether arguments of all sizes are given.
        positive: whether no others are given.
        second: the range of the second operand.
    """

    exact: Callable[..., object]
    extended: Callable[..., AnyArray] | str | None
    low: float
    high: float
    hard: tuple[float, ...] = ()
    wide: bool = True
    positive: bool = False
    second: tuple[float, float] | None = None


def _sigmoid(x: AnyArray) -> AnyArray:
    found: AnyArray = 1 / (1 + np.exp(-x))
    return found


_QUARTERS = tuple(k * np.pi / 2 for k in (*range(1, 12), 77, 1001, 123456, 80_000_001))
_SIGNS = (1.0, -1.0)
_ROOT = 1.4616321449683622  # of the digamma function
# By the name of the operation.
CASES: dict[str, Case] = {
    "exp": Case(mp.exp, np.exp, -745, 709.7, (0.0, 0.3466, 1.0397)),
    "exp2": Case(lambda x: mp.mpf(2) ** x, np.exp2, -1074, 1023.9, (0.0, 0.5, 1.5)),
    "expm1": Case(mp.expm1, np.expm1, -40, 709.7, (0.0, 0.3466, -0.3466, 1.0397, -1.0397)),
    "log": Case(mp.log, np.log, 1e-3, 3, (1.0, 0.7071, 1.4142)),
    "log2": Case(lambda x: mp.log(x) / mp.log(2), np.log2, 1e-3, 3, (1.0, 0.7071, 1.4142)),
    "log10": Case(mp.log10, np.log10, 1e-3, 3, (1.0, 0.7071, 1.4142, 10.0)),
    "log1p": Case(mp.log1p, np.log1p, -0.9999, 3, (0.0, -1.0, -0.2929, 0.4142)),
    "sinh": Case(mp.sinh, np.sinh, -710, 710, (0.0, 1.0)),
    "cosh": Case(mp.cosh, np.cosh, -710, 710, (0.0, 0.3466)),
    "tanh": Case(mp.tanh, np.tanh, -20, 20, (0.0, 0.625)),
    "sigmoid": Case(lambda x: 1 / (1 + mp.exp(-x)), _sigmoid, -700, 40, (0.0,)),
    "sin": Case(mp.sin, np.sin, -1e5, 1e5, (0.0, *_QUARTERS)),
    "cos": Case(mp.cos, np.cos, -1e5, 1e5, (0.0, *_QUARTERS)),
    "tan": Case(mp.tan, np.tan, -1e5, 1e5, (0.0, 0.7854, *_QUARTERS)),
    "arcsin": Case(mp.asin, np.arcsin, -1, 1, (0.0, 0.5, -0.5, 1.0, -1.0)),
    "arccos": Case(mp.acos, np.arccos, -1, 1, (0.0, 0.5, -0.5, 1.0, -1.0)),
    "arctan": Case(mp.atan, np.arctan, -5, 5, (0.0, 0.4142, 1.0, 2.4142)),
    "arcsinh": Case(mp.asinh, np.arcsinh, -10, 10, (0.0, 1.0, 2.0**60)),
    "arccosh": Case(mp.acosh, np.arccosh, 1, 10, (1.0, 2.0, 2.0**60)),
    "arctanh": Case(mp.atanh, np.arctanh, -1, 1, (0.0, 0.17, 0.3333, 1.0, -1.0)),
    "erf": Case(mp.erf, "erfl", -6, 6, (0.0, 1.0, -1.0)),
    "erfc": Case(lambda x: mp.erfc(min(x, mp.mpf(200))), "erfcl", -6, 27.2, (0.0, 3.0, 1.0)),
    "cbrt": Case(lambda x: mp.sign(x) * mp.cbrt(abs(x)), np.cbrt, -10, 10, (0.0, 1.0, 8.0)),
    "gammaln": Case(
        mp.loggamma, "lgammal", 1e-3, 30, (1.0, 2.0, 0.5, 1.5, 2.5, 3.5, 8.0), positive=True
    ),
    "psi": Case(mp.digamma, None, 1e-3, 30, (1.0, _ROOT, 2.0, 3.0, 4.0, 6.0), positive=True),
    "power": Case(lambda x, y: x**y, np.power, 1e-3, 10, (1.0, 0.7071, 1.4142), second=(-90, 90)),
}


def native(name: str, *operands: AnyArray) -> AnyArray:
    """An operation in machine code."""
    graph = Graph()
    nodes = [graph.input(f"x{k}", x.shape, x.dtype) for k, x in enumerate(operands)]
    (found,) = NativeProgram(plan([OPERATIONS[name](*nodes)], {}), nodes).run(*operands)
    result: AnyArray = found
    return result


def points(
    case: Case, dtype: str, count: int, generator: np.random.Generator, *, hard: bool
) -> tuple[AnyArray, ...]:
    """Operands, most of which are where it is hard if so wanted, for which there are results."""
    is_double = dtype == "float64"
    far = 300 if is_double else 36
    low, high = (
        end if is_double or abs(end) < 100 or case.high == 1e5 else end * 0.125
        for end in (case.low, case.high)
    )
    parts = [generator.uniform(low, high, count), np.clip(generator.normal(size=count), low, high)]
    signs = generator.choice(_SIGNS, count)
    if case.wide:
        parts.append(signs * 10.0 ** generator.uniform(-far, 1, count))
        parts.append(signs * 10.0 ** generator.uniform(-far, far, count))
    if hard:
        distance = signs * 10.0 ** generator.uniform(-16 if is_double else -7, -1, count)
        centres = generator.choice([*case.hard, *(-h for h in case.hard)], count)
        parts = [centres + distance * np.maximum(1, np.abs(centres)) * 0.5, *parts]
        # Neighbours of the centres.
        steps = generator.integers(-3, 4, count)
        parts[-1] = (centres.astype(dtype) * (1 + steps * np.finfo(dtype).eps)).astype(float)
        sizes = [count // 2, *[count // 2 // (len(parts) - 1) + 1] * (len(parts) - 1)]
        parts = [part[:size] for part, size in zip(parts, sizes, strict=True)]
    x = np.concatenate(parts)[: None if not hard else count].astype(dtype)
    if case.second is None:
        return (np.abs(x) if case.positive else x,)
    reach = np.abs(np.log(np.abs(x))).clip(1e-300) if is_double else np.abs(np.log(np.abs(x)))
    with np.errstate(divide="ignore", invalid="ignore"):
        most = np.minimum((700 if is_double else 85) / reach, 1e15)
    y = generator.uniform(-1, 1, len(x)) * most
    near = generator.uniform(*case.second, len(x))
    return (np.abs(x), np.where(generator.random(len(x)) < 0.5, y, near).astype(dtype))


def errors(
    found: AnyArray, expected: AnyArray, operands: tuple[AnyArray, ...]
) -> tuple[float, tuple[float, ...]]:
    """The largest error in units in the last place, and the operands where it is."""
    with np.errstate(all="ignore"):
        nearest = expected.astype(found.dtype)
        unit = np.spacing(np.abs(nearest)).astype(np.longdouble)
        error = np.abs(found.astype(np.longdouble) - expected) / unit
    is_same = (found == nearest) & ~np.isfinite(nearest) | np.isnan(found) & np.isnan(nearest)
    error = np.where(is_same, 0, np.where(np.isnan(error), np.inf, error))
    worst = int(np.argmax(error))
    return float(error[worst]), tuple(x[worst].item() for x in operands)


def exact(case: Case, operands: tuple[AnyArray, ...]) -> AnyArray:
    """mpmath's results as numbers of 80 bits; outside the domain, nan."""
    results = np.empty(len(operands[0]), np.longdouble)
    with mp.workdps(60):
        for place, values in enumerate(zip(*(x.tolist() for x in operands), strict=True)):
            results[place] = _extended_number(case, values)
    return results


def _extended_number(case: Case, values: tuple[float, ...]) -> np.longdouble:
    try:
        result = case.exact(*map(mp.mpf, values))
    except ZeroDivisionError:
        return np.longdouble("nan")
    if not isinstance(result, mp.mpf):
        return np.longdouble("nan")
    high = float(result)
    if not np.isfinite(high):
        return np.longdouble(high)
    rest = result - mp.mpf(high)
    return np.longdouble(high) + np.longdouble(float(rest))


def extended(case: Case, operands: tuple[AnyArray, ...]) -> AnyArray:
    """The results of functions for numbers of 80 bits."""
    if case.extended is None:
        return exact(case, operands)
    function = _library(case.extended) if isinstance(case.extended, str) else case.extended
    with np.errstate(all="ignore"):
        return function(*(x.astype(np.longdouble) for x in operands))


@functools.cache
def _library(name: str) -> Callable[[AnyArray], AnyArray]:
    """A function of the C library for arrays of numbers of 80 bits."""
    text = f"""
        declare x86_fp80 @{name}(x86_fp80)
        define void @each(ptr %x, ptr %y, i64 %n) {{
        entry:
          br label %body
        body:
          %i = phi i64 [0, %entry], [%next, %body]
          %from = getelementptr x86_fp80, ptr %x, i64 %i
          %to = getelementptr x86_fp80, ptr %y, i64 %i
          %value = load x86_fp80, ptr %from
          %found = call x86_fp80 @{name}(x86_fp80 %value)
          store x86_fp80 %found, ptr %to
          %next = add i64 %i, 1
          %more = icmp slt i64 %next, %n
          br i1 %more, label %body, label %done
        done:
          ret void
        }}"""
    each = machine_code(text, "each")

    def of(x: AnyArray) -> AnyArray:
        result = np.empty_like(x)
        each(x.ctypes.data, result.ctypes.data, len(x))
        return result

    return of


def _worst(name: str, dtype: str, *, hard: bool, count: int) -> tuple[float, tuple[float, ...]]:
    case = CASES[name]
    generator = np.random.default_rng(len(name))
    reference = exact if hard else extended
    worst: tuple[float, tuple[float, ...]] = (0.0, ())
    done = 0
    while done < count:
        operands = points(case, dtype, min(AT_ONCE, count), generator, hard=hard)
        found = native(name, *operands)
        worst = max(worst, errors(found, reference(case, operands), operands))
        done += len(operands[0])
    return worst


def row(name: str, dtype: str, many: int = MANY, hard: int = HARD) -> str:
    """A line of the table."""
    cells = []
    for is_hard, count in ((False, many), (True, hard)):
        error, where = _worst(name, dtype, hard=is_hard, count=count)
        cells += [
            f"{error:.2f}",
            ", ".join(f"{x:.17g}" if dtype == "float64" else f"{x:.9g}" for x in where),
        ]
    return f"| `{name}` | {dtype} | " + " | ".join(cells) + " |\n"


if __name__ == "__main__":
    names = sys.argv[1:] or list(CASES)
    sys.stdout.write(HEAD)
    for name in names:
        for dtype in ("float64", "float32"):
            sys.stdout.write(row(name, dtype))
            sys.stdout.flush()
