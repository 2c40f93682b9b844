"""What value and gradient take, beside the function alone: all of the losses of this folder."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.running import KOBAI, Contender, Finding, Section, in_turns
from benchmarks.workloads import digits_net, logistic, mixture, small_net

import kobai

MOST = 3.0

Case = tuple[str, Callable[..., Any], tuple[Any, ...], tuple[int, ...]]


def cases() -> Iterator[Case]:
    yield "logistic regression", logistic.naive, logistic.drawn(), (0, 1)
    yield "mixture, full precisions", mixture.objective, mixture.drawn(), (0, 1, 2)
    yield "mixture, full, as one product", mixture.by_products, mixture.drawn(), (0, 1, 2)
    alphas, means, icf, x = mixture.drawn()
    logs = icf[:, : mixture.DIMENSIONS].copy()
    yield "mixture, diagonal", mixture.diagonal_objective, (alphas, means, logs, x), (0, 1, 2)
    yield "12-3-2 net", small_net.loss, small_net.drawn(), (0,)
    for size in (32, 128):
        yield f"784-128-10 net, batch of {size}", digits_net.loss, digits_net.drawn(size), (0,)


def sections() -> Iterator[Section]:
    title = "value and gradient beside the function alone"
    print(title, flush=True)
    header = "| loss | function, ms | value and gradient, ms | ratio |"
    section = Section(title, [header, "|---|--:|--:|--:|"])
    largest, where = 0.0, ""
    for name, loss, given, argnums in cases():
        function = kobai.compile(loss)
        gradient = kobai.compile(kobai.value_and_grad(loss, argnums=argnums))
        pair = [
            Contender("function", functools.partial(function, *given)),
            Contender(KOBAI, functools.partial(gradient, *given)),
        ]
        for contender in pair:
            contender.run()
        times = in_turns(pair, repeats=3 if "net" not in name else 50)
        ratio = times[KOBAI] / times["function"]
        if ratio > largest:
            largest, where = ratio, name
        section.body.append(
            f"| {name} | {1e3 * times['function']:.3g} | {1e3 * times[KOBAI]:.3g} | {ratio:.2f} |"
        )
        print(f"  {name:36} {1e3 * times['function']:10.3f} ms  {ratio:6.2f}", flush=True)
    reached = f"{largest:.2f} × at most ({where})"
    section.findings.append(Finding(title, "≤ 3 × the function", reached, largest <= MOST))
    yield section
