"""Multilayer perceptrons: scikit-learn's numbers, and what it has no names for."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn import neural_network
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import kobai
from kobai.errors import ArgumentError
from kobai.learn import MLPClassifier, MLPRegressor

from .conftest import Examples
from .test_callbacks import Recorder

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
Array = NDArray[Any]
PLAIN: dict[str, Any] = {"solver": "sgd", "shuffle": False, "max_iter": 5, "random_state": 0}


@pytest.fixture(scope="module")
def iris() -> Examples:
    X, y = load_iris(return_X_y=True)
    return StandardScaler().fit_transform(X), y


@pytest.fixture(scope="module")
def diabetes() -> tuple[Array, Array]:
    X, y = load_diabetes(return_X_y=True)
    return StandardScaler().fit_transform(X), (y - y.mean()) / y.std()


def assert_same(model: Any, expected: Any, tolerance: float = 1e-9) -> None:
    assert len(model.coefs_) == len(expected.coefs_)
    for found, wanted in zip(
        model.coefs_ + model.intercepts_, expected.coefs_ + expected.intercepts_, strict=True
    ):
        assert np.allclose(found, wanted, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("solver", ["adam", "sgd"])
@pytest.mark.parametrize("activation", ["relu", "tanh", "logistic", "identity"])
def test_its_steps_are_those_of_scikit_learn(
    iris: Examples, classes: int, solver: str, activation: str
) -> None:
    X, y = iris[0], np.minimum(iris[1], classes - 1)
    weights = np.linspace(1, 3, len(y))
    parameters: dict[str, Any] = {
        "solver": solver,
        "activation": activation,
        "hidden_layer_sizes": (5, 4),
        "alpha": 0.5,
        "batch_size": 40,
        "shuffle": False,
        "max_iter": 6,
        "random_state": 3,
    }
    model = MLPClassifier(**parameters).fit(X, y, weights)
    expected = neural_network.MLPClassifier(**parameters).fit(X, y, weights)
    # scikit-learn's Adam adds ε to √v, not to √v̂.
    tolerance = 1e-5 if solver == "adam" else 1e-9
    assert_same(model, expected, tolerance)
    assert model.loss_curve_ == pytest.approx(expected.loss_curve_)
    assert np.allclose(model.predict_proba(X), expected.predict_proba(X), atol=tolerance)
    for name in ("n_iter_", "n_layers_", "n_outputs_", "out_activation_", "best_loss_", "loss_"):
        assert getattr(model, name) == pytest.approx(getattr(expected, name))


@pytest.mark.parametrize("loss", ["squared_error", "poisson"])
def test_a_regressor_is_that_of_scikit_learn(diabetes: tuple[Array, Array], loss: str) -> None:
    X, y = diabetes[0], diabetes[1] - diabetes[1].min()
    parameters: dict[str, Any] = {
        "loss": loss,
        "solver": "sgd",
        "shuffle": False,
        "max_iter": 5,
        "random_state": 0,
    }
    model = MLPRegressor(**parameters).fit(X, y)
    expected = neural_network.MLPRegressor(**parameters).fit(X, y)
    assert_same(model, expected)
    assert model.loss_curve_ == pytest.approx(expected.loss_curve_)
    assert np.allclose(model.predict(X), expected.predict(X))
    assert model.out_activation_ == expected.out_activation_


def test_several_labels_are_those_of_scikit_learn(iris: Examples) -> None:
    X, y = iris[0], (iris[0] > 0).astype(int)
    parameters: dict[str, Any] = {
        "solver": "sgd",
        "shuffle": False,
        "max_iter": 5,
        "random_state": 0,
    }
    model = MLPClassifier(**parameters).fit(X, y)
    expected = neural_network.MLPClassifier(**parameters).fit(X, y)
    assert_same(model, expected)
    assert np.array_equal(model.predict(X), expected.predict(X))
    assert np.allclose(model.predict_proba(X), expected.predict_proba(X))
    assert model.score(X, y) == expected.score(X, y)


def test_a_name_is_its_function(iris: Examples) -> None:
    def cross_entropy(a: Any, y: Any) -> Any:
        return -np.sum(y * np.log(a), axis=1)

    def rectified(z: Any) -> Any:
        return np.where(z > 0, z, 0)

    named = MLPClassifier(max_iter=5, random_state=0).fit(*iris)
    given = MLPClassifier(max_iter=5, random_state=0, loss=cross_entropy, activation=rectified)
    assert_same(given.fit(*iris), named)


def test_a_loss_of_ones_own_is_what_is_minimised(diabetes: tuple[Array, Array]) -> None:
    def cauchy(a: Any, y: Any) -> Any:
        return np.log1p((a - y) ** 2)

    X, y = diabetes
    s = np.linspace(1, 2, len(y))
    model = MLPRegressor(
        loss=cauchy, solver="lbfgs", hidden_layer_sizes=(3,), activation="tanh", alpha=1.0,
        max_iter=2000, tol=1e-7, random_state=0,
    ).fit(X, y, s)  # fmt: skip

    def objective(W: Any, b: Any) -> Any:
        a = np.tanh(X @ W[0] + b[0]) @ W[1] + b[1]
        L = np.log1p((a[:, 0] - y) ** 2)
        return (s @ L + (np.sum(W[0] ** 2) + np.sum(W[1] ** 2)) / 2) / np.sum(s)

    loss, slopes = kobai.value_and_grad(objective, argnums=(0, 1))(model.coefs_, model.intercepts_)
    assert model.loss_ == pytest.approx(loss)
    assert max(np.abs(slope).max() for part in slopes for slope in part) <= 1e-7


def test_activations_layer_by_layer(iris: Examples) -> None:
    X, y = iris

    def sine(z: Any) -> Any:
        return np.sin(z)

    model = MLPClassifier(
        hidden_layer_sizes=(7, 6), activation=["tanh", sine], solver="lbfgs", random_state=0
    ).fit(X, y)
    z = np.sin(np.tanh(X @ model.coefs_[0] + model.intercepts_[0]) @ model.coefs_[1]
               + model.intercepts_[1]) @ model.coefs_[2] + model.intercepts_[2]  # fmt: skip
    assert np.allclose(model.decision_function(X), z)
    assert model.score(X, y) > 0.95


@pytest.mark.parametrize("class_weight", ["balanced", {0: 3.0}, {2: 0.0}])
def test_class_weights_are_weights_of_examples(iris: Examples, class_weight: Any) -> None:
    X, y = iris[0][20:], iris[1][20:]
    factors = {
        "balanced": np.array([130 / 90, 130 / 150, 130 / 150]),
        "{0: 3.0}": np.array([3.0, 1, 1]),
        "{2: 0.0}": np.array([1.0, 1, 0]),
    }[str(class_weight)]
    weighed = MLPClassifier(class_weight=class_weight, max_iter=5, random_state=0).fit(X, y)
    s = factors[y]
    kept = s > 0
    if kept.all():
        assert_same(weighed, MLPClassifier(max_iter=5, random_state=0).fit(X, y, s))
    else:
        assert weighed.n_outputs_ == 3
        assert not np.isin(weighed.predict(X), [2]).all()
        assert weighed.loss_curve_[0] > weighed.loss_curve_[-1]


@pytest.mark.parametrize("early_stopping", [False, True])
def test_examples_of_weight_zero_are_as_if_not_there(iris: Examples, early_stopping: bool) -> None:
    X, y = iris
    s = np.where(np.arange(len(y)) % 4, 1.5, 0)
    settings: dict[str, Any] = {
        "max_iter": 5, "random_state": 0, "batch_size": 20, "early_stopping": early_stopping
    }  # fmt: skip
    weighed = MLPClassifier(**settings).fit(X, y, s)
    without = MLPClassifier(**settings).fit(X[s > 0], y[s > 0], s[s > 0])
    assert [w.tobytes() for w in weighed.coefs_] == [w.tobytes() for w in without.coefs_]


def test_whole_weights_equal_repeated_rows(iris: Examples) -> None:
    X, y = iris
    times = np.arange(len(y)) % 3
    settings: dict[str, Any] = {"solver": "lbfgs", "random_state": 0, "alpha": 1.0, "max_iter": 30}
    weighed = MLPClassifier(**settings).fit(X, y, times)
    repeated = MLPClassifier(**settings).fit(np.repeat(X, times, 0), np.repeat(y, times))
    assert np.allclose(weighed.predict_proba(X), repeated.predict_proba(X), atol=1e-4)


def test_probabilities_as_targets(iris: Examples) -> None:
    X, y = iris
    soft = 0.8 * np.eye(3)[y] + 0.2 / 3
    model = MLPClassifier(solver="lbfgs", alpha=0.1, random_state=0).fit(X, soft)
    assert model.classes_.tolist() == [0, 1, 2]
    assert model.score(X, soft) == model.score(X, y) > 0.95
    # With free biases, the mean probabilities are those of the targets.
    assert model.predict_proba(X).mean(axis=0) == pytest.approx(soft.mean(axis=0), abs=1e-3)
    weights = MLPClassifier(class_weight={1: 5.0}, solver="lbfgs", random_state=0).fit(X, soft)
    assert weights.predict_proba(X)[:, 1].mean() > model.predict_proba(X)[:, 1].mean()


def test_the_validation_curve(iris: Examples) -> None:
    model = MLPClassifier(early_stopping=True, random_state=0, max_iter=30).fit(*iris)
    assert model.validation_loss_curve_ is not None
    assert model.validation_scores_ is not None
    assert len(model.validation_loss_curve_) == len(model.validation_scores_) == model.n_iter_
    assert model.best_validation_score_ == max(model.validation_scores_)
    assert model.best_loss_ is None
    assert model.validation_loss_curve_[-1] < model.validation_loss_curve_[0]


def test_the_parameters_with_the_best_score_are_kept(diabetes: tuple[Array, Array]) -> None:
    X, y = diabetes
    model = MLPRegressor(
        early_stopping=True, learning_rate_init=0.05, max_iter=40, random_state=0, tol=0.0
    ).fit(X, y)
    assert model.validation_scores_ is not None
    best = int(np.argmax(model.validation_scores_)) + 1
    assert best < model.n_iter_
    again = clone(model).set_params(max_iter=best).fit(X, y)
    assert_same(model, again, 0)


def test_training_ends_when_it_gets_no_better(iris: Examples) -> None:
    model = MLPClassifier(tol=0.5, n_iter_no_change=3, random_state=0).fit(*iris)
    assert model.n_iter_ == 5  # the first sets the measure; more than 3 were no better
    with pytest.warns(ConvergenceWarning, match="max_iter=2 epochs") as caught:
        MLPClassifier(max_iter=2, random_state=0).fit(*iris)
    assert caught[0].filename == __file__


def test_a_warm_start_goes_on(iris: Examples) -> None:
    model = MLPClassifier(max_iter=4, warm_start=True, random_state=0).fit(*iris)
    first, losses = model.coefs_[0], model.loss_curve_
    model.fit(*iris)
    assert model.loss_curve_[:4] == losses
    assert len(model.loss_curve_) == 8
    assert model.loss_curve_[4] < losses[0]
    assert not np.array_equal(first, model.coefs_[0])
    with pytest.raises(ArgumentError, match="units were learned before"):
        model.set_params(hidden_layer_sizes=(3,)).fit(*iris)
    assert model.coefs_[0].shape == (4, 100)
    with pytest.raises(ArgumentError, match="labels that are not in the classes"):
        model.set_params(hidden_layer_sizes=(100,)).fit(iris[0], iris[1] + 1)


class Once(Recorder):
    """Interrupts once."""

    def on_fit_task_end(
        self, estimator: Any, context: Any, *, X: Any, y: Any, fitted_estimator: Any
    ) -> bool:
        try:
            return super().on_fit_task_end(
                estimator, context, X=X, y=y, fitted_estimator=fitted_estimator
            )
        except KeyboardInterrupt:
            self.interrupt = -1
            raise


@pytest.mark.parametrize("interrupt", [1, 3])
def test_an_interrupted_fit_keeps_its_last_epoch(iris: Examples, interrupt: int) -> None:
    model = MLPClassifier(random_state=0).set_callbacks(Once(interrupt=interrupt))
    with pytest.warns(UserWarning, match="interrupted"):
        model.fit(*iris)
    assert model.n_iter_ == interrupt == len(model.loss_curve_)
    plain = MLPClassifier(random_state=0, max_iter=interrupt).fit(*iris)
    assert_same(model, plain, 0)
    assert np.array_equal(model.predict(iris[0]), plain.predict(iris[0]))


def test_a_callback_can_stop_and_score(iris: Examples) -> None:
    recorder = Recorder(stop=3)
    model = MLPClassifier(random_state=0).set_callbacks(recorder).fit(*iris)
    assert model.n_iter_ == 3
    assert recorder.scores[2] == model.score(*iris)


def test_a_fit_that_fails_leaves_the_one_before(iris: Examples) -> None:
    model = MLPClassifier(max_iter=3, random_state=0).fit(*iris)
    before = model.predict_proba(iris[0])
    with pytest.raises(ArgumentError, match="one number for each example"):
        model.set_params(loss=lambda a, y: np.mean(a - y)).fit(iris[0][:, :2], iris[1] % 2)
    assert np.array_equal(model.predict_proba(iris[0]), before)
    fresh = MLPClassifier(loss="no")
    with pytest.raises(ArgumentError, match="loss is 'no'"):
        fresh.fit(*iris)
    assert not hasattr(fresh, "classes_")


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"hidden_layer_sizes": (3, 0)}, "an entry of hidden_layer_sizes is 0"),
        ({"activation": "step"}, "activation is 'step'"),
        ({"activation": ["relu", "tanh"]}, "2 entries for 1 hidden layers"),
        ({"solver": "newton"}, "solver is 'newton'"),
        ({"solver": kobai.optim.LevenbergMarquardt()}, "works on residuals"),
        ({"solver": 3}, "the optimizer is 3"),
        ({"alpha": -1}, "alpha is -1"),
        ({"batch_size": 0}, "batch_size is 0"),
        ({"batch_size": "all"}, "batch_size is 'all'"),
        ({"batch_size": 20, "solver": "lbfgs"}, "batch_size is 20"),
        ({"learning_rate_init": 0}, "learning_rate_init is 0"),
        ({"max_iter": 0}, "max_iter is 0"),
        ({"shuffle": 1}, "shuffle is 1"),
        ({"tol": -1}, "tol is -1"),
        ({"n_iter_no_change": 0}, "n_iter_no_change is 0"),
        ({"validation_fraction": 1.0}, "validation_fraction is 1.0"),
        ({"early_stopping": True, "validation_fraction": 0.001}, "validation set is too small"),
        ({"class_weight": "even"}, "class_weight is 'even'"),
        ({"class_weight": {7: 2.0}}, r"class_weight names \[7\]"),
        ({"class_weight": {0: -1.0}}, "gives the classes the weights"),
    ],
    ids=str,
)
def test_parameters_that_are_refused(
    iris: Examples, parameters: dict[str, Any], message: str
) -> None:
    with pytest.raises((ArgumentError, TypeError), match=message):
        MLPClassifier(**parameters).fit(*iris)


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (lambda y: y * 0, "there is one class only, 0"),
        (lambda y: y + 0.5, "Unknown label type: continuous"),
        (lambda y: np.column_stack([y, y + 1]), "Unknown label type"),
        (lambda y: np.column_stack([y + 0.5, y]), "rows of numbers that are no probabilities"),
    ],
)
def test_targets_that_are_refused(
    iris: Examples, target: Callable[[Array], Array], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        MLPClassifier().fit(iris[0], target(iris[1]))


def test_probabilities_of_any_size() -> None:
    model = MLPClassifier(hidden_layer_sizes=(), solver="lbfgs", alpha=0.1, random_state=0)
    model.fit([[-1.0], [1.0]], ["a", "b"])
    X = [[-1e6], [-800.0], [800.0], [1e6]]
    assert np.isfinite(model.predict_log_proba(X)).all()
    assert model.predict(X).tolist() == ["a", "a", "b", "b"]
    assert model.predict_proba(X).sum(axis=1) == pytest.approx(np.ones(4))


def test_the_derivation(iris: Examples) -> None:
    model = MLPClassifier(hidden_layer_sizes=(3,), activation="tanh", max_iter=3, random_state=0)
    derivation = model.fit(*iris).derivation_
    assert derivation["dz_2"].formula == "(a_2 - y) / total"
    assert derivation["db_1"].formula == "np.sum(dz_2, axis=0)"
    for name in ("dW_0", "dW_1", "db_0"):
        assert f"  {name} = " in str(derivation)
    assert np.allclose(derivation["z_2"].value, model.decision_function(iris[0][:4]))
    assert str(pickle.loads(pickle.dumps(model)).derivation_) == str(derivation)


def test_optimisers_of_ones_own(iris: Examples) -> None:
    clipped = kobai.optim.ClipByNorm(kobai.optim.AdamW(kobai.optim.Cosine(0.02)), 1.0)
    for solver in (clipped, kobai.optim.LBFGS(), kobai.optim.NewtonCG()):
        model = MLPClassifier(solver=solver, hidden_layer_sizes=(5,), random_state=0, max_iter=60)
        assert model.fit(*iris).score(*iris) > 0.9
        assert clone(model).get_params()["solver"] == solver


def test_float32_is_kept(iris: Examples) -> None:
    X, y = iris[0].astype(np.float32), iris[1]
    model = MLPClassifier(max_iter=20, random_state=0).fit(X, y, np.linspace(1, 2, len(y)))
    assert {w.dtype for w in model.coefs_ + model.intercepts_} == {np.dtype(np.float32)}
    assert model.predict_proba(X).dtype == np.float32
    double = MLPClassifier(max_iter=20, random_state=0).fit(*iris, np.linspace(1, 2, len(y)))
    assert np.allclose(model.coefs_[0], double.coefs_[0], atol=1e-3)


def test_in_a_pipeline_and_a_search(iris: Examples) -> None:
    X: Any = pytest.importorskip("pandas").DataFrame(iris[0], columns=list("abcd"))
    names = np.array(["setosa", "versicolor", "virginica"])[iris[1]]
    scaler: Any = StandardScaler()
    pipeline: Any = make_pipeline(scaler.set_output(transform="pandas"), MLPClassifier())
    search = GridSearchCV(
        pipeline,
        {"mlpclassifier__solver": ["lbfgs"], "mlpclassifier__alpha": [0.01, 1.0]},
        cv=3,
    )
    search.fit(X, names)
    assert search.best_score_ > 0.9
    assert search.best_estimator_[-1].feature_names_in_.tolist() == ["a", "b", "c", "d"]


def test_several_outputs_of_a_regressor(diabetes: tuple[Array, Array]) -> None:
    X, y = diabetes
    model = MLPRegressor(solver="lbfgs", alpha=1.0, random_state=0, max_iter=50)
    both = model.fit(X, np.column_stack([y, -y]))
    assert both.predict(X).shape == (len(y), 2)
    assert both.n_outputs_ == 2
    assert both.score(X, np.column_stack([y, -y])) > 0.4
    with pytest.raises(ArgumentError, match="a target is below 0"):
        MLPRegressor(loss="poisson").fit(X, y)


PROGRAM = """
import numpy as np
from kobai.learn import MLPClassifier
random = np.random.default_rng(0)
X = random.normal(size=(1200, 30))
y = np.abs(X[:, :3]).argmax(axis=1)
for settings in ({"early_stopping": True}, {"batch_size": 900}, {"solver": "lbfgs"}):
    model = MLPClassifier(hidden_layer_sizes=40, random_state=0, max_iter=2, **settings)
    print([w.tobytes().hex() for w in model.fit(X, y).coefs_])
"""


def test_any_number_of_threads_gives_the_same_bits() -> None:
    found = set()
    for threads in ("1", "2", "8"):
        settings = {"KOBAI_BACKEND": "native", "KOBAI_THREADS": threads}
        environment = os.environ | settings | {"PYTHONWARNINGS": "ignore"}
        command = [sys.executable, "-c", PROGRAM]
        done = subprocess.run(command, env=environment, capture_output=True, check=True)
        found.add(done.stdout)
    assert len(found) == 1


def test_a_fit_that_converges_warns_of_nothing(iris: Examples) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        MLPClassifier(solver="lbfgs", alpha=1.0, random_state=0, max_iter=1000).fit(*iris)
