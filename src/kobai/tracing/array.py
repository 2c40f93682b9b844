"""The array that a user's function is given: it answers NumPy and Python, and writes down."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import numpy as np

from kobai.errors import TraceAttributeError, TraceError
from kobai.frames import decides_on_the_way, is_asked_by_sparse, user_place
from kobai.graph import TRANSLATIONS, AnyArray, Node
from kobai.ops.choices import not_equal
from kobai.ops.shaping import astype
from kobai.ops.sparse import ENTRY_BY_ENTRY
from kobai.sizes import product
from kobai.tracing.calls import QUERIES, asked, call, traced
from kobai.tracing.lengths import Length
from kobai.tracing.stores import STORES, accumulate_at, assign, attempted, chosen, stored, written
from kobai.tracing.trace import Handle

_REDUCTIONS: dict[np.ufunc, Callable[..., Any]] = {
    np.add: np.sum,
    np.maximum: np.max,
    np.minimum: np.min,
}
_COPIED = (
    "a traced value is copied into a plain array, which would lose its derivative",
    (
        "build arrays with np.stack or np.concatenate instead of np.array or assignment into a "
        "buffer, and leave out np.asarray"
    ),
)


_PRIORITY = 1000.0


class Traced(Handle):
    """The handle of a value in a user's function: an array whose operations are written down."""

    __slots__ = ()
    __array_priority__ = _PRIORITY

    # What NumPy asks.

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        # A complex value takes real ones as its operands, not the other way round.
        for x in inputs:
            if type(x) is not Traced and getattr(x, "__array_priority__", 0) > _PRIORITY:
                return NotImplemented
        if method == "at":
            return attempted(accumulate_at, ufunc, *inputs)
        out = kwargs.pop("out", None)
        chosen_by = kwargs.pop("where", True) if out is not None else True
        function: Any = ufunc
        if method == "reduce" and ufunc in _REDUCTIONS:
            function = _REDUCTIONS[ufunc]
            kwargs.setdefault("axis", 0)
        elif method != "__call__":
            function = getattr(ufunc, method)
        result = traced(function, inputs, kwargs)
        return result if out is None else stored(out[0], result, chosen_by)

    def __array_function__(
        self, function: Any, types: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        if function in QUERIES:
            return asked(function, args, kwargs)
        if function in STORES:
            return attempted(written, function, *args, **kwargs)
        out = kwargs.pop("out", None)
        result = traced(function, args, kwargs)
        return result if out is None else stored(out, result)

    def __array__(self, *_: Any, **__: Any) -> AnyArray:
        # SciPy leaves `S @ x` to x if it can make nothing of it but a single object; one of its
        # formats asks in `S.dot(x)` whether there is more to it before it comes to that.
        if is_asked_by_sparse("mul_dispatch"):
            return np.empty((), object)
        if not is_asked_by_sparse("dot"):
            self._refuse(*(ENTRY_BY_ENTRY if is_asked_by_sparse("") else _COPIED))
        return np.empty(1, object)

    # What Python asks.

    @property
    def ndim(self) -> int:
        return self.node.ndim

    @property
    def size(self) -> int:
        return self.owner.length(product(self.node.shape))

    @property
    def T(self) -> Traced:
        return self.transpose()

    @property
    def mT(self) -> Traced:
        return self.swapaxes(-2, -1)

    @property
    def real(self) -> Traced:
        return self

    def __len__(self) -> int:
        if not self.shape:
            raise TraceError(
                "a number has no length",
                where=user_place(),
                repair="give it an axis first, x[None], or use it as it is",
            )
        length = self.shape[0]
        # Python makes a plain number of it: nobody will see how it is compared.
        if isinstance(length, Length) and (self.owner.fixes_len or decides_on_the_way()):
            return length.fixed()
        return int(length)

    def __iter__(self) -> Iterator[Traced]:
        return (self[i] for i in range(len(self)))

    def __bool__(self) -> bool:
        value = bool(self._number("the truth"))
        is_true = self.node if self.dtype == np.dtype(bool) else not_equal(self.node, 0)
        self.owner.decisions.append((is_true, value))
        return value

    def __int__(self) -> int:
        value = int(self._number("the whole number"))
        self.owner.decisions.append((astype(self.node, int), value))
        return value

    def __index__(self) -> int:
        if self.dtype.kind not in "iu":
            raise TraceError(
                f"a traced value of dtype {self.dtype} is used as a whole number",
                where=user_place(),
                repair="convert it with int(...)",
            )
        return int(self)

    def __float__(self, *_: Any) -> NoReturn:
        self._refuse(
            "a traced value is turned into a Python number, which would lose its derivative",
            "leave out float(...) and .item(), and use np.exp instead of math.exp",
        )

    item = tolist = __complex__ = __round__ = __trunc__ = __floor__ = __ceil__ = __float__

    def __getitem__(self, index: Any) -> Traced:
        node = attempted(chosen, self, index)
        # An entry is a number of its own, and so is what an array picks.
        items = index if isinstance(index, tuple) else (index,)
        is_part = bool(node.shape) or any(item is Ellipsis for item in items)
        is_view = is_part and not any(isinstance(item, np.ndarray) for item in items)
        return Traced(node, self.owner, self if is_view else None)

    def __setitem__(self, index: Any, value: Any) -> None:
        attempted(assign, self, index, value)

    def __repr__(self) -> str:
        return f"<traced array of shape {self.shape}, {self.dtype}: {self.owner.value(self.node)}>"

    def __format__(self, spec: str) -> str:
        return format(self.owner.value(self.node), spec)

    # NumPy's methods.

    def transpose(self, *axes: Any) -> Traced:
        order = axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes or None
        return self._view(TRANSLATIONS[np.transpose], order)

    def reshape(self, *shape: Any, order: str = "C") -> Traced:
        wanted = shape[0] if len(shape) == 1 else shape
        return self._view(TRANSLATIONS[np.reshape], wanted, order)

    def ravel(self, order: str = "C") -> Traced:
        return self._view(TRANSLATIONS[np.ravel], order)

    def squeeze(self, axis: Any = None) -> Traced:
        return self._view(TRANSLATIONS[np.squeeze], axis)

    def swapaxes(self, axis1: int, axis2: int) -> Traced:
        return self._view(TRANSLATIONS[np.swapaxes], axis1, axis2)

    def flatten(self, order: str = "C") -> Traced:
        return self.ravel(order).copy()

    def copy(self, order: str = "C") -> Traced:
        return Traced(self.node, self.owner)

    __copy__ = copy

    def __deepcopy__(self, memo: Any) -> Traced:
        return self.copy()

    def astype(self, dtype: Any) -> Traced:
        return self._method(np.astype, dtype)

    def conjugate(self) -> Traced:
        return self

    conj = conjugate

    def sort(self, axis: int = -1, **options: Any) -> None:
        """In place, as NumPy's method is."""
        self.replace(self._method(np.sort, axis, **options).node)

    def fill(self, value: Any) -> None:
        self[...] = value

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):
            raise AttributeError(name)
        raise TraceAttributeError(
            f"a traced array has no attribute {name!r}",
            where=user_place(),
            repair="use one of NumPy's functions that Kobai traces (see the list in the docs)",
        )

    def _method(self, function: Any, *args: Any, **kwargs: Any) -> Traced:
        result: Traced = traced(function, (self, *args), kwargs)
        return result

    def _view(self, translation: Callable[..., Node], *args: Any) -> Traced:
        result: Traced = call(translation, translation, (self, *args), {}, is_view=True)
        return result

    def _number(self, what: str) -> Any:
        """The value at hand, on which Python's control flow is going to depend."""
        self.require_open()
        if self.size != 1:
            raise TraceError(
                f"{what} of an array with {self.size} entries is ambiguous",
                where=user_place(),
                repair="use np.where for a choice entry by entry, or fold the array first",
            )
        return np.asarray(self.owner.value(self.node)).reshape(())[()]

    def _refuse(self, what: str, repair: str) -> NoReturn:
        """Refuse what NumPy allows; it is noted, in case that somebody catches the error."""
        error = TraceError(what, where=user_place(), repair=repair)
        self.owner.refusals.append(error)
        raise error


def _method(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda self, *args, **kwargs: self._method(function, *args, **kwargs)


# Methods that take what NumPy's function of the name takes.
for _function in (
    *(np.sum, np.mean, np.max, np.min, np.prod, np.std, np.var, np.any, np.all, np.trace),
    *(np.cumsum, np.cumprod, np.argmax, np.argmin, np.argsort, np.argpartition, np.searchsorted),
    *(np.dot, np.clip, np.round, np.take, np.repeat, np.diagonal, np.choose),
):
    setattr(Traced, _function.__name__, _method(_function))
