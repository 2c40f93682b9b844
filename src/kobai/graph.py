"""The one graph: operations, and immutable interned nodes.

A `Graph` is an interning table. Asking it twice for the same operation on the same operands gives
the same node, so common subexpressions are shared by construction and equality is identity. Nodes
are numbered as they are made; an operand is always older than its user, so the number is a
topological order and no walk needs recursion.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from kobai.errors import ShapeError
from kobai.intervals import Interval
from kobai.sizes import Shape, Size, shape_at_hand

if TYPE_CHECKING:
    from numpy.typing import NDArray

    AnyArray: TypeAlias = NDArray[Any]
else:  # numpy.typing takes a tenth of NumPy's own time to import
    AnyArray = np.ndarray
AnyDType: TypeAlias = np.dtype[Any]
Scalar: TypeAlias = bool | int | float
Operand: TypeAlias = "Node | Size | Scalar | np.generic | AnyArray"
Kind: TypeAlias = Literal["leaf", "map", "reduce", "contract", "move", "scan", "library"]

# What an operand contributes to NumPy's promotion: a dtype, or the Python type of a weak scalar.
Promotable: TypeAlias = "AnyDType | type[bool | int | float]"

# A derivative: cotangent, result, operands (and attributes by name) to the operand's cotangent.
# None in its place, or as its result, says that nothing flows back to the operand.
Rule: TypeAlias = Callable[..., Any] | None
Rules: TypeAlias = tuple[Rule, ...]

OPERATIONS: dict[str, Op] = {}
# What users call, and what it becomes on nodes: NumPy's functions, and scipy.special's by name.
TRANSLATIONS: dict[Callable[..., Any], Callable[..., Any]] = {}
SPECIAL: dict[str, Callable[..., Any]] = {}


@dataclass(frozen=True, eq=False, kw_only=True)
class Op:
    """All that Kobai knows of one operation. Entries are in `kobai.ops`, one each.

    Attributes:
        name: its name in the graph, also the word that rules and saved graphs use.
        kind: how its loop runs: every entry by itself (map), folded (reduce), summed over pairs
            (contract), rearranged (move), passed on from entry to entry (scan), or by a routine of
            NumPy's as a whole (library); a leaf has no operands.
        evaluate: its reference value, from arrays and attributes; NumPy's function where there is
            one.
        shape: the shape of the result, from the operands' nodes and the attributes.
        dtypes: the dtype that each operand is converted to, then that of the result.
        derivative: one rule for each operand: cotangent `g`, result `y` and operands to the
            operand's cotangent. For any number of operands, a function from position to rule.
        text: NumPy source, with `{0}`, `{1}` for operands, or a function of the node and the
            operands' sources; `latex` likewise.
        precedence: Python's precedence of `text` (see `kobai.ops.entries`), which decides on
            parentheses.
        latex_precedence: that of `latex`, if it is another.
        bounds: the interval of the result, from the operands' intervals (see `kobai.facts`).
        domain: for each operand, the interval that tests draw from; the last one is also that of
            any further operands.
        commutes: whether the two operands may be exchanged.
        is_variable: whether a derivative may be asked for by its result, whatever it is made of.
        body: what a map does to one entry, in the instructions of `kobai.scalars`; None where only
            `evaluate` computes it.
        shown_body: a shorter `body` for programs that people read; nearly as exact, and as stable.
        expansion: the same value of simpler operations, for targets that run loops; it gets the
            operands, and attributes by name.
        entry: where the entries are of which one entry of the result is made (see
            `kobai.ops.places`); a map needs no rule, and others may have an expansion.
    """

    name: str
    kind: Kind
    evaluate: Callable[..., Any]
    shape: Callable[..., Shape]
    dtypes: Callable[..., tuple[AnyDType, ...]]
    derivative: Rules | Callable[[int], Rule] = ()
    text: str | Callable[..., str] = ""
    latex: str | Callable[..., str] = ""
    precedence: int = 100
    latex_precedence: int | None = None
    bounds: Callable[..., Interval] | None = None
    domain: tuple[tuple[float, float], ...] = ()
    commutes: bool = False
    is_variable: bool = False
    body: Callable[..., Any] | None = None
    shown_body: Callable[..., Any] | None = None
    expansion: Callable[..., Any] | None = None
    entry: Callable[..., Any] | None = None
    _resolved: dict[tuple[Promotable, ...], tuple[AnyDType, ...]] = field(
        default_factory=dict, init=False, repr=False
    )

    def __post_init__(self) -> None:
        if self.name in OPERATIONS:
            raise ValueError(f"two operations are named {self.name!r}")
        OPERATIONS[self.name] = self

    def __call__(self, *operands: Any, **attributes: Any) -> Node:
        """Build the node of this operation; scalars and arrays become constants."""
        graph: Graph | None = None
        kinds: list[Promotable] = []
        has_leaves = False
        for operand in operands:
            if type(operand) is Node:
                graph = operand.graph
                kinds.append(operand.dtype)
            else:
                has_leaves = True
                kinds.append(_promotable(operand))
        assert graph is not None
        key = tuple(kinds)
        fixed: tuple[tuple[str, Any], ...] = ()
        if attributes:
            wanted = self.dtypes(*key, **attributes)
            fixed = tuple(attributes.items())
        else:
            wanted = self._resolved.get(key) or self._resolve(key)
        if has_leaves:
            operands = tuple(
                [
                    x if type(x) is Node else graph.leaf(x, dtype)
                    for x, dtype in zip(operands, wanted, strict=False)
                ]
            )
        return graph.make(self, operands, fixed, wanted[-1])

    def _resolve(self, kinds: tuple[Promotable, ...]) -> tuple[AnyDType, ...]:
        """The dtypes for operands of these kinds; found once, as they are needed at each use."""
        wanted = self.dtypes(*kinds)
        self._resolved[kinds] = wanted
        return wanted

    def rule(self, position: int) -> Rule:
        """The derivative by the operand at this position."""
        return self.derivative(position) if callable(self.derivative) else self.derivative[position]

    def __repr__(self) -> str:
        return self.name


class Node:
    """One value of the graph. Never made directly: operations and `Graph` make them.

    Attributes:
        is_constant: whether it is made of constants and sizes alone.
    """

    __slots__ = (
        "attributes",
        "dtype",
        "graph",
        "index",
        "is_constant",
        "op",
        "operands",
        "shape",
    )

    op: Op
    operands: tuple[Node, ...]
    attributes: tuple[tuple[str, Any], ...]
    shape: Shape
    dtype: AnyDType
    graph: Graph
    index: int
    is_constant: bool

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def varies(self) -> bool:
        """Whether it depends on what is differentiated by: for rules, while they are applied."""
        return self in self.graph.varying

    @property
    def is_differentiable(self) -> bool:
        """Whether the value is of floating dtype, so that a derivative by it has a meaning."""
        return self.dtype.kind == "f"

    def attribute(self, name: str) -> Any:
        return dict(self.attributes)[name]

    def rebuilt(self, operands: tuple[Node, ...]) -> Node:
        """The same operation on other operands."""
        if operands == self.operands:
            return self
        return self.op(*operands, **dict(self.attributes))

    # Operators, so that rules read as mathematics. `kobai.ops` holds the operations themselves.
    def __add__(self, other: Operand) -> Node:
        return OPERATIONS["add"](self, other)

    def __radd__(self, other: Operand) -> Node:
        return OPERATIONS["add"](other, self)

    def __sub__(self, other: Operand) -> Node:
        return OPERATIONS["subtract"](self, other)

    def __rsub__(self, other: Operand) -> Node:
        return OPERATIONS["subtract"](other, self)

    def __mul__(self, other: Operand) -> Node:
        return OPERATIONS["multiply"](self, other)

    def __rmul__(self, other: Operand) -> Node:
        return OPERATIONS["multiply"](other, self)

    def __truediv__(self, other: Operand) -> Node:
        return OPERATIONS["divide"](self, other)

    def __rtruediv__(self, other: Operand) -> Node:
        return OPERATIONS["divide"](other, self)

    def __pow__(self, other: Operand) -> Node:
        return OPERATIONS["power"](self, other)

    def __matmul__(self, other: Operand) -> Node:
        return OPERATIONS["matmul"](self, other)

    def __neg__(self) -> Node:
        return OPERATIONS["negative"](self)

    def __repr__(self) -> str:
        operands = ", ".join(f"%{operand.index}" for operand in self.operands)
        attributes = "".join(f", {name}={value}" for name, value in self.attributes)
        return f"%{self.index} = {self.op.name}({operands}{attributes})"


class Graph:
    """An interning table of nodes. One trace, one graph, one thread.

    Attributes:
        nodes: all of them, in the order in which they were made.
        varying: while rules are asked for derivatives, what depends on the variables.
    """

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.varying: Collection[Node] = ()
        self._interned: dict[Any, Node] = {}

    @contextmanager
    def differentiating(self, varying: Collection[Node]) -> Iterator[None]:
        """While rules are applied: these nodes depend on what is differentiated by."""
        before, self.varying = self.varying, varying
        try:
            yield
        finally:
            self.varying = before

    def make(
        self,
        op: Op,
        operands: tuple[Node, ...],
        attributes: tuple[tuple[str, Any], ...],
        dtype: AnyDType,
    ) -> Node:
        key = (op, operands, attributes)
        node = self._interned.get(key)
        if node is not None:
            return node
        shape = operands[0].shape if operands else ()
        has_one_shape, is_constant = True, not op.is_variable
        for operand in operands:
            if operand.shape != shape:
                has_one_shape = False
            if not operand.is_constant:
                is_constant = False
        if op.kind != "map" or not has_one_shape:
            shape = op.shape(*operands, **dict(attributes))
        return self._append(key, op, operands, attributes, shape, dtype, is_constant)

    def input(self, name: str, shape: Shape, dtype: AnyDType) -> Node:
        """A value given at each run."""
        key = (INPUT, name)
        if key in self._interned:
            raise ValueError(f"two inputs are named {name!r}")
        return self._append(key, INPUT, (), (("name", name),), shape, dtype, False)

    def leaf(self, value: Size | Scalar | np.generic | AnyArray, dtype: AnyDType) -> Node:
        """A number, an array or a symbolic size, converted to `dtype`."""
        if isinstance(value, Size):
            return self.make(SIZE, (), (("size", value), ("dtype", dtype)), dtype)
        return self.constant(value, dtype)

    def constant(
        self, value: Scalar | np.generic | AnyArray, dtype: AnyDType | None = None
    ) -> Node:
        """A value fixed in the graph, interned by its bits (0.0 is not -0.0).

        An array that the user may still write to is copied, so that its entries stay those of the
        moment at which it was used; a read-only one is kept as it is and interned by identity.
        """
        number: Any = None
        if type(value) is float:
            # The same number again is found without an array of it.
            number = (CONSTANT, dtype, value, value or math.copysign(1.0, value))
            known = self._interned.get(number)
            if known is not None:
                return known
        array = np.asarray(value, dtype=None if isinstance(value, np.ndarray) else dtype)
        key: Any = (CONSTANT, id(array))
        if array.ndim == 0 or array.flags.writeable:
            entries = array.tobytes()
            key = (CONSTANT, array.dtype, array.shape, entries)
            array = np.frombuffer(entries, array.dtype).reshape(array.shape)
        node = self._interned.get(key)
        if node is None:
            attributes = (("value", array),)
            node = self._append(key, CONSTANT, (), attributes, array.shape, array.dtype, True)
        if number is not None:
            self._interned[number] = node
        return node

    def _append(
        self,
        key: Any,
        op: Op,
        operands: tuple[Node, ...],
        attributes: tuple[tuple[str, Any], ...],
        shape: Shape,
        dtype: AnyDType,
        is_constant: bool,
    ) -> Node:
        node = Node()
        node.op = op
        node.operands = operands
        node.attributes = attributes
        node.shape = shape
        node.dtype = dtype
        node.graph = self
        node.index = len(self.nodes)
        node.is_constant = is_constant
        self.nodes.append(node)
        self._interned[key] = node
        return node


def reachable(outputs: Iterable[Node], since: int = 0) -> list[Node]:
    """Every node that the outputs need, operands before users; none that is older than `since`."""
    found = set(outputs)
    stack = list(found)
    while stack:
        for operand in stack.pop().operands:
            if operand.index >= since and operand not in found:
                found.add(operand)
                stack.append(operand)
    return sorted(found, key=lambda node: node.index)


def substitute(outputs: Sequence[Node], replacements: Mapping[Node, Node]) -> list[Node]:
    """The outputs with some nodes replaced; everything above them is rebuilt."""
    new = dict(replacements)
    for node in reachable(outputs):
        if node not in new:
            new[node] = node.rebuilt(tuple(new[operand] for operand in node.operands))
    return [new[output] for output in outputs]


def broadcast_shapes(*shapes: Shape) -> Shape:
    """NumPy's broadcasting on shapes with symbolic sizes."""
    first = shapes[0] if shapes else ()
    if shapes.count(first) == len(shapes):
        return first
    ndim = max(map(len, shapes))
    result: list[Any] = [1] * ndim
    for shape in shapes:
        for axis, size in enumerate(shape, start=ndim - len(shape)):
            known = result[axis]
            if known == 1:
                result[axis] = size
            elif size not in (1, known) and not _same_length(size, known):
                listed = " and ".join(str(shape_at_hand(s)) for s in shapes)
                raise ShapeError(
                    f"shapes {listed} don't fit together",
                    repair="reshape one (x[:, None]), transpose it (x.T), or mend its length",
                )
    return tuple(result)


def _same_length(left: Any, right: Any) -> bool:
    return shape_at_hand((left,)) == shape_at_hand((right,))


def _promotable(operand: Any) -> Promotable:
    if isinstance(operand, Node | np.ndarray | np.generic):
        return operand.dtype
    if isinstance(operand, Size):
        return int
    return type(operand)


def _leaf(name: str, evaluate: Callable[..., Any], *, is_variable: bool = False) -> Op:
    return Op(
        name=name,
        kind="leaf",
        evaluate=evaluate,
        shape=lambda **_: (),
        dtypes=lambda **_: (),
        is_variable=is_variable,
    )


def _given(**_: Any) -> Any:
    raise RuntimeError("inputs are bound by the program that runs the graph")


INPUT = _leaf("input", _given, is_variable=True)
CONSTANT = _leaf("constant", lambda *, value: value)
SIZE = _leaf("size", lambda *, size, dtype: dtype.type(size))
