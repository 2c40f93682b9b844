"""What has to hold for every step of every derivation."""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import kobai
from kobai.derivation import Derivation, Step
from kobai.graph import AnyArray

TOLERANCE = 1e-9


def namespace(d: Derivation) -> dict[str, Any]:
    """What a formula may speak of: arguments, lengths, constants, and the values of other steps."""
    steps = {step.name: step.value for step in d.steps if step.phase != "update"}
    return {"np": np, **steps, **d.names}


def walked(d: Derivation) -> Iterator[tuple[Step, dict[str, Any]]]:
    """Each step with what its formula may speak of: an update sees what those before it made."""
    names = namespace(d)
    for step in d.steps:
        if step.phase == "update":
            yield step, dict(names)
            names[step.name] = step.value
        else:
            yield step, {k: v for k, v in names.items() if k != step.name}


def evaluated(formula: str, names: dict[str, Any]) -> Any:
    with np.errstate(all="ignore"):
        return eval(formula, dict(names))


def agree(found: Any, value: Any) -> bool:
    """Whether two values are the same up to rounding, entry by entry and in shape."""
    one, other = np.asarray(found, dtype=float), np.asarray(value, dtype=float)
    if one.shape != other.shape:
        return False
    scale = float(np.max(np.abs(other), initial=0.0, where=np.isfinite(other)))
    return bool(np.allclose(one, other, TOLERANCE, TOLERANCE * scale, equal_nan=True))


def check_formulas(d: Derivation) -> None:
    """Every formula evaluates to its step's value."""
    for step, others in walked(d):
        found = evaluated(step.formula, others)
        assert agree(found, step.value), f"{step.name} = {step.formula}: {found}, {step.value}"


def check_reasons(d: Derivation) -> None:
    """Rewrites are a chain to the formula; each line has the step's value, unless it saturates."""
    names = namespace(d)
    for step in d.steps:
        if not step.because:
            assert step.phase != "backward", f"{step.name} has no reason"
            continue
        assert step.because[0].before == "", f"{step.name} begins somewhere"
        assert step.because[-1].after == step.formula, f"{step.name} ends elsewhere"
        for one, two in zip(step.because, step.because[1:], strict=False):
            assert one.after == two.before, f"{step.name}: a line is missing"
            assert two.rule, f"{step.name}: a rewrite without a rule"
        for because in step.because:
            if is_saturated(because.after, names):
                continue
            found = evaluated(because.after, names)
            assert agrees_where_finite(found, step.value), f"{step.name} = {because.after}: {found}"


def is_saturated(line: str, names: dict[str, Any]) -> bool:
    """Whether a line takes a sigmoid from 1 that is 1 itself but for rounding."""
    reflected = re.findall(r"\b1 - ([^\W\d]\w*)\b(?![.(])", line)
    return any(np.any(np.abs(1 - names[name]) < 1e-7) for name in reflected)


def agrees_where_finite(found: Any, value: Any) -> bool:
    """Whether a line has the value wherever it has one: log(1 - a) has none where a rounds to 1."""
    one, other = np.broadcast_arrays(np.asarray(found, float), np.asarray(value, float))
    is_finite = np.isfinite(one)
    scale = float(np.max(np.abs(other), initial=0.0, where=np.isfinite(other)))
    return bool(np.allclose(one[is_finite], other[is_finite], 1e-6, 1e-6 * scale + 1e-12))


def check_names(d: Derivation) -> None:
    """No two things have one name, and every name is one that Python takes."""
    steps = [step.name for step in d.steps if step.phase != "update"]
    taken = [*steps, *d.names]
    assert len(set(taken)) == len(taken), f"a name means two things: {sorted(taken)}"
    assert set(d.arguments) <= set(d.names)
    assert set(d.legend) <= set(d.names)
    for name in taken:
        assert name.isidentifier(), name
        assert not keyword.iskeyword(name), name
        assert name != "np"
    updates = [step.name for step in d.steps if step.phase == "update"]
    assert len(set(updates)) == len(updates)
    assert not set(updates) & set(steps)


def check_order(d: Derivation) -> None:
    """A formula speaks of arguments, and of steps that come before it."""
    known = {"np", *d.names}
    for step in d.steps:
        used = {node.id for node in ast.walk(ast.parse(step.formula)) if isinstance(node, ast.Name)}
        assert used <= known, f"{step.name} = {step.formula} uses {used - known} before its step"
        known.add(step.name)


def check_shapes(d: Derivation) -> None:
    """A derivative has the shape of its variable; printed shapes are true."""
    names = namespace(d)
    for step in d.steps:
        shape = eval(step.shape, {k: v for k, v in d.names.items() if k in d.legend})
        assert shape == np.shape(step.value), f"{step.name}: {step.shape} is printed"
    for step in backward(d):
        variable = names[step.name.removeprefix("d")]
        assert np.shape(step.value) == np.shape(variable), step.name


def backward(d: Derivation) -> list[Step]:
    return [step for step in d.steps if step.phase == "backward"]


def check_everything(d: Derivation) -> None:
    check_names(d)
    check_order(d)
    check_formulas(d)
    check_reasons(d)
    check_shapes(d)


def check_gradient(loss: Callable[..., Any], args: tuple[Any, ...], d: Derivation) -> None:
    """The derivatives by the parameters are `kobai.grad`'s, and central differences."""
    for position, argument in enumerate(args):
        name = loss.__code__.co_varnames[position]
        if f"d{name}" not in {step.name for step in d.steps} or isinstance(argument, dict | list):
            continue
        slope = kobai.grad(loss, position)(*args)
        assert agree(d[f"d{name}"].value, slope), name
        differences = by_differences(loss, args, position)
        scale = max(float(np.max(np.abs(differences))), 1e-3)
        np.testing.assert_allclose(slope, differences, rtol=1e-8, atol=1e-8 * scale)


def by_differences(loss: Callable[..., Any], args: tuple[Any, ...], position: int) -> AnyArray:
    """The gradient by one argument from values alone: central differences of sixth order."""
    array = np.asarray(args[position], dtype=float)
    slopes = np.zeros(array.shape)
    step = 5e-3
    weights = {1: 45 / 60, 2: -9 / 60, 3: 1 / 60}
    for place in np.ndindex(array.shape):
        for distance, weight in weights.items():
            for sign in (1, -1):
                moved = array.copy()
                moved[place] += sign * distance * step
                value = loss(*args[:position], moved[()], *args[position + 1 :])
                slopes[place] += sign * weight * float(value) / step
    return slopes[()]
