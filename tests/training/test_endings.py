"""How training ends, and what is shown meanwhile."""

from __future__ import annotations

import io
import sys

import numpy as np
import pytest

import kobai
from kobai.training import progress


def test_a_gradient_as_large_as_the_tolerance_is_within_it() -> None:
    """To the last bit: 7 * slope / 7 is larger than slope."""
    slope = 0.2997118905373848
    assert 7 * slope / 7 > slope
    fit = kobai.minimize(
        lambda w, x: slope * w + 0 * np.sum(x), 1.0, data=np.ones(7), tolerance=slope, steps=5
    )
    assert (fit.steps, fit.converged) == (0, True)


def test_the_loss_of_one_batch_is_its_own() -> None:
    data = np.array([0.1, 0.2, 0.7])
    fit = kobai.minimize(lambda w, x: np.mean((x - w) ** 2), 0.3, data=data, steps=1)
    assert fit.history[0] == np.mean((data - 0.3) ** 2)


def test_batches_are_weighed_by_their_rows() -> None:
    data = np.arange(7.0)
    fit = kobai.minimize(
        lambda w, x: np.mean(x) + 0 * w, 0.0, data=data, epochs=1, batch_size=3, shuffle=False
    )
    assert fit.history[0] == pytest.approx(3)


class Terminal(io.StringIO):
    """A standard error that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("is_wanted", [True, False])
def test_the_bar_is_shown_if_wanted(monkeypatch: pytest.MonkeyPatch, is_wanted: bool) -> None:
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    monkeypatch.setattr(progress, "QUIET_SECONDS", 0.0)
    kobai.minimize(lambda x: x**2, 3.0, steps=5, progress=is_wanted)
    assert ("1/5 steps" in terminal.getvalue()) == is_wanted
