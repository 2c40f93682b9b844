from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import StandardScaler

Examples = tuple[NDArray[np.float64], NDArray[np.int64]]


@pytest.fixture(scope="session")
def cancer() -> Examples:
    """569 examples of 30 features whose units differ by a factor of 100,000."""
    return load_breast_cancer(return_X_y=True)


@pytest.fixture(scope="session")
def standard(cancer: Examples) -> Examples:
    """The same with features of mean 0 and deviation 1."""
    X, y = cancer
    return StandardScaler().fit_transform(X), y


@pytest.fixture(scope="session")
def blobs() -> Examples:
    """80 examples of 3 features in 4 classes that overlap."""
    random = np.random.default_rng(0)
    y = np.arange(80) % 4
    return random.normal(size=(80, 3)) + np.eye(4, 3)[y], y
