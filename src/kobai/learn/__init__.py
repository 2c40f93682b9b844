"""Estimators for scikit-learn: each is its loss in plain NumPy, plus what scikit-learn asks."""

from kobai.learn.logistic_regression import LogisticRegression
from kobai.learn.mlp_classifier import MLPClassifier
from kobai.learn.mlp_regressor import MLPRegressor
from kobai.learn.perceptron import Perceptron

__all__ = ["LogisticRegression", "MLPClassifier", "MLPRegressor", "Perceptron"]
