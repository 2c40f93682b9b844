"""Exported programs are run, and give what Kobai gives."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import optree
import pytest
import tree_sitter
import tree_sitter_julia
from tests.exporting.losses import CASES
from tests.exporting.more_losses import EMPTY, MORE
from tests.exporting.programs import Printed, printed_by_all

import kobai
from kobai.exporting import TARGETS
from kobai.graph import Node
from kobai.ops.elementary import sqrt
from kobai.optim import Moment
from kobai.optim.optimizer import ParameterRule, State

ALL = CASES | MORE
RUN = ("numpy", "c", "octave", "scilab")
TRAINED = ("logistic", "softmax net", "unit", "deep net", "huber", "alone", "layers", "dict")


@dataclass(frozen=True)
class Adaptive(ParameterRule):
    """Two states for each parameter; its update reads both new ones."""

    step: float = 0.02
    decay: float = 0.9
    floor: float = 1e-3

    @property
    def state_names(self) -> tuple[str, ...]:
        return ("mean", "square")

    def update(self, w: Node, dw: Node, state: State, at: Moment) -> tuple[Node, State]:
        step, decay = at.rate(self.step), at.number("decay", self.decay)
        mean = decay * state[0] + (1 - decay) * dw
        square = decay * state[1] + (1 - decay) * dw**2
        return w - step * mean / (sqrt(square) + self.floor), (mean, square)


class Swinging(ParameterRule):
    """No dataclass; what it remembers is the parameter before, and its text is hostile."""

    @property
    def state_names(self) -> tuple[str, ...]:
        return ("before", "seen")

    def update(self, w: Node, dw: Node, state: State, at: Moment) -> tuple[Node, State]:
        before, seen = state
        return w + 0.5 * seen * (w - before) - 0.01 * dw, (w, 0.0 * seen + 1.0)

    def __repr__(self) -> str:
        return "x\nsystem('true') */ end"


OPTIMIZERS: dict[str, Any] = {
    "plain": kobai.optim.GradientDescent(0.05),
    "momentum": kobai.optim.GradientDescent(0.01, momentum=0.9),
    "nesterov": kobai.optim.GradientDescent(0.01, momentum=0.8, nesterov=True),
    "adaptive": Adaptive(),
    "swinging": Swinging(),
    "Adam": kobai.optim.Adam(kobai.optim.WarmUp(kobai.optim.Cosine(0.1, steps=90), 10)),
    "clipped": kobai.optim.ClipByNorm(
        kobai.optim.WeightDecay(kobai.optim.RMSProp(0.01, momentum=0.5), 0.1), 0.5
    ),
    "step decay": kobai.optim.AdaGrad(kobai.optim.StepDecay(0.1, 30)),
}


def positions(f: Any, wrt: tuple[str, ...]) -> tuple[int, ...]:
    names = f.__code__.co_varnames
    return tuple(names.index(name) for name in wrt)


def flat(nest: Any) -> list[np.ndarray]:
    return [np.ravel(leaf) for leaf in optree.tree_leaves(nest)]


def agree(found: Printed, expected: list[np.ndarray], tolerance: float, case: str) -> None:
    assert len(found) == len(expected), case
    for (name, entries), exact in zip(found.items(), expected, strict=True):
        scale = max(1.0, float(np.max(np.abs(exact), initial=0.0)))
        assert entries.shape == exact.shape, (case, name)
        is_close = np.allclose(entries, exact, rtol=tolerance, atol=tolerance * scale)
        assert is_close, (case, name, entries, exact)


@pytest.mark.parametrize("target", RUN)
def test_gradients_are_kobais(target: Any, tmp_path: Path) -> None:
    cases = ALL if target == "scilab" else {**ALL, "no rows": EMPTY}
    texts = {
        case: kobai.export(f, *args, wrt=wrt, target=target)
        for case, (f, args, wrt) in cases.items()
    }
    for case, found in printed_by_all(texts, target, tmp_path).items():
        f, args, wrt = cases[case]
        value, slopes = kobai.value_and_grad(f, positions(f, wrt))(*args)
        agree(found, [np.ravel(value), *flat(slopes)], 1e-12, case)


def trained(case: str, optimizer: Any) -> list[np.ndarray]:
    """The parameters that Kobai's own training finds."""
    f, args, wrt = ALL[case]
    where = positions(f, wrt)
    data = tuple(x for i, x in enumerate(args) if i not in where)

    def loss(params: Any) -> Any:
        given = list(data)
        for position, value in zip(where, params, strict=True):
            given.insert(position, value)
        return f(*given)

    start = tuple(args[i] for i in where)
    return flat(kobai.minimize(loss, start, steps=100, optimizer=optimizer).params)


@pytest.mark.parametrize("target", RUN)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_training_is_kobais(optimizer: str, target: Any, tmp_path: Path) -> None:
    chosen = OPTIMIZERS[optimizer]
    cases = TRAINED if optimizer != "plain" else (*TRAINED, "colliding names", "one column")
    texts = {}
    for case in cases:
        f, args, wrt = ALL[case]
        texts[case] = kobai.export(
            f, *args, wrt=wrt, target=target, program="training", optimizer=chosen
        )
        assert "system" not in texts[case]
    for case, found in printed_by_all(texts, target, tmp_path).items():
        assert found.pop("steps", found.pop("steps_2", None)) == 100
        agree(found, trained(case, chosen), 1e-10, case)


def test_settings_are_arguments() -> None:
    f, args, wrt = ALL["unit"]
    options: Any = {"wrt": wrt, "target": "octave", "program": "training"}
    text = kobai.export(f, *args, **options, optimizer=OPTIMIZERS["adaptive"])
    assert "unit_train(W, b, X, Y, alpha, decay, steps)" in text
    assert "mean_W = decay * mean_W + (1 - decay) * dW;" in text
    momentum = kobai.export(f, *args, **options, optimizer=OPTIMIZERS["momentum"])
    assert "W = W - alpha * velocity_W;" in momentum


@pytest.mark.parametrize("program", ["gradient", "training"])
@pytest.mark.parametrize("case", ALL)
def test_julia_is_read_by_its_grammar(case: str, program: Any) -> None:
    f, args, wrt = ALL[case]
    text = kobai.export(f, *args, wrt=wrt, target="julia", program=program)
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_julia.language()))
    tree = parser.parse(text.encode())
    assert not tree.root_node.has_error, text


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("case", ALL)
def test_nothing_of_the_users_text_is_left(case: str, target: Any) -> None:
    f, args, wrt = ALL[case]
    text = kobai.export(f, *args, wrt=wrt, target=target)
    assert text.isascii()
    assert "quotes" not in text
    assert "rm -rf" not in text


def test_shared_parts_have_the_names_of_the_lesson() -> None:
    f, args, wrt = ALL["unit"]
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
