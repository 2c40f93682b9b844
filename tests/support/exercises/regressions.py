"""Regressions and likelihoods."""

from __future__ import annotations

from typing import Any

import numpy as np
from tests.support.exercises.exercise import Exercise, Slip, numbers


def weighted(w: Any, b: Any, X: Any, t: Any, s: Any) -> Any:
    y = X @ w + b
    return np.sum(s * (y - t) ** 2) / np.sum(s)


def weighted_chain(w: Any, b: Any, X: Any, t: Any, s: Any) -> Any:
    y = X @ w + b
    dE_dy = 2 * s * (y - t) / s.sum()
    dE_dw = dE_dy @ X
    dE_db = dE_dy.sum()
    return dE_dw, dE_db


def weighted_diagonal(w: Any, b: Any, X: Any, t: Any, s: Any) -> Any:
    S = np.diag(s)
    r = X @ w + b - t
    g_w = 2 * X.T @ S @ r / np.trace(S)
    g_b = 2 * np.dot(s, r) / np.trace(S)
    return g_w, g_b


def ridge(w: Any, X: Any, y: Any, lam: Any) -> Any:
    n = len(y)
    e = y - X @ w
    return e @ e / (2 * n) + lam * np.sum(w**2)


def ridge_normal_equations(w: Any, X: Any, y: Any, lam: Any) -> Any:
    n = len(y)
    return (X.T @ X @ w - X.T @ y) / n + 2 * lam * w


def ridge_residual(w: Any, X: Any, y: Any, lam: Any) -> Any:
    n = len(y)
    e = y - X @ w
    dw = -X.T @ e / n
    dw += 2 * lam * w
    return dw


def poisson(beta: Any, X: Any, y: Any) -> Any:
    eta = X @ beta
    mu = np.exp(eta)
    return np.mean(mu - y * eta)


def poisson_glm(beta: Any, X: Any, y: Any) -> Any:
    mu = np.exp(X @ beta)
    grad_beta = X.T @ (mu - y) / len(y)
    return grad_beta


def poisson_steps(beta: Any, X: Any, y: Any) -> Any:
    n = y.shape[0]
    eta = X @ beta
    mu = np.exp(eta)
    dmu = np.full(n, 1 / n)
    deta = dmu * mu - y / n
    dbeta = deta @ X
    return dbeta


def huber(w: Any, b: Any, X: Any, y: Any, delta: Any) -> Any:
    r = X @ w + b - y
    absolute = np.abs(r)
    h = np.where(absolute <= delta, 0.5 * r**2, delta * (absolute - 0.5 * delta))
    return np.mean(h)


def huber_clip(w: Any, b: Any, X: Any, y: Any, delta: Any) -> Any:
    r = X @ w + b - y
    dr = np.clip(r, -delta, delta) / len(r)
    dw = X.T @ dr
    db = np.sum(dr)
    return dw, db


def huber_where(w: Any, b: Any, X: Any, y: Any, delta: Any) -> Any:
    n = y.size
    r = X @ w + b - y
    small = np.abs(r) <= delta
    dr = np.where(small, r, delta * np.sign(r))
    dw = (dr[:, None] * X).sum(axis=0) / n
    db = dr.mean()
    return dw, db


def gaussian(mu: Any, log_sigma: Any, x: Any) -> Any:
    sigma = np.exp(log_sigma)
    u = (x - mu) / sigma
    return np.sum(0.5 * u**2 + log_sigma)


def gaussian_steps(mu: Any, log_sigma: Any, x: Any) -> Any:
    n = x.shape[0]
    sigma = np.exp(log_sigma)
    u = (x - mu) / sigma
    du = u
    dmu = -np.sum(du / sigma, axis=0)
    dsigma = -np.sum(du * (x - mu), axis=0) / sigma**2
    dlog_sigma = dsigma * sigma + n
    return dmu, dlog_sigma


def gaussian_closed(mu: Any, log_sigma: Any, x: Any) -> Any:
    u = (x - mu) * np.exp(-log_sigma)
    return -(u / np.exp(log_sigma)).sum(0), (1 - u**2).sum(0)


def factors(U: Any, V: Any, R: Any, M: Any, lam: Any) -> Any:
    P = U @ V.T
    E = M * (R - P)
    return 0.5 * np.sum(E**2) + 0.5 * lam * (np.sum(U**2) + np.sum(V**2))


def factors_matrix(U: Any, V: Any, R: Any, M: Any, lam: Any) -> Any:
    E = M * (R - U @ V.T)
    grad_U = -E @ V + lam * U
    grad_V = -E.T @ U + lam * V
    return grad_U, grad_V


def factors_ratings(U: Any, V: Any, R: Any, M: Any, lam: Any) -> Any:
    dU, dV = lam * U, lam * V
    for i, j in zip(*np.nonzero(M), strict=True):
        e = R[i, j] - U[i] @ V[j]
        dU[i] -= e * V[j]
        dV[j] -= e * U[i]
    return dU, dV


ROWS = numbers(11, 8, 3)
COUNTS = np.array([0.0, 2.0, 1.0, 4.0, 0.0, 3.0, 1.0, 2.0])
SEEN = np.array([[1.0, 0, 1, 1], [0, 1, 1, 0], [1, 1, 0, 1], [0, 0, 1, 1], [1, 0, 1, 0]])

EXERCISES = (
    Exercise(
        weighted,
        (numbers(12, 3), 0.4, ROWS, numbers(13, 8), np.abs(numbers(14, 8)) + 0.5),
        ("w", "b"),
        (weighted_chain, weighted_diagonal),
        (
            Slip(weighted_chain, "2 * s * (y - t)", "s * (y - t)", "dE_dy", "factor"),
            Slip(weighted_chain, "2 * s * (y - t)", "2 * (y - t)", "dE_dy", "missing"),
            Slip(weighted_chain, "/ s.sum()", "/ len(s)", "dE_dy", "factor variable missing extra"),
            Slip(weighted_chain, "(y - t)", "(t - y)", "dE_dy", "sign"),
            Slip(
                weighted_chain, "dE_db = dE_dy.sum()", "dE_db = dE_dy.mean()", "dE_db", "factor sum"
            ),
            Slip(weighted_diagonal, "np.dot(s, r)", "np.sum(r)", "g_b", "missing"),
            Slip(weighted_diagonal, "X.T @ S @ r", "X.T @ r", "g_w", "missing"),
        ),
    ),
    Exercise(
        ridge,
        (numbers(15, 3), ROWS, numbers(16, 8), 0.3),
        ("w",),
        (ridge_normal_equations, ridge_residual),
        (
            Slip(
                ridge_normal_equations,
                "X.T @ X @ w - X.T @ y",
                "X.T @ X @ w + X.T @ y",
                "dw dlog_sigma",
                "sign",
            ),
            Slip(
                ridge_normal_equations,
                "2 * lam * w",
                "lam * w",
                "dw dlog_sigma",
                "factor term",
            ),
            Slip(ridge_residual, "-X.T @ e", "X.T @ e", "dw", "sign"),
            Slip(ridge_residual, "dw += 2 * lam * w", "dw += 2 * lam", "dw", "missing broadcast"),
            Slip(ridge_residual, "dw += 2 * lam * w", "dw -= 2 * lam * w", "dw", "sign"),
        ),
    ),
    Exercise(
        poisson,
        (0.3 * numbers(17, 3), ROWS, COUNTS),
        ("beta",),
        (poisson_glm, poisson_steps),
        (
            Slip(poisson_glm, "mu - y", "X @ beta - y", "grad_beta", "missing activation variable"),
            Slip(poisson_glm, "(mu - y)", "(mu - y * mu)", "grad_beta", "extra term variable"),
            Slip(poisson_steps, "dmu * mu - y / n", "dmu - y / n", "deta", "missing activation"),
            Slip(poisson_steps, "dmu * mu - y / n", "dmu * mu - y", "deta", "factor"),
            Slip(
                poisson_steps,
                "dmu * mu - y / n",
                "dmu * eta - y / n",
                "deta",
                "variable point activation",
            ),
            Slip(poisson_steps, "dmu * mu - y / n", "dmu * mu", "deta", "term"),
        ),
    ),
    Exercise(
        huber,
        (numbers(18, 3), 0.2, ROWS, 2 * numbers(19, 8), 0.8),
        ("w", "b"),
        (huber_clip, huber_where),
        (
            Slip(
                huber_clip,
                "np.clip(r, -delta, delta) / len(r)",
                "r / len(r)",
                "dr",
                "activation missing unknown",
            ),
            Slip(huber_clip, "db = np.sum(dr)", "db = np.mean(dr)", "db", "factor sum"),
            Slip(huber_clip, "dw = X.T @ dr", "dw = X.T @ r", "dw", "variable"),
            Slip(huber_where, "delta * np.sign(r)", "delta", "dr", "missing sign activation"),
            Slip(huber_where, "sum(axis=0) / n", "sum(axis=0)", "dw", "factor"),
            Slip(huber_where, "delta * np.sign(r)", "np.sign(r)", "dr", "missing factor"),
        ),
    ),
    Exercise(
        gaussian,
        (numbers(20, 2), 0.3 * numbers(21, 2), numbers(22, 6, 2)),
        ("mu", "log_sigma"),
        (gaussian_steps, gaussian_closed),
        (
            Slip(
                gaussian_steps,
                "-np.sum(du / sigma, axis=0)",
                "np.sum(du / sigma, axis=0)",
                "dmu",
                "sign",
            ),
            Slip(gaussian_steps, "dsigma * sigma + n", "dsigma * sigma", "dlog_sigma", "term"),
            Slip(
                gaussian_steps,
                "dsigma * sigma + n",
                "dsigma * sigma + 1",
                "dlog_sigma",
                "factor sum variable term",
            ),
            Slip(
                gaussian_steps,
                "dsigma * sigma + n",
                "dsigma + n",
                "dlog_sigma",
                "missing activation",
            ),
            Slip(gaussian_steps, "/ sigma**2", "/ sigma", "dsigma", "power factor extra missing"),
            Slip(gaussian_closed, "1 - u**2", "1 + u**2", "dw dlog_sigma", "sign"),
        ),
    ),
    Exercise(
        factors,
        (numbers(23, 5, 2), numbers(24, 4, 2), numbers(25, 5, 4), SEEN, 0.1),
        ("U", "V"),
        (factors_matrix, factors_ratings),
        (
            Slip(factors_matrix, "-E @ V + lam", "E @ V + lam", "grad_U", "sign"),
            Slip(factors_matrix, "-E.T @ U", "-E.T @ grad_U", "grad_V", "variable stale"),
            Slip(factors_matrix, "E = M * (R - U @ V.T)", "E = R - U @ V.T", "E", "missing"),
            Slip(factors_matrix, "lam * U", "lam * U / 2", "grad_U", "factor term"),
            Slip(factors_ratings, "dU[i] -= e * V[j]", "dU[i] -= e * V[i % 4]", "dU", "index"),
            Slip(
                factors_ratings, "dV[j] -= e * U[i]", "dV[j] -= e * dU[i]", "dV", "variable stale"
            ),
            Slip(
                factors_ratings,
                "dU[i] -= e * V[j]",
                "U[i] += e * V[j]\n        dU[i] -= e * V[j]",
                "dV e dU U",
                "stale term",
            ),
        ),
    ),
)
