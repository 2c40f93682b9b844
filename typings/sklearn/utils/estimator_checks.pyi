from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Literal, TypeAlias, TypedDict

import pytest
from sklearn.base import BaseEstimator

_Status: TypeAlias = Literal["xfail", "failed", "skipped", "passed"]

class _Result(TypedDict):
    estimator: BaseEstimator
    check_name: str
    exception: Exception | None
    status: _Status
    expected_to_fail: bool
    expected_to_fail_reason: str | None

def check_estimator(
    estimator: BaseEstimator | None = None,
    *,
    legacy: bool = True,
    expected_failed_checks: dict[str, str] | None = None,
    on_skip: Literal["warn"] | None = "warn",
    on_fail: Literal["raise", "warn"] | None = "raise",
    callback: Callable[..., None] | None = None,
) -> list[_Result]: ...
def estimator_checks_generator(
    estimator: BaseEstimator,
    *,
    legacy: bool = True,
    expected_failed_checks: dict[str, str] | None = None,
    mark: Literal["xfail", "skip"] | None = None,
    xfail_strict: bool | None = None,
) -> Iterator[tuple[BaseEstimator, partial[None]]]: ...
def parametrize_with_checks(
    estimators: Sequence[BaseEstimator],
    *,
    legacy: bool = True,
    expected_failed_checks: Callable[[BaseEstimator], dict[str, str]] | None = None,
    xfail_strict: bool | None = None,
) -> pytest.MarkDecorator: ...
