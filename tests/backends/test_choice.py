"""Which backend runs a graph, and what is said when it can't."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from tests.backends.losses import drawn, logistic

import kobai
from kobai.backends import native
from kobai.errors import ArgumentError


def compiled_sizes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many kernels each native program that is built from now on has."""
    built: list[int] = []
    init = native.NativeProgram.__init__

    def counting(self: Any, plan: Any, inputs: Any) -> None:
        built.append(len(plan.steps))
        init(self, plan, inputs)

    monkeypatch.setattr(native.NativeProgram, "__init__", counting)
    return built


def test_auto_compiles_for_large_arrays_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KOBAI_BACKEND", raising=False)
    built = compiled_sizes(monkeypatch)
    gradient = kobai.compile(kobai.grad(logistic))
    gradient(*drawn(100, "float64"))
    assert not built
    gradient(*drawn(10_000, "float64"))
    gradient(*drawn(20_000, "float64"))
    assert len(built) == 1


def test_a_call_has_the_same_bits_whatever_came_before() -> None:
    given = drawn(10_000, "float64")
    one, other = (kobai.compile(kobai.grad(logistic)) for _ in range(2))
    one(*drawn(50, "float64"))
    one(*drawn(30_000, "float64"))
    assert one(*given).tobytes() == other(*given).tobytes()


def test_no_examples_at_all_are_numpys_to_judge(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KOBAI_BACKEND", "native")
    total = kobai.compile(lambda x: np.sum(x * 2.0))
    assert total(np.empty(0)) == 0
    with pytest.raises(ValueError, match="zero-size array"):
        kobai.compile(lambda x: np.max(2.0 * x))(np.empty(0))


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("KOBAI_BACKEND", "gpu", "KOBAI_BACKEND is 'gpu'; set it to one of numpy, native, auto"),
        ("KOBAI_THREADS", "none", "KOBAI_THREADS is 'none'; set it to a whole number above 0"),
        ("KOBAI_THREADS", "0", "KOBAI_THREADS is '0'"),
    ],
)
def test_a_setting_that_means_nothing(
    name: str, value: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KOBAI_BACKEND", "native")
    monkeypatch.setenv(name, value)
    with pytest.raises(ArgumentError) as raised:
        kobai.compile(kobai.grad(logistic))(*drawn(100, "float64"))
    assert message.split(";", maxsplit=1)[0] in str(raised.value)


def test_without_llvmlite_numpy_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "llvmlite" else find(name)
    )
    given = drawn(10_000, "float64")
    found = kobai.compile(kobai.grad(logistic))(*given)
    np.testing.assert_allclose(found, kobai.grad(logistic)(*given), rtol=1e-12)
    monkeypatch.setenv("KOBAI_BACKEND", "native")
    with pytest.raises(ArgumentError, match="llvmlite is not installed"):
        kobai.compile(kobai.grad(logistic))(*given)


def test_llvm_is_loaded_when_it_is_needed_and_not_before() -> None:
    source = """
import sys
import numpy as np
import kobai
gradient = kobai.compile(kobai.grad(lambda w: np.sum(w ** 2)))
gradient(np.ones(10))
assert "llvmlite" not in sys.modules
gradient(np.ones(100_000))
assert "llvmlite" in sys.modules
"""
    subprocess.run([sys.executable, "-c", source], check=True)


def test_many_python_threads_at_once() -> None:
    from concurrent.futures import ThreadPoolExecutor

    gradient = kobai.compile(kobai.grad(logistic))
    given = [drawn(5_000 + k, "float64") for k in range(8)]
    expected = [kobai.grad(logistic)(*g) for g in given]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda g: gradient(*g), given * 4))
    for one, other in zip(found, expected * 4, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-11)


def test_a_child_process_has_threads_of_its_own() -> None:
    source = """
import os
import numpy as np
import kobai
gradient = kobai.compile(kobai.grad(lambda w, X: np.mean(np.exp(np.sin(X @ w)))))
w, X = np.full(5, 0.1), np.ones((200_000, 5))
first = gradient(w, X)
child = os.fork()
if not child:
    os._exit(0 if gradient(w, X).tobytes() == first.tobytes() else 1)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
"""
    subprocess.run([sys.executable, "-W", "ignore", "-c", source], check=True, timeout=60)


def test_a_branch_is_decided_by_the_bits_that_it_was_recorded_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KOBAI_BACKEND", "native")
    x = np.random.default_rng(0).normal(size=5000)
    edge = np.sum(np.exp(x))

    def f(x: Any) -> Any:
        return np.sum(x**2) if np.sum(np.exp(x)) >= edge else np.sum(x)

    compiled = kobai.compile(f)
    assert compiled(x) == pytest.approx(np.sum(x**2), rel=1e-13)
    assert compiled(x - 1e-9) == pytest.approx(np.sum(x - 1e-9), rel=1e-9)
