"""Scikit-learn's own checks of estimators: all of them run, and none is declared to fail."""

import os
import subprocess
import sys

import pytest

PROGRAM = """
import sys
from collections import Counter

from sklearn.utils.estimator_checks import check_estimator

from kobai import learn

estimator = getattr(learn, sys.argv[1])()
results = check_estimator(estimator, on_skip=None, on_fail=None)
for result in results:
    if result["status"] != "passed":
        print(result["check_name"], result["status"], result["exception"])
print(dict(Counter(result["status"] for result in results)))
"""

# Checks of array libraries are left out unless SciPy is told, before it is imported, to take these.
ENVIRONMENT = os.environ | {"SCIPY_ARRAY_API": "1"}


ESTIMATORS = ["LogisticRegression", "MLPClassifier", "MLPRegressor", "Perceptron"]


@pytest.mark.parametrize("name", ESTIMATORS)
def test_an_estimator_passes_every_check_of_scikit_learn(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, name],
        capture_output=True,
        encoding="utf-8",
        env=ENVIRONMENT,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (summary,) = done.stdout.splitlines()
    assert summary.startswith("{'passed': "), done.stdout
    assert int(summary.removeprefix("{'passed': ").removesuffix("}")) >= 55
