"""Losses over rows of scores, however they are spelled: right for scores of a million."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np
import pytest
from scipy import special

import kobai
from kobai.graph import AnyArray

T = np.array([[1.0, 0, 0], [0, 0, 1.0], [0, 1.0, 0]])
I = np.array([0, 2, 1])
W = np.array([0.2, 0.3, 0.5])
V = np.array([[1.0, -2.0], [0.5, 3.0], [-1.5, 0.25]])
V3 = np.array([[1.0, -2.0, 0.5], [0.5, 3.0, -1.0], [-1.5, 0.25, 2.0]])
BASE = np.array([[0.3, -1.2, 2.0], [1.0, 0.0, -0.5], [-2.0, 1.5, 0.7]])
SCORES = {
    "small": BASE,
    "equal": np.zeros((3, 3)),
    "tiny": 1e-9 * BASE,
    "far": 800.0 * BASE,
    "huge": 1e6 * BASE,
    "all large": 1e4 + BASE,
    "all very negative": BASE - 1e5,
}
PREPARED = {
    "plain": "E = np.exp(z)\nP = E / np.sum(E, axis=1, keepdims=True)",
    "broadcast": "E = np.exp(z)\nP = E / E.sum(axis=1)[:, None]",
    "columns": "E = np.exp(z).T\nP = (E / E.sum(axis=0)).T",
    "shifted": (
        "m = np.max(z, axis=1, keepdims=True)\nE = np.exp(z - m)\n"
        "P = E / np.sum(E, axis=1, keepdims=True)"
    ),
    "scipy": "P = special.softmax(z, axis=1)",
    "log first": "P = np.exp(z - np.log(np.sum(np.exp(z), axis=1, keepdims=True)))",
}
CROSS_ENTROPIES = (
    "-np.sum(T * np.log(P)) / len(z)",
    "-np.mean(np.sum(T * np.log(P), axis=1))",
    "-np.mean(np.log(P[np.arange(len(z)), I]))",
    "-np.mean(np.log(np.sum(T * P, axis=1)))",
    "np.mean(np.sum(np.where(T > 0, -np.log(P), 0.0), axis=1))",
    "-np.mean(np.log(np.prod(P ** T, axis=1)))",
    "-np.sum(np.log(P)[T == 1]) / len(z)",
    "-np.log(np.take_along_axis(P, I[:, None], axis=1)).mean()",
)
DIRECT = (
    "np.mean(np.log(np.sum(np.exp(z), axis=1)) - np.sum(T * z, axis=1))",
    "-np.mean(np.sum(T * (z - np.log(np.sum(np.exp(z), axis=1, keepdims=True))), axis=1))",
    "-np.mean(np.sum(T * special.log_softmax(z, axis=1), axis=1))",
    "-np.mean(np.log(np.exp(z)[np.arange(len(z)), I] / np.sum(np.exp(z), axis=1)))",
    "-np.mean(np.log(np.exp(z[np.arange(len(z)), I]) / np.exp(z).sum(axis=1)))",
    "-np.mean(np.log(np.take_along_axis(np.exp(z), I[:, None], 1)[:, 0] / np.exp(z).sum(1)))",
    "-np.mean(np.log(np.sum(T * np.exp(z), axis=1) / np.sum(np.exp(z), axis=1)))",
    (
        "-np.mean(np.sum(T * (z - z.max(axis=1, keepdims=True) - np.log(np.sum(np.exp("
        "z - z.max(axis=1, keepdims=True)), axis=1, keepdims=True))), axis=1))"
    ),
    (
        "np.mean(z.max(axis=1) + np.log(np.sum(np.exp(z - z.max(axis=1)[:, None]), axis=1))"
        " - z[np.arange(len(z)), I])"
    ),
)


def _function(body: str, result: str) -> Callable[[Any], Any]:
    names: dict[str, Any] = {"np": np, "special": special, "T": T, "I": I, "W": W, "V": V, "V3": V3}
    lines = ["def f(z):", *body.splitlines(), f"return {result}"]
    exec("\n    ".join(lines), names)
    function: Callable[[Any], Any] = names["f"]
    return function


def _exact_softmax(row: list[mp.mpf]) -> list[mp.mpf]:
    largest = max(row)
    powers = [mp.exp(x - largest) for x in row]
    return [power / mp.fsum(powers) for power in powers]


def _exact_logsumexp(row: list[mp.mpf]) -> mp.mpf:
    largest = max(row)
    return largest + mp.log(mp.fsum(mp.exp(x - largest) for x in row))


def _rows(z: AnyArray) -> list[list[mp.mpf]]:
    return [[mp.mpf(float(x)) for x in row] for row in z]


def _check(f: Callable[[Any], Any], z: AnyArray, value: Any, slope: Any, scale: float) -> None:
    """Within four units in the last place of the scale of the scores; no nan, no infinity."""
    found, slopes = kobai.value_and_grad(f)(z)
    assert abs(mp.mpf(float(found)) - value) <= 4 * np.spacing(max(scale, abs(float(value))))
    errors = [
        abs(mp.mpf(float(s)) - e) for s, e in zip(slopes.ravel(), np.ravel(slope), strict=True)
    ]
    assert max(errors) <= 4 * np.spacing(max(1.0, scale)), slopes


@pytest.mark.parametrize("scores", SCORES, ids=list(SCORES))
@pytest.mark.parametrize(
    ("body", "result"),
    [(body, result) for body in PREPARED.values() for result in CROSS_ENTROPIES]
    + [("", result) for result in DIRECT],
)
def test_a_cross_entropy_of_softmax(body: str, result: str, scores: str) -> None:
    z = SCORES[scores]
    with mp.workdps(60):
        rows = _rows(z)
        value = mp.fsum(_exact_logsumexp(row) - row[i] for row, i in zip(rows, I, strict=True)) / 3
        slope = [
            [(p - t) / 3 for p, t in zip(_exact_softmax(row), label, strict=True)]
            for row, label in zip(rows, T, strict=True)
        ]
        _check(_function(body, result), z, value, slope, float(np.max(np.abs(z))))


@pytest.mark.parametrize("result", CROSS_ENTROPIES[:2])
@pytest.mark.parametrize("body", PREPARED.values(), ids=list(PREPARED))
def test_the_slope_of_a_softmax_network_is_p_minus_t(body: str, result: str) -> None:
    lines = ["def loss(z, T):", "m = len(z)", *body.splitlines(), f"return {result}"]
    names: dict[str, Any] = {"np": np, "special": special}
    exec("\n    ".join(lines).replace("len(z)\n    return", "m\n    return"), names)
    d = kobai.derive(names["loss"], BASE, T, wrt="z")
    assert d["dz"].formula == ("(P - T) / n" if "m =" in body else "(P - T) / m")


SMOOTHED = (
    "-np.mean(np.sum((T * 0.9 + 0.1 / 3) * np.log(P), axis=1))",
    "-np.mean(0.9 * np.sum(T * np.log(P), axis=1) + 0.1 * np.mean(np.log(P), axis=1))",
)


@pytest.mark.parametrize("scores", SCORES, ids=list(SCORES))
@pytest.mark.parametrize("result", SMOOTHED)
def test_label_smoothing(result: str, scores: str) -> None:
    z = SCORES[scores]
    weights = [[0.9 * t + mp.mpf(1) / 30 for t in row] for row in T]
    with mp.workdps(60):
        rows = _rows(z)
        pairs = list(zip(rows, weights, strict=True))
        value = (
            mp.fsum(
                w * (_exact_logsumexp(row) - x)
                for row, ws in pairs
                for x, w in zip(row, ws, strict=True)
            )
            / 3
        )
        slope = [
            [(p - w) / 3 for p, w in zip(_exact_softmax(row), ws, strict=True)] for row, ws in pairs
        ]
        _check(_function(PREPARED["plain"], result), z, value, slope, 3 * float(np.max(np.abs(z))))


LOG_SUMS = {
    "sum": (
        (
            "np.log(np.sum(np.exp(z)))",
            "np.log(np.exp(z).sum())",
            "np.max(z) + np.log(np.sum(np.exp(z - np.max(z))))",
            "np.log(np.sum(np.exp(z - z.max()))) + z.max()",
            "special.logsumexp(z)",
        ),
        0.0,
        np.ones(9),
    ),
    "mean": (
        (
            "np.log(np.mean(np.exp(z)))",
            "np.log(np.sum(np.exp(z)) / 9)",
            "np.log(1 / 9 * np.sum(np.exp(z)))",
        ),
        np.log(9.0),
        np.ones(9),
    ),
    "weights": (
        (
            "np.log(np.sum(W * np.exp(z)))",
            "np.log(np.sum(np.exp(z) * W))",
            "np.log(np.exp(np.ravel(z)) @ np.tile(W, 3))",
            "np.log(np.dot(np.tile(W, 3), np.exp(z.reshape(-1))))",
        ),
        0.0,
        np.tile(W, 3),
    ),
}


@pytest.mark.parametrize("scores", SCORES, ids=list(SCORES))
@pytest.mark.parametrize(
    ("kind", "result"), [(kind, f) for kind, (fs, _, _) in LOG_SUMS.items() for f in fs]
)
def test_logarithms_of_sums_of_powers(kind: str, result: str, scores: str) -> None:
    z = SCORES[scores]
    with mp.workdps(60):
        _, less, weights = LOG_SUMS[kind]
        row = [mp.mpf(float(x)) + mp.log(w) for x, w in zip(z.ravel(), weights, strict=True)]
        value = _exact_logsumexp(row) - (mp.log(9) if less else 0)
        _check(_function("", result), z, value, _exact_softmax(row), 9 + float(np.max(np.abs(z))))


# Mixtures whose weights are parameters: nothing proves them positive.
MIXTURES = (
    "np.log(w @ np.exp(z))",
    "np.log(np.exp(z).dot(w))",
    "np.log(np.sum(w * np.exp(z)))",
    "np.log((np.exp(z) * w).sum())",
    "np.log(np.mean(w * np.exp(z))) + np.log(3)",
    "np.log(w[0] * np.exp(z[0]) + w[1] * np.exp(z[1]) + w[2] * np.exp(z[2]))",
    "z.max() + np.log(np.sum(w * np.exp(z - z.max())))",
    "np.log(np.sum(w * np.exp(z)) / np.sum(np.exp(z))) + np.log(np.sum(np.exp(z)))",
    "np.log(2 * np.sum(w * np.exp(z))) - np.log(2)",
    "special.logsumexp(z, b=w)",
)


@pytest.mark.parametrize("scores", SCORES, ids=list(SCORES))
@pytest.mark.parametrize("result", MIXTURES)
def test_a_mixture_with_weights_that_are_learnt(result: str, scores: str) -> None:
    f: Callable[..., Any] = eval(f"lambda z, w: {result}", {"np": np, "special": special})
    z = SCORES[scores][0]
    value, (slope, by_weight) = kobai.value_and_grad(f, argnums=(0, 1))(z, W)
    scale = 4 * np.spacing(9 + float(np.max(np.abs(z))))
    with mp.workdps(60):
        row = [mp.mpf(float(x)) + mp.log(mp.mpf(float(w))) for x, w in zip(z, W, strict=True)]
        assert abs(value - _exact_logsumexp(row)) <= scale
        shares = np.array(_exact_softmax(row), float)
    assert np.max(np.abs(slope - shares)) <= scale
    np.testing.assert_allclose(by_weight, shares / W, rtol=1e-9)


def test_a_weight_of_zero_leaves_its_term_out() -> None:
    def f(z: Any, w: Any) -> Any:
        return np.log(np.sum(w * np.exp(z)))

    z, w = np.array([900.0, 1.0, 2.0]), np.array([0.0, 0.5, 0.5])
    value, (slope, by_weight) = kobai.value_and_grad(f, argnums=(0, 1))(z, w)
    assert value == pytest.approx(special.logsumexp([1.0, 2.0]) - np.log(2.0), rel=1e-15)
    np.testing.assert_allclose(slope, [0, *special.softmax([1.0, 2.0])], rtol=1e-15)
    assert by_weight[0] == np.inf  # its exact slope is above e**897


MASKED = (
    "E = np.exp(z) * M\nO = (E / np.sum(E, axis=1, keepdims=True)) @ V",
    "E = M * np.exp(z)\nO = (E @ V) / E.sum(axis=1)[:, None]",
    "E = np.where(M > 0, np.exp(z), 0)\nO = E @ V / E.sum(axis=1, keepdims=True)",
    "E = np.exp(z - z.max(axis=1, keepdims=True)) * M\nO = E @ V / E.sum(axis=1).reshape(-1, 1)",
    "O = special.softmax(np.where(M > 0, z, -np.inf), axis=1) @ V",
)


@pytest.mark.parametrize("scores", SCORES, ids=list(SCORES))
@pytest.mark.parametrize("body", MASKED)
def test_attention_with_a_mask(body: str, scores: str) -> None:
    z = SCORES[scores]
    mask = [[0, 2], [0, 1, 2], [1]]
    with mp.workdps(60):
        total, slope = mp.mpf(0), np.zeros((3, 3))
        for i, (row, kept) in enumerate(zip(_rows(z), mask, strict=True)):
            shares = _exact_softmax([row[k] for k in kept])
            weights = [mp.fsum(mp.mpf(float(x)) for x in V[k]) for k in kept]
            mean = mp.fsum(p * w for p, w in zip(shares, weights, strict=True))
            total += mean
            slope[i, kept] = [float(p * (w - mean)) for p, w in zip(shares, weights, strict=True)]
    masks = np.array([[1.0, 0, 1], [1, 1, 1], [0, 1, 0]])
    f = _function(f"M = np.array({masks.tolist()})\n{body}", "np.sum(O)")
    _check(f, z, total, slope, float(np.max(np.abs(z)) + 9))


ATTENTION = (
    "E = np.exp(z)\nO = (E / np.sum(E, axis=1, keepdims=True)) @ V",
    "E = np.exp(z - z.max(axis=1, keepdims=True))\nO = (E @ V) / np.sum(E, axis=1, keepdims=True)",
    "E = np.exp(z)\nO = (E @ V) / E.sum(axis=1)[:, None]",
    "O = special.softmax(z, axis=-1) @ V",
)


@pytest.mark.parametrize("scores", SCORES, ids=list(SCORES))
@pytest.mark.parametrize("body", ATTENTION)
def test_attention(body: str, scores: str) -> None:
    z = SCORES[scores]
    with mp.workdps(60):
        shares = [_exact_softmax(row) for row in _rows(z)]
        weights = [mp.fsum(mp.mpf(float(x)) for x in row) for row in V]
        sums = [mp.fsum(p * w for p, w in zip(row, weights, strict=True)) for row in shares]
        slope = [
            [p * (w - mean) for p, w in zip(row, weights, strict=True)]
            for row, mean in zip(shares, sums, strict=True)
        ]
        _check(_function(body, "np.sum(O)"), z, mp.fsum(sums), slope, float(np.max(np.abs(z)) + 9))


@pytest.mark.parametrize("shift", [0.0, 1e4, 1e8, -1e12])
@pytest.mark.parametrize(
    "result",
    [
        "np.mean(z ** 2) - np.mean(z) ** 2",
        "np.mean(z * z) - np.mean(z) ** 2",
        "np.mean((z - np.mean(z)) ** 2)",
        "np.std(z) ** 2",
        "np.sqrt(np.var(z)) ** 2",
    ],
)
def test_a_variance_does_not_cancel(result: str, shift: float) -> None:
    z = BASE + shift
    with mp.workdps(60):
        numbers = [mp.mpf(float(x)) for x in z.ravel()]
        mean = mp.fsum(numbers) / 9
        value = mp.fsum((x - mean) ** 2 for x in numbers) / 9
        slope = [2 * (x - mean) / 9 for x in numbers]
        found, slopes = kobai.value_and_grad(_function("", result))(z)
        # The mean itself is rounded, to half a unit of its own.
        tolerance = 1e-14 + np.spacing(abs(shift))
        assert abs(float(found - value)) <= tolerance
        assert np.max(np.abs(slopes.ravel() - np.array(slope, float))) <= tolerance


@pytest.mark.parametrize(
    "result",
    ["np.sqrt(np.sum(z ** 2))", "np.sqrt(np.sum(z * z))", "np.sqrt(z @ z)", "np.linalg.norm(z)"],
)
@pytest.mark.parametrize("z", [[0.0, 0.0], [3.0, -4.0], [3e200, 4e200], [3e-200, 4e-200]], ids=str)
def test_lengths_do_not_overflow_and_have_a_slope_at_zero(result: str, z: list[float]) -> None:
    given = np.array(z)
    found, slope = kobai.value_and_grad(_function("", result))(given)
    length = float(mp.sqrt(mp.fsum(mp.mpf(x) ** 2 for x in z)))
    assert found == pytest.approx(length, rel=1e-15)
    assert slope == pytest.approx(given / length if length else given, rel=1e-15)


MISALIGNED = (
    # Each is broadcast along other axes than those that it was taken from.
    "m = z.max(axis=1)\nreturn np.sum(W * (m + np.log(np.sum(np.exp(z - m[:, None]), axis=1))))",
    (
        "m = z.max(axis=1)\nL = np.log(np.sum(np.exp(z - m[:, None]), axis=1))\n"
        "return np.sum(V3 * (m[:, None] + L[None, :]))"
    ),
    (
        "s = z - z.max(axis=1, keepdims=True)\n"
        "return np.sum(V3 * (s - np.log(np.sum(np.exp(s), axis=1))))"
    ),
    (
        "c = z[:, :1, None]\nx = z[:, :, None] * W\n"
        "return np.sum(V3 * (np.log(np.sum(np.exp(x - c), axis=2)) + c[:, 0, 0]))"
    ),
    "E = np.exp(z)\nreturn np.sum(V3 * (E @ V3) / np.sum(E, axis=1))",
    "E = np.exp(z)\nreturn np.sum(V3 * E / np.sum(E, axis=1))",
    "E = np.exp(z)\nreturn np.sum(W * np.sum(E * V3, axis=0) / np.sum(E, axis=1))",
    "E = np.exp(z)\nreturn np.sum(W * E[I, np.arange(3)] / np.sum(E, axis=1))",
    "E = np.exp(z)\nreturn np.sum(W * E[np.arange(3), I] / np.sum(E, axis=0))",
    "E = np.exp(z)\nreturn np.sum(W * E[I][:, 0] / np.sum(E, axis=1))",
    "E = W * np.exp(z)\nreturn np.sum(V3 * E / np.sum(E, axis=1))",
    "E = W * np.exp(z)\nreturn np.sum(V3 * E / np.sum(E, axis=1).reshape(1, 3))",
    "E = W * np.exp(z)\nreturn np.sum(V3 * (E @ V3) / np.sum(E, axis=1))",
    "E = W * np.exp(z)\nreturn np.sum(W * np.sum(E * V3, axis=0) / np.sum(E, axis=1))",
    "return np.sum(V3 * np.exp(z - np.log(np.sum(np.exp(z), axis=1))))",
    "return np.sum(np.mean(z ** 2, axis=0) - np.mean(z, axis=1) ** 2)",
    "return np.mean(z ** 2) - np.sum(np.mean(z, axis=1) ** 2)",
)


@pytest.mark.parametrize("body", MISALIGNED)
def test_what_only_looks_alike_keeps_its_value(body: str) -> None:
    *lines, last = body.splitlines()
    f = _function("\n".join([*lines, f"result = {last.removeprefix('return ')}"]), "result")
    plain = f(BASE)
    value, slope = kobai.value_and_grad(f)(BASE)
    assert value == pytest.approx(plain, rel=1e-14)
    step = 1e-6
    for place in np.ndindex(BASE.shape):
        moved = np.zeros_like(BASE)
        moved[place] = step
        difference = (f(BASE + moved) - f(BASE - moved)) / (2 * step)
        assert slope[place] == pytest.approx(difference, rel=1e-7, abs=1e-8)


CHOSEN = (
    "-np.mean(np.log(y * a + (1 - y) * (1 - a)))",
    "-np.mean(np.log(a * y + (1 - a) * (1 - y)))",
    "-np.mean(np.log(np.where(y > 0.5, a, 1 - a)))",
    "np.mean(-y * np.log(a) - (1 - y) * np.log(1 - a))",
)


@pytest.mark.parametrize("is_compiled", [False, True], ids=["traced", "compiled"])
@pytest.mark.parametrize("result", CHOSEN)
def test_labels_choose_between_chances(result: str, is_compiled: bool) -> None:
    names: dict[str, Any] = {"np": np}
    exec(f"def f(z, y):\n    a = 1 / (1 + np.exp(-z))\n    return {result}", names)
    g = kobai.value_and_grad(names["f"])
    g = kobai.compile(g) if is_compiled else g
    z = np.array([1e6, -1e6, 0.5, 800.0, -40.0])
    y = np.array([0.0, 1.0, 1.0, 1.0, 0.0])
    value, slope = g(z, y)
    signs = np.where(y == 1, -1.0, 1.0)
    np.testing.assert_allclose(value, np.mean(np.logaddexp(0, signs * z)), rtol=1e-15)
    np.testing.assert_allclose(slope, signs * special.expit(signs * z) / 5, rtol=1e-12)


def test_labels_between_0_and_1_mix_chances() -> None:
    def f(z: Any, y: Any) -> Any:
        a = 1 / (1 + np.exp(-z))
        return np.sum(np.log(y * a + (1 - y) * (1 - a)))

    z, y = np.array([800.0, -800.0, 0.0]), np.array([0.25, 0.75, 0.5])
    value, slope = kobai.value_and_grad(f)(z, y)
    np.testing.assert_allclose(value, 2 * np.log(0.25) + np.log(0.5), rtol=1e-15)
    np.testing.assert_allclose(slope, 0, atol=1e-300)
