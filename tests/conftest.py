"""Property tests are the same on every run and on every machine, and have no deadline."""

from __future__ import annotations

import os

from hypothesis import settings

# Machine code is compiled by each run, and nothing is left in the user's folders.
os.environ["KOBAI_CACHE_DIR"] = ""

settings.register_profile(
    "test", deadline=None, derandomize=True, database=None, print_blob=False, max_examples=60
)
# HYPOTHESIS_PROFILE=explore looks for programs that no run has tried yet.
settings.register_profile("explore", deadline=None, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "test"))
