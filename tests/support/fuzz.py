"""Many random programs: `make fuzz`, `make fuzz PROGRAMS=1000`, `make fuzz KINDS=native`.

derivatives   whole programs are differentiated, and compared with differences
native        programs of loops as machine code, and their gradients, are compared with NumPy's
training      small models are trained by machine code, and by NumPy step by step
formulas      texts of all kinds are read as formulas in both dialects: nothing is run or fails

It prints how many were run, and the seed, the mistake and the source of each that is wrong.
"""

from __future__ import annotations

import random
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from os import cpu_count

from tests.support import formula_fuzz, native_fuzz, native_training, whole_programs

CHUNK = 50


def _derivatives(seed: int) -> tuple[str, str, str]:
    source = whole_programs.written(random.Random(seed).randrange)
    return (*whole_programs.verdict(source, seed), source)


KINDS: dict[str, Callable[[int], tuple[str, str, str]]] = {
    # How a program of some seed ends, why, and its source.
    "derivatives": _derivatives,
    "native": native_fuzz.verdict,
    "training": native_training.verdict,
    "formulas": formula_fuzz.verdict,
}


def chunk(kind: str, seeds: range) -> tuple[Counter[str], list[str]]:
    """Programs of these seeds: how they ended, and what is wrong with those that are."""
    ends: Counter[str] = Counter()
    wrong: list[str] = []
    for seed in seeds:
        try:
            end, reason, source = KINDS[kind](seed)
        except Exception:  # whatever it is, it is a finding
            end, reason, source = "wrong", traceback.format_exc(limit=-3), ""
        ends[end] += 1
        if end == "wrong":
            wrong.append(f"{kind}, seed {seed}: {reason}\n{source}")
    return ends, wrong


def run(kind: str, count: int, first: int) -> bool:
    """Run so many programs of a kind on all cores; whether none is wrong."""
    start = time.perf_counter()
    ends: Counter[str] = Counter()
    last = first + count
    chunks = [range(seed, min(seed + CHUNK, last)) for seed in range(first, last, CHUNK)]
    # LLVM keeps some memory of each module: processes are replaced now and then.
    with ProcessPoolExecutor(cpu_count(), max_tasks_per_child=20) as pool:
        for found, mistakes in pool.map(partial(chunk, kind), chunks):
            ends += found
            print(*mistakes, sep="\n", end="\n" if mistakes else "", flush=True)
    seconds = time.perf_counter() - start
    listed = ", ".join(f"{count} {end}" for end, count in ends.most_common())
    print(f"{kind}: {ends.total()} programs in {seconds:.0f} s: {listed}")
    return not ends["wrong"]


def main(count: int, kinds: list[str], first: int) -> int:
    """Run so many programs of each kind, from a seed on."""
    right = [run(kind, count, first) for kind in kinds]
    return 0 if all(right) else 1


if __name__ == "__main__":
    counted, *named = sys.argv[1:]
    seeds = [int(word) for word in named if word.isdecimal()]
    sys.exit(main(int(counted), [w for w in named if w in KINDS] or list(KINDS), *(seeds or [0])))
