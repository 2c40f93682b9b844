"""Loops as source text, in any language that has loops, variables and arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np

from kobai.lower.loops import AxisOf, Buffer, Fold, Loop, Map, Product, Scan, View, start_of
from kobai.lower.statements import Statement
from kobai.scalars import Scalar, differ, select
from kobai.sizes import Dim, at_hand
from kobai.targets.expressions import Expressions
from kobai.targets.loop_language import Index, Lines, Scope
from kobai.targets.source import Source

_FOLDED = {"sum": "total", "max": "largest", "min": "smallest", "any": "found", "all": "holds"}
_LOOPS = ("i", "j", "k", "l", "p", "q", "r")


class Nest:
    """The loops of one statement.

    Args:
        scope: what texts are made with.
        statement: what is computed.
        names: the variable of each buffer.
        lines: where the text goes.
    """

    def __init__(
        self, scope: Scope, statement: Statement, names: Mapping[Buffer, str], lines: Lines
    ) -> None:
        self._scope = scope
        self._language = scope.language
        self._statement = statement
        self._names = names
        self._lines = lines
        self._indices: list[str | None] = []
        self._states: dict[Scalar, str] = {}
        self._used = 0
        self._depth = lines.depth

    def write(self, loop: Loop) -> None:
        """The text of one loop."""
        match loop:
            case Map():
                for write in loop.writes:
                    set_entry = partial(self._set, write.view, write.value)
                    self._over(loop.shape, range(len(loop.shape)), set_entry)
                for fold in loop.folds:
                    self._fold(loop, fold)
            case Product():
                self._product(loop)
            case Scan():
                self._scan(loop)

    def _over(self, shape: Sequence[Dim], axes: Sequence[int], inner: Callable[[], None]) -> None:
        """Loops over some axes of a nest, with something in them."""
        if len(self._indices) != len(shape):
            self._indices = [None] * len(shape)
        closing = []
        for axis in axes:
            if shape[axis] == 1:
                continue
            self._indices[axis] = self._loop_name(axis)
            opening, end = self._language.loop(
                self._loop_name(axis), self._scope.size(shape[axis]), False
            )
            self._lines.open(opening)
            closing.append(end)
        inner()
        for end in reversed(closing):
            self._lines.close(end)
        for axis in axes:
            self._indices[axis] = None

    def _loop_name(self, axis: int) -> str:
        return self._scope.identifiers.local(_LOOPS[axis % len(_LOOPS)])

    def _set(self, view: View, value: Scalar) -> None:
        (text,) = self._values([value])
        name = self._names[view.buffer]
        target = self._element(view, ())
        known = self._scope.references | self._scope.declared
        if view.buffer.shape or name in known:
            self._lines.add(self._language.assigned(target, text))
        else:
            self._lines.add(self._language.declared(name, view.buffer.dtype, text))

    def _fold(self, loop: Map, fold: Fold) -> None:
        every = range(len(loop.shape))
        if fold.goes_on:
            self._over(loop.shape, every, lambda: self._add(fold))
            return
        outer = [axis for axis in every if axis not in fold.axes]

        def folded() -> None:
            dtype = fold.target.buffer.dtype
            start = self._language.number(start_of(fold.kind, dtype), dtype)
            total, is_direct = self._begun(fold.target, _FOLDED[fold.kind], start)
            self._over(loop.shape, fold.axes, lambda: self._take(fold, total))
            if not is_direct:
                self._lines.add(self._language.assigned(self._element(fold.target, ()), total))

        self._over(loop.shape, outer, folded)

    def _begun(
        self,
        target: View,
        name: str,
        start: Source,
        indices: Sequence[str | None] | None = None,
    ) -> tuple[str, bool]:
        """The variable that a fold goes to, set to what it begins with; or its target itself."""
        own = self._names[target.buffer]
        if target.buffer.shape and self._lines.depth > self._depth:
            total = self._fresh(name)
            self._lines.add(self._language.declared(total, target.buffer.dtype, start))
            return total, False
        element = self._element(target, (), indices)
        if target.buffer.shape or own in self._scope.references:
            self._lines.add(self._language.assigned(element, start))
        else:
            self._lines.add(self._language.declared(own, target.buffer.dtype, start))
        return element, True

    def _fresh(self, name: str) -> str:
        """A local variable: within loops the same for all of them, as each begins anew."""
        identifiers = self._scope.identifiers
        is_inside = self._lines.depth > self._depth
        return identifiers.local(name) if is_inside else identifiers.fresh(name)

    def _take(self, fold: Fold, total: str) -> None:
        """One value into what is folded."""
        (text,) = self._values([fold.value])
        language, dtype = self._language, fold.value.dtype
        if fold.kind == "sum" and dtype.kind != "b":
            self._lines.add(language.added(total, text))
            return
        before, value = Scalar("state", (), dtype), Scalar("state", (), dtype)
        self._states[before] = total
        self._states[value] = self._fresh("value")
        self._lines.add(language.declared(self._states[value], dtype, text))
        match fold.kind:
            case "max" if dtype.kind == "f":
                result = select((value > before) | differ(value, value), value, before)
            case "min" if dtype.kind == "f":
                result = select((value < before) | differ(value, value), value, before)
            case "max" if dtype.kind != "b":
                result = select(value > before, value, before)
            case "min" if dtype.kind != "b":
                result = select(value < before, value, before)
            case "all" | "min":
                result = before & value
            case _:
                result = before | value
        self._lines.add(language.assigned(total, self._values([result])[0]))

    def _add(self, fold: Fold) -> None:
        *places, value = self._values([*fold.places, fold.value])
        self._lines.add(self._language.added(self._element(fold.target, places), value))

    def _product(self, loop: Product) -> None:
        shape = (loop.rows, loop.columns, loop.inner)
        zero = self._language.number(0.0, loop.c.buffer.dtype)

        def one() -> None:
            total, is_direct = self._begun(loop.c, "total", zero, tuple(self._indices[:2]))

            def add() -> None:
                i, j, p = self._indices
                a = self._element(loop.a, (), (i, p))
                b = self._element(loop.b, (), (p, j))
                symbol = self._language.symbols["mul"]
                self._lines.add(self._language.added(total, Source(f"{a:7} {symbol} {b:8}", 7)))

            self._over(shape, (2,), add)
            if not is_direct:
                i, j, _ = self._indices
                target = self._element(loop.c, (), (i, j))
                self._lines.add(self._language.assigned(target, total))

        self._over(shape, (0, 1), one)

    def _scan(self, loop: Scan) -> None:
        others = [axis for axis in range(len(loop.shape)) if axis != loop.axis]
        for number, state in enumerate(loop.states, start=1):
            self._states[state.scalar] = self._fresh(f"before_{number}")

        def one() -> None:
            for state in loop.states:
                dtype = state.scalar.dtype
                zero = self._language.number(0, dtype)
                self._lines.add(self._language.declared(self._states[state.scalar], dtype, zero))
            variable = self._loop_name(loop.axis)
            length = self._scope.size(loop.shape[loop.axis])
            opening, end = self._language.loop(variable, length, loop.is_reverse)
            self._indices[loop.axis] = variable
            self._lines.open(opening)
            found = self._values([state.following for state in loop.states])
            names = []
            for number, (state, text) in enumerate(zip(loop.states, found, strict=True), start=1):
                names.append(self._fresh(f"after_{number}"))
                self._lines.add(self._language.declared(names[-1], state.scalar.dtype, text))
            for state, name in zip(loop.states, names, strict=True):
                self._lines.add(self._language.assigned(self._states[state.scalar], name))
            self._lines.add(self._language.assigned(self._element(loop.target, ()), names[0]))
            self._lines.close(end)
            self._indices[loop.axis] = None

        self._over(loop.shape, others, one)

    def _values(self, values: Sequence[Scalar]) -> list[Source]:
        expressions = Expressions(
            self._language, self._leaf, self._scope.function, self._shared_name
        )
        variables, texts = expressions.texts(values)
        for name, scalar, text in variables:
            self._lines.add(self._language.declared(name, scalar.dtype, text))
        return texts

    def _shared_name(self) -> str:
        self._used += 1
        return self._fresh(f"part_{self._used}")

    def _leaf(self, scalar: Scalar, places: Sequence[Source]) -> tuple[Source, bool]:
        match scalar.instruction:
            case "size":
                size = self._scope.size(scalar.label)
                integer = np.dtype(np.int64)
                if scalar.dtype.kind == "f":
                    size = self._language.cast(size, integer, scalar.dtype, False)
                return size, False
            case "index":
                variable = self._indices[scalar.label]
                if variable is None:
                    return self._language.number(0, scalar.dtype), False
                return self._language.counted(variable), False
            case "state":
                return Source(self._states[scalar]), False
            case _:
                return self._element(scalar.label, places), False

    def _element(
        self,
        view: View,
        given: Sequence[Source],
        indices: Sequence[str | None] | None = None,
    ) -> Source:
        """An entry of an array in the loops that run."""
        name = self._names[view.buffer]
        if not view.buffer.shape:
            if name in self._scope.references:
                return self._language.element(name, (), [Source(str(self._language.first))])
            return Source(name)
        own = self._indices if indices is None else indices
        places = [Index(0)] * len(view.buffer.shape)
        for axis, place in view.fixed:
            places[axis] = Index(place)
        for along, variable in zip(view.axes, own, strict=True):
            if along is not None:
                places[along.axis] = Index(along.start, along.step, variable)
        for along, text in zip(view.given, given, strict=True):
            places[along.axis] = Index(along.start, along.step, given=text)
        lengths = [self._scope.size(d) for d in view.buffer.shape]
        texts = [self._language.place(place, self._scope.size) for place in places]
        return self._language.element(name, lengths, texts)


def is_whole(view: View, shape: Sequence[Dim]) -> bool:
    """Whether a view is all of its buffer, along its own axes."""
    return view.axes == tuple(AxisOf(axis) for axis in range(len(shape))) and not view.fixed


def count(shape: Sequence[Dim]) -> int:
    """How many entries an array has, for the arguments at hand."""
    return int(np.prod([at_hand(d) for d in shape], dtype=int))
