"""Small models trained with steps of machine code, and with NumPy's steps one by one.

Where rounding leads, grows from step to step: NumPy's own steps are made again from parameters that
are moved by units in the last place, and machine code may end as far away as these do.
"""

from __future__ import annotations

import os
import random
import warnings
from typing import Any
from unittest import mock

import numpy as np
import optree
from tests.support.native_programs import vocabulary

import kobai
from kobai.errors import KobaiError

WIDTHS = (1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 33)
ACTIVATIONS = (
    "np.tanh({0})",
    "np.maximum({0}, 0)",
    "1 / (1 + np.exp(-{0}))",
    "np.log1p(np.exp({0}))",
    "np.where({0} > 0, {0}, 0.1 * {0})",
    "{0} / (1 + np.abs({0}))",
    "{0}",
)
# `z` has a row for each example, `u` a number, `t` a target, `c` a class, `g` whether it counts.
LOSSES = (
    "np.mean((u - t) ** 2)",
    "np.mean(np.sum((z - t[:, None]) ** 2, axis=1))",
    "np.mean(special.logsumexp(z, axis=1) - u * t)",
    "-np.mean(np.log(np.exp(z).T / np.sum(np.exp(z), axis=1)) * t)",
    "-np.sum((c[:, None] == np.arange(z.shape[1])) * special.log_softmax(z, axis=1)) / len(t)",
    "np.mean(np.logaddexp(0, u) - g * u)",
    "np.mean(np.abs(u - t))",
    "np.mean(np.maximum(0, 1 - np.sign(t) * u))",
    "np.sum(np.where(g, u - t, 0) ** 2) / 9",
    "np.mean(np.exp(u / 9) - t * u / 9)",
    "np.mean((z.T @ z) ** 2) / 99 + np.mean((u - u.mean()) ** 2)",
    "np.mean(((c[:, None] == np.arange(z.shape[1])) - special.softmax(z, axis=1)) ** 2)",
    "np.max(np.abs(z)) + np.mean(u)",
    "np.mean(z[:, 0] * t)",
    "np.mean(special.logsumexp(z, axis=1) - z[np.arange(len(c)), c])",
)
MOVES = (
    "X",
    "X",
    "X - X.mean(axis=0)",
    "X[:, ::-1]",
    "X * X",
    "(X - X.mean(axis=0)) / np.sqrt(np.mean((X - X.mean(axis=0)) ** 2, axis=0) + 0.1)",
    "X - X.max(axis=1, keepdims=True)",
)
RUNS = 2
MARGIN = 30.0


def verdict(seed: int) -> tuple[str, str, str]:
    """How training ends for a seed: right, refused or wrong; why; its source."""
    chooser = random.Random(seed)
    source = _written(chooser)
    names = vocabulary()
    exec(source, names)
    settings = _settings(chooser)
    dtype = chooser.choice(("float64", "float64", "float32"))
    features, hidden, classes = (chooser.choice(WIDTHS) for _ in range(3))
    generator = np.random.default_rng(seed)

    def part(*shape: int) -> Any:
        return (generator.normal(size=shape) * 0.5).astype(dtype)

    params = {
        "W": part(features, hidden),
        "b": part(hidden),
        "V": part(hidden, classes),
        "c": [part(classes), part()],
    }
    rows = chooser.choice((3, 5, 8, 17, 20, 33, 100))
    data = (
        part(rows, features),
        part(rows),
        generator.integers(0, classes, rows),
        generator.random(rows) > 0.3,
    )
    about = f"{source}{settings}, {dtype}, {rows} rows, {features}-{hidden}-{classes}"

    def trained(backend: str, moved: float) -> list[Any]:
        noise = np.random.default_rng(int(moved))
        nest: Any = params
        start: Any = optree.tree_map(lambda a: _moved(a, noise, moved), nest)
        with mock.patch.dict(os.environ, {"KOBAI_BACKEND": backend, "KOBAI_CACHE_DIR": ""}):
            fit = kobai.minimize(names["loss"], start, data, progress=False, **settings)
        return [np.asarray(x) for x in (*optree.tree_leaves(fit.params), fit.history)] + [
            np.asarray(fit.steps)
        ]

    with warnings.catch_warnings(action="ignore"):
        try:
            found = trained("native", 0)
            expected = trained("numpy", 0)
            runs = [trained("numpy", run) for run in range(1, RUNS + 1)]
        except KobaiError as error:
            return "refused", error.what, about
    for number, (one, other, *moved) in enumerate(zip(found, expected, *runs, strict=True)):
        difference = _difference(one, other, moved, np.finfo(dtype))
        if difference:
            return "wrong", f"result {number}: {difference}", about
    return "right", "", about


def _written(chooser: random.Random) -> str:
    layers = [f"h = {chooser.choice(MOVES)}"]
    is_deep = chooser.random() < 0.7
    if is_deep:
        activation = chooser.choice(ACTIVATIONS).format("h")
        layers += ['h = h @ p["W"] + p["b"]', f"h = {activation}", 'z = h @ p["V"] + p["c"][0]']
    else:
        layers += ['z = h @ (p["W"] @ p["V"]) + p["c"][0] * p["c"][1]']
    penalty = chooser.choice(("", ' + 0.01 * np.sum(p["W"] ** 2)', ' + 0.1 * p["c"][1] ** 2'))
    body = "\n    ".join(
        [*layers, "u = z.mean(axis=1)", f"return {chooser.choice(LOSSES)}{penalty}"]
    )
    return f"def loss(p, X, t, c, g):\n    {body}\n"


def _settings(chooser: random.Random) -> dict[str, Any]:
    momentum = chooser.choice((0.0, 0.0, 0.5, 0.9))
    settings: dict[str, Any] = {
        "optimizer": kobai.optim.GradientDescent(
            chooser.choice((0.01, 0.03)), momentum, nesterov=momentum > 0 and chooser.random() < 0.5
        ),
        "batch_size": chooser.choice((None, None, 1, 2, 4, 7, 16)),
        "shuffle": chooser.random() < 0.8,
    }
    settings |= chooser.choice(({"steps": 12}, {"steps": 25}, {"epochs": 3}))
    return settings


def _moved(array: Any, noise: np.random.Generator, amount: float) -> Any:
    if not amount:
        return array
    unit = float(np.finfo(array.dtype).eps)
    return (array * (1 + 2 * unit * noise.normal(size=array.shape))).astype(array.dtype)


def _difference(found: Any, expected: Any, runs: list[Any], kind: Any) -> str:
    """How a result differs by more than rounding; empty if it doesn't."""
    if found.shape != expected.shape or found.dtype != expected.dtype:
        if any(run.shape != expected.shape for run in runs):
            return ""
        return f"{found.dtype} {found.shape} instead of {expected.dtype} {expected.shape}"
    if found.dtype.kind != "f":
        return "" if np.array_equal(found, expected) else f"{found} instead of {expected}"
    with np.errstate(all="ignore"):
        spread = np.max([np.max(np.abs(run - expected), initial=0) for run in runs])
        size = np.max(np.abs(expected), initial=0)
        limit = MARGIN * (spread + kind.eps * size)
        far = np.max(np.abs(found - expected), initial=0)
    if far <= limit or (np.isnan(far) and not np.isfinite(limit)):
        return ""
    return f"{far:.2g} away where rounding moves {limit:.2g}, of {size:.2g}"
