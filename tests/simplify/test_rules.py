"""Every rule is proved by sampling both sides of its own text, and tried on what it is for.

A rule that can't be tested so fails here by name: give `REAL_WORDS` its words, or `EXAMPLES` the
formula that it is for.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import product
from typing import Any

import mpmath as mp
import numpy as np
import pytest
from tests.simplify.formulas import Formula, formula, operation
from tests.simplify.real_numbers import REAL_WORDS, real_array, real_value

from kobai.facts import Facts
from kobai.graph import AnyArray, Node
from kobai.simplify.equations import Rule
from kobai.simplify.rules import REFLECTED, STABLE, TIDY

DIGITS = 60
# exp(250) is 1e109: so many digits are lost in 1 - sigmoid(250) before 60 are left.
WORKING_DIGITS = DIGITS + 250
POINTS = (0.0, 1.0, -1.0, 1e-30, -1e-30, 0.3, -0.7, 2.5, -3.25, 40.0, -41.0, 250.0, -250.0)
CONDITIONS = {">": 1e-9, ">=": 0.0}
EDGES = np.array(
    [
        "0",
        "-0",
        "1",
        "-1",
        "0.3",
        "-2.5",
        "inf",
        "-inf",
        "nan",
        "5e-324",
        "-1e-310",
        "2.2e-308",
        "1e-160",
        "1e160",
        "1.7e308",
        "-1.7e308",
    ],
    dtype=float,
)
# Words that take an array, as one value.
ARRAY_WORDS = re.compile(
    r"\b(sum|max|prod|mean|norm|std|var|softmax|logsumexp|mixture_shares|log_mixture|squeeze|expand_dims|broadcast_to)\b|@|\.T"
)
# For a rule whose text speaks of one operation for several: the formula for each of the others.
EXAMPLES = {
    ("broadcasting", "add"): "u + broadcast_to(v)",
    ("broadcasting", "subtract"): "u - broadcast_to(v)",
    ("broadcasting", "divide"): "u / broadcast_to(v)",
    ("broadcasting", "where"): "where(u > 0, u, broadcast_to(v))",
    ("broadcasting", "expand_dims"): "expand_dims(broadcast_to(c))",
    ("broadcasting", "squeeze"): "squeeze(np.broadcast_to(c, (1, 16)))",
    ("broadcasting", "reshape"): "np.reshape(broadcast_to(c), (4, 4))",
    ("broadcasting", "transpose"): "np.transpose(np.broadcast_to(c, (2, 3)))",
    ("broadcasting of a number", "negative"): "-broadcast_to(c)",
    ("broadcasting of a number", "multiply"): "broadcast_to(c) * 2",
    ("broadcasting of a number", "divide"): "broadcast_to(c) / 2",
    ("broadcasting of a number", "expand_dims"): "np.expand_dims(c, (0, 1))",
    ("labels that choose", "add"): "1.0 * sigmoid(u) + 0.0 * (1 - sigmoid(u))",
    ("axis dropped and added", "expand_dims"): "expand_dims(squeeze(u[None]))",
    ("axis added and dropped", "squeeze"): "squeeze(expand_dims(u))",
}
# Rules that shift an exponent, and rules whose result is a difference of larger numbers.
SHIFTED = ("sigmoid of a difference", "share of a mixture")
# Rules that hold for weights of any sign, tried where their sum doesn't cancel.
WEIGHTED = ("weighted sum of powers of e", "weighted mean", "share of a weighted sum")
DIFFERENCES = (
    "weighted sum of powers of e",
    "logarithm of a mean of chances",
    "logarithm of a mixture",
    "logarithm of a difference",
    "logarithm of odds",
    "logarithm of powers of e",
    "logarithm of two powers of e",
    "logarithm of a sum",
    "softplus of a difference",
)
NODE_WORDS: dict[str, Any] = {
    "exp": np.exp,
    "expm1": np.expm1,
    "log": np.log,
    "log1p": np.log1p,
    "sqrt": np.sqrt,
    "tanh": np.tanh,
    "log2": np.log2,
    "log10": np.log10,
    "sech": operation("sech"),
    "put": operation("put", index=(0,), shape=(1,)),
    "log1mexp": operation("log1mexp"),
    "sinh": np.sinh,
    "cosh": np.cosh,
    "sin": np.sin,
    "cos": np.cos,
    "maximum": np.maximum,
    "exp_of_sum": operation("exp_of_sum"),
    "abs": np.abs,
    "logaddexp": np.logaddexp,
    "sum": np.sum,
    "max": np.max,
    "prod": np.prod,
    "mean": np.mean,
    "norm": np.linalg.norm,
    "std": np.std,
    "var": np.var,
    "where": np.where,
    "divide": np.divide,
    "squeeze": operation("squeeze", axis=(0,)),
    "expand_dims": operation("expand_dims", axis=(0,)),
    "broadcast_to": lambda v: np.broadcast_to(v, (16,)),
}
RULES = {
    f"{family} {number}: {rule.text}, {rule.operation}": (family, rule)
    for family, rules in (("stable", STABLE), ("tidy", TIDY), ("reflected", REFLECTED))
    for number, rule in enumerate(rules, start=1)
}
ALL = [pytest.param(rule, id=name) for name, (_, rule) in RULES.items()]


def chosen(keep: Callable[[str, Rule], bool]) -> list[Any]:
    """The rules of some families, as parameters of a test."""
    return [pytest.param(r, id=name) for name, (family, r) in RULES.items() if keep(family, r)]


STABLE_RULES = chosen(lambda family, rule: family != "tidy")
TIDY_RULES = chosen(lambda family, rule: family == "tidy")
# BLAS adds up a product and its transpose in orders of its own: that rule is equal up to rounding.
EXACT_RULES = chosen(lambda family, rule: family == "tidy" and rule.name != "transposed product")
# An infinite entry of a sum has no right answer on the left side.
ENTRY_RULES = chosen(lambda family, rule: family != "tidy" and not ARRAY_WORDS.search(rule.text))


def sides(rule: Rule) -> tuple[str, str]:
    left, right = rule.text.split(" = ")
    return left, right


def samples(rule: Rule) -> list[dict[str, Any]]:
    """Values for the letters of a rule, where its condition holds."""
    names = sorted(set(re.findall(r"\b[a-zA-Z]\b", rule.text)))
    if not ARRAY_WORDS.search(rule.text):
        found = [
            dict(zip(names, point, strict=True)) for point in product(POINTS, repeat=len(names))
        ]
        return [point for point in found if holds(rule.condition, point)]
    generator = np.random.default_rng(0)
    shapes: dict[str, tuple[int, ...]] = {"A": (3, 4), "B": (2, 4), "c": (), "C": ()}
    drawn: list[dict[str, Any]] = [
        {name: generator.normal(size=shapes.get(name, (5,))) * scale for name in names}
        for scale in (1e-6, 1.0, 30.0)
    ]
    return [allowed_values(rule, point) for point in drawn]


def holds(condition: str, point: dict[str, float]) -> bool:
    return not condition or bool(eval(condition, dict(point)))


@pytest.mark.parametrize("rule", ALL)
def test_both_sides_are_the_same_function_of_real_numbers(rule: Rule) -> None:
    left, right = sides(rule)
    tried = 0
    with mp.workdps(WORKING_DIGITS):
        for point in samples(rule):
            letters = {name: real_array(value) for name, value in point.items()}
            one, other = real_value(left, letters), real_value(right, letters)
            assert (one is None) == (other is None), f"{point}: {one} is not {other}"
            if one is not None:
                tried += 1
                assert are_equal(one, other), f"{point}: {one} is not {other}"
    assert tried >= 3


def are_equal(one: Any, other: Any) -> bool:
    pairs = zip(*map(np.ravel, np.broadcast_arrays(one, other)), strict=True)
    tolerance = mp.mpf(10) ** -DIGITS
    least = mp.mpf(10) ** -200  # less than the digits that are left of 1
    return all(mp.fabs(a - b) <= tolerance * max(mp.fabs(a), mp.fabs(b), least) for a, b in pairs)


def example(rule: Rule, dtype: str = "float64") -> tuple[Formula, dict[str, AnyArray]]:
    """What the rule is for, as a graph, and values for its letters."""
    text = EXAMPLES.get((rule.name, rule.operation), sides(rule)[0])
    generator = np.random.default_rng(1)
    arrays: dict[str, AnyArray] = {
        "u": generator.normal(size=16),
        "v": generator.normal(size=() if "broadcast_to(v)" in text else 16),
        "c": generator.normal(size=()),
        "d": generator.normal(size=()),
        "A": generator.normal(size=(3, 16)),
        "B": generator.normal(size=(4, 16)),
    }
    given = {name: array.astype(dtype) for name, array in arrays.items()}
    return formula(text, given, NODE_WORDS), allowed_values(rule, given)


def allowed_values(rule: Rule, arrays: dict[str, AnyArray]) -> dict[str, AnyArray]:
    """Values at which the rule's condition holds."""
    asked = set(re.findall(r"\b[a-z]\b", rule.condition))
    if rule.name == "labels that choose":
        arrays = {**arrays, "c": np.array(1.0)}
    if rule.name in WEIGHTED:
        asked.add("v")
    return {name: np.abs(a) if name in asked else a for name, a in arrays.items()}


def beside(u: AnyArray, arrays: dict[str, AnyArray]) -> dict[str, AnyArray]:
    """Values of the other letters in the length of these."""
    long = {name: np.resize(a, u.shape) if a.ndim == 1 else a for name, a in arrays.items()}
    return {**long, "u": u}


def rewritten(rule: Rule, before: Formula) -> Node:
    facts = Facts({node: np.array([0.5, 2.0]) for node in before.letters.values()})
    after = rule.apply(before.node, facts if rule.condition else Facts())
    assert before.node.op.name == rule.operation, "give EXAMPLES a formula for this rule"
    assert after is not None, f"{rule.text} does not fit its own left side"
    assert after.shape == before.node.shape
    return after


@pytest.mark.parametrize("rule", ALL)
def test_a_rule_fits_what_it_is_for_and_keeps_the_value(rule: Rule) -> None:
    before, arrays = example(rule)
    after = rewritten(rule, before)
    assert after is not before.node
    one, other = before.values(before.node, after, **arrays)
    np.testing.assert_allclose(other, one, rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize("rule", ALL)
def test_a_rule_is_asked_about_what_it_fits(rule: Rule) -> None:
    node = example(rule)[0].node
    assert rule.may_fit((node.op.name, *(operand.op.name for operand in node.operands)))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("rule", EXACT_RULES)
def test_a_tidy_rule_changes_no_bit(rule: Rule, dtype: str) -> None:
    before, arrays = example(rule, dtype)
    after = rewritten(rule, before)
    with np.errstate(over="ignore"):
        edges = EDGES.astype(dtype)
    for v in edges:
        given = {**arrays, "u": edges, "c": v}
        given["v"] = v if arrays["v"].ndim == 0 else np.full(len(edges), v)
        one, other = before.values(before.node, after, **given)
        assert have_the_same_bits(one, other), f"v = {v}: {one} is not {other}"


def have_the_same_bits(one: AnyArray, other: AnyArray) -> bool:
    """Whether the values are the same, zeros with their sign; one nan is like another."""
    both_nan = np.isnan(one) & np.isnan(other)
    same = (one == other) & (np.signbit(one) == np.signbit(other))
    return one.dtype == other.dtype and bool(np.all(both_nan | same))


# Arguments at which the left side overflows, cancels or is right, and a vector that has them all.
MAGNITUDES = np.array([0.0, *(10.0**k for k in range(-300, 3, 7)), 0.5, 37.0, 710.0, 750.0])


@pytest.mark.parametrize("rule", STABLE_RULES)
def test_a_stable_rule_is_at_least_as_accurate(rule: Rule) -> None:
    before, arrays = example(rule)
    after = rewritten(rule, before)
    left = sides(rule)[0]
    for u in argument_sets(rule):
        given = allowed_values(rule, beside(u, arrays))
        one, other = before.values(before.node, after, **given)
        with mp.workdps(800):
            letters = {name: real_array(array) for name, array in given.items()}
            exact = exact_values(left, letters)
            worst = np.maximum(allowed(rule, given, exact), ulps(one, exact))
            assert np.all(ulps(other, exact) <= worst), f"u = {u}"


def argument_sets(rule: Rule) -> list[AnyArray]:
    if not ARRAY_WORDS.search(rule.text):
        return [np.concatenate([MAGNITUDES, -MAGNITUDES])]
    base = np.linspace(-1.0, 1.0, 16)
    return [base, 30 * base, 600 * base, 1e-9 * base, 300 + base, base - 700]


def allowed(rule: Rule, given: dict[str, AnyArray], exact: Any) -> Any:
    """Ulps granted: a few, and where exponents are shifted those that a shift rounds away.

    exp(u - c) is off by u - c half ulps if the difference is off by half an ulp of its own; a
    logarithm of a softmax is a difference of numbers as large as u.
    """
    u, v = given["u"], given["v"]
    if rule.name in SHIFTED:
        return 4.0 + np.abs(u) + np.abs(v) + np.abs(np.log(np.abs(v)))
    if rule.name in DIFFERENCES:
        sizes = 1.0 + np.abs(u) + np.abs(v) + np.abs(np.log(np.abs(v)))
        if ARRAY_WORDS.search(rule.text):
            sizes = np.full_like(sizes, np.max(sizes))
        with np.errstate(divide="ignore"):
            return np.nan_to_num(4.0 + 4.0 * sizes / np.abs(np.asarray(exact, float)), nan=4.0)
    if not ARRAY_WORDS.search(rule.text):
        return 4.0
    if rule.name != "logarithm of softmax":
        return 4.0 + float(np.ptp(u))
    return 4.0 + 4.0 * float(np.max(np.abs(u))) / np.abs(exact.astype(float))


def exact_values(text: str, letters: dict[str, Any]) -> Any:
    """The left side, number by number where it is a function of numbers."""
    if ARRAY_WORDS.search(text):
        return real_value(text, letters)
    numbers = {
        name: np.broadcast_to(a, letters["u"].shape)
        for name, a in letters.items()
        if np.ndim(a) < 2
    }
    values = [
        real_value(text, {name: a[i] for name, a in numbers.items()})
        for i in range(len(letters["u"]))
    ]
    return np.array([mp.mpf("nan") if value is None else value for value in values])


def ulps(found: AnyArray, exact: Any) -> AnyArray:
    """Errors in units of the last place; infinite where a number was due and none was found."""
    wide = np.broadcast_to(exact, np.shape(found))
    return np.reshape(
        [ulp_error(f, e) for f, e in zip(np.ravel(found), np.ravel(wide), strict=True)],
        np.shape(found),
    )


def ulp_error(found: float, exact: mp.mpf) -> float:
    if mp.isnan(exact):
        return 0.0
    if not np.isfinite(found):
        return np.inf
    unit = np.spacing(np.abs(float(exact)))
    return float(mp.fabs(mp.mpf(float(found)) - exact) / mp.mpf(float(unit)))


@pytest.mark.parametrize("rule", ENTRY_RULES)
def test_a_stable_rule_keeps_what_is_right_at_infinity(rule: Rule) -> None:
    before, arrays = example(rule)
    after = rewritten(rule, before)
    u = np.tile([np.inf, -np.inf, np.nan, 0.0], 4)
    given = allowed_values(rule, beside(u, arrays))
    one, other = before.values(before.node, after, **given)
    known = ~np.isnan(one)
    np.testing.assert_allclose(other[known], one[known], rtol=1e-14)
    assert np.all(np.isnan(other[np.isnan(u)]))


def test_every_word_of_a_rule_is_known_to_both_vocabularies() -> None:
    for rule in (*STABLE, *TIDY, *REFLECTED):
        for word in re.findall(r"\b[a-z_0-9]{2,}\b", rule.text):
            if word.isidentifier():
                assert word in REAL_WORDS, f"{rule.text}: give REAL_WORDS {word!r}"
