"""Symbolic lengths: polynomials with integer coefficients."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kobai.sizes import Dim, Size, at_hand, product, quotient, resolve, shape_at_hand

M = Size.symbol("m", 5)
N = Size.symbol("n", 3)


@pytest.mark.parametrize(
    ("size", "text", "length"),
    [
        (M, "m", 5),
        (M + 1, "m + 1", 6),
        (1 + M, "m + 1", 6),
        (M - 1, "m - 1", 4),
        (1 - M, "1 - m", -4),
        (2 * M, "2*m", 10),
        (M * 2 * N, "2*m*n", 30),
        (M * M, "m*m", 25),
        (M + N, "m + n", 8),
        (M - N, "m - n", 2),
        (N - 2 * M, "n - 2*m", -7),
        ((M + 1) * (N - 1), "m*n + n - m - 1", 12),
        (M * -1, "-m", -5),
    ],
)
def test_a_size_is_printed_and_has_its_length(size: Any, text: str, length: int) -> None:
    assert str(size) == text
    assert at_hand(size) == length
    assert eval(text, {"m": 5, "n": 3}) == length
    assert size.resolve({"m": 5, "n": 3}) == length


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (M + M, 2 * M),
        (M * N, N * M),
        ((M + N) * (M - N), M * M - N * N),
        (M + 1 - 1, M),
        (Size.symbol("m", 9), M),
    ],
)
def test_equal_polynomials_are_equal_and_have_one_hash(left: Dim, right: Dim) -> None:
    assert left == right
    assert hash(left) == hash(right)


@pytest.mark.parametrize("size", [M - M, 0 * M, N * M * 0], ids=["m-m", "0*m", "n*m*0"])
def test_what_has_no_symbol_left_is_a_number(size: Dim) -> None:
    assert size == 0
    assert type(size) is int


def test_a_size_is_not_the_number_that_it_has_at_hand() -> None:
    assert M != 5
    assert M != N + 2


def test_symbols_and_other_names() -> None:
    size = M * N - 1
    assert isinstance(size, Size)
    assert size.symbols == {"m", "n"}
    assert str(size.renamed({"m": "rows"})) == "n*rows - 1"


def test_shapes() -> None:
    assert product((M, 2, N)) == 2 * M * N
    assert product(()) == 1
    assert shape_at_hand((M, 2, N + 1)) == (5, 2, 4)
    assert resolve(M * N, {"m": 7, "n": 2}) == 14
    assert resolve(4, {}) == 4


@pytest.mark.parametrize(
    ("total", "divisor", "expected"),
    [
        (12, 4, 3),
        (12, 5, None),
        (0, 4, 0),
        (4, 0, None),
        (M * N, M, N),
        (6 * M * N, 3 * N, 2 * M),
        (2 * M, 4, None),
        (M * M + M, M, M + 1),
        (M + 1, M, None),
        (M, N, None),
        (M * N, M + N, None),
        (M, M, 1),
        (M + N, M + N, 1),
        (10, M, None),
    ],
)
def test_a_quotient_is_a_size_where_the_division_has_no_rest(
    total: Dim, divisor: Dim, expected: Dim | None
) -> None:
    assert quotient(total, divisor) == expected


def _polynomials() -> st.SearchStrategy[Dim]:
    leaves: st.SearchStrategy[Dim] = st.sampled_from([M, N, 1, 2, -3, Size.symbol("k", 4)])
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.tuples(inner, inner).map(lambda pair: pair[0] + pair[1]),
            st.tuples(inner, inner).map(lambda pair: pair[0] * pair[1]),
            st.tuples(inner, inner).map(lambda pair: pair[0] - pair[1]),
        ),
        max_leaves=6,
    )


@given(_polynomials(), _polynomials())
def test_arithmetic_of_sizes_is_arithmetic_of_their_lengths(left: Dim, right: Dim) -> None:
    lengths = {"m": 7, "n": 11, "k": 13}
    a, b = resolve(left, lengths), resolve(right, lengths)
    assert resolve(left + right, lengths) == a + b
    assert resolve(left - right, lengths) == a - b
    assert resolve(left * right, lengths) == a * b
    assert left + right == right + left
    assert eval(str(left * right), lengths) == a * b
    exact = quotient(left * right, right)
    assert exact is None or resolve(exact, lengths) * b == a * b
