"""Estimators for scikit-learn: each is its loss in plain NumPy, plus what scikit-learn asks."""

from kobai.learn.logistic_regression import LogisticRegression
from kobai.learn.perceptron import Perceptron

__all__ = ["LogisticRegression", "Perceptron"]
