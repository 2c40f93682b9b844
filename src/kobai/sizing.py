"""Find the sizes in a graph: a function is run at two sets of lengths, and the numbers compared.

`np.mean`, `len(y)` and `X.shape[0]` bring lengths into a computation as Python numbers. Run once
with 569 rows and once with 570, the graph has 569 at one place and 570 at the same place in the
second run: that number is the length `m`, and `1 / 569` is `1 / m`. A length that can't be read so
(there is a loop over it, or it is written down as a number) stays a number: the graph then holds
for that length alone.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import combinations, count
from typing import Any, TypeAlias

import numpy as np
import optree

from kobai.graph import CONSTANT, OPERATIONS, AnyArray, Graph, Node
from kobai.ops.filling import arange
from kobai.ops.shaping import astype, broadcast_to, reshape
from kobai.recording import Recording, is_number, record
from kobai.sizes import Dim, Shape, Size, shape_at_hand
from kobai.tracing import Traced

Path: TypeAlias = tuple[Any, ...]
# For each leaf of the arguments, the symbol of each of its axes.
Layout: TypeAlias = Mapping[Path, tuple[str, ...]]


def record_with_sizes(
    function: Callable[..., Any],
    args: Sequence[Any],
    traced: Iterable[int],
    *,
    batch_axes: Mapping[Path, int] | None = None,
    is_watched: bool = False,
    compares_lengths: bool = False,
) -> Recording:
    """Record a function with symbolic sizes wherever two runs prove them.

    Args:
        function: what to run; it is run at least twice.
        args: its positional arguments.
        traced: positions of the arguments to trace.
        batch_axes: for leaves that share their examples axis, which axis that is; it gets a symbol
            of its own. Other axes of equal length share theirs.
        is_watched: whether to read names from the function's frame.
        compares_lengths: whether to write down how Python compares symbolic sizes.
    """
    chosen = frozenset(traced)
    layout = _layout(args, chosen, batch_axes or {})
    symbols = sorted({symbol for axes in layout.values() for symbol in axes})

    def tried(free: Sequence[str]) -> Recording | None:
        try:
            return _recorded_twice(
                function, args, chosen, layout, free, is_watched, compares_lengths
            )
        except _DiffersError:
            return None

    found = tried(symbols)
    if found is None and len(symbols) > 1:
        found = tried([symbol for symbol in symbols if tried([symbol]) is not None])
    return found or record(function, args, chosen, is_watched=is_watched)


def is_repeatable(first: Recording, second: Recording) -> bool:
    """Whether two runs of a function on the same arguments made the same graph.

    They don't if the function draws random numbers, or keeps something from call to call.
    """
    try:
        _Comparison(first, second).merged()
    except _DiffersError:
        return False
    return True


def random_state() -> tuple[Any, ...]:
    """The state of the generators of random numbers that everybody shares."""
    _, keys, *rest = np.random.get_state()
    return np.asarray(keys).tobytes(), *rest, random.getstate()


class _DiffersError(Exception):
    """The two runs differ in more than lengths."""


def _layout(args: Sequence[Any], chosen: frozenset[int], batch_axes: Mapping[Path, int]) -> Layout:
    nest: Any = tuple(args)
    paths, leaves, _ = optree.tree_flatten_with_path(nest)
    layout: dict[Path, tuple[str, ...]] = {}
    symbols: dict[int, str] = {}
    for path, leaf in zip(paths, leaves, strict=True):
        if path[0] in chosen and is_number(leaf):
            names = []
            for axis, length in enumerate(np.shape(leaf)):
                is_batch = batch_axes.get(path) == axis
                names.append("m" if is_batch else symbols.setdefault(length, f"n{len(symbols)}"))
            layout[path] = tuple(names)
    return layout


def _recorded_twice(
    function: Callable[..., Any],
    args: Sequence[Any],
    chosen: frozenset[int],
    layout: Layout,
    free: Sequence[str],
    is_watched: bool,
    compares_lengths: bool,
) -> Recording:
    def shapes(path: Path, value: Any) -> Shape:
        pairs = zip(layout[path], value.shape, strict=True)
        return tuple(Size.symbol(s, d) if s in free and d > 1 else d for s, d in pairs)

    larger = _enlarged(args, layout, free)
    if not free:
        return record(function, args, chosen, is_watched=is_watched)
    try:
        first, second = (
            record(
                function,
                given,
                chosen,
                shapes=shapes,
                is_watched=is_watched,
                compares_lengths=compares_lengths,
            )
            for given in (args, larger)
        )
    except Exception as error:  # whatever is said to other lengths, or to a length as a symbol
        raise _DiffersError from error
    return _Comparison(first, second).merged()


def _enlarged(args: Sequence[Any], layout: Layout, free: Sequence[str]) -> tuple[Any, ...]:
    """The arguments with each free length increased, by repeating their last entries."""
    increase = _increases(layout, args, free)

    def enlarged(path: Path, leaf: Any) -> Any:
        result = leaf
        for axis, symbol in enumerate(layout.get(path, ())):
            length = np.shape(leaf)[axis]
            if symbol in increase and length > 1:
                places = np.minimum(np.arange(length + increase[symbol]), length - 1)
                result = np.take(result, places, axis)
        return result

    nest: Any = tuple(args)
    changed: Any = optree.tree_map_with_path(enlarged, nest)
    return tuple(changed)


def _increases(layout: Layout, args: Sequence[Any], free: Sequence[str]) -> dict[str, int]:
    """How much longer each symbol gets, so that the increase of a number tells the symbol in it.

    Each increase is another prime, so that it is no multiple of another symbol's; not the sum of
    two others, so that `m + n` is no third length plus a number; and another proportion of the
    length, so that quotients can be told apart too.
    """
    nest: Any = tuple(args)
    paths, leaves, _ = optree.tree_flatten_with_path(nest)
    increases: dict[str, int] = {}
    proportions: set[Fraction] = set()
    for path, leaf in zip(paths, leaves, strict=True):
        for symbol, length in zip(layout.get(path, ()), np.shape(leaf), strict=False):
            if symbol not in free or symbol in increases or length < 2:
                continue
            taken = {*increases.values(), *map(sum, combinations(increases.values(), 2))}
            by = next(
                prime
                for prime in _primes()
                if prime not in taken and Fraction(prime, length) not in proportions
            )
            increases[symbol] = by
            proportions.add(Fraction(by, length))
    return increases


def _primes() -> Iterator[int]:
    return (n for n in count(2) if all(n % d for d in range(2, math.isqrt(n) + 1)))


class _Comparison:
    """Two recordings of one function, walked side by side."""

    def __init__(self, first: Recording, second: Recording) -> None:
        self._first, self._second = first, second
        self._graph: Graph = first.trace.graph
        self._lengths = _lengths(first), _lengths(second)
        self._known: dict[tuple[Node, Node], Node] = {}

    def merged(self) -> Recording:
        """The first recording with the numbers that are lengths replaced by sizes."""
        one, two = self._first, self._second
        handles = [_handles(one.result), _handles(two.result)]
        names = [[n for nodes in r.trace.names.values() for n in nodes] for r in (one, two)]
        decisions = [[node for node, _ in r.trace.decisions] for r in (one, two)]
        taken = [[repr(value) for _, value in r.trace.decisions] for r in (one, two)]
        if len(handles[0]) != len(handles[1]) or len(names[0]) != len(names[1]):
            raise _DiffersError
        compared = [[c.outcome for c in r.trace.comparisons] for r in (one, two)]
        if taken[0] != taken[1] or compared[0] != compared[1]:
            raise _DiffersError
        for left, right in zip(
            [*(h.node for h in handles[0]), *names[0], *decisions[0]],
            [*(h.node for h in handles[1]), *names[1], *decisions[1]],
            strict=True,
        ):
            self._merge(left, right)
        replaced = {left: node for (left, _), node in self._known.items()}
        trace = one.trace
        trace.names = {name: [replaced[n] for n in nodes] for name, nodes in trace.names.items()}
        trace.places = {replaced.get(node, node): place for node, place in trace.places.items()}
        trace.decisions = [(replaced[node], value) for node, value in trace.decisions]
        trace.size_names = self._size_names()
        # All are read before the first is set: a view's node is made of its base's.
        for handle, node in [(handle, replaced[handle.node]) for handle in handles[0]]:
            handle.node = node
        return replace(one)

    def _size_names(self) -> dict[str, str]:
        """Names that the user gave to lengths: `m = X.shape[0]`."""
        first, second = self._lengths
        integers = self._second.trace.integers
        return {
            symbol: name
            for name, value in reversed(self._first.trace.integers.items())
            for symbol in first
            if value == first[symbol] and integers.get(name) == second[symbol]
        }

    def _merge(self, left: Node, right: Node) -> None:
        stack = [(left, right)]
        while stack:
            pair = stack[-1]
            one, two = pair
            if pair in self._known:
                stack.pop()
                continue
            if one.op is not two.op or len(one.operands) != len(two.operands):
                raise _DiffersError
            pairs = list(zip(one.operands, two.operands, strict=True))
            missing = [p for p in pairs if p not in self._known]
            if missing:
                stack.extend(missing)
                continue
            self._known[stack.pop()] = self._same(one, two, [self._known[p] for p in pairs])

    def _same(self, one: Node, two: Node, operands: Sequence[Node]) -> Node:
        if one.op is CONSTANT:
            return self._constant(one, two)
        attributes = self._value(dict(one.attributes), dict(two.attributes))
        if one.op.kind == "leaf":
            return one
        if attributes == dict(one.attributes):
            node = one.rebuilt(tuple(operands))
        else:
            node = one.op(*operands, **attributes)
        self._require_shapes(node, one, two)
        return node

    def _constant(self, one: Node, two: Node) -> Node:
        a, b = one.attribute("value"), two.attribute("value")
        if a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes():
            return one
        is_whole = a.dtype == b.dtype and a.dtype.kind == "i"
        if is_whole and a.ndim == b.ndim and min(a.size, b.size) > 1 and a.flat[0] != a.flat[1]:
            return self._ramp(a, b)
        if not a.size or not b.size or np.any(a != a.flat[0]) or np.any(b != b.flat[0]):
            raise _DiffersError
        number = self._number(a.flat[0].item(), b.flat[0].item(), one.dtype)
        if a.ndim == b.ndim == 0:
            return number
        return broadcast_to(number, shape=self._value(a.shape, b.shape))

    def _ramp(self, a: AnyArray, b: AnyArray) -> Node:
        """`np.arange(m)`, also from another start or in steps, or as a column."""
        step = (a.flat[1] - a.flat[0]).item()
        for ramp in (a, b):
            if not np.array_equal(ramp.ravel(), ramp.flat[0] + step * np.arange(ramp.size)):
                raise _DiffersError
        start = self._value(a.flat[0].item(), b.flat[0].item())
        size = self._length(a.size, b.size)
        places = arange(self._graph.leaf(size, np.dtype(int)), size=size)
        node = astype(places * step + start if (start, step) != (0, 1) else places, a.dtype)
        return node if a.ndim == 1 else reshape(node, shape=self._value(a.shape, b.shape))

    def _number(self, a: float, b: float, dtype: Any) -> Node:
        """A scalar that is a constant, a length, or a quotient or root of one."""
        if a == b:
            return self._graph.constant(a, dtype)
        if float(a).is_integer() and float(b).is_integer():
            return self._graph.leaf(self._length(int(a), int(b)), dtype)
        for symbol, (la, lb) in self._both_lengths().items():
            node = self._graph.leaf(Size.symbol(symbol, la), dtype)
            above, factor = _nearest_whole(a * la), _nearest_whole(a / la)
            if _agree(above / la, a) and _agree(above / lb, b):
                return self._graph.constant(above, dtype) / node
            if _agree(factor * la, a) and _agree(factor * lb, b):
                return self._graph.constant(factor, dtype) * node
            if math.sqrt(la) == a and math.sqrt(lb) == b:
                return OPERATIONS["sqrt"](node)
        raise _DiffersError

    def _value(self, a: Any, b: Any) -> Any:
        """An attribute: the same in both, or with lengths in it."""
        if type(a) is not type(b):
            raise _DiffersError
        if isinstance(a, dict):
            return {key: self._value(a[key], b[key]) for key in a}
        if isinstance(a, tuple) and len(a) == len(b):
            entries = [self._value(x, y) for x, y in zip(a, b, strict=True)]
            return type(a)(*entries) if hasattr(a, "_fields") else tuple(entries)
        if isinstance(a, int) and a != b:
            return self._length(a, b)
        if a != b:
            raise _DiffersError
        return a

    def _length(self, a: int, b: int) -> Dim:
        """A number that was a in the first run and b in the second, as a size."""
        both = self._both_lengths()
        sizes = {symbol: Size.symbol(symbol, la) for symbol, (la, _) in both.items()}
        for symbol, (la, lb) in both.items():
            if a % la == 0 and a // la * lb == b:
                return sizes[symbol] * (a // la)
        for (left, (la, lb)), (right, (ma, mb)) in combinations(both.items(), 2):
            if la * ma == a and lb * mb == b:
                return sizes[left] * sizes[right]
            if la + ma == a and lb + mb == b:
                return sizes[left] + sizes[right]
        for symbol, (la, lb) in both.items():
            if a - la == b - lb:
                return sizes[symbol] + (a - la)
        raise _DiffersError

    def _both_lengths(self) -> dict[str, tuple[int, int]]:
        first, second = self._lengths
        return {symbol: (first[symbol], second[symbol]) for symbol in first}

    def _require_shapes(self, node: Node, one: Node, two: Node) -> None:
        first, second = self._lengths
        found = [
            tuple(d.resolve(lengths) if isinstance(d, Size) else d for d in node.shape)
            for lengths in (first, second)
        ]
        if found != [shape_at_hand(one.shape), shape_at_hand(two.shape)]:
            raise _DiffersError


def _handles(tree: Any) -> list[Traced]:
    return [leaf for leaf in optree.tree_leaves(tree) if isinstance(leaf, Traced)]


def _lengths(recording: Recording) -> dict[str, int]:
    return {
        str(size): size.at_hand
        for leaf in recording.inputs
        for size in leaf.node.shape
        if isinstance(size, Size)
    }


def _nearest_whole(value: float) -> float:
    return float(round(value)) if _agree(value, round(value)) else value


def _agree(a: float, b: float) -> bool:
    """Equal up to the rounding of one operation."""
    return math.isclose(a, b, rel_tol=2**-52)
