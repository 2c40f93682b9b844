"""scikit-learn's callbacks: told of each step, able to stop training, never in the way."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.callback import ScoringMonitor

from kobai.learn import LogisticRegression, Perceptron

from .conftest import Examples


class Recorder:
    """Remembers what it was told; asks to stop, or interrupts, after so many steps."""

    def __init__(self, stop: int = 10**9, interrupt: int = 10**9) -> None:
        self.stop, self.interrupt = stop, interrupt
        self.events: list[str] = []
        self.scores: list[float] = []

    def setup(self, estimator: Any, context: Any) -> None:
        self.events.append("setup")

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
        self.events.append(f"begin {context.task_name} {context.task_id}")

    def on_fit_task_end(
        self, estimator: Any, context: Any, *, X: Any, y: Any, fitted_estimator: Any
    ) -> bool:
        self.events.append(f"end {context.task_name} {context.task_id}")
        if fitted_estimator is not None:
            self.scores.append(fitted_estimator.score(X, y))
        if len(self.scores) == self.interrupt:
            raise KeyboardInterrupt
        return len(self.scores) >= self.stop

    def teardown(self, estimator: Any, context: Any) -> None:
        self.events.append("teardown")


def test_each_step_is_told(standard: Examples) -> None:
    recorder = Recorder()
    model = LogisticRegression().set_callbacks(recorder).fit(*standard)
    steps = int(model.n_iter_[0])
    assert recorder.events[:4] == ["setup", "begin fit 0", "begin step 0", "end step 0"]
    assert recorder.events[-2:] == ["end fit 0", "teardown"]
    assert [e for e in recorder.events if e.startswith("end step")] == [
        f"end step {step}" for step in range(steps + 1)
    ]
    assert len(recorder.scores) == steps + 1  # one at the end of the fit
    assert recorder.scores[-1] == model.score(*standard)


def test_a_callback_can_stop(standard: Examples) -> None:
    model = LogisticRegression(tol=0.0).set_callbacks(Recorder(stop=7)).fit(*standard)
    assert model.n_iter_.tolist() == [7]


def test_the_last_step_may_be_told(standard: Examples) -> None:
    recorder = Recorder(stop=7)
    model = LogisticRegression(tol=0.0, max_iter=8).set_callbacks(recorder).fit(*standard)
    assert model.n_iter_.tolist() == [7]


@pytest.mark.parametrize("model", [LogisticRegression(), Perceptron()])
def test_an_interruption_passes_and_leaves_the_model_as_it_was(
    standard: Examples, model: LogisticRegression | Perceptron
) -> None:
    X, y = standard
    model.fit(X, y)
    before, recorder = model.coef_.tobytes(), Recorder(interrupt=3)
    with pytest.raises(KeyboardInterrupt):
        model.set_callbacks(recorder).fit(X, 1 - y)
    assert recorder.events[-1] == "teardown"
    assert model.coef_.tobytes() == before


def test_scikit_learns_monitor(blobs: Examples) -> None:
    X, y = np.asarray(blobs[0]), np.array(["a", "b", "c", "d"])[blobs[1]]
    monitor = ScoringMonitor(scoring="accuracy")
    model = LogisticRegression().set_callbacks(monitor).fit(X, y)
    scores = [entry["accuracy"] for entry in monitor.get_logs().data]
    assert len(scores) == model.n_iter_[0] + 1
    assert model.score(X, y) in scores


def test_without_callbacks_the_result_is_the_same(standard: Examples) -> None:
    model = LogisticRegression().set_callbacks(Recorder())
    assert clone(model).get_params() == model.get_params()
    plain = LogisticRegression().fit(*standard)
    assert np.array_equal(model.fit(*standard).coef_, plain.coef_)
