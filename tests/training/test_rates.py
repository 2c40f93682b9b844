"""Learning rates: schedules, functions, the largest stable one, and what is refused."""

from __future__ import annotations

import math
import pickle
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import pytest

import kobai
from kobai import optim
from kobai.errors import ArgumentError, ArgumentTypeError, DivergenceWarning
from kobai.optim import (
    Adam,
    AdamW,
    Averaging,
    ClipByNorm,
    ClipByValue,
    Constant,
    Cosine,
    ExponentialDecay,
    GradientDescent,
    InverseScaling,
    OneCycle,
    RMSProp,
    StepDecay,
    WarmUp,
    WeightDecay,
)
from kobai.optim.curvature import curvature_of

STEPS = 20
SCHEDULES: dict[str, tuple[Any, Any]] = {
    "constant": (Constant(0.3), lambda t: 0.3),
    "step decay": (StepDecay(0.3, 6, 0.5), lambda t: 0.3 * 0.5 ** (t // 6)),
    "exponential": (ExponentialDecay(0.3, 0.5, 4), lambda t: 0.3 * 0.5 ** (t / 4)),
    "inverse": (InverseScaling(0.3, 0.75), lambda t: 0.3 / (t + 1) ** 0.75),
    "cosine": (
        Cosine(0.3, 0.1),
        lambda t: 0.1 + 0.2 * (1 + math.cos(math.pi * t / STEPS)) / 2,
    ),
    "short cosine": (
        Cosine(0.3, steps=10),
        lambda t: 0.3 * (1 + math.cos(math.pi * min(t / 10, 1))) / 2,
    ),
    "one cycle": (
        OneCycle(0.3),
        # The peak is at step 0.3 * 20 - 1 = 5; 14 steps fall.
        lambda t: (
            0.3 - 0.288 * (1 + math.cos(math.pi * t / 5)) / 2
            if t < 5
            else 1.2e-6 + (0.3 - 1.2e-6) * (1 + math.cos(math.pi * (t - 5) / 14)) / 2
        ),
    ),
    "warm-up": (
        WarmUp(Cosine(0.3), 4),
        lambda t: 0.3 * (t + 1) / 5 if t < 4 else 0.3 * (1 + math.cos(math.pi * (t - 4) / 16)) / 2,
    ),
    "a function": (lambda t: 0.3 / (1 + t), lambda t: 0.3 / (1 + t)),
    "a function of both": (lambda t, steps: 0.3 * (1 - t / steps), lambda t: 0.3 * (1 - t / STEPS)),
    "a function with a setting": (lambda t, rate=0.3: rate / (1 + t), lambda t: 0.3 / (1 + t)),
    "a function that ignores it": (lambda t: 0.3, lambda t: 0.3),
}


@pytest.mark.parametrize("backend", ["numpy", "native"])
@pytest.mark.parametrize("name", SCHEDULES)
def test_a_step_has_the_rate_of_its_number(
    name: str, backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The slope of x is 1, so that x loses the rates."""
    monkeypatch.setenv("KOBAI_BACKEND", backend)
    rate, exact = SCHEDULES[name]
    path = [0.0]
    fit = kobai.minimize(
        lambda x: x + 0.0,
        0.0,
        optimizer=GradientDescent(rate),
        steps=STEPS,
        callbacks=[lambda progress: path.append(-progress.params)] if backend == "numpy" else [],
    )
    expected = [exact(t) for t in range(STEPS)]
    assert fit.params == pytest.approx(-sum(expected), rel=1e-13)
    if backend == "numpy":
        np.testing.assert_allclose(np.diff(path), expected, rtol=1e-11, atol=1e-15)


@pytest.mark.parametrize("name", [name for name in SCHEDULES if " function" not in name])
def test_a_schedule_can_be_drawn_and_printed(name: str) -> None:
    schedule, exact = SCHEDULES[name]
    drawn = schedule(np.arange(STEPS), STEPS)
    np.testing.assert_allclose(drawn, [exact(t) for t in range(STEPS)], rtol=1e-13)
    assert eval(repr(schedule), vars(optim)) == schedule


@pytest.mark.parametrize("steps", [1, 2, 3, 4])
def test_short_trainings_have_rates(steps: int) -> None:
    for schedule in (Cosine(0.1), OneCycle(0.1), WarmUp(OneCycle(0.1), 3)):
        rates = schedule(np.arange(steps), steps)
        assert np.all(np.isfinite(rates))
        assert np.all((rates > 0) & (rates <= 0.1 * (1 + 1e-15)))


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        (lambda t: 0.1 if t < 5 else 0.01, "decides by the number of the step"),
        (lambda t: -0.1 + t, "at the first step, t = 0"),
        (lambda t: 0.1 / t, "at the first step, t = 0"),
        (lambda t: np.ones(2), "at the first step, t = 0"),
        (lambda t: "much", "returns 'much'"),
    ],
    ids=["decides", "negative", "infinite", "two", "a word"],
)
def test_functions_that_are_no_rates_are_refused(rate: Any, text: str) -> None:
    with pytest.raises((ArgumentError, ArgumentTypeError), match=text):
        kobai.minimize(lambda x: x**2, 1.0, optimizer=Adam(rate), steps=3)


def wrong(value: Any) -> Any:
    """A value of a type that is not the declared one."""
    return value


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: Adam(0), "the learning rate is 0"),
        (lambda: Adam(wrong("auto")), "the learning rate is 'auto'"),
        (lambda: Adam(beta1=1.0), "beta1 is 1.0"),
        (lambda: Adam(beta2=-0.1), "beta2 is -0.1"),
        (lambda: Adam(epsilon=0.0), "epsilon is 0.0"),
        (lambda: AdamW(weight_decay=-1), "the weight decay is -1"),
        (lambda: AdamW(beta1=2), "beta1 is 2"),
        (lambda: RMSProp(decay=1), "decay is 1"),
        (lambda: RMSProp(momentum=1), "the momentum is 1"),
        (lambda: optim.AdaGrad(epsilon=math.nan), "epsilon is nan"),
        (lambda: ClipByNorm(Adam(), 0), "the limit is 0"),
        (lambda: ClipByValue(Adam(), math.inf), "the limit is inf"),
        (lambda: WeightDecay(Adam(), -0.1), "the weight decay is -0.1"),
        (lambda: WeightDecay(Adam(), 0.1, skip="b"), "skip is 'b'"),
        (lambda: Averaging(Adam(), decay=1.0), "decay is 1.0"),
        (lambda: Averaging(Adam(), start=wrong(1.5)), "start is 1.5"),
        (lambda: StepDecay(0.1, 0), "every is 0"),
        (lambda: ExponentialDecay(0.1, 0), "the factor is 0"),
        (lambda: InverseScaling(0.1, -1), "the power is -1"),
        (lambda: Cosine(0.1, -1), "the final rate is -1"),
        (lambda: Cosine(0.1, steps=0), "steps is 0"),
        (lambda: OneCycle(0.1, rising=1.0), "rising is 1.0"),
        (lambda: WarmUp(0.1, -2), "steps is -2"),
        (lambda: WarmUp(-0.1, 3), "the learning rate is -0.1"),
        (lambda: Cosine(0.1)(3), "depends on how many steps there are"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_settings_outside_their_range_are_refused(make: Any, text: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        make()
    assert str(caught.value).startswith(text) or text in str(caught.value)
    assert "Repair: " in str(caught.value)


def test_what_is_no_optimizer_is_refused() -> None:
    bad: Any = "adam"
    for make in (lambda: ClipByNorm(bad, 1.0), lambda: kobai.minimize(np.sum, 1.0, optimizer=bad)):
        with pytest.raises(ArgumentTypeError, match="the optimizer is 'adam'"):
            make()


def test_a_parameter_to_skip_that_is_not_there_is_told() -> None:
    optimizer = WeightDecay(Adam(), 0.1, skip=("bias",))
    with pytest.raises(ArgumentError, match="use names among b, w"):
        kobai.minimize(
            lambda p: p["w"] ** 2 + p["b"] ** 2, {"w": 1.0, "b": 1.0}, optimizer=optimizer
        )


def test_every_optimizer_prints_what_makes_it_again() -> None:
    inner = AdamW(WarmUp(Cosine(0.1), 5))
    for optimizer in (inner, Averaging(ClipByNorm(WeightDecay(inner, 0.1, ("b",)), 1.0), 0.9)):
        assert eval(repr(optimizer), vars(optim)) == optimizer


def test_the_public_names_are_complete() -> None:
    folder = set(optim.__all__)
    own = {
        name
        for name, value in vars(optim).items()
        if isinstance(value, type) and value.__module__.startswith("kobai.optim")
    }
    assert folder == own
    for name in folder:
        thing = getattr(optim, name)
        assert thing.__doc__, name
        if is_dataclass(thing):
            assert all(f"{field.name}:" in thing.__doc__ for field in fields(thing)), name


def hessian_of_squares(rows: int, columns: int) -> tuple[Any, Any, np.ndarray]:
    generator = np.random.default_rng(1)
    X = generator.normal(size=(rows, columns)) * np.linspace(0.1, 2, columns)
    return lambda w: np.mean((X @ w) ** 2), X, 2 * X.T @ X / rows


@pytest.mark.parametrize(("columns", "tolerance"), [(1, 1e-12), (7, 1e-12), (200, 1e-5)])
def test_the_outermost_curvatures_are_eigenvalues_of_the_hessian(
    columns: int, tolerance: float
) -> None:
    loss, _, hessian = hessian_of_squares(300, columns)
    smallest, largest = curvature_of(loss, (np.ones(columns),))
    exact = np.linalg.eigvalsh(hessian)
    assert largest == pytest.approx(exact[-1], rel=tolerance)
    if columns < 50:
        assert smallest == pytest.approx(exact[0], abs=tolerance * exact[-1])
    assert curvature_of(loss, (np.ones(columns),)) == (smallest, largest)


@pytest.mark.parametrize(
    ("settings", "factor"),
    [
        ({}, 2.0),
        ({"momentum": 0.9}, 3.8),
        ({"momentum": 0.9, "nesterov": True}, 3.8 / 2.8),
        ({"momentum": 0.3, "nesterov": True}, 2.6 / 1.6),
    ],
)
def test_steps_grow_from_the_largest_stable_rate_on(
    settings: dict[str, Any], factor: float
) -> None:
    λ = 5.0
    for share, grows in ((0.999, False), (1.001, True)):
        descent = GradientDescent(share * factor / λ, **settings)
        assert descent.largest_stable(λ) == pytest.approx(factor / λ)
        fit = kobai.minimize(lambda x: λ * x**2 / 2, 1.0, optimizer=descent, steps=8000)
        assert (fit.loss > 1e3) == grows
        note = fit.stability().note
        assert note.startswith("the steps bounce" if grows else "the learning rate")


def test_seed_001s_parabola_bounces_crawls_or_does_neither() -> None:
    def J(x: Any) -> Any:
        return x**2 + x

    fit = kobai.minimize(J, 3.0, optimizer=GradientDescent("auto"), steps=100)
    assert fit.optimizer == GradientDescent(0.5)
    assert fit.params == -0.5
    assert (fit.stability().curvature, fit.stability().largest_stable) == (2.0, 1.0)
    slow = kobai.minimize(J, 3.0, optimizer=GradientDescent(0.00001), steps=100)
    assert slow.stability().note.startswith("the steps crawl: the learning rate 1e-05 is far below")
    with pytest.warns(DivergenceWarning, match="The steps bounce: the learning rate 1.5 is beyond"):
        fit = kobai.minimize(J, 3.0, optimizer=GradientDescent(1.5), steps=2000)
    assert fit.stability().largest_stable == 1.0


def test_auto_counts_weight_decay_and_looks_through_what_is_put_around() -> None:
    optimizer = Averaging(WeightDecay(ClipByNorm(GradientDescent("auto"), 9.0), 8.0))
    fit = kobai.minimize(lambda x: x**2, 1.0, optimizer=optimizer, steps=50)
    assert fit.optimizer == Averaging(WeightDecay(ClipByNorm(GradientDescent(0.1), 9.0), 8.0))
    assert fit.stability().curvature == 10.0


@pytest.mark.parametrize(
    "loss", [lambda x: 3 * x, lambda x: np.sqrt(x - 1)], ids=["none", "no number"]
)
def test_auto_without_a_curvature_is_refused(loss: Any) -> None:
    with pytest.raises(ArgumentError, match='learning_rate="auto"'):
        kobai.minimize(loss, 1.0, optimizer=GradientDescent("auto"))


def test_auto_is_refused_where_nothing_is_trained() -> None:
    with pytest.raises(ArgumentError, match=r"found by kobai\.minimize alone"):
        kobai.derive(lambda x: x**2, 1.0, optimizer=GradientDescent("auto"))


def test_no_largest_rate_is_known_for_adam() -> None:
    fit = kobai.minimize(lambda x: x**2, 1.0, optimizer=Adam(0.1), steps=3)
    with pytest.raises(ArgumentError, match="no largest stable step is known for Adam"):
        fit.stability()


def test_a_fit_that_was_saved_has_no_loss_with_it() -> None:
    fit = kobai.minimize(lambda x: x**2, 1.0, optimizer=GradientDescent(0.1), steps=3)
    again = pickle.loads(pickle.dumps(fit))
    assert again.params == fit.params
    with pytest.raises(ArgumentError, match="not at hand any more"):
        again.stability()
