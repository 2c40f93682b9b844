"""What a function names beside its arguments: globals and closure cells, and arrays among them.

Arrays that a function captures are inputs of its program. For a recording, the function is built
once more over handles in their place: from the same code, with other globals and cells. So no other
thread ever sees the handles, and nothing that NumPy computes of them beforehand is missed.
"""

from __future__ import annotations

import builtins
import dis
import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import CellType, CodeType, FunctionType, MethodType
from typing import Any, TypeGuard

import numpy as np

from kobai.frames import is_library
from kobai.graph import AnyArray

_MISSING = object()
_READING = ("LOAD_GLOBAL", "LOAD_NAME")


@dataclass(frozen=True)
class Place:
    """Where a captured value is kept: under a name among globals, or in a cell."""

    holder: dict[str, Any] | CellType
    name: str

    def read(self) -> Any:
        """What is there now; a marker of its own where nothing is."""
        if isinstance(self.holder, dict):
            return self.holder.get(self.name, _MISSING)
        try:
            return self.holder.cell_contents
        except ValueError:
            return _MISSING


class Captures:
    """Every place that a function names, and that functions named by it name in their turn.

    Args:
        function: the function, as it is now.
        is_frozen: whether captured arrays are constants, and have to be what they were; otherwise
            they are inputs, read at each call.

    Attributes:
        arrays: the arrays of numbers among what is captured, each once.
        codes: the code that the user has written.
        is_plain: whether the function can be built over other values: it is written as a function,
            and writes to no global.
    """

    def __init__(self, function: Callable[..., Any], *, is_frozen: bool = False) -> None:
        self._function = function
        self._is_frozen = is_frozen
        self._places: list[tuple[Place, Any]] = []
        self.arrays: list[AnyArray] = []
        self.codes: list[CodeType] = []
        self._walk()
        is_function = isinstance(function, FunctionType | MethodType | functools.partial)
        self.is_plain = is_function and not any(map(writes_globals, self.codes))
        self._copies = [array.copy() for array in self.arrays] if is_frozen else []

    def read(self) -> list[AnyArray] | None:
        """The arrays that are captured now; None if the function is no longer what it was."""
        found: dict[int, AnyArray] = {id(array): array for array in self.arrays}
        read: dict[int, AnyArray] = {}
        for place, before in self._places:
            now = place.read()
            if id(before) not in found:
                if not is_same(now, before):
                    return None
            elif not _is_numbers(now) or read.setdefault(id(before), now) is not now:
                return None  # two names of one array have become those of two
        arrays = [read.get(id(array), array) for array in self.arrays]
        if self._is_frozen:
            return [] if all(map(_same_bits, arrays, self._copies)) else None
        return arrays

    def inputs(self) -> list[AnyArray]:
        """The captured arrays that a program is given."""
        return [] if self._is_frozen else self.arrays

    def rebuilt(self, handles: Sequence[Any]) -> Callable[..., Any]:
        """The function over handles in place of its captured arrays."""
        replacements = {id(a): h for a, h in zip(self.inputs(), handles, strict=True)}
        result: Callable[..., Any] = _Rebuilding(replacements).of(self._function)
        return result

    def _walk(self) -> None:
        seen: set[int] = set()
        stack: list[object] = [self._function]
        while stack:
            plain = stack.pop()
            if id(plain) in seen:
                continue
            seen.add(id(plain))
            if isinstance(plain, functools.partial):
                stack += [plain.func, *plain.args, *plain.keywords.values()]
            elif isinstance(plain, MethodType):
                stack.append(plain.__func__)
            elif isinstance(plain, FunctionType):
                if not is_library(plain.__module__ or ""):
                    self.codes += _codes(plain.__code__)
                held = [(place, place.read()) for place in _places_of(plain)]
                self._places += held
                stack += [value for _, value in held]
            elif _is_numbers(plain):
                self.arrays.append(plain)
            elif plain is self._function:
                stack.append(type(plain).__call__)


def _is_numbers(value: object) -> TypeGuard[AnyArray]:
    return type(value) is np.ndarray and value.dtype.kind in "fiub"


def _same_bits(one: AnyArray, other: AnyArray) -> bool:
    same_kind = one.shape == other.shape and one.dtype == other.dtype
    return same_kind and np.array_equal(one, other, equal_nan=one.dtype.kind == "f")


def is_same(one: Any, other: Any) -> bool:
    """Whether Python can't tell two values apart: one object, or equal numbers or texts."""
    if one is other:
        return True
    if type(one) is not type(other) or not isinstance(one, bool | int | float | str | bytes):
        return False
    return bool(one == other) and repr(one) == repr(other)  # 0.0 is not -0.0


def _codes(code: CodeType) -> Iterator[CodeType]:
    """The code, and that of functions defined inside it."""
    stack = [code]
    while stack:
        current = stack.pop()
        yield current
        stack += [constant for constant in current.co_consts if isinstance(constant, CodeType)]


def _places_of(function: FunctionType) -> list[Place]:
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    places = [Place(cell, name) for name, cell in cells]
    if not is_library(function.__module__ or ""):
        names = {name for code in _codes(function.__code__) for name in _globals_named(code)}
        known = vars(builtins)
        holder = function.__globals__
        places += [Place(holder, n) for n in sorted(names) if n in holder or n not in known]
    return places


@functools.lru_cache(maxsize=1024)
def _globals_named(code: CodeType) -> tuple[str, ...]:
    found = (
        i.argval for i in dis.get_instructions(code) if i.opname in ("LOAD_GLOBAL", "LOAD_NAME")
    )
    return tuple(sorted(set(found)))


@functools.lru_cache(maxsize=1024)
def writes_globals(code: CodeType) -> bool:
    return any(i.opname == "STORE_GLOBAL" for i in dis.get_instructions(code))


class _Rebuilding:
    """Functions built anew over other captured values; each once, so that they may be recursive."""

    def __init__(self, replacements: dict[int, Any]) -> None:
        self._replacements = replacements
        self._built: dict[int, Any] = {}

    def of(self, value: Any) -> Any:
        """What stands in place of a captured value."""
        known = self._replacements.get(id(value), self._built.get(id(value), _MISSING))
        if known is not _MISSING:
            return known
        if isinstance(value, functools.partial):
            keywords = {name: self.of(entry) for name, entry in value.keywords.items()}
            return functools.partial(self.of(value.func), *map(self.of, value.args), **keywords)
        if isinstance(value, MethodType):
            return MethodType(self.of(value.__func__), value.__self__)
        if isinstance(value, FunctionType):
            return self._function(value)
        return value

    def _function(self, original: FunctionType) -> FunctionType:
        places = _places_of(original)
        cells = {place.name: CellType() for place in places if isinstance(place.holder, CellType)}
        names = {} if is_library(original.__module__ or "") else dict(original.__globals__)
        new = FunctionType(
            original.__code__,
            names or original.__globals__,
            original.__name__,
            original.__defaults__,
            tuple(cells[name] for name in original.__code__.co_freevars),
        )
        new.__kwdefaults__, new.__module__ = original.__kwdefaults__, original.__module__
        self._built[id(original)] = new
        is_same = True
        for place in places:
            held = place.read()
            if held is _MISSING:
                continue
            other = self.of(held)
            is_same = is_same and other is held
            if isinstance(place.holder, CellType):
                cells[place.name].cell_contents = other
            else:
                names[place.name] = other
        if is_same:
            self._built[id(original)] = original
        built: FunctionType = self._built[id(original)]
        return built
