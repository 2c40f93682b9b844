"""Circular functions, rounding, and scipy.special: elementwise, without attributes but for one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import special
from tests.support.family import Family

from kobai.graph import AnyArray


def _whole_orders(count: int = 1) -> Callable[[list[AnyArray]], list[AnyArray]]:
    """A prepare function that makes whole numbers of the first operands."""

    def prepare(arrays: list[AnyArray]) -> list[AnyArray]:
        orders = [np.ceil(array).astype(int) for array in arrays[:count]]
        return [*orders, *arrays[count:]]

    return prepare


def _betaln(a: AnyArray, b: AnyArray) -> AnyArray:
    result: AnyArray = special.loggamma(a) + special.loggamma(b) - special.loggamma(a + b)
    return result


ROUNDING = frozenset(
    {"floor", "ceil", "rint", "trunc", "floor_divide", "remainder", "fmod", "copysign"}
)
FAMILY = Family(
    uses={"polygamma": ((((),), {"n": 1}), (((3,),), {"n": 2}))},
    prepared={
        **dict.fromkeys(
            ("gammainc", "gammaincc", "jv", "yv", "iv", "kv", "ive", "kve"), _whole_orders()
        ),
        "betainc": _whole_orders(2),
        **dict.fromkeys(
            ("boxcox", "boxcox1p", "inv_boxcox", "inv_boxcox1p"),
            lambda arrays: [arrays[0], np.ceil(arrays[1]).astype(int)],
        ),
    },
    analytic={
        "hypot": lambda a, b: np.sqrt(a**2 + b**2),
        "arctan2": lambda y, x: np.arctan(y / x),
        "log1mexp": lambda x: np.log(1 - np.exp(x)),
        "log1p_tanh": lambda x: np.log(1 + np.tanh(x)),
        "log_cosh": lambda x: np.log(np.cosh(x)),
        "log1mexp_of_exp": lambda x: np.log(1 - np.exp(-np.exp(x))),
        "sech": lambda x: 1 / np.cosh(x),
        "log_softplus": lambda x: np.log(np.log(1 + np.exp(x))),
        "sqrt1pm1": lambda x: np.sqrt(1 + x) - 1,
        "exp_of_sum": lambda a, b: np.exp(a + b),
        "slope_of_angle": lambda a, b: a / (a**2 + b**2),
        "deg2rad": lambda x: x * (np.pi / 180),
        "rad2deg": lambda x: x * (180 / np.pi),
        "cbrt": lambda x: x ** (1 / 3),
        "exp2": lambda x: np.exp(x * np.log(2)),
        "logaddexp2": lambda a, b: np.log(2.0**a + 2.0**b) / np.log(2),
        "gammaln": special.loggamma,
        "beta": lambda a, b: np.exp(_betaln(a, b)),
        "betaln": _betaln,
        "entr": lambda x: -x * np.log(x),
        "rel_entr": lambda x, y: x * np.log(x / y),
        "kl_div": lambda x, y: x * np.log(x / y) - x + y,
        "huber": lambda delta, r: delta * (r - delta / 2),
        "pseudo_huber": lambda delta, r: delta**2 * (np.sqrt(1 + (r / delta) ** 2) - 1),
        "boxcox": lambda x, p: (x**p - 1) / p,
        "boxcox1p": lambda x, p: ((1 + x) ** p - 1) / p,
        "inv_boxcox": lambda x, p: (1 + p * x) ** (1 / p),
        "inv_boxcox1p": lambda x, p: (1 + p * x) ** (1 / p) - 1,
        "exp10": lambda x: np.exp(x * np.log(10)),
        "exprel": lambda x: (np.exp(x) - 1) / x,
        "sindg": lambda x: np.sin(x * np.pi / 180),
        "cosdg": lambda x: np.cos(x * np.pi / 180),
        "tandg": lambda x: np.tan(x * np.pi / 180),
        "cosm1": lambda x: np.cos(x) - 1,
    },
    # Some have no complex values, those of Bessel functions are not exact to the last digit.
    by_differences=ROUNDING
    | {"erfinv", "erfcinv", "ndtri", "gammainc", "gammaincc", "betainc", "polygamma", "psi"}
    | {"jv", "yv", "iv", "kv", "ive", "kve", "expi", "exp1", "erfcx", "log_ndtr", "wrightomega"}
    | {"j0", "j1", "y0", "y1", "i0", "i1", "k0", "k1", "i0e", "i1e", "k0e", "k1e"}
    | {"huber", "exprel"},
    steps=frozenset({"floor", "ceil", "rint", "trunc", "floor_divide"})
    | {"signbit", "isinf", "logical_xor"},
)
