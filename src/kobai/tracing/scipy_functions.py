"""scipy.special's functions that don't dispatch: `logsumexp`, `softmax` and their like.

SciPy's ufuncs ask their operands, as NumPy's do. These are plain Python functions that begin
by making an array of what they are given, and nothing that a traced value answers could keep its
derivative. So where SciPy is in use, each is taught to ask first: its code becomes a question, and
what it was is called for everything that is not traced. The function objects stay the same, so
that names which the user's modules have already bound to them mean this too; for arrays, numbers
and all other users of SciPy nothing changes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import CodeType, FunctionType
from typing import Any

from kobai.ops.exponentials import log_softmax_of, softmax_of
from kobai.ops.gamma_functions import polygamma_of
from kobai.ops.mixtures import logsumexp_of
from kobai.tracing.calls import call, first_handle

_TRANSLATIONS: dict[str, Callable[..., Any]] = {
    "logsumexp": logsumexp_of,
    "softmax": softmax_of,
    "log_softmax": log_softmax_of,
    "polygamma": polygamma_of,
}
_ORIGINALS: dict[str, Callable[..., Any]] = {}


def teach() -> None:
    """Have the functions ask, once SciPy's module of them is imported."""
    module = sys.modules.get("scipy.special")
    if module is None or len(_ORIGINALS) == len(_TRANSLATIONS):
        return
    for asking in (logsumexp, softmax, log_softmax, polygamma):
        name = asking.__name__
        function = getattr(module, name, None)
        # A function with a closure can't take other code; SciPy's have none.
        if isinstance(function, FunctionType) and not function.__closure__:
            _teach(name, function, asking.__code__)


def _teach(name: str, function: FunctionType, code: CodeType) -> None:
    original = FunctionType(
        function.__code__, function.__globals__, name, function.__defaults__, function.__closure__
    )
    original.__kwdefaults__ = function.__kwdefaults__
    if _ORIGINALS.setdefault(name, original) is original:
        vars(function)["__wrapped__"] = original  # its signature
        function.__code__ = code


def asked_first(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """SciPy's function, or what stands for it if anything among the arguments is traced."""
    original = _ORIGINALS[name]
    if first_handle((*args, *kwargs.values())) is None:
        return original(*args, **kwargs)
    return call(original, _TRANSLATIONS[name], args, kwargs)


# The code that they get; it runs among SciPy's globals, so that it imports what it needs.


def logsumexp(*args: Any, **kwargs: Any) -> Any:
    from kobai.tracing.scipy_functions import asked_first

    return asked_first("logsumexp", args, kwargs)


def softmax(*args: Any, **kwargs: Any) -> Any:
    from kobai.tracing.scipy_functions import asked_first

    return asked_first("softmax", args, kwargs)


def log_softmax(*args: Any, **kwargs: Any) -> Any:
    from kobai.tracing.scipy_functions import asked_first

    return asked_first("log_softmax", args, kwargs)


def polygamma(*args: Any, **kwargs: Any) -> Any:
    from kobai.tracing.scipy_functions import asked_first

    return asked_first("polygamma", args, kwargs)
