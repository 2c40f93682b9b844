"""`kobai check`: exit codes, text and JSON."""

from __future__ import annotations

import json
from pathlib import Path

from .conftest import Invoke

SOURCE = """
import numpy as np


def loss(w=np.array([0.5, -1.0]), b=0.1, X=np.eye(3, 2), y=np.array([1.0, 0.0, 1.0])):
    z = X @ w + b
    a = 1 / (1 + np.exp(-z))
    return np.mean(-(y * np.log(a) + (1 - y) * np.log(1 - a)))


def right(X, y, a, m):
    dz = (a - y) / m
    return X.T @ dz, np.sum(dz)


def wrong(X, y, a):
    dz = a - y
    dw = X.T @ dz
    return dw, np.sum(dz)


def fails(X, y):
    return X @ np.ones(5)
"""


def test_exit_codes_and_output(kobai: Invoke, folder: Path) -> None:
    (folder / "net.py").write_text(SOURCE, "utf-8")
    good = kobai("check", "net.py:loss", "net.py:right", "--wrt", "w,b")
    assert good.exit_code == 0, good.output
    assert good.stdout.startswith("right against loss: every step is right\n")
    bad = kobai("check", "net.py:loss", "net.py:wrong", "--wrt", "w,b")
    assert bad.exit_code == 1
    assert "dz is the first wrong step: the factor 1/m is missing" in bad.stdout
    told = kobai("check", "net.py:loss", "net.py:wrong", "--wrt", "w,b", "--lang", "ja")
    assert "最初に誤っているのは dz" in told.stdout
    failing = kobai("check", "net.py:loss", "net.py:fails", "--wrt", "w,b")
    assert failing.exit_code == 3
    assert "Repair:" in failing.stderr
    assert kobai("check", "net.py:loss", "z = 3").exit_code == 2
    assert kobai("check", "net.py:loss", "net.py:right", "--wrt", "q").exit_code == 2


def test_json(kobai: Invoke, folder: Path) -> None:
    (folder / "net.py").write_text(SOURCE, "utf-8")
    result = kobai("check", "net.py:loss", "net.py:wrong", "--wrt", "w,b", "--json")
    assert result.exit_code == 1
    document = json.loads(result.stdout)
    assert document["is_right"] is False
    assert document["first_wrong"] == "dz"
    assert document["kind"] == "factor"
    assert [step["verdict"] for step in document["steps"]][:2] == ["wrong", "inherits"]
