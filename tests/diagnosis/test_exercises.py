"""A set of slips and of right solutions that was written before the diagnosis had seen any of it.

When it was first tried, 0.90 of the first wrong steps and 0.71 of the causes were named, and 35 of
38 right solutions were accepted.
"""

from __future__ import annotations

import inspect
import linecache
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from tests.support.exercises import EXERCISES
from tests.support.exercises.exercise import Exercise, Slip

import kobai

SOLUTIONS = {
    hand.__name__: (exercise, hand) for exercise in EXERCISES for hand in exercise.solutions
}


def check(exercise: Exercise, hand: Callable[..., Any]) -> kobai.Check:
    return kobai.check(exercise.loss, hand, *deepcopy(exercise.args), wrt=exercise.wrt)


def slipped(slip: Slip) -> Callable[..., Any]:
    """The solution with its slip, which keeps a source."""
    source = inspect.getsource(slip.hand)
    assert slip.old in source
    source = source.replace(slip.old, slip.new, 1)
    path = f"<{slip.hand.__name__} with {slip.new.strip()}>"
    linecache.cache[path] = len(source), None, source.splitlines(keepends=True), path
    space: dict[str, Any] = dict(slip.hand.__globals__)
    exec(compile(source, path, "exec"), space)
    function: Callable[..., Any] = space[slip.hand.__name__]
    return function


def test_there_are_enough() -> None:
    assert len(EXERCISES) >= 12
    assert len(SOLUTIONS) >= 25
    assert sum(len(exercise.slips) for exercise in EXERCISES) >= 60


@pytest.mark.parametrize("name", SOLUTIONS)
def test_a_right_solution_is_accepted(name: str) -> None:
    result = check(*SOLUTIONS[name])
    assert result, str(result)


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.loss.__name__)
def test_slips_are_named(exercise: Exercise) -> None:
    steps, causes = [], []
    for slip in exercise.slips:
        try:
            result = check(exercise, slipped(slip))
        except kobai.errors.ArgumentError:
            assert "raises" in slip.kinds.split()
            continue
        if result.first_wrong not in slip.step.split():
            steps.append((slip.new, result.first_wrong))
        elif result.kind not in slip.kinds.split():
            causes.append((slip.new, result.cause))
    assert len(steps) <= 0.05 * len(exercise.slips), steps
    assert len(steps + causes) <= max(0.1 * len(exercise.slips), 1), steps + causes
