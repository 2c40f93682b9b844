"""SciPy's functions that are taught to ask their operands stay what they are for everybody else."""

from __future__ import annotations

import copy
import inspect
import pickle
from typing import Any

import numpy as np
import pytest
from scipy import special

import kobai
from kobai.errors import TraceError

X = np.array([[1.0, 1000.0], [-1000.0, 3.0]])
BEFORE = special.logsumexp, special.softmax, special.log_softmax


@pytest.fixture(autouse=True)
def _taught() -> None:
    kobai.grad(np.sum)(np.ones(2))


def test_names_that_were_bound_before_mean_the_same_function() -> None:
    assert (special.logsumexp, special.softmax, special.log_softmax) == BEFORE
    assert kobai.grad(BEFORE[0])(np.array([1000.0, 1000.0])).tolist() == [0.5, 0.5]


def test_values_of_plain_arrays_are_scipys() -> None:
    shifted = X - X.max(axis=1, keepdims=True)
    expected = np.log(np.sum(np.exp(shifted), axis=1)) + X.max(axis=1)
    assert np.array_equal(special.logsumexp(X, axis=1), expected)
    value, sign = special.logsumexp([1.0, 2.0], b=[1.0, -1.0], return_sign=True)
    assert np.isclose(value, np.log(np.exp(2) - np.exp(1)))
    assert sign == -1
    assert np.allclose(np.sum(special.softmax(X, axis=0), axis=0), 1)
    assert special.logsumexp(np.array([1 + 1j])) == 1 + 1j


def test_signatures_copies_and_pickles_are_kept() -> None:
    names = list(inspect.signature(special.logsumexp).parameters)
    assert names == ["a", "axis", "b", "keepdims", "return_sign"]
    assert list(inspect.signature(special.softmax).parameters) == ["x", "axis"]
    assert pickle.loads(pickle.dumps(special.softmax)) is special.softmax
    assert copy.deepcopy(special.log_softmax) is special.log_softmax


def test_mistakes_in_a_call_are_told_as_before() -> None:
    function: Any = special.softmax
    with pytest.raises(TypeError, match="unexpected keyword argument 'axes'"):
        function(X, axes=1)


def test_a_sum_with_weights() -> None:
    weights = np.array([0.5, 0.0, -0.25])
    x = np.array([800.0, 2000.0, 799.0])
    value, slope = kobai.value_and_grad(lambda x: special.logsumexp(x, b=weights))(x)
    np.testing.assert_allclose(value, special.logsumexp(x, b=weights), rtol=1e-15)
    terms = weights * np.exp(np.array([0.0, -1.0, -1.0]))
    np.testing.assert_allclose(slope, terms / np.sum(terms), rtol=1e-12)
    by_weights = kobai.grad(lambda b: special.logsumexp([1.0, 2.0, 3.0], b=b))(np.ones(3))
    np.testing.assert_allclose(by_weights, special.softmax([1.0, 2.0, 3.0]), rtol=1e-15)


def test_an_option_without_a_derivative_is_refused() -> None:
    with pytest.raises(TraceError, match="logsumexp is traced without return_sign"):
        kobai.grad(lambda x: special.logsumexp(x, return_sign=True))(np.ones(2))
