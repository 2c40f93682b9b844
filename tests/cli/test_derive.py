"""`kobai derive`: from a formula or a function to the steps of its gradient."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator

import kobai as library
from kobai.formulas import Formula

from .conftest import Invoke, Run

SCHEMA = resources.files("kobai.derivation").joinpath("derivation.schema.json")
LOGISTIC = "z = X @ w + b; a = sigmoid(z); mean(-(y*log(a) + (1-y)*log(1-a)))"
SHAPES = ("--shape", "X=8x3,w=3,y=8")

LOSS = """
import numpy as np

X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
print("this file was run")


class Thing:
    pass


def loss(w=np.zeros(2), b=0.0, X=X, y=np.array([0.0, 0.0, 0.0, 1.0])):
    print("this function was run")
    z = X @ w + b
    a = 1 / (1 + np.exp(-z))
    return np.mean(-(y * np.log(a) + (1 - y) * np.log(1 - a)))


def drawn(w, x=2.0):
    return np.sum(np.log(w) * x)


def _hidden(x):
    return x


def fails(x):
    table = {}
    return x * table["scale"]


def singular(x):
    return x * np.linalg.inv(np.zeros((2, 2)))


def sorts(x):
    return np.unique(x)[0]


def nest(params={"w": 2.0, "b": 3.0}):
    return params["w"] * params["b"]


def whole(n=2):
    return n * n


def needs(x, *, scale):
    return x * scale
"""


@pytest.fixture
def loss_file(folder: Path) -> Path:
    (folder / "loss.py").write_text(LOSS, "utf-8")
    return folder / "loss.py"


def test_a_formula(kobai: Invoke) -> None:
    result = kobai("derive", LOGISTIC, "--wrt", "w,b", *SHAPES)
    assert result.exit_code == 0
    assert result.stderr == ""
    assert result.stdout == (
        """\
loss(X, w, b, y), m = X.shape[0], n = X.shape[1]

forward
  z = X @ w + b                                       (m,) [-1.297 -1.146 0.8687 -2.154 …]
  a = 1 / (1 + np.exp(-z))                            (m,) [0.2147 0.2412 0.7045 0.1039 …]
  loss = np.mean(-(y * np.log(a) + (1 - y) * np.log(1 - a)))  0.4981

backward
  dloss = 1.0                                         1
  da = (-y / a + (1 - y) / (1 - a)) / m               (m,) [0.4985 0.01434 1.029 0.4203 …]
  dz = da * a * (1 - a)
       by chain rule; insert da; multiply out and collect, as 0 < a < 1, \
0 < 1 - a < 1, -1.00962 <= y <= 0.540846
     = (a - y) / m                                    (m,) [0.08406 0.002625 0.2143 0.03914 …]
  dw = X.T @ dz                                       (n,) [0.229 0.196 -0.1193]
  db = np.sum(dz)                                     0.3729
"""
    )


def test_a_formula_in_octaves_syntax(kobai: Invoke) -> None:
    text = "z = X*w + b; a = 1./(1 + exp(-z)); mean(-(y.*log(a) + (1-y).*log(1-a)))"
    result = kobai("derive", text, "--wrt", "w,b", *SHAPES, "--syntax", "octave")
    plain = kobai("derive", LOGISTIC, "--wrt", "w,b", *SHAPES)
    assert result.stderr == ""
    # The same numbers; vectors are columns.
    columns = result.stdout.replace("(m, 1)", "(m,)  ").replace("(n, 1)", "(n,)  ")
    assert columns.split() == plain.stdout.split()


def test_a_file_has_no_syntax(kobai: Invoke, loss_file: Path) -> None:
    result = kobai("derive", f"{loss_file}:loss", "--syntax", "octave")
    assert result.exit_code == 2
    assert "--syntax goes with a formula" in result.stderr


def test_the_output_is_that_of_the_library(kobai: Invoke) -> None:
    formula = Formula("a = tanh(w * x); J = (a - 1)**2")
    random = np.random.default_rng(3)
    derivation = library.derive(formula, random.standard_normal(), random.standard_normal())
    arguments = ("derive", formula.text, "--seed", "3")
    assert kobai(*arguments).stdout == f"{derivation}\n"
    assert kobai(*arguments, "--latex").stdout == f"{derivation.latex()}\n"


def test_latex(kobai: Invoke) -> None:
    result = kobai("derive", "z = w * x; (z - y)**2", "--wrt", "w", "--latex")
    assert result.stdout == (
        r"""\begin{align*}
z &= w \, x \\
\mathrm{loss} &= {\left(z - y\right)}^{2} \\
d\mathrm{loss} &= 1 \\
dz &= 2 \, \left(z - y\right) \\
dw &= x \, dz
\end{align*}
"""
    )


def test_json(kobai: Invoke) -> None:
    result = kobai("derive", LOGISTIC, "--wrt", "w", "--wrt", "b", *SHAPES, "--json")
    assert result.exit_code == 0
    document = json.loads(result.stdout)
    schema = json.loads(SCHEMA.read_text("utf-8"))
    assert not [error.message for error in Draft202012Validator(schema).iter_errors(document)]
    assert document["function"] == "loss"
    assert document["arguments"] == ["X", "w", "b", "y"]
    assert {name["name"]: name["meaning"] for name in document["names"] if name["meaning"]} == {
        "m": "X.shape[0]",
        "n": "X.shape[1]",
    }
    steps = {step["name"]: step for step in document["steps"]}
    assert list(steps) == ["z", "a", "loss", "dloss", "da", "dz", "dw", "db"]
    assert steps["dz"]["phase"] == "backward"
    assert steps["dz"]["formula"] == "(a - y) / m"
    assert steps["dz"]["because"][0] == {
        "rule": "chain rule",
        "before": "",
        "after": "da * a * (1 - a)",
        "fact": "",
    }
    known = {name["name"]: array(name["value"]) for name in document["names"]}
    known |= {name: array(step["value"]) for name, step in steps.items()}
    for step in steps.values():
        again = eval(step["formula"], {"np": np}, known)
        np.testing.assert_allclose(again, array(step["value"]), rtol=1e-14, atol=1e-16)


def array(value: Any) -> Any:
    return np.array(value["entries"], value["dtype"]).reshape(value["shape"])


def test_json_has_no_nan(kobai: Invoke) -> None:
    result = kobai("derive", "log(-exp(x))", "--json")
    assert result.exit_code == 0
    assert result.stderr == (
        "warning: no values were found for which the loss is a finite number\n"
    )
    assert json.loads(result.stdout)["steps"][0]["value"]["entries"] == ["nan"]


def test_the_options_are_those_of_the_library(kobai: Invoke) -> None:
    formula = Formula("z = w * x; a = tanh(z); J = (a - 1)**2")
    random = np.random.default_rng(0)
    values = random.standard_normal(), random.standard_normal()
    derivation = library.derive(formula, *values, notation="index", names="delta", lang="ja")
    given = ("--notation", "index", "--names", "delta", "--lang", "ja")
    printed = {
        "--latex": derivation.latex(),
        "--json": derivation.to_json(),
        "--dot": derivation.dot(),
        "--mermaid": derivation.mermaid(),
    }
    assert kobai("derive", formula.text, *given).stdout == f"{derivation}\n"
    for option, text in printed.items():
        assert kobai("derive", formula.text, *given, option).stdout == f"{text}\n"


def test_a_page_is_written(kobai: Invoke, folder: Path) -> None:
    result = kobai("derive", "w * x", "--html", "page.html", "--lang", "zh")
    assert result.exit_code == 0
    assert (result.stdout, result.stderr) == ("", "written: page.html\n")
    assert '<html lang="zh">' in (folder / "page.html").read_text("utf-8")
    assert kobai("derive", "w * x", "--html", "page.html", "--dot").stdout.startswith("digraph {")
    assert kobai("derive", "w * x", "--html", "no/page.html").exit_code == 3
    assert kobai("derive", "w * x", "--html", ".").exit_code == 2


def test_all_arguments_are_differentiated_by(kobai: Invoke) -> None:
    steps = json.loads(kobai("derive", "w * x + b", "--json").stdout)["steps"]
    assert [step["name"] for step in steps] == ["loss", "dloss", "dw", "dx", "db"]


def test_names_are_compared_as_python_compares_them(kobai: Invoke) -> None:
    result = kobai("derive", "sum(ｘ * y\u0302)", "--wrt", " x , ŷ", "--shape", " ｘ = 3 ,ŷ=3")
    assert result.exit_code == 0, result.stderr
    assert "dx = ŷ" in result.stdout


def test_a_formula_from_standard_input(kobai: Invoke) -> None:
    text = "\ufeffz = x**2  # 二乗\r\n\r\n  J = z + 1\r\n"
    result = kobai("derive", "-", "--json", stdin=text.encode())
    assert [step["name"] for step in json.loads(result.stdout)["steps"]] == [
        *("z", "J", "dJ", "dz", "dx")
    ]


def test_a_formula_that_begins_with_a_minus_sign(kobai: Invoke) -> None:
    result = kobai("derive", "-x**2")
    assert result.exit_code == 2
    assert "Before a formula that begins with a minus sign, write --." in result.stderr
    assert "loss = -x**2" in kobai("derive", "--", "-x**2").stdout


def test_a_slice_is_no_file(kobai: Invoke) -> None:
    result = kobai("derive", "sum(x[1:len(x)] * x[:-1])", "--shape", "x=5")
    assert result.exit_code == 0
    assert "x[1:] * x[:-1]" in result.stdout.replace("m - 1", "-1")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("x^2",),
            "error: formula, line 1, column 2: ^ can't stand in a formula\n    x^2\n     ^\n",
        ),
        (("sigmiod(x)",), "  Repair: write sigmoid(…)\n"),
        (("",), "error: the formula is empty\n"),
        (("1 + 1",), "error: the result depends on none of the arguments\n"),
        (("sum(x) + x", "--shape", "x=2"), "a gradient needs one real number\n"),
        (("\udcff",), "this character (U+DCFF) can't stand in a formula\n"),
        (
            ("mean((X @ w - y)**2)",),
            "; X, w, y are numbers unless --shape X=8x3 gives lengths\n",
        ),
        (
            ("mean((X @ w - y)**2)", "--shape", "X=8x3,w=4"),
            "the inner lengths, 3 and 4, differ\n    mean((X @ w - y)**2)\n          ^^^^^\n",
        ),
    ],
)
def test_a_formula_that_can_not_be_used(
    kobai: Invoke, arguments: tuple[str, ...], message: str
) -> None:
    result = kobai("derive", *arguments)
    assert result.exit_code == 3
    assert result.stdout == ""
    assert message in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "Missing argument 'FORMULA|FILE.py:FUNCTION'"),
        (("x", "--wrt", "y"), "--wrt names y, which is no argument: the arguments are x"),
        (("1", "--wrt", "y"), "--wrt names y, which is no argument: there are no arguments"),
        (("x", "--wrt", "x,"), "write names with commas between them"),
        (("x", "--shape", "y=2"), "--shape names y, which is no argument: the arguments are x"),
        (("x", "--shape", "x"), "'x' is no shape: write X=8x3"),
        (("x", "--shape", ""), "'' is no shape"),
        (("x", "--shape", "x=0"), "'x=0' is no shape"),
        (("x", "--shape", "x=-1"), "'x=-1' is no shape"),
        (("x", "--shape", "x=2x"), "'x=2x' is no shape"),
        (("x", "--shape", "x=2", "--shape", "x=3"), "x has two shapes"),
        (("x", "--shape", "x=2,ｘ=3"), "x has two shapes"),
        (("x", "--shape", "x=" + "9" * 5000), "is no shape"),
        (("x", "--shape", "x=1" + "x1" * 64), "is no shape"),
        (("x", "--shape", "x=100000x100000"), "more than 10,000,000 numbers in all"),
        (("x", "--seed", "-1"), "--seed"),
        (("x", "--json", "--latex"), "--json and --latex don't go together"),
        (("x", "--dot", "--mermaid"), "--dot and --mermaid don't go together"),
        (("x", "--notation", "tensor"), "--notation"),
        (("loss.py",), "name a function of the file: loss.py:FUNCTION"),
        (("a/b.py:",), "name a function of the file: a/b.py:FUNCTION"),
        (("x", "--jsn"), "(Did you mean one of: '--json', "),
    ],
)
def test_wrong_usage(kobai: Invoke, arguments: tuple[str, ...], message: str) -> None:
    result = kobai("derive", *arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert message in result.stderr


def test_a_function_with_defaults(kobai: Invoke, loss_file: Path) -> None:
    result = kobai("derive", "loss.py:loss", "--wrt", "w,b")
    assert result.exit_code == 0
    assert result.stdout.startswith("loss(w, b, X, y), m = X.shape[0], n = X.shape[1]\n")
    assert "dz = da * a * (1 - a)\n       by chain rule; insert da; " in result.stdout
    assert "\n     = (a - y) / m  " in result.stdout
    assert "db = np.sum(dz)                                     0.25\n" in result.stdout
    assert set(result.stderr.splitlines()) == {"this file was run", "this function was run"}
    assert not (loss_file.parent / "__pycache__").exists()


def test_a_file_is_read_each_time(kobai: Invoke, loss_file: Path) -> None:
    for name in ("one", "two"):
        loss_file.write_text(f"def loss(x):\n    {name} = x * x\n    return {name}\n", "utf-8")
        assert f"  {name} = x * x" in kobai("derive", f"{loss_file}:loss").stdout


def test_values_without_a_default_are_drawn(kobai: Invoke, loss_file: Path) -> None:
    def values(*options: str) -> Any:
        document = json.loads(kobai("derive", "loss.py:drawn", *options, "--json").stdout)
        return {name["name"]: name["value"]["entries"] for name in document["names"]}

    assert values()["x"] == [2.0]
    assert values()["w"][0] > 0
    assert len(values("--shape", "x=4")["x"]) == 4


def test_a_nest_of_parameters(kobai: Invoke, loss_file: Path) -> None:
    result = kobai("derive", "loss.py:nest", "--wrt", "w")
    assert result.exit_code == 0
    assert "dw = b  " in result.stdout


def test_a_file_imports_its_neighbours(kobai: Invoke, folder: Path) -> None:
    (folder / "neighbour_of_loss.py").write_text("scale = 3.0\n", "utf-8")
    (folder / "sub").mkdir()
    (folder / "near.py").write_text(
        "from neighbour_of_loss import scale\ndef f(x):\n    return scale * x\n", "utf-8"
    )
    result = kobai("derive", str(folder / "near.py") + ":f")
    assert "dx = 3.0" in result.stdout, result.stderr


@pytest.mark.parametrize(
    ("name", "options", "code", "message"),
    [
        ("fails", (), 3, "error: loss.py:29: KeyError: 'scale'\n"),
        ("singular", (), 3, "error: loss.py:33: LinAlgError: Singular matrix\n"),
        ("sorts", ("--shape", "x=3"), 4, "error: loss.py:37: "),
        ("needs", (), 3, "argument scale is given by name alone and has no default\n"),
        ("lost", (), 3, "no function lost; there are loss, drawn, fails, singular, sorts, nest, "),
        ("lost", (), 3, "  Repair: write loss.py:loss\n"),
        ("X", (), 3, "loss.py: there is no function X; there are loss"),
        ("loss", ("--shape", "z=3"), 2, "--shape names z, which is no argument"),
        ("loss", ("--wrt", "q"), 2, "--wrt names q, which is no argument"),
        ("whole", ("--wrt", "n"), 3, "give it as floating numbers"),
    ],
)
def test_a_function_that_can_not_be_used(
    kobai: Invoke, loss_file: Path, name: str, options: tuple[str, ...], code: int, message: str
) -> None:
    result = kobai("derive", f"loss.py:{name}", *options)
    assert result.exit_code == code
    assert result.stdout == ""
    assert message in result.stderr


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("x = = 1\n", "error: user.py:1: SyntaxError: invalid syntax\n"),
        ("x = 1\n\nraise RuntimeError('no')\n", "error: user.py:3: RuntimeError: no\n"),
        ("import sys\nsys.exit(5)\n", "error: user.py:2: SystemExit: 5\n"),
        ("import no_such_module\n", "error: user.py:1: ModuleNotFoundError: No module named"),
        ("1 / 0\n", "error: user.py:1: ZeroDivisionError: division by zero\n"),
        ("x = 1\n", "error: user.py: there is no function f; there is none at all\n"),
        ("x = '\0'\n", "error: user.py"),
        ("\xff", "error: user.py"),
    ],
)
def test_a_file_that_fails(kobai: Invoke, folder: Path, source: str, message: str) -> None:
    (folder / "user.py").write_bytes(source.encode("latin-1"))
    result = kobai("derive", "user.py:f")
    assert result.exit_code == 3
    assert result.stdout == ""
    assert message in result.stderr


@pytest.mark.parametrize("path", ["none.py", r"C:\none.py", "folder.py"])
def test_a_file_that_is_not_there(kobai: Invoke, folder: Path, path: str) -> None:
    (folder / "folder.py").mkdir()
    result = kobai("derive", f"{path}:f")
    assert result.exit_code == 3
    assert (
        result.stderr
        == f"error: {path}: there is no such file\n  Repair: check the path's spelling\n"
    )


def test_standard_input_that_is_no_text(kobai: Invoke) -> None:
    result = kobai("derive", "-", stdin=b"\xff\xfe")
    assert result.exit_code == 3
    assert "standard input is not text in UTF-8" in result.stderr
    result = kobai("derive", "-", stdin=b"x + " * 10_000)
    assert "10,000 is the limit" in result.stderr


def test_a_mistake_of_our_own_is_not_blamed_on_the_user(
    kobai: Invoke, loss_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        from kobai.derivation.options import Options
        from kobai.derivation.text import text

        no_step: Any = None
        text("title", [no_step], Options(), "loss")

    monkeypatch.setattr("kobai.derivation.derive", broken)
    assert kobai("derive", "loss.py:loss").exit_code == 70


def test_a_process(run: Run, loss_file: Path) -> None:
    result = run("derive", "loss.py:loss", "--json")
    assert result.returncode == 0
    assert json.loads(result.stdout)["function"] == "loss"
    result = run("derive", "log(x")
    assert result.returncode == 3
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    result = run("derive", "-", input="z = x**2; sum(z)")
    assert result.returncode == 0
    assert "dz = 1.0" in result.stdout
