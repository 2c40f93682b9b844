"""Attention and standardisation."""

from __future__ import annotations

from typing import Any

import numpy as np
from tests.support.exercises.exercise import Exercise, Slip, numbers


def attend(Q: Any, K: Any, V: Any, T: Any) -> Any:
    S = Q @ K.T / np.sqrt(Q.shape[1])
    P = np.exp(S) / np.sum(np.exp(S), axis=1, keepdims=True)
    O = P @ V
    return np.sum((O - T) ** 2) / 2


def attend_rows(Q: Any, K: Any, V: Any, T: Any) -> Any:
    d = Q.shape[1]
    S = Q @ K.T / np.sqrt(d)
    P = np.exp(S)
    P = P / P.sum(axis=1, keepdims=True)
    O = P @ V
    dO = O - T
    dV = P.T @ dO
    dP = dO @ V.T
    dS = P * (dP - np.sum(dP * P, axis=1, keepdims=True))
    dQ = dS @ K / np.sqrt(d)
    dK = dS.T @ Q / np.sqrt(d)
    return dQ, dK, dV


def attend_jacobians(Q: Any, K: Any, V: Any, T: Any) -> Any:
    scale = 1 / np.sqrt(K.shape[-1])
    E = np.exp(np.einsum("id,jd->ij", Q, K) * scale)
    P = E / np.einsum("ij->i", E)[:, None]
    g = np.einsum("ij,jv->iv", P, V) - T
    gP = np.einsum("iv,jv->ij", g, V)
    gS = np.stack([(np.diag(p) - np.outer(p, p)) @ q for p, q in zip(P, gP, strict=True)])
    gV = np.einsum("ij,iv->jv", P, g)
    gQ = np.einsum("ij,jd->id", gS, K) * scale
    gK = np.einsum("ij,id->jd", gS, Q) * scale
    return gQ, gK, gV


def standardised(gamma: Any, beta: Any, x: Any, t: Any) -> Any:
    mu = np.mean(x, axis=0)
    xc = x - mu
    var = np.mean(xc**2, axis=0)
    std = np.sqrt(var + 1e-5)
    xhat = xc / std
    out = gamma * xhat + beta
    return 0.5 * np.sum((out - t) ** 2)


def standardised_steps(gamma: Any, beta: Any, x: Any, t: Any) -> Any:
    N = x.shape[0]
    mu = x.mean(axis=0)
    xc = x - mu
    var = (xc**2).mean(axis=0)
    std = np.sqrt(var + 1e-5)
    xhat = xc / std
    dout = gamma * xhat + beta - t
    dgamma = np.sum(dout * xhat, axis=0)
    dbeta = np.sum(dout, axis=0)
    dxhat = dout * gamma
    dstd = -np.sum(dxhat * xc, axis=0) / std**2
    dvar = 0.5 * dstd / std
    dxc = dxhat / std
    dxc += 2 * xc * dvar / N
    dmu = -np.sum(dxc, axis=0)
    dx = dxc + dmu / N
    return dgamma, dbeta, dx


def standardised_short(gamma: Any, beta: Any, x: Any, t: Any) -> Any:
    N = len(x)
    std = np.sqrt(x.var(axis=0) + 1e-5)
    xhat = (x - x.mean(axis=0)) / std
    dout = gamma * xhat + beta - t
    dbeta = dout.sum(axis=0)
    dgamma = (dout * xhat).sum(axis=0)
    dxhat = gamma * dout
    dx = (N * dxhat - dxhat.sum(axis=0) - xhat * (dxhat * xhat).sum(axis=0)) / (N * std)
    return dgamma, dbeta, dx


EXERCISES = (
    Exercise(
        attend,
        (numbers(51, 4, 3), numbers(52, 5, 3), numbers(53, 5, 2), numbers(54, 4, 2)),
        ("Q", "K", "V"),
        (attend_rows, attend_jacobians),
        (
            Slip(attend_rows, "dV = P.T @ dO", "dV = S.T @ dO", "dV", "variable"),
            Slip(
                attend_rows,
                "P * (dP - np.sum(dP * P, axis=1, keepdims=True))",
                "P * (1 - P) * dP",
                "dS",
                "term activation unknown",
            ),
            Slip(attend_rows, "np.sum(dP * P, axis=1", "np.sum(dP * P, axis=0", "dS", "sum"),
            Slip(attend_rows, "np.sum(dP * P, axis", "np.sum(dP, axis", "dS", "missing"),
            Slip(attend_rows, "dS @ K / np.sqrt(d)", "dS @ K", "dQ", "factor missing"),
            Slip(attend_rows, "dS.T @ Q / np.sqrt(d)", "dS.T @ Q / d", "dK", "factor power"),
            Slip(attend_rows, "dK = dS.T @ Q", "dK = dS.T @ dQ", "dK", "variable"),
            Slip(
                attend_jacobians,
                "np.diag(p) - np.outer(p, p)",
                "np.diag(p) + np.outer(p, p)",
                "gS",
                "sign",
            ),
            Slip(
                attend_jacobians,
                "(np.diag(p) - np.outer(p, p)) @ q",
                "np.diag(p) @ q",
                "gS",
                "term",
            ),
            Slip(attend_jacobians, '"ij,iv->jv", P, g', '"ij,iv->jv", gP, g', "gV", "variable"),
            Slip(attend_jacobians, "gS, K) * scale", "gS, K)", "gQ", "missing factor"),
        ),
    ),
    Exercise(
        standardised,
        (numbers(55, 3), numbers(56, 3), numbers(57, 6, 3), numbers(58, 6, 3)),
        ("gamma", "beta", "x"),
        (standardised_steps, standardised_short),
        (
            Slip(standardised_steps, "dout * xhat, axis", "dout * xc, axis", "dgamma", "variable"),
            Slip(standardised_steps, "dxhat = dout * gamma", "dxhat = dout", "dxhat", "missing"),
            Slip(standardised_steps, "dstd = -np", "dstd = np", "dstd", "sign"),
            Slip(standardised_steps, "/ std**2", "/ std", "dstd", "power missing factor"),
            Slip(standardised_steps, "0.5 * dstd / std", "0.5 * dstd", "dvar", "missing"),
            Slip(standardised_steps, "2 * xc * dvar / N", "2 * xc * dvar", "dxc", "factor"),
            Slip(standardised_steps, "    dxc += 2 * xc * dvar / N\n", "", "dxc", "term"),
            Slip(standardised_steps, "dx = dxc + dmu / N", "dx = dxc", "dx", "term"),
            Slip(
                standardised_steps, "dmu = -np.sum(dxc, axis=0)", "dmu = -np.sum(dxc)", "dmu", "sum"
            ),
            Slip(standardised_short, "N * dxhat - dxhat.sum(axis=0)", "N * dxhat", "dx", "term"),
            Slip(standardised_short, "- xhat * (dxhat", "+ xhat * (dxhat", "dx", "sign"),
        ),
    ),
)
