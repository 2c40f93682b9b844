"""Texts that may be formulas, in both dialects: read, computed, and some derived.

Whatever the text is, reading it gives a formula or a FormulaError, computing it a value or a
KobaiError; nothing is run, imported or opened, and no text takes longer than a blink. Texts are
written by a grammar, or are formulas with a few changes, words in any order, characters and bytes
by chance, or one word very often.
"""

from __future__ import annotations

import random
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from tests.support.audit import audited

import kobai
from kobai.errors import FormulaError, KobaiError
from kobai.formulas import Formula
from kobai.formulas.functions import FUNCTIONS
from kobai.formulas.octave.functions import FUNCTIONS as OCTAVE_FUNCTIONS

SLOWEST = 0.05
LONGEST_MESSAGE = 2_000
DERIVED = 64
VALUES = (1.5, np.array([[0.5], [2.0], [0.25]]), np.eye(3) + 0.1, np.ones((1, 3)), np.ones((3, 2)))


@dataclass(frozen=True)
class Language:
    """What texts of a dialect are made of.

    Attributes:
        syntax: its name.
        formulas: some that are right.
        leaves: the smallest expressions.
        forms: expressions with places for others.
        words: what they are made of, and what has no place in them.
    """

    syntax: Literal["numpy", "octave"]
    formulas: Sequence[str]
    leaves: Sequence[str]
    forms: Sequence[str]
    words: Sequence[str]


_SIGNS = [*"xywX0123459.,:;=+-*/@<>()[]&|~^'\"{}#!%?$\\\n\t _", "==", "<=", "!=", "1e300", "0.5"]
_ODD = ["π", "²", "（", "\0", "\ud800", "\u200b", "λ", "__class__", "import", "lambda", "for", "if"]
_SHARED_FORMS = ["{} + {}", "{} - {}", "{} * {}", "({}) / {}", "-{}", "({})", "{} < {}", "{} == {}"]

NUMPY = Language(
    "numpy",
    [
        "z = X @ w + b; a = sigmoid(z); mean(-(y*log(a) + (1-y)*log(1-a)))",
        "m = len(y); J = sum((X @ w - y)**2)/(2*m) + lam*np.sum(w**2)",
        "a = relu(X @ W1 + b1)\np = softmax(a @ W2, axis=1)\n-sum(T*log(p))/X.shape[0]",
        "logaddexp(x, y)[1:, ::2].sum() + x.T.mean(axis=0, keepdims=True)[0, -1]",
        "where((x > 0) & (x < 1), x**2, abs(x)).max() + einsum('ij,jk->', A, B)",
        "concatenate((x, y[None, :]), axis=0).reshape(2, -1).sum() * pi / e**2",
    ],
    ["X", "w", "b", "2", "0.5", "pi", "X.T", "w[0]", "1e-3", "X[:, 1]"],
    [
        *_SHARED_FORMS,
        *("{} @ {}", "{} ** {}", "({}).T", "({})[0]", "({})[1:, None]", "({}).sum(axis=0)"),
        *(f"{name}({{}})" for name in FUNCTIONS),
        *("maximum({}, {})", "where({}, {}, {})", "concatenate(({}, {}))", "sum({}, axis=-1)"),
    ],
    [*_SIGNS, *_ODD, *FUNCTIONS, "**", "axis=0", "keepdims=True", "np.", ".T", ".shape[0]", "z = "],
)
OCTAVE = Language(
    "octave",
    [
        "z = X*w + b; a = 1./(1 + exp(-z)); -mean(y.*log(a) + (1 - y).*log(1 - a))",
        "[m, n] = size(X); J = (X*w - y)'*(X*w - y)/(2*m) + lam*sum(w(2:end).^2)",
        "s = exp(X - max(X, [], 2)); p = s./sum(s, 2);\n-sum(sum(Y.*log(p)))/rows(X)",
        "A(:, [2 1])(1, end) + [1 -2; x' y']*ones(2, 1) ... more\n - norm(w, 'fro')^2 % done",
        "merge((x > 0) & ~(x == 1), x.^2, abs(x)) \\ trace(inv(A'*A + eye(3))) + A.'(end)",
        "K = reshape(kron(A, x), [], 3) .\\ cumsum(X(:)', 2); dot(K, K) + (1:2:9)(2)",
    ],
    ["X", "w", "b", "2", "0.5", "pi", "X'", "w(1)", "1e-3", "X(:, 1)", "(1:3)", "[1 2; 3 4]", "w'"],
    [
        *_SHARED_FORMS,
        *("{} .* {}", "{} ./ {}", "({}) \\ {}", "({}).^{}", "({})^{}", "({})'", "!{}", "{} & {}"),
        *("[{} {}]", "[{}; {}]", "({})(end)", "({})(:, 1)", "{}:{}", "w({})", "X({}, :)"),
        *(f"{name}({{}})" for name in OCTAVE_FUNCTIONS),
        *("max({}, {})", "sum({}, 2)", "max({}, [], 1)", "dot({}, {})", "reshape({}, 1, 3)"),
    ],
    [
        *_SIGNS,
        *_ODD,
        *OCTAVE_FUNCTIONS,
        "...",
        ".*",
        "./",
        ".^",
        ".'",
        "end",
        "z = ",
        "'fro'",
        "[]",
    ],
)


def verdict(seed: int) -> tuple[str, str, str]:
    """How the text of a seed ends (`refused`, `read`, `computed`, `derived`, `wrong`), and why."""
    chance = random.Random(seed)
    language = (NUMPY, OCTAVE)[seed % 2]
    text = chance.choice(WRITERS)(chance, language)
    with audited() as events:
        formula, values, end, reason = _tried(text, language, chance)
    if events:
        end, reason = "wrong", f"it did {events[:3]}"
    if end == "computed" and values and not chance.randrange(DERIVED):
        # Not watched: a derivation imports what it needs.
        end, reason = _derived(formula, values)
    return end, reason, f"{language.syntax}: {text[:300]!r}" if end == "wrong" else ""


def _tried(
    text: str, language: Language, chance: random.Random
) -> tuple[Formula | None, list[Any], str, str]:
    """The formula and its arguments, if it is one; how it ends, and why."""
    formula, reason = _read(text, language.syntax)
    if formula is None or reason:
        return None, [], "wrong" if reason else "refused", reason
    values = [chance.choice(VALUES) for _ in formula.arguments]
    try:
        began = time.thread_time()
        formula(*values)
        if time.thread_time() - began > SLOWEST and _seconds(lambda: formula(*values)) > SLOWEST:
            return formula, values, "wrong", "it is slow to compute"
    except KobaiError:
        return formula, values, "read", ""
    except Exception:
        return formula, values, "wrong", traceback.format_exc(limit=-3)
    return formula, values, "computed", ""


def _read(text: str, syntax: Literal["numpy", "octave"]) -> tuple[Formula | None, str]:
    """The formula, if it is one; what is wrong, if something is."""
    began = time.thread_time()
    try:
        formula, reason = Formula(text, syntax), ""
    except FormulaError as error:
        formula = None
        reason = "the message is too long" if len(str(error)) > LONGEST_MESSAGE else ""
    except Exception:
        return None, traceback.format_exc(limit=-3)
    if time.thread_time() - began > SLOWEST:
        # Other work on the machine may be to blame: the fastest of three decides.
        def again() -> None:
            _read_quietly(text, syntax)

        reason = reason or ("it is slow to read" if _seconds(again) > SLOWEST else "")
    return formula, reason


def _read_quietly(text: str, syntax: Literal["numpy", "octave"]) -> None:
    try:
        Formula(text, syntax)
    except FormulaError:
        return


def _seconds(work: Callable[[], Any]) -> float:
    times = []
    for _ in range(3):
        began = time.thread_time()
        work()
        times.append(time.thread_time() - began)
    return min(times)


def _derived(formula: Formula | None, values: list[Any]) -> tuple[str, str]:
    assert formula is not None
    try:
        str(kobai.derive(formula, *values))
    except KobaiError:
        return "computed", ""
    except Exception:
        return "wrong", traceback.format_exc(limit=-4)
    return "derived", ""


def _expression(chance: random.Random, language: Language, depth: int) -> str:
    if depth == 0 or chance.random() < 0.2:
        return chance.choice(language.leaves)
    form = chance.choice(language.forms)
    parts = [_expression(chance, language, depth - 1) for _ in range(form.count("{}"))]
    return form.format(*parts)


def _by_grammar(chance: random.Random, language: Language) -> str:
    """Statements that are right but for shapes and names."""
    names = [f"{chance.choice('zaXw')}{chance.choice(['', '1', '2'])} = " for _ in range(2)]
    named = names[: chance.randrange(3)]
    loss = chance.choice(["sum({})", "sum(sum({}))", "{}"])
    depth = chance.randrange(1, 5)
    return "; ".join(
        [name + _expression(chance, language, depth) for name in named]
        + [loss.format(_expression(chance, language, depth))]
    )


def _by_changes(chance: random.Random, language: Language) -> str:
    """A formula with a few parts left out, doubled, replaced, or taken from another."""
    text = chance.choice(language.formulas)
    for _ in range(chance.randrange(1, 5)):
        start = chance.randrange(len(text) + 1)
        stop = min(len(text), start + chance.randrange(7))
        other = chance.choice(language.formulas)
        begin = chance.randrange(len(other))
        new = chance.choice(
            ["", text[start:stop] * 2, other[begin : begin + 8], chance.choice(language.words)]
        )
        text = text[:start] + new + text[stop:]
    return text


def _by_words(chance: random.Random, language: Language) -> str:
    return "".join(chance.choices(language.words, k=chance.randrange(1, 25)))


def _by_bytes(chance: random.Random, language: Language) -> str:
    """Bytes as text, or characters of any kind."""
    length = chance.randrange(1, 60)
    if chance.randrange(2):
        return chance.randbytes(length).decode(chance.choice(["latin-1", "utf-8"]), "replace")
    ends = chance.choice([0x7F, 0x2FF, 0x10FFFF])
    return "".join(chr(chance.randint(1, ends)) for _ in range(length))


def _by_repeating(chance: random.Random, language: Language) -> str:
    """Few words very often, up to and beyond what is read."""
    words = "".join(chance.choices(language.words, k=chance.randrange(1, 5)))
    often = chance.randrange(1, 10_100) // len(words) + 1
    ends = chance.choices([*language.leaves, *language.words, ""], k=2)
    return ends[0] + words * often + ends[1]


WRITERS: list[Callable[[random.Random, Language], str]] = [
    *[_by_grammar] * 4,
    *[_by_changes] * 4,
    *[_by_words] * 2,
    _by_bytes,
    _by_repeating,
]
