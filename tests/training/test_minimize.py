"""`minimize`: parameters in any form, batches, what it stops for, and what it must not do."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, NamedTuple

import numpy as np
import pytest

import kobai
from kobai.graph import AnyArray
from kobai.optim import GradientDescent
from kobai.training import Progress
from kobai.training.batches import batches

GENERATOR = np.random.default_rng(4)
X = GENERATOR.normal(size=(11, 3))
Y = GENERATOR.normal(size=11)


def _squares(w: Any, X: Any, y: Any) -> Any:
    return np.mean((X @ w - y) ** 2)


def _solution() -> AnyArray:
    solution: AnyArray = np.linalg.lstsq(X, Y)[0]
    return solution


class Layer(NamedTuple):
    w: Any
    b: Any


NESTS: dict[str, Any] = {
    "a number": 1.0,
    "an array": np.ones(2),
    "an array without axes": np.array(1.0),
    "an empty array": np.ones(0),
    "a list": [1.0, np.ones((2, 2))],
    "a tuple": (np.ones(3), 2.0),
    "a dict": {"w": np.ones(2), "b": 0.5},
    "an ordered dict": OrderedDict(z=1.0, a=np.ones(2)),
    "a named tuple": Layer(np.ones(2), 0.5),
    "a nest with holes": {"layers": [{"w": np.ones((2, 1)), "b": None}, (1.0,)], "none": None},
    "dtypes": {"half": np.ones(2, "f2"), "single": np.ones(2, "f4"), "double": np.ones(2)},
    "a single number": np.float32(2.0),
}


def _sum_of_squares(nest: Any) -> Any:
    """The squared norm of everything in a nest."""
    if nest is None:
        return 0.0
    if isinstance(nest, dict):
        return sum(_sum_of_squares(value) for value in nest.values())
    if isinstance(nest, list | tuple):
        return sum(_sum_of_squares(value) for value in nest)
    return np.sum(nest * nest)


def _assert_same_form(found: Any, given: Any, factor: float) -> None:
    if isinstance(given, dict):
        assert type(found) is type(given)
        assert list(found) == list(given)
        for key in given:
            _assert_same_form(found[key], given[key], factor)
    elif isinstance(given, list | tuple):
        assert type(found) is type(given)
        for one, two in zip(found, given, strict=True):
            _assert_same_form(one, two, factor)
    elif given is None:
        assert found is None
    else:
        assert np.asarray(found).dtype == np.asarray(given).dtype
        assert np.shape(found) == np.shape(given)
        assert np.allclose(found, factor * np.asarray(given))


@pytest.mark.parametrize("nest", NESTS.values(), ids=list(NESTS))
def test_parameters_keep_their_form_shapes_and_dtypes(nest: Any) -> None:
    fit = kobai.minimize(_sum_of_squares, nest, optimizer=GradientDescent(0.25), steps=3)
    _assert_same_form(fit.params, nest, 0.125)


def test_the_parameters_given_are_not_changed() -> None:
    w, b = np.ones(2), np.array(3.0)
    fit = kobai.minimize(_sum_of_squares, {"w": w, "b": [b]}, steps=2)
    fit.params["w"][0] = 7
    assert (w.tolist(), b.item()) == ([1, 1], 3)


def test_the_data_are_not_changed() -> None:
    kept = X.copy(), Y.copy()
    kobai.minimize(_squares, np.zeros(3), data=(X, Y), epochs=2, batch_size=4)
    assert np.array_equal(X, kept[0])
    assert np.array_equal(Y, kept[1])


@pytest.mark.parametrize("batch_size", [None, 4, 1, 11, 100])
def test_least_squares_are_found(batch_size: int | None) -> None:
    start = _solution()
    fit = kobai.minimize(
        lambda w: _squares(w, X, Y), start + 0.1, optimizer=GradientDescent(0.2), steps=500
    )
    assert np.allclose(fit.params, start, atol=1e-8)
    fit = kobai.minimize(
        _squares,
        np.zeros(3),
        data=(X, Y),
        optimizer=GradientDescent(0.02),
        epochs=400,
        batch_size=batch_size,
    )
    assert np.allclose(fit.params, start, atol=0.2)
    assert np.isclose(fit.loss, _squares(fit.params, X, Y), rtol=1e-12)


def test_the_last_short_batch_gets_the_loss_unchanged_and_counts_by_its_rows() -> None:
    seen: list[int] = []

    def loss(w: Any, x: Any) -> Any:
        seen.append(len(x))
        return np.mean((x - w) ** 2)

    data = np.arange(7.0)
    fit = kobai.minimize(
        loss, 0.0, data=data, optimizer=GradientDescent(0.1), epochs=1, batch_size=3, shuffle=False
    )
    w: Any = 0.0
    losses = []
    for part in (data[:3], data[3:6], data[6:]):
        losses.append(np.mean((part - w) ** 2))
        w -= 0.1 * np.mean(2 * (w - part))
    assert fit.params == pytest.approx(w, rel=1e-14)
    assert fit.history == pytest.approx([np.average(losses, weights=[3, 3, 1])], rel=1e-14)
    assert fit.loss == pytest.approx(np.mean((data - w) ** 2), rel=1e-14)
    assert set(seen) == {3, 1, 7}


def test_one_example_at_a_time_comes_with_its_axis() -> None:
    shapes: set[Any] = set()

    def loss(w: Any, X: Any, y: Any) -> Any:
        shapes.add((X.shape, y.shape))
        return _squares(w, X, y)

    kobai.minimize(loss, np.zeros(3), data=(X, Y), epochs=1, batch_size=1)
    assert shapes == {((1, 3), (1,)), ((11, 3), (11,))}


@pytest.mark.parametrize(
    ("data", "axis"),
    [((X.T, Y[None]), 1), ((X.T, Y[None]), -1), ((X.T, Y), (1, 0)), ([X.T, Y], [-1, -1])],
    ids=["columns", "from the back", "one for each", "lists"],
)
def test_examples_may_lie_along_any_axis(data: Any, axis: Any) -> None:
    def loss(w: Any, X: Any, y: Any) -> Any:
        return np.mean((w @ X - y) ** 2)

    settings: Any = {"epochs": 3, "batch_size": 4, "seed": 5}
    fit = kobai.minimize(loss, np.zeros(3), data=data, axis=axis, **settings)
    rows = kobai.minimize(_squares, np.zeros(3), data=(X, Y), **settings)
    assert np.allclose(fit.params, rows.params, rtol=1e-12)
    assert np.allclose(fit.history, rows.history, rtol=1e-12)


def test_a_single_array_of_data_needs_no_tuple() -> None:
    fit = kobai.minimize(lambda w, x: np.mean((x - w) ** 2), 0.0, data=Y, steps=200)
    assert fit.params == pytest.approx(np.mean(Y))


def test_data_that_are_lists_or_memory_maps_will_do(tmp_path: Any) -> None:
    path = tmp_path / "data.npy"
    np.save(path, X)
    mapped = np.load(path, mmap_mode="r")
    found = [
        kobai.minimize(_squares, np.zeros(3), data=data, epochs=2, batch_size=4).params
        for data in ((X, Y), (mapped, Y), (X.tolist(), Y.tolist()))
    ]
    assert np.array_equal(found[0], found[1])
    assert np.array_equal(found[0], found[2])


def test_an_order_belongs_to_its_seed() -> None:
    def run(**settings: Any) -> AnyArray:
        fit = kobai.minimize(_squares, np.zeros(3), data=(X, Y), epochs=3, batch_size=4, **settings)
        params: AnyArray = fit.params
        return params

    assert np.array_equal(run(seed=1), run(seed=1))
    assert not np.array_equal(run(seed=1), run(seed=2))
    assert np.array_equal(run(), run(seed=0))
    assert np.array_equal(run(seed=1, shuffle=False), run(seed=2, shuffle=False))


def test_each_epoch_sees_every_example_once_in_an_order_of_its_own() -> None:
    cut = batches(np.arange(5.0), 0, 2, shuffle=True)
    generator = np.random.default_rng(0)
    orders = [cut.order(generator) for _ in range(4)]
    epochs = [
        np.concatenate([cut.batch(order, number)[0] for number in range(cut.per_epoch)])
        for order in orders
    ]
    assert all(sorted(epoch) == [0, 1, 2, 3, 4] for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) > 1
    assert cut.per_epoch == 3


def test_training_stops_when_the_gradient_is_small_enough() -> None:
    fit = kobai.minimize(lambda x: x**2, 1.0, optimizer=GradientDescent(0.25), tolerance=0.2)
    assert fit.params == 0.0625
    assert (fit.steps, fit.converged) == (4, True)
    assert fit.reason == "the gradient is at most 0.2 after 4 steps"
    assert len(fit.history) == 5


def test_the_tolerance_of_batches_is_for_their_mean() -> None:
    data = np.array([-1.0, 1.0, -1.0, 1.0])
    fit = kobai.minimize(
        lambda w, x: np.mean((x - w) ** 2),
        0.0,
        data=data,
        optimizer=GradientDescent(1e-9),
        epochs=5,
        batch_size=1,
        tolerance=1e-3,
    )
    assert (fit.converged, fit.steps) == (True, 4)


def test_callbacks_see_every_epoch_and_may_end_training() -> None:
    seen: list[Progress] = []
    late: list[int] = []

    def watch(progress: Progress) -> bool:
        seen.append(progress)
        return progress.epoch == 3

    fit = kobai.minimize(
        _squares,
        np.zeros(3),
        data=(X, Y),
        epochs=10,
        batch_size=4,
        callbacks=[watch, lambda progress: late.append(progress.step)],
    )
    assert [progress.step for progress in seen] == [3, 6, 9] == late
    assert [progress.epoch for progress in seen] == [1, 2, 3]
    assert {progress.steps for progress in seen} == {30}
    assert [progress.loss for progress in seen] == fit.history.tolist()
    assert np.array_equal(seen[-1].params, fit.params)
    assert fit.reason == "a callback ended training after 9 steps"


def test_what_a_callback_does_to_its_parameters_stays_with_it() -> None:
    def spoil(progress: Progress) -> None:
        progress.params[:] = np.nan

    fit = kobai.minimize(_squares, np.zeros(3), data=(X, Y), steps=5, callbacks=[spoil])
    alone = kobai.minimize(_squares, np.zeros(3), data=(X, Y), steps=5)
    assert np.array_equal(fit.params, alone.params)


@pytest.mark.parametrize("steps", [0, 1, 4, 5])
def test_exactly_the_steps_asked_for_are_made(steps: int) -> None:
    fit = kobai.minimize(_squares, np.zeros(3), data=(X, Y), steps=steps, batch_size=4)
    assert fit.steps == steps
    assert len(fit.history) == -(-steps // 3)
    assert np.isfinite(fit.loss)


def test_the_words_of_a_divergence() -> None:
    with pytest.warns(kobai.errors.DivergenceWarning) as caught:
        fit = kobai.minimize(lambda x: x**4, 10.0, optimizer=GradientDescent(1.0), steps=50)
    assert str(caught[0].message) == (
        "training diverged: the loss is inf at step 5 (the last finite loss was 1.85346e+139); the "
        "parameters of the last finite step are kept. Try a smaller learning rate, or standardise "
        "the data. The steps bounce: the learning rate 1 is beyond the largest stable one, "
        "0.00167, at a curvature of 1.2e+03"
    )
    assert fit.reason == "diverged: the loss is inf at step 5"
    assert fit.steps == 4
    assert fit.loss == fit.history[-1]
    assert caught[0].filename == __file__


def test_a_loss_without_a_finite_start_says_so() -> None:
    with pytest.warns(kobai.errors.DivergenceWarning, match="no finite value there") as caught:
        fit = kobai.minimize(np.log, -1.0, steps=5)
    assert (fit.params, fit.steps) == (-1.0, 0)
    assert fit.reason == "diverged: the loss is nan at step 1"
    assert caught[0].filename == __file__


def test_a_parameter_that_is_not_finite_counts_as_divergence() -> None:
    with pytest.warns(kobai.errors.DivergenceWarning, match="a parameter is not finite at step 1"):
        fit = kobai.minimize(np.sqrt, 0.0, steps=5)
    assert (fit.params, fit.steps) == (0.0, 0)


def test_the_very_last_step_may_diverge_too() -> None:
    with pytest.warns(kobai.errors.DivergenceWarning, match="the loss is inf") as caught:
        fit = kobai.minimize(lambda x: x**4, 10.0, optimizer=GradientDescent(1.0), steps=4)
    assert (fit.loss, fit.steps) == (fit.history[-1], 4)
    assert caught[0].filename == __file__


def test_a_parameter_that_the_loss_ignores_stays_and_is_named_once() -> None:
    with pytest.warns(kobai.errors.IndependenceWarning) as caught:
        fit = kobai.minimize(lambda p: p["a"] ** 2, {"a": 1.0, "b": 2.0}, steps=5)
    assert [str(warning.message) for warning in caught] == [
        "the loss does not depend on parameter b: it stays as it is"
    ]
    assert fit.params["b"] == 2.0
    assert caught[0].filename == __file__


def _loss(w: Any, X: Any, y: Any) -> Any:
    return _squares(w, X, y)


MISTAKES: dict[str, tuple[dict[str, Any], str]] = {
    "both steps and epochs": (
        {"steps": 1, "epochs": 1},
        "both steps and epochs are given\n  Repair: give one of them",
    ),
    "half a step": ({"steps": 2.5}, "steps is 2.5\n  Repair: give a whole number from 0"),
    "negative epochs": ({"epochs": -1}, "epochs is -1\n  Repair: give a whole number from 0"),
    "no batch": ({"batch_size": 0}, "batch_size is 0\n  Repair: give a whole number above 0"),
    "half a batch": ({"batch_size": 1.5}, "batch_size is 1.5"),
    "a negative tolerance": ({"tolerance": -1e-3}, "the tolerance is -0.001"),
    "a tolerance of nan": ({"tolerance": np.nan}, "the tolerance is nan"),
    "no optimizer": (
        {"optimizer": 0.1},
        (
            "the optimizer is 0.1\n  Repair: give one of kobai.optim, such as "
            "kobai.optim.GradientDescent(0.1)"
        ),
    ),
    "a batch size without data": (
        {"data": None, "batch_size": 2, "loss": lambda w: np.sum(w**2)},
        "batch_size without data\n  Repair: give the data, or leave it out",
    ),
    "other lengths": (
        {"data": (X, Y[:-1])},
        (
            "the data arrays hold different numbers of examples: [11, 10]\n"
            "  Repair: give each example one entry along `axis` in every array"
        ),
    ),
    "no example": ({"data": (X[:0], Y[:0])}, "the data holds no example"),
    "an axis that is not there": (
        {"axis": 1},
        (
            "data array 1 of shape (11,) has no axis 1\n"
            "  Repair: axis says along which axis the examples are"
        ),
    ),
    "too many axes": (
        {"axis": (0, 0, 0)},
        "axis names 3 axes for 2 arrays of data\n  Repair: give one axis, or one for each array",
    ),
    "too few arrays": (
        {"data": X},
        (
            "_loss(w: 'Any', X: 'Any', y: 'Any') -> 'Any' is to be called with 2 arguments: "
            "missing a required argument: 'y'\n"
            "  Repair: params come first, then one argument for each data array; or give argnums"
        ),
    ),
    "positions for more": (
        {"argnums": (0, 1)},
        (
            "argnums names 2 arguments, but params is not a tuple of as many\n"
            "  Repair: give params=(w, b) for argnums=(0, 1)"
        ),
    ),
    "a position twice": (
        {"argnums": (0, 0), "params": (np.zeros(3), 0.0)},
        "argnums (0, 0) don't fit 4 arguments\n  Repair: count the loss's arguments from 0",
    ),
    "a position too far": (
        {"argnums": (0, 9), "params": (np.zeros(3), 0.0)},
        "argnums (0, 9) don't fit 4 arguments",
    ),
    "a single position too far": (
        {"argnums": 3},
        "argnums 3 doesn't fit 3 arguments\n  Repair: count the loss's arguments from 0",
    ),
    "a negative position": ({"argnums": -1}, "argnums -1 doesn't fit 3 arguments"),
    "whole numbers": (
        {"params": np.array([1, 2, 3])},
        (
            "parameter w is of dtype int64: a step along a gradient would have to round it\n"
            "  Repair: give it as floating numbers: 3.0 for 3, w.astype(float) for an array"
        ),
    ),
    "text": ({"params": "w"}, "argument w is of dtype <U1"),
    "masked data": (
        {"data": (np.ma.masked_array(X), Y)},
        (
            "argument X is a MaskedArray\n"
            "  Repair: convert it with np.asarray, and leave out masked entries first"
        ),
    ),
    "data of objects": ({"data": (X.astype(object), Y)}, "argument X is of dtype object"),
    "an array for a loss": (
        {"loss": lambda w, X, y: X @ w},
        (
            "the function returned an array of shape (11,); a gradient needs one real number\n"
            "  Repair: fold the result with np.mean or np.sum, and return it"
        ),
    ),
}


@pytest.mark.parametrize(("given", "text"), MISTAKES.values(), ids=list(MISTAKES))
def test_arguments_that_contradict_each_other_are_refused(given: dict[str, Any], text: str) -> None:
    settings = {"loss": _loss, "params": np.zeros(3), "data": (X, Y), **given}
    with pytest.raises(kobai.errors.KobaiError) as caught:
        kobai.minimize(**settings)
    assert str(caught.value).startswith(text)


def test_training_inside_a_traced_function_is_refused() -> None:
    def f(x: Any) -> Any:
        return kobai.minimize(lambda w: (w - x) ** 2, 0.0).params

    with pytest.raises(kobai.errors.TraceError, match="minimize is called inside a function"):
        kobai.grad(f)(1.0)
