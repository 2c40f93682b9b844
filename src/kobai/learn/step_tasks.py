"""Each training step as a task of scikit-learn's callbacks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

from sklearn.callback import CallbackSupportMixin

# Makes the attributes that an estimator would have if training stopped now.
Attributes: TypeAlias = Callable[[], dict[str, Any]]


@contextmanager
def step_tasks(
    estimator: CallbackSupportMixin, most: int, X: Any, y: Any, sample_weight: Any
) -> Iterator[Callable[[Attributes], bool]]:
    """Tell the estimator's callbacks that `fit` begins and ends, and each of at most so many steps.

    Yields a function to call after each step; it says whether a callback asks to stop. A task is
    open before it is known whether its step is made: the last one ends with nothing done in it.
    """
    metadata = None if sample_weight is None else {"sample_weight": sample_weight}
    given = {"estimator": estimator, "X": X, "y": y, "metadata": metadata}
    root = estimator._init_callback_context(max_subtasks=most + 1)
    root.call_on_fit_task_begin(**given)
    task = root.subcontext(task_name="step").call_on_fit_task_begin(**given)

    def made(attributes: Attributes) -> bool:
        nonlocal task
        stop: bool = task.call_on_fit_task_end(**given, reconstruction_attributes=attributes)
        task = root.subcontext(task_name="step")
        task.call_on_fit_task_begin(**given, reconstruction_attributes=attributes)
        return stop

    yield made
    task.call_on_fit_task_end(**given)
    root.call_on_fit_task_end(**given, reconstruction_attributes={})
