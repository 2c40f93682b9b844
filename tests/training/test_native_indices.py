"""Steps of losses that gather, scatter and scan: native ones lead where NumPy's do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.backends.indexed import CASES, Case, labelled, softmax

import kobai
from kobai.backends import steps as native
from kobai.graph import AnyArray


@pytest.fixture(autouse=True)
def use_native(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KOBAI_BACKEND", "native")


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many steps were made at once, each time."""
    found: list[int] = []
    run = native.Running.run

    def counting(self: native.Running, order: AnyArray, steps: int) -> AnyArray:
        found.append(steps)
        return run(self, order, steps)

    monkeypatch.setattr(native.Running, "run", counting)
    return found


def trained(case: Case, rows: int, dtype: str, **settings: Any) -> Any:
    loss, drawn = case
    one, other, *data = drawn(rows, dtype)
    given: dict[str, Any] = {"optimizer": kobai.optim.GradientDescent(1e-3), **settings}
    return kobai.minimize(loss, (one, other), data=tuple(data), argnums=(0, 1), **given)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("batch_size", [None, 1, 7])
@pytest.mark.parametrize("case", CASES, ids=lambda case: getattr(case[0], "__name__", ""))
def test_they_lead_where_steps_one_by_one_lead(
    case: Case,
    dtype: str,
    batch_size: int | None,
    made: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings: dict[str, Any] = {"steps": 30, "batch_size": batch_size}
    found = trained(case, 20, dtype, **settings)
    assert sum(made) >= 8
    monkeypatch.setenv("KOBAI_BACKEND", "numpy")
    expected = trained(case, 20, dtype, **settings)
    tolerance = 1e-10 if dtype == "float64" else 1e-3
    for a, b in zip(found.params, expected.params, strict=True):
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(found.history, expected.history, rtol=tolerance, atol=tolerance)
    assert (found.steps, found.reason) == (expected.steps, expected.reason)


@pytest.mark.parametrize("batch_size", [None, 5])
def test_a_label_outside_is_numpys_error(batch_size: int | None) -> None:
    W, b, X, y = labelled(40, "float64")
    y[33] = 3
    with pytest.raises(IndexError, match="index 3 is out of bounds for axis 1 with size 3"):
        kobai.minimize(
            softmax, (W, b), data=(X, y), argnums=(0, 1), epochs=40, batch_size=batch_size
        )


def test_a_place_that_comes_to_lie_outside_is_seen_in_its_step(made: list[int]) -> None:
    def loss(w: Any, table: Any) -> Any:
        return np.sum(w) + np.sum(table[np.abs(w * 10).astype(int)])

    with pytest.raises(IndexError, match="index 10 is out of bounds for axis 0 with size 10"):
        kobai.minimize(
            loss,
            np.full(3, 0.5),
            data=np.arange(10.0),
            optimizer=kobai.optim.GradientDescent(0.01),
            steps=4000,
        )
    assert made
