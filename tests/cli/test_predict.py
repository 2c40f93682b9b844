"""`kobai predict`: one answer for each row."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import FIT, Invoke, flowers_csv

NEW = "色,長さ\n赤,-1\n青,6\n赤,5.5\n"


@pytest.fixture
def fitted(kobai: Invoke, folder: Path) -> Invoke:
    assert kobai(*FIT).exit_code == 0
    (folder / "new.csv").write_text(NEW, "utf-8")
    return kobai


def test_one_label_for_each_row(fitted: Invoke) -> None:
    result = fitted("predict", "model.kobai", "new.csv")
    assert result.exit_code == 0
    assert result.stdout == "桜\n梅\n梅\n"
    assert result.stderr == ""


def test_json(fitted: Invoke) -> None:
    values = json.loads(fitted("predict", "model.kobai", "new.csv", "--json").stdout)
    assert values["target"] == "品種"
    assert values["classes"] == ["桜", "梅"]
    assert values["labels"] == ["桜", "梅", "梅"]
    assert [sum(row) for row in values["probabilities"]] == pytest.approx([1, 1, 1])
    assert values["probabilities"][0][0] > 0.5


def test_standard_input(fitted: Invoke) -> None:
    assert fitted("predict", "model.kobai", "-", stdin=NEW).stdout == "桜\n梅\n梅\n"


def test_the_target_and_dropped_columns_are_ignored(fitted: Invoke) -> None:
    result = fitted("predict", "model.kobai", "花.csv")
    assert result.exit_code == 0
    true = [line.split(",")[3] for line in flowers_csv().splitlines()[1:]]
    right = sum(a == b for a, b in zip(result.stdout.splitlines(), true, strict=True))
    assert right >= 57
    holes = "品種,色,長さ\n,赤,1\nNA,青,1\n"
    assert fitted("predict", "model.kobai", "-", stdin=holes).exit_code == 0


def test_whole_number_labels_are_printed_as_such(kobai: Invoke, folder: Path) -> None:
    rows = [f"{row},{int(row >= 20)}" for row in range(40)]
    (folder / "t.csv").write_text("\n".join(["x,y", *rows]))
    assert kobai("fit", "t.csv", "--target", "y").exit_code == 0
    assert kobai("predict", "model.kobai", "-", stdin="x\n1\n39\n").stdout == "0\n1\n"


def test_a_label_with_a_line_end_keeps_its_line(kobai: Invoke, folder: Path) -> None:
    labels = ("a", "b\x1b[31m\nc")
    rows = [f'{row},"{labels[row >= 20]}"' for row in range(40)]
    (folder / "t.csv").write_text("\n".join(["x,y", *rows]))
    assert kobai("fit", "t.csv", "--target", "y").exit_code == 0
    assert kobai("predict", "model.kobai", "-", stdin="x\n1\n39\n").stdout == "a\nb\\x1b[31m\\nc\n"
    exact = json.loads(kobai("predict", "model.kobai", "-", "--json", stdin="x\n39\n").stdout)
    assert exact["labels"] == ["b\x1b[31m\nc"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "色,重さ\n赤,1\n",
            (
                "standard input: the columns don't match those that the model was fitted to: "
                "missing '長さ', unexpected '重さ'"
            ),
        ),
        ("色\n赤\n", "missing '長さ'"),
        ("色,長さ,x\n赤,1,\n", "unexpected 'x'"),
        ("色,長さ\n緑,1\n", "line 2, column '色': the text '緑' occurs in no row"),
        ("色,長さ\n1,1\n", "line 2, column '色': the column holds numbers"),
        ("色,長さ\n赤,長い\n", "line 2, column '長さ': the column holds text, here '長い'"),
        ("色,長さ\n赤,\n", "line 2, column '長さ': the cell is empty"),
        ("色,長さ\n", "the file has a header and no rows"),
    ],
)
def test_a_table_that_does_not_fit(fitted: Invoke, text: str, message: str) -> None:
    result = fitted("predict", "model.kobai", "-", stdin=text)
    assert result.exit_code == 3
    assert result.stdout == ""
    assert message in result.stderr


def test_files_that_are_no_model(fitted: Invoke) -> None:
    for path, message in {
        "花.csv": "花.csv: this is no Kobai model",
        "none": "none: there is no such file",
        ".": "this is no regular file",
    }.items():
        result = fitted("predict", path, "new.csv")
        assert result.exit_code == 3
        assert message in result.stderr


def test_wrong_usage(fitted: Invoke) -> None:
    assert fitted("predict", "model.kobai").exit_code == 2
