"""No kernel touches memory beside its arrays: there, it would be killed by the processor."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs mprotect")


def run(side: str, name: str) -> int:
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.backends.guarded", side, name],
        cwd=root,
        env={
            **os.environ,
            "KOBAI_BACKEND": "native",
            "KOBAI_THREADS": "1",
            "PYTHONPATH": os.pathsep.join(sys.path),
        },
        check=False,
        timeout=600,
    )
    return done.returncode


@pytest.mark.parametrize("side", ["end", "start"])
@pytest.mark.parametrize("name", ["losses", "indices", "operations", "training"])
def test_nothing_is_touched_beside_the_arrays(side: str, name: str) -> None:
    assert run(side, name) == 0


@pytest.mark.parametrize("side", ["end", "start"])
@pytest.mark.parametrize("name", ["read", "write"])
def test_whoever_touches_it_is_seen(side: str, name: str) -> None:
    assert run(side, name) in {-signal.SIGSEGV, -signal.SIGBUS}
