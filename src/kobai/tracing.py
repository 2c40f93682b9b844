"""Run a plain NumPy function on handles, and have its graph.

Users hold handles; graphs hold nodes. A `Traced` is what the user's function gets for an array. It
answers NumPy's operators, functions and methods (`__array_ufunc__`, `__array_function__`), keeps
the node that stands for its value at the moment, and is worth nothing after its call.
"""

from __future__ import annotations

import inspect
import operator
import sys
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NoReturn

import numpy as np

from kobai.errors import KobaiError, TraceAttributeError, TraceError
from kobai.evaluation import Evaluator
from kobai.frames import Watch, user_place
from kobai.graph import SPECIAL, TRANSLATIONS, AnyArray, Graph, Node
from kobai.ops.choices import logical_and, logical_not, logical_or, not_equal
from kobai.ops.entries import traces
from kobai.ops.indexing import take_slices
from kobai.ops.naming import named
from kobai.ops.shaping import astype
from kobai.sizes import Shape, shape_at_hand

_ACTIVE: ContextVar[Trace | None] = ContextVar("kobai_active_trace", default=None)

# NumPy functions that ask about an array without reading its entries.
_QUERIES: dict[Callable[..., Any], Callable[..., Any]] = {
    np.shape: lambda a: a.shape,
    np.ndim: lambda a: a.ndim,
    np.size: lambda a, axis=None: a.size if axis is None else a.shape[axis],
    np.iscomplexobj: lambda x: False,
    np.isrealobj: lambda x: True,
    np.zeros_like: lambda a, dtype=None: np.zeros(a.shape, dtype or a.dtype),
    np.ones_like: lambda a, dtype=None: np.ones(a.shape, dtype or a.dtype),
}
# NumPy functions whose result may share the memory of their argument.
_VIEWS: frozenset[Callable[..., Any]] = frozenset(
    {
        np.broadcast_to,
        np.expand_dims,
        np.moveaxis,
        np.ravel,
        np.reshape,
        np.squeeze,
        np.swapaxes,
        np.transpose,
    }
)
# NumPy functions that write into an array.
_STORES: frozenset[Callable[..., Any]] = frozenset({np.copyto, np.place, np.put, np.putmask})
_REDUCTIONS: dict[np.ufunc, Callable[..., Any]] = {
    np.add: np.sum,
    np.maximum: np.max,
    np.minimum: np.min,
}


def active_trace() -> Trace | None:
    """The recording that is under way in this thread, if any."""
    return _ACTIVE.get()


@contextmanager
def entered(trace: Trace) -> Iterator[None]:
    """Make a trace the active one."""
    token = _ACTIVE.set(trace)
    try:
        yield
    finally:
        _ACTIVE.reset(token)


class Trace:
    """One run of one user's function: its graph, the values at hand, and what Python asked for."""

    def __init__(self, graph: Graph, watch: Watch | None = None) -> None:
        self.graph = graph
        self.watch = watch
        self.names: dict[str, list[Node]] = {}
        self.aliases: dict[Node, str] = {}
        self.integers: dict[str, int] = {}
        self.size_names: dict[str, str] = {}
        self.decisions: list[tuple[Node, Any]] = []
        self.places: dict[Node, str] = {}
        self._evaluator = Evaluator({})
        self.refusals: list[TraceError] = []
        self._seen: dict[str, Node] = {}
        self.is_open = True

    def argument(self, label: str, value: Any, shape: Shape | None) -> Traced:
        """A handle for an argument; without a shape, for one of a call within the traced call.

        Such an argument gets a node of its own, so that a derivative by it counts its uses alone.
        """
        if shape is not None:
            node = self.graph.input(label, shape, value.dtype)
            self._evaluator.give(node, value)
        else:
            inner = value.node if isinstance(value, Traced) else self.graph.constant(value)
            node = named(inner, name=f"{label}@{len(self.graph.nodes)}")
        return Traced(node, self, is_argument=True)

    def close(self) -> None:
        """End the call: its handles can't be used any more."""
        self.is_open = False
        if self.watch is not None:
            self.watch.release()

    def value(self, node: Node) -> Any:
        """The value of a node for the arrays at hand."""
        return self._evaluator.value(node)

    def observe(self) -> None:
        """Give their names to values that the user's function has bound since last time."""
        if self.watch is None:
            return
        for name, value in self.watch.locals().items():
            if isinstance(value, Traced) and value.trace is self:
                self._bind(name, value)
            elif type(value) is int:
                self.integers[name] = value

    def _bind(self, name: str, handle: Traced) -> None:
        if self._seen.get(name) is handle.node:
            return
        if handle.is_argument:
            self.aliases.setdefault(handle.node, name)
        elif handle.node.op is not named:
            bound = self.names.setdefault(name, [])
            handle.node = named(handle.node, name=f"{name}#{len(bound)}")
            bound.append(handle.node)
        self._seen[name] = handle.node


class Traced:
    """The handle of a value in a user's function: an array whose operations are written down."""

    __slots__ = ("__weakref__", "base", "is_argument", "node", "trace", "views")
    __array_priority__ = 1000.0

    def __init__(
        self, node: Node, trace: Trace, base: Traced | None = None, is_argument: bool = False
    ) -> None:
        self.node = node
        self.trace = trace
        self.base = base
        self.is_argument = is_argument
        self.views: list[weakref.ref[Traced]] = []
        if base is not None:
            base.views.append(weakref.ref(self))

    # What NumPy asks.

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        out = kwargs.pop("out", None)
        function: Any = ufunc
        if method == "reduce" and ufunc in _REDUCTIONS:
            function = _REDUCTIONS[ufunc]
            kwargs.setdefault("axis", 0)
        elif method != "__call__":
            function = getattr(ufunc, method)
        result = _traced(function, inputs, kwargs)
        return result if out is None else _stored(out[0], result)

    def __array_function__(
        self, function: Any, types: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        if function in _QUERIES:
            return _asked(function, args, kwargs)
        out = kwargs.pop("out", None)
        result = _traced(function, args, kwargs)
        if function in _VIEWS:
            base = next(x for x in (*args, *kwargs.values()) if isinstance(x, Traced))
            return Traced(result.node, result.trace, base)
        return result if out is None else _stored(out, result)

    def __array__(self, *_: Any, **__: Any) -> NoReturn:
        self._refuse(
            "a traced value is copied into a plain array, which would lose its derivative",
            "build arrays with np.stack or np.concatenate instead of np.array or "
            "assignment into a buffer, and leave out np.asarray",
        )

    # What Python asks.

    @property
    def shape(self) -> tuple[int, ...]:
        return shape_at_hand(self.node.shape)

    @property
    def ndim(self) -> int:
        return self.node.ndim

    @property
    def size(self) -> int:
        return int(np.prod(self.shape, dtype=int))

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.node.dtype

    @property
    def T(self) -> Traced:
        return self.transpose()

    def __len__(self) -> int:
        if not self.shape:
            raise TraceError(
                "a number has no length",
                where=user_place(),
                repair="give it an axis first, x[None], or use it as it is",
            )
        return self.shape[0]

    def __iter__(self) -> Iterator[Traced]:
        return (self[i] for i in range(len(self)))

    def __bool__(self) -> bool:
        value = bool(self._number("the truth"))
        is_true = self.node if self.dtype == np.dtype(bool) else not_equal(self.node, 0)
        self.trace.decisions.append((is_true, value))
        return value

    def __int__(self) -> int:
        value = int(self._number("the whole number"))
        self.trace.decisions.append((astype(self.node, int), value))
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
        items = index if isinstance(index, tuple) else (index,)
        part = self._view(take_slices, tuple(map(_basic, items)))
        # An entry is a number of its own, not a view.
        return part if part.shape or Ellipsis in items else part.copy()

    def __setitem__(self, index: Any, value: Any) -> NoReturn:
        raise TraceError(
            "entries of a traced array are assigned in place",
            where=user_place(),
            repair="build the array with np.where(mask, new, old), np.concatenate or np.stack",
        )

    def __repr__(self) -> str:
        return f"<traced array of shape {self.shape}, {self.dtype}: {self.trace.value(self.node)}>"

    def __format__(self, spec: str) -> str:
        return format(self.trace.value(self.node), spec)

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
        return self._method(np.ravel, order)

    def copy(self, order: str = "C") -> Traced:
        return Traced(self.node, self.trace)

    __copy__ = copy

    def __deepcopy__(self, memo: Any) -> Traced:
        return self.copy()

    def astype(self, dtype: Any) -> Traced:
        return self._method(np.astype, dtype)

    def sum(self, *args: Any, **kwargs: Any) -> Traced:
        return self._method(np.sum, *args, **kwargs)

    def mean(self, *args: Any, **kwargs: Any) -> Traced:
        return self._method(np.mean, *args, **kwargs)

    def max(self, *args: Any, **kwargs: Any) -> Traced:
        return self._method(np.max, *args, **kwargs)

    def min(self, *args: Any, **kwargs: Any) -> Traced:
        return self._method(np.min, *args, **kwargs)

    def dot(self, other: Any) -> Traced:
        return self._method(np.dot, other)

    def clip(self, *args: Any, **kwargs: Any) -> Traced:
        return self._method(np.clip, *args, **kwargs)

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):
            raise AttributeError(name)
        raise TraceAttributeError(
            f"a traced array has no attribute {name!r}",
            where=user_place(),
            repair="use one of NumPy's functions that Kobai traces (see the list in the docs)",
        )

    def _method(self, function: Any, *args: Any, **kwargs: Any) -> Traced:
        result: Traced = _traced(function, (self, *args), kwargs)
        return result

    def _view(self, translation: Callable[..., Node], *args: Any) -> Traced:
        result: Traced = _call(translation, translation, (self, *args), {})
        return Traced(result.node, self.trace, base=self)

    def _number(self, what: str) -> Any:
        """The value at hand, on which Python's control flow is going to depend."""
        self._require_open()
        if self.size != 1:
            raise TraceError(
                f"{what} of an array with {self.size} entries is ambiguous",
                where=user_place(),
                repair="use np.where for a choice entry by entry, or fold the array first",
            )
        return np.asarray(self.trace.value(self.node)).reshape(())[()]

    def _refuse(self, what: str, repair: str) -> NoReturn:
        """Refuse what NumPy allows; it is noted, in case that somebody catches the error."""
        error = TraceError(what, where=user_place(), repair=repair)
        self.trace.refusals.append(error)
        raise error

    def _require_open(self) -> None:
        if not self.trace.is_open:
            raise TraceError(
                "a traced value is used after the call that it belongs to",
                where=user_place(),
                repair="return the value instead of keeping it in a global, an attribute or a list",
            )

    def _replace(self, node: Node) -> None:
        """Let the handle stand for another value: what `a += b` means without a memory."""
        shared = self.base is not None or any(view() is not None for view in self.views)
        if self.is_argument or shared:
            whose = "an argument" if self.is_argument else "an array that shares its memory"
            raise TraceError(
                f"{whose} is changed in place",
                where=user_place(),
                repair="write x = x + y instead of x += y",
            )
        if shape_at_hand(node.shape) != self.shape or not np.can_cast(
            node.dtype, self.dtype, "same_kind"
        ):
            raise TraceError(
                f"a result of shape {shape_at_hand(node.shape)}, {node.dtype} does not fit "
                f"in place into shape {self.shape}, {self.dtype}",
                where=user_place(),
                repair="write x = x + y instead of x += y",
            )
        self.node = TRANSLATIONS[np.astype](node, self.dtype)


def _call(function: Any, translation: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    """Run a translation on the nodes of the handles, and wrap what it gives."""
    trace = _trace_of(args) or _trace_of(tuple(kwargs.values()))
    if trace is None:
        return function(*args, **kwargs)
    trace.observe()
    try:
        nodes = [_opened(value) for value in args]
        options = {name: _opened(value) for name, value in kwargs.items()}
        result = translation(*nodes, **options)
    except KobaiError as error:
        error.where = error.where or user_place()
        raise
    except (TypeError, ValueError, IndexError, AttributeError) as error:
        raise _refusal(function, translation, kwargs, error) from error
    if trace.watch is not None:
        trace.places.setdefault(result, user_place())
    return Traced(result, trace)


def _trace_of(values: tuple[Any, ...]) -> Trace | None:
    for value in values:
        if isinstance(value, Traced):
            value._require_open()
            return value.trace
        if isinstance(value, list | tuple):
            found = _trace_of(tuple(value))
            if found is not None:
                return found
    return None


def _opened(value: Any) -> Any:
    """Nodes for handles; lists that hold handles become lists of nodes; arrays are looked at."""
    match value:
        case Traced():
            return value.node
        case list() | tuple() if _trace_of(tuple(value)) is not None:
            return [_opened(entry) for entry in value]
        case list() if value and not isinstance(value[0], int | str):
            return _plain(np.asarray(value))
        case np.ndarray():
            return _plain(value)
        case complex() | np.generic():
            return _plain(np.asarray(value))[()]
        case _:
            return value


def _plain(array: AnyArray) -> AnyArray:
    """An array that is not traced, if it is of a kind that a graph can hold."""
    if type(array) is not np.ndarray and type(array) is not np.memmap:
        raise TraceError(
            f"an operand is a {type(array).__name__}, whose meaning NumPy's functions don't keep",
            repair="convert it with np.asarray, and leave out masked entries first",
        )
    if array.dtype.kind not in "fiub":
        raise TraceError(
            f"an operand is of dtype {array.dtype}, with which Kobai can't calculate",
            repair="convert it to real numbers with .astype(float)",
        )
    return array


def _asked(function: Any, args: Any, kwargs: Any) -> Any:
    """The answer of a function that asks about an array."""
    try:
        return _QUERIES[function](*args, **kwargs)
    except TypeError as error:
        raise _refusal(function, _QUERIES[function], kwargs, error) from error


def _refusal(
    function: Any, translation: Any, options: Mapping[str, Any], error: Exception
) -> TraceError:
    """What is wrong with a call, in words that don't speak of the translation itself."""
    known = inspect.signature(translation).parameters
    unknown = [name for name in options if name not in known]
    reason = f"it is given {unknown[0]!r}" if unknown else str(error)
    return TraceError(
        f"{_name_of(function)} can't be traced as it is called here: {reason}",
        where=user_place(),
        repair=f"Kobai knows it as {_name_of(function)}{_signature(translation)}",
    )


def _traced(function: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    return _call(function, _translation(function), args, kwargs)


def _translation(function: Any) -> Callable[..., Any]:
    known = TRANSLATIONS.get(function)
    if known is None and isinstance(function, np.ufunc):
        name = function.__name__
        if getattr(sys.modules.get("scipy.special"), name, None) is function:
            known = SPECIAL.get(name)
    if function in _STORES:
        raise _stored_error()
    if known is None:
        raise TraceError(
            f"{_name_of(function)} is not an operation that Kobai can trace",
            where=user_place(),
            repair="write it with the operations that Kobai knows (see the list in the docs)",
        )
    return known


def _name_of(function: Any) -> str:
    """`np.add`, `np.multiply.outer`, or the bare name of a function that is not NumPy's."""
    name: str = getattr(function, "__name__", str(function))
    owner = getattr(function, "__self__", None)
    if isinstance(owner, np.ufunc):
        return f"{_name_of(owner)}.{name}"
    return f"np.{name}" if getattr(np, name, None) is function else name


def _signature(translation: Any) -> str:
    """The parameters of a translation, without its annotations."""
    plain = inspect.Parameter.empty
    signature = inspect.signature(translation)
    parameters = [p.replace(annotation=plain) for p in signature.parameters.values()]
    return str(inspect.Signature(parameters))


def _stored(out: Any, result: Any) -> Traced:
    """NumPy's `out=`, and `buffer += traced`."""
    if not isinstance(out, Traced):
        raise _stored_error()
    out._replace(result.node if isinstance(result, Traced) else out.trace.graph.constant(result))
    return out


def _stored_error() -> TraceError:
    return TraceError(
        "a traced value is stored into a plain array, which would lose its derivative",
        where=user_place(),
        repair="write x = x + y instead of x += y or out=x",
    )


def _basic(item: Any) -> Any:
    """An index of NumPy's basic kind, in Python's own numbers."""
    if item is None or item is Ellipsis:
        return item
    if isinstance(item, Traced) and not item.ndim:
        return operator.index(item)
    if isinstance(item, slice):
        return slice(*(_whole(end) for end in (item.start, item.stop, item.step)))
    if isinstance(item, int | np.integer) and not isinstance(item, bool):
        return int(item)
    raise TraceError(
        "indexing with an array, a list or a mask is not traced",
        where=user_place(),
        repair="use integers and slices, or np.where(mask, x, 0) for a mask",
    )


def _whole(end: Any) -> int | None:
    return None if end is None else operator.index(end)


def _logic(op: Any) -> Callable[..., Any]:
    """`&`, `|` and `~` on truth values; on integers they mean bits, which have no derivative."""

    def translated(*operands: Any) -> Any:
        if any(getattr(x, "dtype", np.dtype(type(x))) != np.dtype(bool) for x in operands):
            raise TraceError(
                "&, | and ~ are traced for truth values alone",
                repair="compare first: (a > 0) & (b > 0)",
            )
        return op(*operands)

    return translated


traces(np.bitwise_and)(_logic(logical_and))
traces(np.bitwise_or)(_logic(logical_or))
traces(np.invert)(_logic(logical_not))

_NUMBERS = (Traced, np.ndarray, np.generic, int, float, complex, list, tuple)


def _unary(function: np.ufunc) -> Callable[[Traced], Any]:
    return lambda self: _traced(function, (self,), {})


def _binary(function: np.ufunc, *, is_reflected: bool = False) -> Callable[[Traced, Any], Any]:
    def method(self: Traced, other: Any) -> Any:
        if not isinstance(other, _NUMBERS):
            return NotImplemented
        operands = (other, self) if is_reflected else (self, other)
        return _traced(function, operands, {})

    return method


def _in_place(function: np.ufunc) -> Callable[[Traced, Any], Any]:
    def method(self: Traced, other: Any) -> Traced:
        result: Traced = _traced(function, (self, other), {})
        if not self.shape and self.base is None:
            return result  # numbers are not changed in place: their name is bound anew
        self._replace(result.node)
        return self

    return method


for _symbol, _function in {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "truediv": np.divide,
    "floordiv": np.floor_divide,
    "mod": np.remainder,
    "divmod": np.divmod,
    "pow": np.power,
    "matmul": np.matmul,
    "and": np.bitwise_and,
    "or": np.bitwise_or,
    "xor": np.bitwise_xor,
    "lshift": np.left_shift,
    "rshift": np.right_shift,
}.items():
    setattr(Traced, f"__{_symbol}__", _binary(_function))
    setattr(Traced, f"__r{_symbol}__", _binary(_function, is_reflected=True))
    setattr(Traced, f"__i{_symbol}__", _in_place(_function))
for _symbol, _function in {
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
    "eq": np.equal,
    "ne": np.not_equal,
}.items():
    setattr(Traced, f"__{_symbol}__", _binary(_function))
for _symbol, _function in {
    "neg": np.negative,
    "pos": np.positive,
    "abs": np.absolute,
    "invert": np.invert,
}.items():
    setattr(Traced, f"__{_symbol}__", _unary(_function))
