"""The words of a formula: every NumPy function that Kobai traces, and a few of mathematics.

The list is made from the operations that exist, so a new operation is a new word. How many values
a word takes is read off the operation's own signature up to the first parameter that is about
memory or dtype: no `out=`, positional or not, reaches NumPy.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any

import numpy as np

import kobai.ops  # noqa: F401
from kobai.graph import TRANSLATIONS, Op
