from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Concatenate, ParamSpec, Protocol, Self, TypeVar, runtime_checkable
from uuid import UUID

_P = ParamSpec("_P")
_R = TypeVar("_R")
_E = TypeVar("_E", bound=CallbackSupportMixin)

@runtime_checkable
class FitCallback(Protocol):
    def setup(self, estimator: Any, context: CallbackContext) -> None: ...
    def teardown(self, estimator: Any, context: CallbackContext) -> None: ...
    # Both are methods that take the keywords X, y, metadata and fitted_estimator, or some of them.
    @property
    def on_fit_task_begin(self) -> Callable[..., Any]: ...
    @property
    def on_fit_task_end(self) -> Callable[..., Any]: ...

class CallbackContext:
    task_name: str
    task_id: int
    max_subtasks: int | None
    sequential_subtasks: bool
    estimator_name: str
    parent: CallbackContext | None
    root_uuid: UUID
    init_time: datetime
    source_estimator_name: str | None
    source_task_name: str | None

    def subcontext(
        self,
        task_name: str = "",
        task_id: int | None = None,
        max_subtasks: int | None = 0,
        sequential_subtasks: bool = True,
    ) -> CallbackContext: ...
    def call_on_fit_task_begin(
        self,
        *,
        estimator: Any,
        X: Any = None,
        y: Any = None,
        metadata: Mapping[str, Any] | None = None,
        reconstruction_attributes: Any = None,
    ) -> Self: ...
    def call_on_fit_task_end(
        self,
        *,
        estimator: Any,
        X: Any = None,
        y: Any = None,
        metadata: Mapping[str, Any] | None = None,
        reconstruction_attributes: Any = None,
    ) -> bool: ...

class CallbackSupportMixin:
    def set_callbacks(self, *callbacks: FitCallback) -> Self: ...
    def _init_callback_context(
        self,
        task_name: str = "fit",
        task_id: int = 0,
        max_subtasks: int | None = 0,
        sequential_subtasks: bool = True,
    ) -> CallbackContext: ...

class ScoringMonitor:
    def __init__(self, *, scoring: Any) -> None: ...
    def setup(self, estimator: Any, context: CallbackContext) -> None: ...
    def teardown(self, estimator: Any, context: CallbackContext) -> None: ...
    def on_fit_task_begin(self, estimator: Any, context: CallbackContext) -> None: ...
    def on_fit_task_end(
        self,
        estimator: Any,
        context: CallbackContext,
        *,
        X: Any = None,
        y: Any = None,
        fitted_estimator: Any = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None: ...
    def get_logs(self, select: str = "most_recent", include_lineage: bool = False) -> Any: ...

def with_callbacks(
    method: Callable[Concatenate[_E, _P], _R],
) -> Callable[Concatenate[_E, _P], _R]: ...
