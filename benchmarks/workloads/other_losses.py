"""Losses of models of many kinds, those of the tests: doubles, as many rows as fill the machine."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import optree
from benchmarks.other_names import in_jax, in_torch
from benchmarks.peers import has
from benchmarks.running import KOBAI, Contender, Section, agreeing, in_turns
from tests.backends.model_data import CASES, Case

import kobai

NUMPY = "Kobai's NumPy target"
SYSTEMS = (NUMPY, "JAX", "torch")


def flat(value: Any, gradient: Any) -> list[Any]:
    return [np.asarray(value), *map(np.asarray, optree.tree_leaves(gradient))]


def with_kobai(name: str, backend: str, loss: Callable[..., Any], given: Any) -> Contender:
    compiled = with_backend(name, backend, kobai.compile(kobai.value_and_grad(loss)), given)
    return Contender(name, lambda: flat(*compiled.run()))


def with_backend(name: str, backend: str, compiled: Callable[..., Any], given: Any) -> Contender:
    def run() -> Any:
        before = os.environ.get("KOBAI_BACKEND")
        os.environ["KOBAI_BACKEND"] = backend
        try:
            return compiled(*given)
        finally:
            if before is None:
                del os.environ["KOBAI_BACKEND"]
            else:
                os.environ["KOBAI_BACKEND"] = before

    return Contender(name, run)


def with_jax(loss: Callable[..., Any], given: Any) -> Contender:
    import jax

    gradient = jax.jit(jax.value_and_grad(loss))
    device = jax.tree.map(jax.numpy.asarray, given)
    return Contender("JAX", lambda: flat(*jax.block_until_ready(gradient(*device))))


def with_torch(loss: Callable[..., Any], given: Any) -> Contender:
    import torch

    parameters, *data = optree.tree_map(torch.as_tensor, given)
    leaves = [leaf.requires_grad_() for leaf in optree.tree_leaves(parameters)]

    def run() -> Any:
        for leaf in leaves:
            leaf.grad = None
        value = loss(parameters, *data)
        value.backward()
        return flat(value.detach(), [leaf.grad for leaf in leaves])

    return Contender("torch", run)


def contenders(case: Case) -> Iterator[Contender]:
    given = case.arguments(case.most)
    yield with_kobai(KOBAI, "native", case.loss, given)
    yield with_kobai(NUMPY, "numpy", case.loss, given)
    if has("jax") and case.has_known_shapes:
        yield with_jax(getattr(in_jax(), case.name), given)
    if has("torch"):
        yield with_torch(getattr(in_torch(), case.name), given)


def sections() -> Iterator[Section]:
    title = "other losses: value and gradient"
    print(title, flush=True)
    names = " | ".join(SYSTEMS)
    section = Section(
        title,
        [
            "Times Kobai's, so that 2 is twice as slow; float64. They are the losses of",
            "[the tests](../tests/backends/models.py), each system with the same lines; a system",
            "is left out (–) where its results differ by more than 1e-8, or where it can't jit.",
            "",
            f"| loss | rows | Kobai, ms | {names} | gradient : function |",
            "|---|--:|--:" + "|--:" * (len(SYSTEMS) + 1) + "|",
        ],
    )
    for case in CASES:
        given = case.arguments(case.most)
        systems = agreeing(contenders(case), 1e-8)
        alone = with_backend("function", "native", kobai.compile(case.loss), given)
        alone.run()
        times = in_turns([*systems, alone], rounds=5, pause=0.02)
        ours = times[KOBAI]
        shown = [f"{times[name] / ours:.2f}" if name in times else "–" for name in SYSTEMS]
        shown.append(f"{ours / times['function']:.2f}")
        row = [case.name.replace("_", " "), f"{case.most:,}", f"{1000 * ours:.3g}", *shown]
        section.body.append(f"| {' | '.join(row)} |")
        print("  " + "  ".join(f"{cell:>12}" for cell in row), flush=True)
    yield section
