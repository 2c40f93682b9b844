"""Values and gradients as machine code agree with NumPy's, for all kinds of losses and lengths."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import optree
import pytest
from tests.backends.losses import LOSSES, drawn, logistic, network

import kobai
from kobai.backends import native

ROWS = (2, 7, 8, 9, 64, 1037, 5000)


@pytest.fixture(autouse=True)
def use_native(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KOBAI_BACKEND", "native")


def assert_close(found: Any, expected: Any, dtype: str) -> None:
    tolerance = 1e-12 if dtype == "float64" else 3e-4
    for one, other in zip(optree.tree_leaves(found), optree.tree_leaves(expected), strict=True):
        a, b = np.asarray(one), np.asarray(other)
        assert a.shape == b.shape
        assert a.dtype == b.dtype
        scale = float(np.max(np.abs(b), initial=1e-3))
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance * scale)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.__name__)
def test_machine_code_agrees_with_numpy(loss: Callable[..., Any], dtype: str) -> None:
    plain = kobai.value_and_grad(loss, argnums=(0, 1))
    compiled = kobai.compile(plain)
    for rows in ROWS:
        given = drawn(rows, dtype)
        assert_close(compiled(*given), plain(*given), dtype)


@pytest.mark.parametrize("features", [1, 2, 3, 15, 16, 17, 64])
@pytest.mark.parametrize("loss", [logistic, network], ids=lambda loss: loss.__name__)
def test_any_number_of_features(loss: Callable[..., Any], features: int) -> None:
    given = drawn(301, "float64", features)
    plain = kobai.value_and_grad(loss, argnums=(0, 1))
    assert_close(kobai.compile(plain)(*given), plain(*given), "float64")


@pytest.mark.parametrize("layout", ["columns", "strided", "reversed", "read-only"])
def test_any_layout_of_the_data(layout: str) -> None:
    w, b, X, y = drawn(300, "float64")
    laid = {
        "columns": np.asfortranarray(X),
        "strided": np.repeat(X, 2, axis=1)[:, ::2],
        "reversed": X[::-1][::-1],
        "read-only": np.broadcast_to(X, X.shape),
    }
    plain = kobai.value_and_grad(logistic, argnums=(0, 1))
    assert_close(kobai.compile(plain)(w, b, laid[layout], y), plain(w, b, X, y), "float64")


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.__name__)
def test_the_bits_are_the_same_for_any_number_of_threads(
    loss: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(native, "ENTRIES_PER_THREAD", 1)
    compiled = kobai.compile(kobai.value_and_grad(loss, argnums=(0, 1)))
    given = drawn(5000, "float64")
    results = []
    for threads in ("1", "2", "8"):
        monkeypatch.setenv("KOBAI_THREADS", threads)
        results.append([np.asarray(x).tobytes() for x in optree.tree_leaves(compiled(*given))])
    assert results[0] == results[1] == results[2]


CANARY = 0xAB


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.__name__)
def test_nothing_is_written_beside_the_arrays(
    loss: Callable[..., Any], dtype: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    guarded = []

    def new(shape: tuple[int, ...], kind: np.dtype[Any]) -> Any:
        """An array between two stretches of known bytes."""
        size = int(np.prod(shape)) * kind.itemsize
        whole = np.full(size + 256, CANARY, np.uint8)
        guarded.append(whole)
        return whole[128 : 128 + size].view(kind).reshape(shape)

    monkeypatch.setattr(native, "new", new)
    for rows in (7, 1037):
        kobai.compile(kobai.value_and_grad(loss, argnums=(0, 1)))(*drawn(rows, dtype))
    assert guarded
    for whole in guarded:
        assert np.all(whole[:128] == CANARY)
        assert np.all(whole[-128:] == CANARY)


def test_training_on_batches_agrees_with_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    w, b, X, y = drawn(1037, "float64")

    def trained() -> Any:
        return kobai.minimize(
            logistic,
            (w, b),
            data=(X, y),
            argnums=(0, 1),
            epochs=2,
            batch_size=100,
            optimizer=kobai.optim.GradientDescent(0.1, momentum=0.9),
        )

    found = trained()
    monkeypatch.setenv("KOBAI_BACKEND", "numpy")
    expected = trained()
    assert_close(found.params, expected.params, "float64")
    np.testing.assert_allclose(found.history, expected.history, rtol=1e-12)
