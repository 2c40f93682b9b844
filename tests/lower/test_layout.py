"""Where entries lie side by side."""

from __future__ import annotations

import numpy as np
import pytest

from kobai.graph import Graph, Node
from kobai.lower.kernels import Lowered
from kobai.lower.layout import lane_axis
from kobai.lower.plan import plan
from kobai.ops.elementary import exp
from kobai.ops.reductions import total
from kobai.ops.shaping import expand_dims, swapaxes
from kobai.sizes import Size


@pytest.mark.parametrize(
    ("shape", "examples", "expected"),
    [
        ((100, 3), 0, 0),  # short rows
        ((100, 25), 0, 0),
        ((100, 16), 0, None),  # rows that fill vectors
        ((100, 33), 0, None),  # long rows
        ((3, 100), 1, None),  # the examples are last already
        ((25, 10), None, None),  # no examples
        ((100,), 0, None),
    ],
)
def test_lanes(shape: tuple[int, ...], examples: int | None, expected: int | None) -> None:
    assert lane_axis(shape, examples) == expected


def test_data_with_short_rows_are_rearranged_if_they_are_used_often() -> None:
    graph = Graph()
    rows = Size.symbol("n", 1000)
    x = graph.input("x", (rows, 10), np.dtype(float))
    centres = graph.input("c", (25, 1, 10), np.dtype(float))

    def copies(distances: Node) -> int:
        found = plan([total(distances, axis=(0, 1, 2), keepdims=False)], {x: 0})
        (kernel,) = (step for step in found.steps if isinstance(step, Lowered))
        return sum(binding.role == "copy" for binding in kernel.bindings)

    many = exp(swapaxes(expand_dims(x, axis=(0,)) - centres, 0, 1))
    assert copies(many) == 1
    few = exp(expand_dims(x, axis=(1,)))
    assert copies(few) == 0
