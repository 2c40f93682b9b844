"""Derivatives without Kobai: by complex step through NumPy's functions, and by differences.

Complex step: the imaginary part of f(x + ih) / h is f'(x) to the last digit, for there is no
difference to cancel (Squire and Trapp, SIAM Review 40 (1998) 110).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from tests.support.samples import ANALYTIC, BY_DIFFERENCES, Sample

from kobai.calculus import cotangents
from kobai.evaluation import Program
from kobai.graph import AnyArray, Node, Op, reachable
from kobai.ops.reductions import total
from kobai.sizes import Shape, shape_at_hand

Function: TypeAlias = Callable[[Sequence[AnyArray]], float | complex]

STEP = 1e-30


def relative_error(found: Any, exact: Any) -> float:
    """The largest error, in units of the largest exact entry."""
    found, exact = np.asarray(found), np.asarray(exact)
    assert found.shape == exact.shape, f"{found.shape} is not {exact.shape}"
    scale = float(np.max(np.abs(exact), initial=0.0))
    error = float(np.max(np.abs(found - exact), initial=0.0))
    # Beside a slope that is 0 but for rounding, the error is counted as it is.
    return error / scale if scale > 1e-14 else error


def by_complex_step(f: Function, arrays: Sequence[AnyArray], which: int) -> AnyArray:
    """The gradient of f by one of its arrays."""
    slopes = np.zeros(arrays[which].shape)
    for place in np.ndindex(arrays[which].shape):
        moved: list[AnyArray] = list(arrays)
        moved[which] = arrays[which].astype(complex)
        moved[which][place] += 1j * STEP
        slopes[place] = np.imag(f(moved)) / STEP
    return slopes


def by_differences(
    f: Function, arrays: Sequence[AnyArray], which: int, step: float = 1e-2
) -> AnyArray:
    """The gradient of f by one of its arrays: central differences, extrapolated (Richardson)."""
    slopes = np.zeros(arrays[which].shape)
    for place in np.ndindex(arrays[which].shape):

        def central(h: float, place: tuple[int, ...] = place) -> float:
            values = []
            for sign in (1, -1):
                moved = [array.copy() for array in arrays]
                moved[which][place] += sign * h
                values.append(float(np.real(f(moved))))
            return (values[0] - values[1]) / (2 * h)

        slopes[place] = extrapolated(central, step)
    return slopes


def extrapolated(central: Callable[[float], Any], step: float, levels: int = 5) -> Any:
    """What central differences tend to as their step does to 0."""
    table = [central(step / 2**k) for k in range(levels)]
    for order in range(1, levels):
        pairs = zip(table[1:], table, strict=False)
        table = [(4**order * fine - rough) / (4**order - 1) for fine, rough in pairs]
    return table[0]


def first_error(sample: Sample, op: Op | None = None) -> float:
    """How wrong the derivative of an operation is, by the worst of its operands.

    Args:
        sample: what to differentiate.
        op: an operation to differentiate in its place.
    """
    node, inputs = sample.build(op)
    weights = _weights(node.shape)
    targets = [x for x in inputs if x.is_differentiable]
    found = cotangents(total(node * weights, axis=_all(node), keepdims=False), targets)
    slopes = _run([_found(found, target) for target in targets], inputs, sample.arrays)
    function = ANALYTIC.get(sample.op.name, sample.op.evaluate)

    def scalar(arrays: Sequence[AnyArray]) -> complex:
        with np.errstate(all="ignore"):
            return complex(np.sum(weights * function(*arrays, **sample.attributes)))

    return _worst(sample, inputs, targets, slopes, scalar)


def second_error(sample: Sample) -> float:
    """How wrong the derivative of an operation's derivative is, along one direction."""
    node, inputs = sample.build()
    output = total(node * _weights(node.shape), axis=_all(node), keepdims=False)
    targets = [x for x in inputs if x.is_differentiable]
    first = cotangents(output, targets)
    along: Any = sum(
        total(slope * _weights(slope.shape, seed), axis=_all(slope), keepdims=False)
        for seed, slope in enumerate(first.values(), start=11)
    )
    if not isinstance(along, Node):
        return 0.0
    second = cotangents(along, targets)
    slopes = _run([_found(second, target) for target in targets], inputs, sample.arrays)

    def scalar(arrays: Sequence[AnyArray]) -> complex:
        return complex(evaluated(along, dict(zip(inputs, arrays, strict=True))))

    return _worst(sample, inputs, targets, slopes, scalar)


def evaluated(output: Node, values: Mapping[Node, AnyArray]) -> Any:
    """The value of a node, with functions that also take complex numbers."""
    known: dict[Node, Any] = dict(values)
    with np.errstate(all="ignore"):
        for node in reachable([output]):
            if node not in known:
                operands = [known[operand] for operand in node.operands]
                is_complex = any(map(np.iscomplexobj, operands))
                function = ANALYTIC.get(node.op.name) if is_complex else None
                function = function or node.op.evaluate
                known[node] = function(*operands, **dict(node.attributes))
    return known[output]


def _worst(
    sample: Sample,
    inputs: Sequence[Node],
    targets: Sequence[Node],
    slopes: Sequence[AnyArray],
    scalar: Function,
) -> float:
    by = by_differences if sample.op.name in BY_DIFFERENCES else by_complex_step
    return max(
        relative_error(slope, by(scalar, sample.arrays, inputs.index(target)))
        for target, slope in zip(targets, slopes, strict=True)
    )


def _found(slopes: Mapping[Node, Node], target: Node) -> Node:
    zeros = np.zeros(shape_at_hand(target.shape), target.dtype)
    return slopes.get(target, target.graph.constant(zeros))


def _run(outputs: list[Node], inputs: list[Node], arrays: Sequence[AnyArray]) -> list[Any]:
    return Program(outputs, inputs).run(*arrays)


def _weights(shape: Shape, seed: int = 3) -> AnyArray:
    weights: AnyArray = np.random.default_rng(seed).uniform(0.5, 1.5, shape_at_hand(shape))
    return weights


def _all(node: Node) -> tuple[int, ...]:
    return tuple(range(node.ndim))
