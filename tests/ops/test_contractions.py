"""Contractions written as sums of products have the values of the contractions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kobai.evaluation import Program
from kobai.graph import Graph
from kobai.ops.linear import einsum, matmul

SIZES = {"n": 5, "k": 3, "i": 4, "j": 2, "l": 40, "m": 50, "o": 60, "p": 45}


def evaluated(subscripts: str) -> tuple[Any, Any]:
    """The value of the expansion, and NumPy's."""
    generator = np.random.default_rng(0)
    graph = Graph()
    terms = subscripts.split("->", maxsplit=1)[0].split(",")
    arrays = [generator.normal(size=[SIZES[c] for c in term]) for term in terms]
    assert einsum.expansion is not None
    simple = einsum.expansion(*(graph.constant(a) for a in arrays), subscripts=subscripts)
    expected = np.einsum(subscripts, *arrays)
    return (None if simple is None else Program([simple], []).run()[0]), expected


@pytest.mark.parametrize(
    "subscripts",
    [
        *("kij,nkj->nki", "nki,nkj->kij", "ij,jk->ki", "i,j->ij", "ij,ij->", "nij->nji"),
        *("nij->j", "n,ni,nj->ij", "ij,jk,kn->ni", "nk,kij,nj->", "lm,mk->lk", "kln,kmn->klm"),
    ],
)
def test_a_contraction_is_a_sum_of_products(subscripts: str) -> None:
    found, expected = evaluated(subscripts)
    assert found is not None
    np.testing.assert_allclose(found, expected, rtol=1e-13, atol=1e-13)


def test_products_of_large_arrays_are_left_to_numpy() -> None:
    assert evaluated("lmo,lmp->op")[0] is None


@pytest.mark.parametrize("subscripts", ["lm,mo->lo", "lm,om->ol", "ml,om->lo", "lm,mo,ol->"])
def test_products_of_large_matrices_are_such(subscripts: str) -> None:
    found, expected = evaluated(subscripts)
    assert found is not None
    np.testing.assert_allclose(found, expected, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize(
    ("left", "right"),
    [((3, 4, 5), (3, 5, 2)), ((3, 4, 5), (5, 2)), ((4, 5), (3, 5, 2)), ((2, 1, 4, 5), (3, 5, 6))],
)
def test_stacks_of_matrices(left: tuple[int, ...], right: tuple[int, ...]) -> None:
    generator = np.random.default_rng(0)
    a, b = generator.normal(size=left), generator.normal(size=right)
    graph = Graph()
    assert matmul.expansion is not None
    simple = matmul.expansion(graph.constant(a), graph.constant(b))
    np.testing.assert_allclose(Program([simple], []).run()[0], a @ b, rtol=1e-13, atol=1e-13)


def test_matrices_and_large_stacks_stay_products() -> None:
    graph = Graph()
    assert matmul.expansion is not None
    a = graph.constant(np.ones((3, 4)))
    assert matmul.expansion(a, graph.constant(np.ones((4, 2)))) is None
    large = graph.constant(np.ones((2, 20, 30)))
    assert matmul.expansion(large, graph.constant(np.ones((30, 40)))) is None
