"""The time of a step for n, 2n, 4n and 8n examples."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.running import Contender, Finding, Section, in_turns
from benchmarks.workloads import digits_net, logistic, mixture

import kobai

MOST = 2.1


def cases() -> Iterator[tuple[str, Callable[..., Any], Callable[[int], tuple[Any, ...]], int, Any]]:
    data = logistic.drawn()
    yield "logistic regression", logistic.naive, lambda n: _first(data, n, 2), 125_000, (0, 1)
    given = mixture.drawn(80_000)
    yield "mixture, full", mixture.objective, lambda n: _first(given, n, 3), 10_000, (0, 1, 2)
    net = digits_net.drawn(8_192)
    yield "784-128-10 net", digits_net.loss, lambda n: _first(net, n, 1), 1_024, (0,)


def _first(given: tuple[Any, ...], n: int, parameters: int) -> tuple[Any, ...]:
    """The first rows of what comes after the parameters."""
    return (*given[:parameters], *(data[:n] for data in given[parameters:]))


def sections() -> Iterator[Section]:
    title = "time of a step for n, 2n, 4n, 8n examples"
    print(title, flush=True)
    header = "| loss | n | n, ms | 2n : n | 4n : 2n | 8n : 4n |"
    section = Section(title, [header, "|---|--:|--:|--:|--:|--:|"])
    largest, where = 0.0, ""
    for name, loss, given, n, argnums in cases():
        gradient = kobai.compile(kobai.value_and_grad(loss, argnums=argnums))
        counts = [n, 2 * n, 4 * n, 8 * n]
        contenders = [
            Contender(str(count), functools.partial(gradient, *given(count))) for count in counts
        ]
        for contender in contenders:
            contender.run()
        times = in_turns(contenders, rounds=9)
        took = [times[str(count)] for count in counts]
        ratios = [b / a for a, b in itertools.pairwise(took)]
        if max(ratios) > largest:
            largest, where = max(ratios), name
        shown = " | ".join(f"{ratio:.2f}" for ratio in ratios)
        section.body.append(f"| {name} | {n:,} | {1e3 * took[0]:.3g} | {shown} |")
        print(f"  {name:36} {1e3 * took[0]:10.3f} ms  {shown}", flush=True)
    reached = f"{largest:.2f} × at most ({where})"
    section.findings.append(Finding(title, "≤ 2.1 × a doubling", reached, largest <= MOST))
    yield section
