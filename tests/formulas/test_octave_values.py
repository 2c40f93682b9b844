"""A formula in Octave's syntax has the value and the slopes that Octave itself gives."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.support import octave_cli

import kobai
from kobai.errors import KobaiError
from kobai.formulas import Formula

RANDOM = np.random.default_rng(0)


def draw(*shape: int) -> np.ndarray:
    return np.asarray(RANDOM.uniform(0.2, 0.8, shape))


ARGUMENTS: dict[str, np.ndarray] = {
    "X": draw(4, 3),
    "Y": draw(4, 3),
    "A": draw(3, 3) + 2 * np.eye(3),
    "w": draw(3, 1),
    "r": draw(1, 3),
    "y": draw(4, 1),
    "b": draw(),
}

CASES = [
    # Numbers, precedence, association.
    *("b + 1", "2 - b * 3 / 4", "-b^2", "2^-b", "2^-1^2*b", "-2^2*b", "2^3^2*b", "b - 1 - 2"),
    *("b/2/3", "2\\b\\3", "1e3*b + .5 - 1. + 1.5E+2 + 1d2", "pi*b + e", "b + + 1", "b - - 1"),
    *("!b == 0", "~b ~= 1", "-b'", "!b'", "b.^-1.^2", "b*(1 - (2 - b))"),
    *("1./X", "1.*X", "2.^X", "1.'*b", "0.5.*X", "1..*X", "3.\\X", "b.'", "+X", "b*1e-3"),
    # Products, quotients, powers.
    *(
        "X*w",
        "X*w + b",
        "X'*y",
        "w'*w",
        "w*w'",
        "r*w",
        "w*r",
        "X*2",
        "b*X",
        "X.*Y",
        "X./Y",
        "X.\\Y",
    ),
    *("X.^2", "2.^X", "X.^Y", "A^2", "A^-1", "A^0", "A^3*w", "A\\w", "r/A", "A/A", "A\\X'", "X/b"),
    *("b\\X", "w'*A*w", "(X*w - y)'*(X*w - y)", "X'*Y", "X*Y'", "r*A*w", "X.*y", "X.*r", "w.*r"),
    *("y - r", "X + r", "X - y", "w'", "X'", "X.'", "A'^2", "(A^2)'", "A^2'", "A*A(1,:)'", "-A^2"),
    *("w'*w*b", "b*w'*w", "X'*X\\w", "w'/A", "(w')'", "w''", "y'*X*w", "A'(1,2)", "(A*A)(1,2)"),
    # Comparisons and truth values.
    *(
        "X > 0.5",
        "X >= Y",
        "X == X",
        "X ~= Y",
        "X != Y",
        "b < 1",
        "(X > 0.5) + (Y > 0.5)",
        "w <= r",
    ),
    *("-(X > 0.5)", "(X > 0.5) & (Y > 0.5)", "X > 0.5 | Y > 0.5", "~(X > 0.5)", "!X", "X & b"),
    *("(X > 0.5) .* X", "(X > 0.5)*w", "(X > 0.5)'*(Y > 0.5)", "sum(X > 0.5)", "mean(X > 0.5)"),
    *("merge(X > 0.5, X, -X)", "merge(b > 0.5, 1, 2)*b", "ifelse(X > Y, X, 0)", "xor(X > 0.5, 1)"),
    *("exp(b > 0)", "max(X > 0.5)", "any(X > 0.5)", "all(X)", "1 < 2 == 1"),
    # Folds.
    *("sum(X)", "sum(X, 1)", "sum(X, 2)", "sum(w)", "sum(r)", "sum(b)", "sum(w, 1)", "sum(w, 2)"),
    *("sum(r, 1)", "sum(r, 2)", "sum(sum(X))", "sum(X(:))", "mean(X)", "mean(w)", "mean(X, 2)"),
    *("prod(X)", "max(X)", "max(X, [], 2)", "max(X, 0.5)", "max(X, Y)", "min(w)", "min(X, [], 1)"),
    *(
        "max(r)",
        "min(X, r)",
        "max(w, 0)",
        "var(X)",
        "var(w)",
        "var(X, 1)",
        "var(X, 0, 2)",
        "std(r)",
    ),
    *("std(X, 1, 2)", "var(b)", "median(X)", "median(w)", "sumsq(X)", "sumsq(w)", "cumsum(X)"),
    *("cumsum(r)", "cumsum(X, 2)", "cumprod(w)", "dot(w, w)", "dot(w, r)", "dot(X, Y)", "norm(w)"),
    *(
        "norm(r, 1)",
        "norm(w, 3)",
        "norm(w, Inf)",
        "norm(A)",
        "norm(A, 1)",
        "norm(A, Inf)",
        "norm(b)",
    ),
    *("norm(X, 'fro')", "norm(w, 2)", "norm(X*w - y)^2", "norm(A, 2)", "norm(w, 'fro')"),
    # Functions of every entry.
    *("exp(X)", "log(X)", "sqrt(X)", "abs(X - 0.5)", "tanh(X)", "sin(X) + cos(X) .* tan(X)"),
    *("sinh(b) + cosh(b)", "asin(b) + acos(b) + atan(b)", "asinh(b) + acosh(1 + b) + atanh(b)"),
    *(
        "log2(X) + log10(X) + log1p(X) + expm1(X)",
        "sign(X - 0.5)",
        "floor(3*X) + ceil(X) + fix(-X)",
    ),
    *(
        "round(5*X - 2)",
        "round([-2.5 -0.5 0.5 1.5 2.5])*b",
        "atan2(X, Y)",
        "hypot(X, r)",
        "cbrt(X)",
    ),
    *("mod(5*X - 2, 1)", "rem(5*X - 2, 1)", "power(X, 2)", "times(X, Y)", "mtimes(X, w)"),
    *(
        "plus(X, 1)",
        "minus(X, r)",
        "rdivide(1, X)",
        "mldivide(A, w)",
        "mrdivide(r, A)",
        "mpower(A, 2)",
    ),
    *("transpose(X)", "uminus(X)", "eps*b"),
    # Matrices that are made, measured, rearranged.
    *(
        "ones(2, 3)*w",
        "ones(size(X)) .* X",
        "zeros(3)*w",
        "eye(3)*w",
        "A - b*eye(rows(A))",
        "eye(2, 3)*w",
    ),
    *("ones(4, 1)'*X", "ones(1, 3)*b", "ones([2 3])*b", "repmat(w, 1, 2)", "repmat(X, 2, 2)"),
    *(
        "size(X, 1)*b",
        "size(X)*b",
        "size(b)*b",
        "numel(X)*b",
        "length(X)*b",
        "rows(X)*b + columns(X)",
    ),
    *("linspace(0, 1, 4)*X", "diag(w)", "diag(r)", "diag(A)", "diag(b)", "diag(X)", "trace(A)"),
    *(
        "vec(X)",
        "X(:)",
        "r(:)",
        "w(:)",
        "b(:)",
        "reshape(X, 3, 4)",
        "reshape(X, 6, 2)*b",
        "reshape(X, 1, 12)",
    ),
    *(
        "reshape(X, [2 6])",
        "fliplr(X)",
        "flipud(w)",
        "tril(A)",
        "triu(A)",
        "kron(A, r)",
        "horzcat(X, y)",
    ),
    *(
        "vertcat(r, r)",
        "inv(A)",
        "inv(b)",
        "det(A)",
        "det(b)",
        "pinv(X)",
        "trace(b)",
        "trace(X'*X)",
    ),
    # Entries, ranges, matrices that are written out.
    *("A(1, 2)", "A(1, :)", "A(:, 2)", "A(:, :)", "A(end, end)", "A(end)", "A(5)", "A(2:3, 1)"),
    *(
        "A([1 3], [3 1])",
        "A(:, [2 1 1])",
        "A([1 3 2], [3 1 2])",
        "w(2)",
        "r(2)",
        "w(2:end)",
        "r(end:-1:1)",
    ),
    *(
        "w([1 1 3])",
        "w([3; 1])",
        "r([1; 3])",
        "w([1 2; 3 1])",
        "A([1 2; 3 9])",
        "A([1 5 9])",
        "b(1)",
    ),
    *(
        "b([1 1 1])",
        "A(1:2:9)",
        "A(size(A, 1), 1)",
        "X(end - 1, 1 + 1)",
        "X(end, :)*w",
        "A(:, end)'*w",
    ),
    *("A(1, :)(2)", "[1 2 3](2)*b", "X(:)(5)", "w(1:3)"),
    *("(1:3)*w", "(3:-1:1)'*b", "(0:0.1:0.3)*y", "(1:3)'*r", "sum(1:10)*b", "-1:1"),
    *(
        "[1 2; 3 4]*b",
        "[w, w]",
        "[w w]",
        "[r; r]",
        "[w' 1]",
        "[X y]",
        "[X; r]",
        "[b 1; 2 3]",
        "[1 -2]*b",
    ),
    *("[1 - 2]*b", "[b -b]", "[b - b]", "[b, -b]", "[w(1) -w(2)]", "[w (1:3)']", "[b' b']", "[b]"),
    *(
        "[1, 2,; 3 4;]*b",
        "[b !b]",
        "[b ~= 1]",
        "[X.^2 y]",
        "[1 2\n3 4]*b",
        "[1 ...\n 2]*b",
        "[1, ...\n 2]*b",
    ),
    *("[(1) -2]*b", "[b == b]", "[b .* b]", "[b .*b]", "[1 +...\n2]*b", "[r; 1 2 3]*w", "[w; b]"),
    *(
        "ones(2)(1, :)*b",
        "[ b ]",
        "[b;b]",
        "[[b b]; [1 2]]",
        "[1 2 % a comment\n 3 4]*b",
        "[sum(w) mean(w)]",
    ),
    # Statements, comments, lines.
    "z = X*w + b; a = 1./(1 + exp(-z)); -mean(y.*log(a) + (1 - y).*log(1 - a))",
    "m = size(X, 1), J = 1/(2*m)*(X*w - y)'*(X*w - y);\nJ + b/(2*m)*sum(w(2:end).^2)",
    "[m, n] = size(X); % sizes\nsum(X(:))/m/n",
    "z = X*w ... the weighted input\n  - y; # the error\n\n\nsumsq(z)",
    "s = exp(X - max(X, [], 2)); p = s./sum(s, 2); -sum(sum(Y.*log(p)))/rows(X)",
    "m = mean(X); s = std(X); sum(sum(((X - m)./s).^3))",
    "K = exp(-b*(sum(X.^2, 2) - 2*X*X' + sum(X.^2, 2)')); y'*K*y",
    "sum(max(0, 1 - y.*(X*w)))",
    "k = 2; A(k, :)*w + w(k)^k + sum(A(k:end, k))",
    "n = rows(A); c = [1:n]'; c'*A*c/n",
    "x = (b\n + 1); x*2",
]


def loss_of(formula: str) -> str:
    """A formula whose value is a number that depends smoothly on all entries of another's."""
    begins = [index for index, letter in enumerate(formula) if letter in ";\n"]
    outside = [i for i in begins if formula.count("[", 0, i) == formula.count("]", 0, i)]
    start = outside[-1] + 1 if outside else 0
    return f"{formula[:start]} value_1 = {formula[start:]}; sum(sum(cos(value_1 + 0)))"


def arguments_of(formula: Formula) -> list[np.ndarray]:
    return [ARGUMENTS[name] for name in formula.arguments]


def test_values(tmp_path: Path) -> None:
    answers = octave_cli.values(CASES, ARGUMENTS, tmp_path)
    wrong = []
    for text, answer in zip(CASES, answers, strict=True):
        try:
            formula = Formula(text, "octave")
            value = np.asarray(formula(*arguments_of(formula)), float)
        except KobaiError as error:
            wrong.append(f"{text}: {error}; Octave: {answer}")
            continue
        shape = value.shape or (1, 1)
        same = shape == answer.value.shape and np.allclose(value, answer.value, 1e-12, 1e-12)
        if not same:
            wrong.append(f"{text}: {value}; Octave: {answer}")
    assert not wrong, "\n".join(wrong)


# Where a formula takes only the size of an argument, its gradient is 0.
@pytest.mark.filterwarnings("ignore::kobai.errors.IndependenceWarning")
def test_slopes(tmp_path: Path) -> None:
    losses = list(map(loss_of, CASES))
    directions = [
        {
            name: np.asarray(RANDOM.standard_normal(np.shape(value)))
            for name, value in ARGUMENTS.items()
        }
        for _ in range(2)
    ]
    answers = octave_cli.slopes(losses, ARGUMENTS, directions, tmp_path)
    wrong = []
    for text, answer in zip(losses, answers, strict=True):
        assert not answer.error, f"{text}: {answer.error}"
        formula = Formula(text, "octave")
        names = formula.arguments
        if names:
            found = kobai.grad(formula, tuple(range(len(names))))(*arguments_of(formula))
        else:
            found = ()
        along = [
            sum(np.sum(g * move[n]) for n, g in zip(names, found, strict=True))
            for move in directions
        ]
        if not np.allclose(along, answer.value, rtol=1e-6, atol=1e-6):
            wrong.append(f"{text}: {along}; Octave: {answer.value}")
    assert not wrong, "\n".join(wrong)


def test_an_argument_of_one_axis_is_a_column() -> None:
    formula = Formula("sum(X*w) + w'*w", "octave")
    w = ARGUMENTS["w"][:, 0]
    assert formula(ARGUMENTS["X"], w) == formula(ARGUMENTS["X"], w[:, None])
    gradient = kobai.grad(formula, 1)(ARGUMENTS["X"], w)
    np.testing.assert_allclose(gradient, ARGUMENTS["X"].sum(axis=0) + 2 * w)


def test_whole_numbers_are_real_numbers() -> None:
    assert Formula("x.^-1 + (x > 1)*(x > 1)", "octave")(np.asarray(2)) == 1.5


def test_what_is_printed_reads_back() -> None:
    formula = Formula("x'*x", "octave")
    assert repr(formula) == """Formula("x'*x", syntax='octave')"""
