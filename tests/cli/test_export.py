"""`kobai export`."""

import json

from click.testing import CliRunner

from kobai.cli import main

FORMULA = ["export", "z = X @ w; mean((z - y)**2)", "--shape", "X=4x2,w=2,y=4", "--wrt", "w"]


def test_a_formula_becomes_a_program() -> None:
    done = CliRunner().invoke(main, [*FORMULA, "--to", "octave"])
    assert done.exit_code == 0, done.output
    assert "dw = X' * dz;" in done.output


def test_training_and_json() -> None:
    options = ["--to", "c", "--program", "training", "--learning-rate", "0.5", "--json"]
    done = CliRunner().invoke(main, [*FORMULA, *options])
    assert done.exit_code == 0, done.output
    found = json.loads(done.output)
    assert (found["language"], found["program"]) == ("c", "training")
    assert "w[i] = w[i] - alpha * dw[i];" in found["source"]
    assert ", 0.5, 100)" in found["source"]


def test_wrong_usage() -> None:
    assert CliRunner().invoke(main, FORMULA).exit_code == 2
    done = CliRunner().invoke(main, [*FORMULA, "--to", "c", "--momentum", "0.9"])
    assert done.exit_code == 2


def test_what_cannot_be_written_is_told() -> None:
    done = CliRunner().invoke(main, ["export", "sum(sort(x))", "--shape", "x=3", "--to", "c"])
    assert done.exit_code != 0
    assert "sort" in done.output


def test_a_formula_in_octaves_syntax() -> None:
    text = "z = X*w; (z - y)'*(z - y)"
    options = ["--syntax", "octave", "--to", "octave"]
    done = CliRunner().invoke(main, ["export", text, *FORMULA[2:], *options])
    assert done.exit_code == 0, done.output
    assert "dw = X' * dz;" in done.output
