"""Exported programs are run, and give what Kobai gives."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import optree
import pytest
import tree_sitter
import tree_sitter_julia
from tests.exporting.losses import CASES
from tests.exporting.programs import printed_by

import kobai
from kobai.exporting import TARGETS

RUN = ("numpy", "c", "octave", "scilab")
OPTIMIZERS: dict[str, kobai.optim.Optimizer] = {
    "plain": kobai.optim.GradientDescent(0.05),
    "momentum": kobai.optim.GradientDescent(0.01, momentum=0.9),
    "nesterov": kobai.optim.GradientDescent(0.01, momentum=0.8, nesterov=True),
    "Adam": kobai.optim.Adam(kobai.optim.WarmUp(kobai.optim.Cosine(0.1, steps=90), 10)),
    "clipped": kobai.optim.ClipByNorm(
        kobai.optim.WeightDecay(kobai.optim.RMSProp(0.01, momentum=0.5, centered=True), 0.1), 0.5
    ),
    "step decay": kobai.optim.AdaGrad(kobai.optim.StepDecay(0.1, 30)),
}


def positions(f: Any, wrt: tuple[str, ...]) -> tuple[int, ...]:
    names = f.__code__.co_varnames
    return tuple(names.index(name) for name in wrt)


def flat(nest: Any) -> list[np.ndarray]:
    return [np.ravel(leaf) for leaf in optree.tree_leaves(nest)]


def agree(found: dict[str, np.ndarray], expected: list[np.ndarray], tolerance: float) -> None:
    assert len(found) == len(expected)
    for (name, entries), exact in zip(found.items(), expected, strict=True):
        scale = max(1.0, float(np.max(np.abs(exact), initial=0.0)))
        assert entries.shape == exact.shape, name
        assert np.allclose(entries, exact, rtol=tolerance, atol=tolerance * scale), name


@pytest.mark.parametrize("target", RUN)
@pytest.mark.parametrize("case", CASES)
def test_the_gradient_is_kobais(case: str, target: Any, tmp_path: Path) -> None:
    f, args, wrt = CASES[case]
    text = kobai.export(f, *args, wrt=wrt, target=target)
    value, slopes = kobai.value_and_grad(f, positions(f, wrt))(*args)
    agree(printed_by(text, target, tmp_path), [np.ravel(value), *flat(slopes)], 1e-12)


@pytest.mark.parametrize("target", RUN)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("case", ["logistic", "softmax net", "unit", "deep net", "huber", "alone"])
def test_training_is_kobais(case: str, optimizer: str, target: Any, tmp_path: Path) -> None:
    f, args, wrt = CASES[case]
    chosen = OPTIMIZERS[optimizer]
    text = kobai.export(f, *args, wrt=wrt, target=target, program="training", optimizer=chosen)
    found = printed_by(text, target, tmp_path)
    assert found.pop("steps") == 100
    where = positions(f, wrt)
    data = tuple(x for i, x in enumerate(args) if i not in where)

    def loss(params: Any) -> Any:
        given = list(data)
        for position, value in zip(where, params, strict=True):
            given.insert(position, value)
        return f(*given)

    fit = kobai.minimize(loss, tuple(args[i] for i in where), steps=100, optimizer=chosen)
    agree(found, flat(fit.params), 1e-10)


@pytest.mark.parametrize("program", ["gradient", "training"])
@pytest.mark.parametrize("case", CASES)
def test_julia_is_read_by_its_grammar(case: str, program: Any) -> None:
    f, args, wrt = CASES[case]
    text = kobai.export(f, *args, wrt=wrt, target="julia", program=program)
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_julia.language()))
    tree = parser.parse(text.encode())
    assert not tree.root_node.has_error, text


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("case", CASES)
def test_nothing_of_the_users_text_is_left(case: str, target: Any) -> None:
    f, args, wrt = CASES[case]
    text = kobai.export(f, *args, wrt=wrt, target=target)
    assert text.isascii()
    assert "quotes" not in text
    assert "rm -rf" not in text


def test_shared_parts_have_the_names_of_the_lesson() -> None:
    f, args, wrt = CASES["unit"]
    text = kobai.export(f, *args, wrt=wrt, target="octave")
    lines = [line.strip() for line in text.splitlines()]
    assert "dZ = dA .* A .* (1 - A);" in lines
    assert "dW = X' * dZ;" in lines
    text = kobai.export(f, *args, wrt=wrt, target="numpy")
    assert "    dZ = dA * A * (1 - A)\n" in text


def test_examples_of_many_numbers_are_left_out() -> None:
    text = kobai.export(lambda x: np.sum(x**2), np.ones(10_001), target="c")
    assert "The example is left out" in text
    assert "main" not in text


@pytest.mark.parametrize("target", ["c", "octave", "scilab", "julia"])
def test_what_has_no_loops_is_refused_with_its_line(target: Any) -> None:
    def loss(x: Any) -> Any:
        y = np.sort(x)
        return np.sum(y[1:] * y[:-1])

    with pytest.raises(kobai.errors.ArgumentError, match="sort") as caught:
        kobai.export(loss, np.arange(4.0), target=target)
    assert re.search(r"test_export\.py:\d+$", caught.value.where)
    assert "numpy" in caught.value.repair


def test_a_branch_on_a_value_is_refused() -> None:
    def loss(x: Any) -> Any:
        return x**2 if x > 0 else -x

    with pytest.raises(kobai.errors.TraceError, match="decides"):
        kobai.export(loss, 2.0)


def test_single_precision_is_refused_where_it_would_be_lost() -> None:
    with pytest.raises(kobai.errors.ArgumentTypeError, match="float32"):
        kobai.export(lambda x: np.sum(x * x), np.ones(2, np.float32), target="c")


@pytest.mark.parametrize(
    "options",
    [{"target": "cobol"}, {"program": "all"}, {"optimizer": OPTIMIZERS["plain"]}, {"wrt": "z"}],
)
def test_wrong_arguments_are_refused(options: Any) -> None:
    with pytest.raises(kobai.errors.ArgumentError):
        kobai.export(lambda x: x**2, 1.0, **options)
