"""What was found, as docs/benchmarks.md with its plot."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from benchmarks.plot import chart
from benchmarks.running import Section

DOCS = Path(__file__).parents[1] / "docs"

HEADER = """# Benchmarks

Printed by `make bench`. Times are medians of one run, every system in turn, and depend on the
machine and on who shares it; the ratios to Kobai are what is worth comparing. A system is listed if
its results agree. What bounds Kobai's stands in [the design note](design/2026-11-native.md).

{cores} cores, {machine}, NumPy {numpy}; {load:.1f} other processes wanted a core before the run.

![Times Kobai's time, by workload](benchmarks.svg)
"""


def goals(sections: Sequence[Section]) -> list[str]:
    """Each goal, and what this run reached of it."""
    lines = ["## Goals", "", "| workload | goal | reached | |", "|---|---|---|---|"]
    limits: list[str] = []
    for finding in (finding for section in sections for finding in section.findings):
        if finding.is_reached:
            mark = "yes"
        elif finding.limit:
            if finding.limit not in limits:
                limits.append(finding.limit)
            mark = f"**no** ({limits.index(finding.limit) + 1})"
        else:
            mark = "**no**"
        lines.append(f"| {finding.what} | {finding.goal} | {finding.reached} | {mark} |")
    if limits:
        lines += ["", "What stands in the way:", ""]
        lines += [f"{number}. {limit}" for number, limit in enumerate(limits, 1)]
    return [*lines, ""]


def written(sections: Sequence[Section], load: float) -> None:
    """Writes the page and the plot; `load` is how many others wanted a core before the run."""
    header = HEADER.format(
        cores=os.cpu_count(), machine=platform.machine(), numpy=np.__version__, load=load
    )
    lines = [header, *goals(sections)]
    for section in sections:
        lines += [f"## {section.title}", "", *section.body, ""]
    (DOCS / "benchmarks.md").write_text("\n".join(lines), "utf-8")
    (DOCS / "benchmarks.svg").write_text(chart(sections), "utf-8")
