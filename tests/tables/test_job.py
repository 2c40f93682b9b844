"""The whole path from a table to figures, and to predictions on another table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kobai.data import Table, read_csv
from kobai.errors import ArgumentError, DataError
from kobai.tables.job import Outcome, fit_table, read_for_fit
from kobai.tables.model_file import load_model, save_model

from .conftest import make_table


def flowers(rows: int = 120) -> Table:
    """Three classes that a length and a colour tell apart, and a column that tells nothing."""
    random = np.random.default_rng(0)
    species = np.arange(rows) % 3
    return make_table(
        長さ=(6.0 * species + random.normal(size=rows)).tolist(),
        色=[("赤", "青", "白")[(code + (random.random() < 0.2)) % 3] for code in species],
        noise=random.normal(size=rows).tolist(),
        品種=[("桜", "梅", "桃")[code] for code in species],
    )


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    return fit_table(flowers(), "品種")


def test_three_classes_are_learned(outcome: Outcome) -> None:
    assert outcome.model.classes == ("桃", "桜", "梅")
    assert outcome.figures.test.accuracy > 0.9
    assert outcome.figures.baseline.accuracy < 0.5
    assert outcome.figures.test.log_loss < outcome.figures.baseline.log_loss
    assert outcome.figures.confusion.sum() == len(outcome.partition.test) == 30
    assert outcome.model.preparation.names == ("長さ", "色", "noise")


def test_how_it_was_trained_is_told(outcome: Outcome) -> None:
    losses = outcome.training.loss_curve
    assert losses.ndim == 1
    assert losses[-1] < losses[0]
    assert outcome.training.steps > 0
    assert "dz" in outcome.training.derivation


def test_the_seed_alone_decides() -> None:
    first, again, other = (fit_table(flowers(), "品種", seed=seed) for seed in (3, 3, 4))
    assert first.model.coef.tobytes() == again.model.coef.tobytes()
    assert first.partition.test.tolist() == again.partition.test.tolist()
    assert first.partition.test.tolist() != other.partition.test.tolist()


def test_two_classes_have_one_row_of_coefficients() -> None:
    random = np.random.default_rng(0)
    x = random.normal(size=80)
    outcome = fit_table(make_table(x=x.tolist(), y=(x > 0).astype(float).tolist()), "y")
    assert outcome.model.classes == (0, 1)
    assert outcome.model.coef.shape == (1, 1)
    assert outcome.figures.test.accuracy > 0.9
    assert outcome.majority in (0, 1)


def test_a_saved_model_predicts_the_same(outcome: Outcome, tmp_path: Path) -> None:
    path = str(tmp_path / "model.kobai")
    save_model(outcome.model, path)
    loaded, table = load_model(path), flowers(9).without("品種")
    probabilities = loaded.probabilities(table)
    assert np.array_equal(probabilities, outcome.model.probabilities(table))
    assert probabilities.shape == (9, 3)
    assert np.allclose(probabilities.sum(axis=1), 1)
    labels = [loaded.classes[code] for code in loaded.codes(probabilities)]
    assert np.mean(np.array(labels) == np.array(["桜", "梅", "桃"] * 3)) > 0.8


def test_a_saved_model_predicts_as_well_with_two_classes(tmp_path: Path) -> None:
    x = np.linspace(-1, 1, 40)
    table = make_table(x=x.tolist(), y=["yes" if value > 0 else "no" for value in x])
    outcome = fit_table(table, "y")
    path = str(tmp_path / "model.kobai")
    save_model(outcome.model, path)
    loaded = load_model(path)
    probabilities = loaded.probabilities(make_table(x=[-1.0, 1.0]))
    assert [loaded.classes[code] for code in loaded.codes(probabilities)] == ["no", "yes"]


def test_a_constant_column_does_no_harm() -> None:
    table = make_table(
        constant=[5.0] * 40, x=list(range(40)), y=["a" if row < 20 else "b" for row in range(40)]
    )
    assert fit_table(table, "y").figures.test.accuracy >= 0.9


def test_a_target_without_features() -> None:
    with pytest.raises(DataError, match=r"table.csv: the target is the only column"):
        fit_table(make_table(y=["a", "b"]), "y")


def test_an_identifier_among_the_features() -> None:
    rows = 40
    table = make_table(
        id=[f"n{row}" for row in range(rows)], y=[f"c{row % 2}" for row in range(rows)]
    )
    with pytest.raises(DataError, match="column 'id': the column has 40 different texts in 40"):
        fit_table(table, "y")


def write(tmp_path: Path) -> str:
    path = tmp_path / "table.csv"
    path.write_text("id,x,y\na,1,no\nb,2,yes\n,3,no\n")
    return str(path)


def test_dropped_columns_are_not_read(tmp_path: Path) -> None:
    assert read_for_fit(write(tmp_path), "y", ("id",)).names == ("x", "y")


def test_columns_are_checked_before_the_rows(tmp_path: Path) -> None:
    path = write(tmp_path)
    with pytest.raises(DataError, match="there is no column 'z'; the columns are 'id', 'x', 'y'"):
        read_for_fit(path, "z", ())
    with pytest.raises(DataError, match="there is no column 'ID'"):
        read_for_fit(path, "y", ("ID",))
    with pytest.raises(ArgumentError, match="'y' is the target and can't be dropped"):
        read_for_fit(path, "y", ("y",))
    with pytest.raises(DataError, match="line 4, column 'id': the cell is empty"):
        read_for_fit(path, "y", ())


def test_the_breast_cancer_data() -> None:
    path = Path(__file__).parents[2] / "examples" / "data" / "breast_cancer.csv"
    outcome = fit_table(read_csv(str(path)), "diagnosis")
    assert outcome.figures.test.accuracy >= 0.95
    assert outcome.figures.baseline.accuracy < 0.65
