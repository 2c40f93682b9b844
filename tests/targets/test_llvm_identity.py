"""What names code on disk: one text for the same loops, another for any other."""

from __future__ import annotations

import ast
import dataclasses
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.backends.losses import LOSSES, drawn
from tests.lower.test_splitting import planned

from kobai.graph import OPERATIONS, Graph
from kobai.lower.kernels import Lowered
from kobai.lower.loops import Buffer, Kernel, Map, Write
from kobai.lower.plan import plan
from kobai.lower.views import whole
from kobai.scalars import Scalar, number
from kobai.sizes import Size
from kobai.targets.llvm import identity
from kobai.targets.llvm.identity import RULES, rules, text_of

FLOAT = np.dtype(float)


def kernels(number: int) -> tuple[Kernel, ...]:
    steps = planned(LOSSES[number], *drawn(100, "float64")).steps
    return tuple(step.kernel for step in steps if isinstance(step, Lowered))


def test_the_same_loops_have_the_same_text_and_others_another() -> None:
    texts = [text_of(kernels(number)) for number in range(len(LOSSES))]
    assert texts == [text_of(kernels(number)) for number in range(len(LOSSES))]
    assert len(set(texts)) == len(texts)


def test_the_text_is_the_same_in_every_process() -> None:
    source = "from tests.targets.test_llvm_identity import *; print(text_of(kernels(0)))"
    printed = {
        subprocess.run(
            [sys.executable, "-c", source],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            stdout=subprocess.PIPE,
            check=True,
            encoding="utf-8",
        ).stdout
        for seed in ("1", "2")
    }
    assert printed == {text_of(kernels(0)) + "\n"}


def written(value: Scalar, shape: Any = (3,), dtype: Any = FLOAT) -> Map:
    return Map(shape, None, (Write(whole(Buffer(dtype, shape)), value),), ())


ONE = number(1.0, FLOAT)
OTHERS = {
    "a number": written(number(2.0, FLOAT)),
    "the sign of zero": written(number(-0.0, FLOAT)),
    "nothing": written(number(0.0, FLOAT)),
    "a whole number": written(number(1, FLOAT)),
    "a length": written(ONE, (4,)),
    "a symbol": written(ONE, (Size.symbol("m", 3),)),
    "another symbol": written(ONE, (Size.symbol("n", 3),)),
    "the dtype of a number": written(number(1.0, np.dtype("float32"))),
    "the dtype of a buffer": written(ONE, dtype=np.dtype("float32")),
    "an instruction": written(Scalar("neg", (ONE,), FLOAT)),
    "a function": written(Scalar("call", (ONE,), FLOAT, "exp")),
    "another function": written(Scalar("call", (ONE,), FLOAT, "log")),
    "a tile": dataclasses.replace(written(ONE), tiled=0),
    "one value": written(Scalar("add", (ONE, ONE), FLOAT)),
    "two equal values": written(Scalar("add", (ONE, number(1.0, FLOAT)), FLOAT)),
}


def test_whatever_differs_shows() -> None:
    texts = [text_of(loop) for loop in (written(ONE), *OTHERS.values())]
    assert len(set(texts)) == len(texts)


def test_one_buffer_is_not_two_of_the_same_shape() -> None:
    one, other = Buffer(FLOAT, (3,)), Buffer(FLOAT, (3,))
    assert text_of((one, one)) != text_of((one, other))


def test_an_unknown_part_is_refused() -> None:
    with pytest.raises(TypeError):
        text_of((1, [2]))


def test_deep_expressions() -> None:
    graph = Graph()
    x = graph.input("x", (3,), FLOAT)
    value = x
    for _ in range(5000):
        value = OPERATIONS["sin"](value)
    (step,) = plan([value], {}).steps
    assert isinstance(step, Lowered)
    assert len(text_of(step.kernel)) > 5000


@pytest.mark.parametrize("name", ["products.py", "exponentials.py"])
def test_the_rules_are_read(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    before = rules()
    assert before is not None
    read = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda self: read(self) + b"#" * (self.name == name))
    rules.cache_clear()
    assert rules() not in {before, None}
    monkeypatch.setattr(identity, "RULES", ("kobai.lower",))
    rules.cache_clear()
    assert rules() != before
    monkeypatch.undo()
    rules.cache_clear()
    assert rules() == before


def test_code_depends_on_no_other_module_of_kobai() -> None:
    # Of the graph the rules use names of types and of leaves, which are in the loops themselves.
    allowed = (*RULES, "kobai.graph")
    assert identity.__file__ is not None
    for file in Path(identity.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith("kobai"):
                assert str(node.module).startswith(allowed), f"{file.name}: {node.module}"
