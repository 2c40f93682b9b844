"""`kobai fit`: what it prints and writes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import FIT, Invoke, flowers_csv


def test_figures_derivation_and_files(kobai: Invoke, folder: Path) -> None:
    result = kobai(*FIT)
    assert result.exit_code == 0
    assert result.stderr == ""
    lines = result.stdout.splitlines()
    assert lines[0] == "'品種' ('桜', '梅') from 2 columns"
    assert lines[1].startswith("44 rows to train, 16 rows to test (seed 0), ")
    assert [line.split()[0] for line in lines[4:7]] == ["train", "test", "majority"]
    assert float(lines[5].split()[1]) >= 0.9
    assert "dz" in result.stdout
    assert lines[-2:] == ["model   model.kobai", "report  report.html"]
    assert (folder / "model.kobai").stat().st_size > 100
    assert "品種" in (folder / "report.html").read_text("utf-8")
    assert len(list(folder.iterdir())) == 3


def test_json(kobai: Invoke) -> None:
    result = kobai(*FIT, "--json", "--out", "m", "--report", "r")
    assert result.exit_code == 0
    values = json.loads(result.stdout)
    assert values["target"] == "品種"
    assert values["classes"] == ["桜", "梅"]
    assert values["columns"] == ["長さ", "色"]
    assert values["dropped"] == ["番号"]
    assert values["rows"] == {"train": 44, "test": 16, "moved": 0}
    assert values["test"]["accuracy"] >= 0.9
    assert values["majority"]["accuracy"] == 0.5
    assert sum(map(sum, values["confusion"])) == 16
    assert values["loss_curve"][-1] < values["loss_curve"][0]
    assert "dz" in values["derivation"]
    assert (values["model"], values["report"]) == ("m", "r")


def test_the_seed_alone_decides(kobai: Invoke, folder: Path) -> None:
    outputs = [kobai(*FIT, "--seed", seed, "--json").stdout for seed in ("5", "5", "6")]
    assert outputs[0] == outputs[1] != outputs[2]
    model = (folder / "model.kobai").read_bytes()
    report = (folder / "report.html").read_bytes()
    kobai(*FIT, "--seed", "6")
    assert (folder / "model.kobai").read_bytes() == model
    assert (folder / "report.html").read_bytes() == report


def test_test_size(kobai: Invoke) -> None:
    values = json.loads(kobai(*FIT, "--test-size", "0.5", "--json").stdout)
    assert values["rows"] == {"train": 30, "test": 30, "moved": 0}


def test_standard_input(kobai: Invoke) -> None:
    result = kobai("fit", "-", *FIT[2:], stdin="\ufeff" + flowers_csv())
    assert result.exit_code == 0
    assert result.stdout == kobai(*FIT).stdout


def test_rows_moved_to_training_are_told(kobai: Invoke, folder: Path) -> None:
    lines = flowers_csv().splitlines()
    for row in range(1, 10):
        lines[row] = lines[row].replace("赤", f"色{row}").replace("青", f"色{row}")
    (folder / "花.csv").write_text("\n".join(lines), "utf-8")
    result = kobai(*FIT)
    assert result.exit_code == 0
    assert "2 rows moved from test to train: no other row has the text" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "Missing argument 'DATA.csv'"),
        (("花.csv",), "Missing option '--target'"),
        ((*FIT[1:], "--model", "mlp"), "'mlp' is not 'logistic'"),
        ((*FIT[1:], "--hidden", "32"), "No such option"),
        ((*FIT[1:], "--test-size", "1"), "it must lie between 0 and 1"),
        ((*FIT[1:], "--test-size", "nan"), "it must lie between 0 and 1"),
        ((*FIT[1:], "--seed", "-1"), "is not in the range"),
        ((*FIT[1:], "--out", "花.csv"), "DATA.csv and --out are the same file, 花.csv"),
        ((*FIT[1:], "--report", "./model.kobai"), "--out and --report are the same file"),
    ],
)
def test_wrong_usage(kobai: Invoke, folder: Path, arguments: tuple[str, ...], message: str) -> None:
    result = kobai("fit", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stdout == ""
    assert len(list(folder.iterdir())) == 1


@pytest.mark.parametrize("option", ["--out", "--report"])
def test_an_unwritable_file_is_found_before_training(kobai: Invoke, option: str) -> None:
    result = kobai("fit", "no such file.csv", "--target", "y", option, "none/here")
    assert result.exit_code == 3
    assert result.stderr.startswith("error: none/here: the file can't be written: its folder does")


BAD_TABLES = {
    "ragged": ("a,y\n1,p\n2\n", "line 3: the row has 1 cell, the header 2"),
    "empty": ("", "the file is empty"),
    "header alone": ("a,y\n", "the file has a header and no rows"),
    "no target": ("a,b\n1,2\n", "there is no column 'y'; the columns are 'a', 'b'"),
    "repeated header": ("a,a,y\n1,2,p\n", "line 1: the header repeats 'a'"),
    "hole": ("a,y\n1,p\n,q\n", "line 3, column 'a': the cell is empty"),
    "hole in the target": ("a,y\n1,p\n2,NA\n", "line 3, column 'y': the cell holds 'NA'"),
    "not a number": ("a,y\n1,p\nnan,q\n", "line 3, column 'a': the cell holds 'nan'"),
    "infinity": ("a,y\n1,p\n-inf,q\n", "line 3, column 'a': the cell holds '-inf'"),
    "mixture": ("a,y\n1,p\n2,p\nx,q\n", "line 4, column 'a': the column mixes numbers and text"),
    "one class": ("a,y\n1,p\n2,p\n", "column 'y': every row has the same class, 'p'"),
    "amounts": ("a,y\n1,0.5\n2,1.5\n", "line 2, column 'y': the target 0.5 is an amount"),
    "class of one row": ("a,y\n1,p\n2,p\n3,q\n", "line 4, column 'y': the class 'q' has this row"),
    "identifier": ("a,y\nu,p\nv,p\nw,q\nx,q\n", "column 'a': the column has 4 different texts"),
    "target alone": ("y\np\nq\n", "the target is the only column"),
    "a million columns": (",".join(map(str, range(10**6))), "the header has 1,000,000 columns"),
    "not UTF-8": (b"a,y\n1,\x93\xfa\n", "line 2: byte 0x93 at offset 6 is not UTF-8"),
}


@pytest.mark.parametrize(("text", "message"), BAD_TABLES.values(), ids=BAD_TABLES)
def test_a_bad_table(kobai: Invoke, folder: Path, text: str | bytes, message: str) -> None:
    path = folder / "花.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    result = kobai("fit", "花.csv", "--target", "y")
    assert result.exit_code == 3
    assert result.stdout == ""
    first, second = result.stderr.splitlines()
    assert first.startswith("error: 花.csv")
    assert message in first
    assert second.startswith("  Repair: ")
    assert [path.name for path in folder.iterdir()] == ["花.csv"]
