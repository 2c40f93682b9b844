"""Differentiate many random programs, and compare: `make fuzz`, or `make fuzz PROGRAMS=1000`.

It prints how many were run, and the seed, the mistake and the source of each that is wrong.
"""

from __future__ import annotations

import random
import sys
import time
import traceback
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from os import cpu_count

from tests.support.whole_programs import verdict, written

CHUNK = 50


def chunk(first: int) -> tuple[Counter[str], list[str]]:
    """Programs from this seed on: how they ended, and what is wrong with those that are."""
    ends: Counter[str] = Counter()
    wrong: list[str] = []
    for seed in range(first, first + CHUNK):
        source = written(random.Random(seed).randrange)
        try:
            end, reason = verdict(source, seed)
        except Exception:  # whatever it is, it is a finding
            end, reason = "wrong", traceback.format_exc(limit=-3)
        ends[end] += 1
        if end == "wrong":
            wrong.append(f"seed {seed}: {reason}\n{source}")
    return ends, wrong


def main(count: int, first: int) -> int:
    """Run so many programs on all cores."""
    start = time.perf_counter()
    ends: Counter[str] = Counter()
    with ProcessPoolExecutor(cpu_count()) as pool:
        for found, mistakes in pool.map(chunk, range(first, first + count, CHUNK)):
            ends += found
            print(*mistakes, sep="\n", end="\n" if mistakes else "", flush=True)
    seconds = time.perf_counter() - start
    listed = ", ".join(f"{count} {end}" for end, count in ends.most_common())
    print(f"{ends.total()} programs in {seconds:.0f} s: {listed}")
    return 1 if ends["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0))
