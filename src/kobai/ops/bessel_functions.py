"""Bessel functions of the first and second kind and modified ones.

Derivatives: NIST Digital Library of Mathematical Functions, chapter 10 (dlmf.nist.gov), by x alone.
"""

from __future__ import annotations

import math

import numpy as np

from kobai.graph import Node, Op
from kobai.ops.arithmetic import absolute, sign
from kobai.ops.choices import (
    less,
    where,
)
from kobai.ops.entries import (
    polynomial,
    special_op,
    traces,
)

jv: Op = special_op(
    "jv",
    None,
    lambda g, y, v, x: g * (jv(v - 1, x) - jv(v + 1, x)) / 2,
    latex=r"J_{{{0}}}\left({1}\right)",
    domain=(0.5, 3.0),
)
yv: Op = special_op(
    "yv",
    None,
    lambda g, y, v, x: g * (yv(v - 1, x) - yv(v + 1, x)) / 2,
    latex=r"Y_{{{0}}}\left({1}\right)",
    domain=(0.5, 3.0),
)
iv: Op = special_op(
    "iv",
    None,
    lambda g, y, v, x: g * (iv(v - 1, x) + iv(v + 1, x)) / 2,
    latex=r"I_{{{0}}}\left({1}\right)",
    domain=(0.5, 3.0),
)
kv: Op = special_op(
    "kv",
    None,
    lambda g, y, v, x: -(g * (kv(v - 1, x) + kv(v + 1, x)) / 2),
    latex=r"K_{{{0}}}\left({1}\right)",
    domain=(0.5, 3.0),
)
ive: Op = special_op(
    "ive",
    None,
    lambda g, y, v, x: g * ((ive(v - 1, x) + ive(v + 1, x)) / 2 - sign(x) * y),
    latex=r"e^{{-\left|{1}\right|}} I_{{{0}}}\left({1}\right)",
    domain=(0.5, 3.0),
)
kve: Op = special_op(
    "kve",
    None,
    lambda g, y, v, x: g * (y - (kve(v - 1, x) + kve(v + 1, x)) / 2),
    latex=r"e^{{{1}}} K_{{{0}}}\left({1}\right)",
    domain=(0.5, 3.0),
)
j1 = special_op("j1", lambda g, y, x: g * (jv(0, x) - jv(2, x)) / 2, latex=r"J_1\left({0}\right)")
j0 = special_op("j0", lambda g, y, x: -(g * j1(x)), latex=r"J_0\left({0}\right)")
y1 = special_op(
    "y1",
    lambda g, y, x: g * (yv(0, x) - yv(2, x)) / 2,
    latex=r"Y_1\left({0}\right)",
    domain=(0.5, 3.0),
)
y0 = special_op("y0", lambda g, y, x: -(g * y1(x)), latex=r"Y_0\left({0}\right)", domain=(0.5, 3.0))
i1 = special_op("i1", lambda g, y, x: g * (iv(0, x) + iv(2, x)) / 2, latex=r"I_1\left({0}\right)")
i0 = special_op("i0", lambda g, y, x: g * i1(x), latex=r"I_0\left({0}\right)")
k1 = special_op(
    "k1",
    lambda g, y, x: -(g * (kv(0, x) + kv(2, x)) / 2),
    latex=r"K_1\left({0}\right)",
    domain=(0.5, 3.0),
)
k0 = special_op("k0", lambda g, y, x: -(g * k1(x)), latex=r"K_0\left({0}\right)", domain=(0.5, 3.0))
traces(np.i0)(i0)


def _hankel(order: int) -> list[float]:
    """The coefficients of Hankel's expansions for large x (DLMF 10.17.1)."""
    return [
        math.prod(4 * order**2 - j**2 for j in range(1, 2 * k, 2)) / (math.factorial(k) * 8**k)
        for k in range(16)
    ]


def _far_slope(x: Node, sign_of_term: int, near: Node, *weights: float) -> Node:
    """`near`, or for large x, where its terms cancel, the series of their sum (DLMF 10.40).

    Scaled Bessel functions of orders 0, 1 and 2 are added up with these weights.
    """
    is_far = less(60.0, absolute(x))
    far = where(is_far, absolute(x), 60.0)
    pairs = zip(*(_hankel(order) for order in range(len(weights))), strict=True)
    terms = [sum(w * a for w, a in zip(weights, pair, strict=True)) for pair in pairs]
    signed = [sign_of_term**k * term for k, term in enumerate(terms)]
    return where(is_far, far**-0.5 * polynomial(1 / far, signed), near)


i1e: Op = special_op(
    "i1e",
    lambda g, y, x: g * _i1e_slope(y, x),
    latex=r"e^{{-\left|{0}\right|}} I_1\left({0}\right)",
    domain=(0.5, 3.0),
)
i0e = special_op(
    "i0e",
    lambda g, y, x: g * _i0e_slope(y, x),
    latex=r"e^{{-\left|{0}\right|}} I_0\left({0}\right)",
    domain=(0.5, 3.0),
)
k1e: Op = special_op(
    "k1e",
    lambda g, y, x: g * _k1e_slope(y, x),
    latex=r"e^{{{0}}} K_1\left({0}\right)",
    domain=(0.5, 3.0),
)
k0e = special_op(
    "k0e",
    lambda g, y, x: g * _k0e_slope(y, x),
    latex=r"e^{{{0}}} K_0\left({0}\right)",
    domain=(0.5, 3.0),
)


def _i0e_slope(y: Node, x: Node) -> Node:
    scale = 1 / math.sqrt(2 * math.pi)
    return sign(x) * _far_slope(x, -1, i1e(absolute(x)) - y, -scale, scale)


def _i1e_slope(y: Node, x: Node) -> Node:
    scale = 1 / math.sqrt(2 * math.pi)
    near = (ive(0, x) + ive(2, x)) / 2 - sign(x) * y
    return _far_slope(x, -1, near, scale / 2, -scale, scale / 2)


def _k0e_slope(y: Node, x: Node) -> Node:
    scale = math.sqrt(math.pi / 2)
    return _far_slope(x, 1, y - k1e(x), scale, -scale)


def _k1e_slope(y: Node, x: Node) -> Node:
    scale = math.sqrt(math.pi / 2)
    near = y - (kve(0, x) + kve(2, x)) / 2
    return _far_slope(x, 1, near, -scale / 2, scale, -scale / 2)
