"""A `kobai` whose training never ends, to be interrupted. It says `training` when it begins."""

from __future__ import annotations

import signal
import sys
import time
from typing import Any, NoReturn

from kobai.cli import main
from kobai.tables import job


class Endless:
    """An estimator that waits for an interruption."""

    def __init__(self, **_: Any) -> None:
        pass

    def fit(self, _X: Any, _y: Any) -> NoReturn:
        print("training", file=sys.stderr, flush=True)
        while True:
            time.sleep(60)


# A shell has its background jobs ignore Ctrl-C, and their children with them.
signal.signal(signal.SIGINT, signal.default_int_handler)
vars(job)["LogisticRegression"] = Endless
main(prog_name="kobai")
