"""LaTeX: a golden file of formulas, and that every formula is well formed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from tests.simplify.formulas import formula
from tests.targets.golden_files import compare
from tests.targets.graphs import Drawn, graphs

from kobai.graph import OPERATIONS, Graph, Node
from kobai.sizes import Size
from kobai.targets.latex import latex, latex_name

GOLDEN = Path(__file__).with_name("golden") / "latex.txt"
ARRAYS = {
    **dict.fromkeys("abcxyz", np.ones(())),
    **dict.fromkeys(("u", "v", "w", "z_1", "alpha"), np.ones(3)),
    **dict.fromkeys(("A", "B", "W1", "dZ"), np.ones((3, 3))),
}
FORMULAS = """
x
-x
x + y - z
x - (y + z)
x * y * z
x * (y + z)
(x + y) * z
-(x * y)
-(x + y)
(-x) * y
-(-x)
x * -y
x - -y
x / y
x / y / z
x / (y / z)
-x / y
(x + 1) / (y - 1)
x**2
(x + y)**2
(-x)**2
(x**2)**3
x**-1
x**y**z
(x / y)**2
np.exp(-x)
np.exp(x)**2
np.exp(x**2)
np.expm1(x) * y
1 / (1 + np.exp(-x))
sigmoid(x)
sigmoid(x) * (1 - sigmoid(x))
sigmoid(x)**2
np.log(x)
np.log(x) * y
y * np.log(x)
np.log(x * y)
np.log(x)**2
-np.log(1 - x)
np.log1p(-x)
np.logaddexp(0, -x)
np.sqrt(x**2 + y**2)
np.tanh(x)
np.tanh(x + y) * z
1 - np.tanh(x)**2
np.sin(x) + np.cos(y)
np.sin(x) * np.cos(y)
np.abs(x - y)
np.sign(x)
np.maximum(x, 0)
np.minimum(x, y)
np.where(x > 0, x, 0.1 * x)
np.where(x == y, 1.0, 0.0)
x <= y
(x < y) & (y < z)
~(x < y)
2 * x
x * 2
x * -2
x - 0.1
1e-3 * x
1e20 * x
x * 0.5
x + np.inf
u * v
u * x
u * v * w
u / v
np.sum(u)
np.sum(u) / 3
np.sum(u) * x
x * np.sum(u)
-np.sum(u * np.log(v))
np.sum(u + v)
np.mean((u - v)**2)
np.max(u)
A @ B
A @ u
u @ v
A @ B.T
(A @ B).T
A.T @ (B @ u)
(A + B) @ u
A @ u + v
-(A @ u)
u @ v * x
np.outer(u, v)
np.outer(u, v**2)
np.outer(u, np.exp(v))
np.outer(u + v, v)
A * B
A.T**2
A[0]
A[1:, 0]
A[:, None]
np.reshape(A, (9,))
np.concatenate([u, v])
np.einsum('ij,j->i', A, u)
A.sum(axis=0)
np.sum(np.exp(u))
np.log(np.sum(np.exp(u)))
softmax(u)
logsumexp(u) * x
z_1 * alpha
W1 @ z_1
dZ.T @ A
u - alpha * v
"""
TEXTS = FORMULAS.strip().splitlines()


def printed(text: str) -> str:
    return latex(formula(text, ARRAYS).node, {})


def test_formulas_are_printed_as_they_were() -> None:
    assert len(TEXTS) >= 100
    compare(GOLDEN, "".join(f"{text}\n    {printed(text)}\n" for text in TEXTS))


@pytest.mark.parametrize("text", TEXTS)
def test_a_formula_is_well_formed(text: str) -> None:
    check(printed(text))


def check(text: str) -> None:
    """Braces and parentheses are closed, and nothing has two indices or two exponents."""
    assert text.count(r"\left") == text.count(r"\right")
    assert text.count(r"\begin") == text.count(r"\end")
    rest = scanned(iter(tokens(text)), text)
    assert not rest, f"a brace too many: {text}"


def tokens(text: str) -> list[str]:
    return re.findall(r"\\[a-zA-Z]+|\\.|\S", text)


def scanned(rest: Iterator[str], text: str) -> bool:
    """Read a group to its end; whether it was closed by a brace."""
    scripts: set[str] = set()
    is_script = False
    for token in rest:
        if token == "}":
            return True
        if token in "^_":
            assert token not in scripts, f"two {token} on one symbol: {text}"
            scripts.add(token)
            is_script = True
            continue
        if token == "{":
            assert scanned(rest, text), f"a brace is not closed: {text}"
        if not is_script:
            scripts.clear()
        is_script = False
    return False


@settings(max_examples=300, derandomize=True, deadline=None, database=None)
@given(graphs())
def test_a_random_graph_is_well_formed(drawn: Drawn) -> None:
    text = latex(drawn.node, {})
    assume(len(text) < 20_000)
    check(text)


def test_the_check_sees_what_is_not_well_formed() -> None:
    for text in ("x^2^3", "{x}^{2}^\\top", "{x", "x}", "\\left(x", "x_1_2", "{a_{b_c}"):
        with pytest.raises(AssertionError):
            check(text)
    for text in ("{x^2}^3", "x_1^2", "x^{y^z}", "a_{b_c}", "{{x}^\\top}^2"):
        check(text)


NAMES = [
    ("x", "x"),
    ("dz", "dz"),
    ("w1", "w_{1}"),
    ("w_1", "w_{1}"),
    ("dw_1", "dw_{1}"),
    ("W_0", "W_{0}"),
    ("alpha", r"\alpha"),
    ("dα", r"d\alpha"),
    ("delta", r"\delta"),
    ("decay", r"\mathrm{decay}"),
    ("data_1", r"\mathrm{data}_{1}"),
    ("α", r"\alpha"),
    ("δ", r"\delta"),
    ("theta_2", r"\theta_{2}"),
    ("loss", r"\mathrm{loss}"),
    ("learning_rate", r"\mathrm{learning\_rate}"),
    ("lambda_", r"\lambda"),
    ("velocity_w", r"\mathrm{velocity\_w}"),
    ("C_T", "C_{T}"),
    ("dC_T", "dC_{T}"),
    ("x_train", r"x_{\mathrm{train}}"),
    ("w_out2", r"w_{\mathrm{out2}}"),
    ("勾配", r"\text{勾配}"),
    ("d", "d"),
    ("d1", "d_{1}"),
]


@pytest.mark.parametrize(("name", "symbol"), NAMES, ids=[name for name, _ in NAMES])
def test_a_name_becomes_a_symbol(name: str, symbol: str) -> None:
    assert latex_name(name) == symbol
    check(latex_name(name))


def test_a_derivative_is_told_from_a_word_by_the_values_there_are() -> None:
    assert latex_name("dloss", ["loss"]) == r"d\mathrm{loss}"
    assert latex_name("dloss") == r"\mathrm{dloss}"
    assert latex_name("dalpha", ["alpha"]) == r"d\alpha"
    assert latex_name("ddelta", ["delta"]) == r"d\delta"
    assert latex_name("ddz", ["dz"]) == "ddz"
    assert latex_name("dlearning_rate", ["learning_rate"]) == r"d\mathrm{learning\_rate}"
    graph = Graph()
    loss, slope, decay = (graph.input(name, (), np.dtype(float)) for name in "abc")
    names = {loss: "loss", slope: "dloss", decay: "decay"}
    found = latex(slope * loss * decay, names)
    assert found == r"d\mathrm{loss} \, \mathrm{loss} \, \mathrm{decay}"


HOSTILE = ["_", "__x__", "x__1", "a1b2", "dd", "x_y_z", "é", "Ω_3", "データ_1", "_1", "x1_2"]


@pytest.mark.parametrize("name", HOSTILE)
def test_any_identifier_is_well_formed_in_latex(name: str) -> None:
    assert name.isidentifier()
    check(latex_name(name))
    x = Graph().input(name, (), np.dtype(float))
    check(latex(x**2 / x, {x: name}))


def test_different_identifiers_are_different_symbols() -> None:
    names = ["w", "w1", "W1", "w11", "dw", "dw1", "alpha", "beta", "loss", "Loss", "勾配", "x_y"]
    assert len({latex_name(name) for name in names}) == len(names)


def test_sizes_are_symbols() -> None:
    m, n = Size.symbol("m", 3), Size.symbol("n", 2)
    x = Graph().input("x", (m, n), np.dtype(float))
    assert latex(x / m, {}) == r"\frac{x}{m}"
    assert latex(x / (m * n), {}) == r"\frac{x}{m \, n}"
    assert latex(OPERATIONS["multiply"](m * n, x), {}) == r"\left(m \, n\right) \, x"
    assert latex(x * (m - 1), {}) == r"x \, \left(m - 1\right)"
    assert latex(x / m, {}, {"m": "examples"}) == r"\frac{x}{\mathrm{examples}}"


def test_names_end_the_expression() -> None:
    graph = Graph()
    a, b = (graph.input(name, (), np.dtype(float)) for name in "ab")
    z: Node = a * b
    assert latex(OPERATIONS["exp"](z) + z, {z: "z_1"}) == "e^{z_{1}} + z_{1}"
