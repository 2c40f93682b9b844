"""Which backend runs a graph: `KOBAI_BACKEND` is `numpy`, `native` or `auto`."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Sequence
from typing import Any, Protocol

from kobai.errors import ArgumentError
from kobai.evaluation import Program
from kobai.graph import Node
from kobai.splitting import examples_of

NAMES = ("numpy", "native", "auto")


class Runnable(Protocol):
    """The outputs of a graph as a function of its inputs."""

    def run(self, *arrays: Any) -> list[Any]:
        """The outputs for these inputs, as NumPy arrays or scalars."""


def backend() -> str:
    """The backend that is asked for."""
    name = os.environ.get("KOBAI_BACKEND", "numpy")
    if name not in NAMES:
        raise ArgumentError(
            f"KOBAI_BACKEND is {name!r}", repair=f"set it to one of {', '.join(NAMES)}"
        )
    return name


def program(outputs: Sequence[Node], inputs: Sequence[Node]) -> Runnable:
    """The outputs of a graph as a function of its inputs."""
    if backend() == "numpy" or importlib.util.find_spec("llvmlite") is None:
        return Program(outputs, inputs)
    from kobai.backends.native import NativeProgram
    from kobai.lower.plan import plan

    return NativeProgram(plan(outputs, examples_of(inputs)), inputs)
