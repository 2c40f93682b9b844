"""The examples in the docstrings run."""

from __future__ import annotations

import doctest
from types import ModuleType

import pytest

from kobai.learn import logistic_regression, mlp_classifier, mlp_regressor, perceptron

MODULES = [logistic_regression, mlp_classifier, mlp_regressor, perceptron]


@pytest.mark.parametrize("module", MODULES, ids=lambda m: m.__name__)
def test_examples(module: ModuleType) -> None:
    result = doctest.testmod(module)
    assert result.attempted >= 3
    assert result.failed == 0
