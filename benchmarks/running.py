"""Who competes, and what is to be reached: results are compared first, then times, in turns."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

ROUNDS = 7
# Seconds before each measurement: the threads of OpenBLAS spin for a while after a product.
PAUSE = 0.1
# Seconds after which a workload has rounds enough if there were three, and at three times as many
# whatever there were: on a machine that others load, some peers' threads wait for minutes.
BUDGET = 12.0
KOBAI = "Kobai"
BEGINNING = "with recording and compiling"


@dataclass(frozen=True)
class Contender:
    """A system at work.

    Attributes:
        name: of the system, first; what is special about its work, after a comma.
        run: does the work once, and gives what it computed: arrays that all have to agree about.
        twice: does twice as much of it after the same beginning. Then the work alone counts, as it
            does of a function that was compiled before; with its beginning it is told beside.
    """

    name: str
    run: Callable[[], Sequence[Any]]
    twice: Callable[[], object] | None = None


@dataclass(frozen=True)
class Goal:
    """A ratio of times that is to be reached.

    Attributes:
        against: names of contenders; the fastest of those that are there counts.
        times: how many times as fast as that one Kobai is to be; 1 / 1.3 for at most 1.3 times
            its time.
        limit: what stands in the way, told where the goal is not reached.
        ours: which of Kobai's contenders is meant.
    """

    against: tuple[str, ...]
    times: float
    limit: str = ""
    ours: str = KOBAI


@dataclass(frozen=True)
class Finding:
    """A goal, and what was reached of it."""

    what: str
    goal: str
    reached: str
    is_reached: bool
    limit: str = ""


@dataclass
class Section:
    """A part of the page.

    Attributes:
        body: lines of Markdown.
        ratios: times Kobai's, by system, for the plot.
    """

    title: str
    body: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    ratios: dict[str, float] = field(default_factory=dict)


def seconds(run: Callable[[], Any], repeats: int = 1) -> float:
    """What one of several runs takes."""
    start = time.perf_counter()
    for _ in range(repeats):
        run()
    return (time.perf_counter() - start) / repeats


def disagreement(found: Sequence[Any], expected: Sequence[Any]) -> float:
    """The largest difference, as a part of the largest entry of the same array."""
    largest = 0.0
    for one, other in zip(found, expected, strict=True):
        a, b = np.asarray(one, float), np.asarray(other, float)
        if a.shape != b.shape or not np.all(np.isfinite(a)):
            return float("inf")
        scale = max(float(np.max(np.abs(b), initial=0.0)), 1e-6)
        largest = max(largest, float(np.max(np.abs(a - b), initial=0.0)) / scale)
    return largest


def agreeing(contenders: Iterable[Contender], tolerance: float) -> list[Contender]:
    """Those whose results are the first one's. Nobody else's time counts."""
    kept: list[Contender] = []
    expected: Sequence[Any] = ()
    for contender in contenders:
        found = contender.run()
        if not kept:
            expected = [np.array(part) for part in found]
        difference = disagreement(found, expected)
        if difference <= tolerance:
            kept.append(contender)
        else:
            print(f"  {contender.name} is left out: its results differ by {difference:.1e}")
    return kept


def in_turns(
    contenders: Sequence[Contender], repeats: int = 1, rounds: int = ROUNDS, pause: float = PAUSE
) -> dict[str, float]:
    """The median seconds of each."""
    times: dict[str, list[float]] = {}
    start = time.perf_counter()
    for turn in range(rounds):
        spent = time.perf_counter() - start
        if spent > (BUDGET if turn >= 3 else 3 * BUDGET):
            break
        for contender in contenders:
            time.sleep(pause)
            took = seconds(contender.run, repeats)
            name = contender.name
            if contender.twice is not None:
                times.setdefault(f"{name}, {BEGINNING}", []).append(took)
                took = max(seconds(contender.twice, repeats) - took, 1e-9)
            times.setdefault(name, []).append(took)
    return {name: statistics.median(found) for name, found in times.items()}


def judged(what: str, goal: Goal, times: dict[str, float]) -> Finding | None:
    """What was reached of a goal; None where nobody is there to be compared with."""
    there = {name: times[name] for name in goal.against if name in times}
    if not there or goal.ours not in times:
        return None
    if goal.ours != KOBAI:
        what = f"{what}: {goal.ours}"
    best = min(there, key=lambda name: there[name])
    faster = there[best] / times[goal.ours]
    names = " or ".join(goal.against) if len(goal.against) < 3 else "the best of its peers"
    if goal.times >= 1:
        wanted = f"≥ {goal.times:.2g} × as fast as {names}"
        reached = f"{faster:.2f} × ({best})"
    else:
        wanted = f"≤ {1 / goal.times:.2g} × the time of {names}"
        reached = f"{1 / faster:.2f} × ({best})"
    is_reached = faster >= goal.times
    return Finding(what, wanted, reached, is_reached, "" if is_reached else goal.limit)


def compared(
    title: str,
    contenders: Iterable[Contender],
    goals: Iterable[Goal] = (),
    *,
    tolerance: float = 1e-9,
    repeats: int = 1,
    rounds: int = ROUNDS,
) -> Section:
    """A section about who takes how long, and what that means for the goals."""
    print(title, flush=True)
    times = in_turns(agreeing(contenders, tolerance), repeats, rounds)
    section = Section(title, ["| system | milliseconds | times Kobai's |", "|---|--:|--:|"])
    for name, found in sorted(times.items(), key=lambda entry: entry[1]):
        ratio = found / times[KOBAI]
        section.body.append(f"| {name} | {1000 * found:.3g} | {ratio:.2f} |")
        section.ratios[name] = ratio
        print(f"  {name:36} {1000 * found:10.3f} ms  {ratio:6.2f}", flush=True)
    for goal in goals:
        finding = judged(title, goal, times)
        if finding is not None:
            section.findings.append(finding)
            print(f"  {finding.goal}: {finding.reached}", flush=True)
    return section
