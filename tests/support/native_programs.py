"""Random programs of what loops do: arrays of many shapes, folded, moved, multiplied and compared.

A program is a loss of a few arrays, some of which have one entry, row or column for each example.
Each statement is kept if NumPy can compute it for two numbers of examples; so shapes are NumPy's
business, and errors are thrown away. Some intermediate values are returned beside the loss.
"""

from __future__ import annotations

import math
import random
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from kobai.graph import AnyArray

Shape: TypeAlias = tuple[int | str, ...]  # "m" is the number of examples

LENGTHS = (1, 2, 3, 3, 4, 5, 7, 8, 9, 10, 16, 17, 33, 100)
# Numbers of examples at which each statement is tried.
TRIED = (6, 11)
MOST_ENTRIES = 20_000
# What a value is multiplied by if it has grown.
LARGE = 30.0

SUMS = ("np.sum({0}) / 9", "np.mean({0})", "np.sum(np.tanh({0}))", "np.mean({0} ** 2)")
STATEMENTS = Path(__file__).with_name("native_statements.txt")


@cache
def statements() -> tuple[dict[str, list[str]], dict[str, int]]:
    """Templates of statements by their kinds, and how often each kind is picked."""
    templates: dict[str, list[str]] = {}
    weights: dict[str, int] = {}
    for part in STATEMENTS.read_text("utf-8").split("\n[")[1:]:
        head, *lines = part.split("\n")
        kind, weight = head.rstrip("]").split()
        templates[kind], weights[kind] = [line for line in lines if line], int(weight)
    return templates, weights


@dataclass(frozen=True)
class Written:
    """A program.

    Attributes:
        source: of `f`, which returns its loss and a list of other values.
        shapes: of its arguments.
        dtypes: of its arguments.
        has_pairs: whether a value has an entry for each two of the examples.
        entries: of its largest value, of a few examples.
    """

    source: str
    shapes: tuple[Shape, ...]
    dtypes: tuple[str, ...]
    has_pairs: bool
    entries: int = 0

    def compiled(self) -> Callable[..., Any]:
        names = vocabulary()
        exec(self.source, names)
        function: Callable[..., Any] = names["f"]
        return function

    def arguments(self, examples: int, seed: int) -> list[AnyArray]:
        """Arguments for so many examples; for some seeds, with the edges of numbers in them."""
        generator = np.random.default_rng([seed, examples])
        made = at_edges if seed % 16 == 0 else drawn
        return [
            made(tuple(examples if d == "m" else int(d) for d in shape), dtype, generator)
            for shape, dtype in zip(self.shapes, self.dtypes, strict=True)
        ]


def vocabulary() -> dict[str, Any]:
    from scipy import special

    return {"np": np, "special": special}


def drawn(shape: tuple[int, ...], dtype: str, generator: np.random.Generator) -> AnyArray:
    if dtype == "bool":
        return generator.random(shape) > 0.4
    if dtype.startswith("int"):
        return generator.integers(-2, 9, shape).astype(dtype)
    values = generator.normal(size=shape)
    # Some are equal, and some are 0: ties and signs are seen.
    values = np.where(generator.random(shape) < 0.1, np.round(values), values)
    return values.astype(dtype)


def at_edges(shape: tuple[int, ...], dtype: str, generator: np.random.Generator) -> AnyArray:
    """Some entries are infinite, nan, huge, tiny or -0.0."""
    values = drawn(shape, dtype, generator)
    if not dtype.startswith("float"):
        return values
    found = np.finfo(values.dtype)
    edges = [np.inf, -np.inf, np.nan, found.max, -found.max / 3, found.tiny, -0.0, 0.0]
    edges += [float(found.smallest_subnormal), 100.0, -800.0, 1e-9]
    picked = generator.choice(np.array(edges[generator.integers(len(edges)) :]), shape)
    return np.where(generator.random(shape) < 0.1, picked, values).astype(dtype)


class _Writer:
    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        generator = np.random.default_rng(seed)
        self.float = self._random.choice(("float64", "float64", "float32"))
        self.shapes = self._argument_shapes()
        self.dtypes = [self._dtype(number) for number in range(len(self.shapes))]
        self.names = [f"a{number}" for number in range(len(self.shapes))]
        self.lines: list[str] = []
        self.has_pairs = False
        self.entries = 0
        self._values: list[dict[str, Any]] = []
        for examples in TRIED:
            values = vocabulary()
            for name, shape, dtype in zip(self.names, self.shapes, self.dtypes, strict=True):
                lengths = tuple(examples if d == "m" else int(d) for d in shape)
                values[name] = drawn(lengths, dtype, generator)
            self._values.append(values)

    def _argument_shapes(self) -> list[Shape]:
        choice = self._random.choice
        k, n = choice(LENGTHS), choice(LENGTHS)
        data: tuple[Shape, ...] = (("m", k), ("m", k), ("m", n), ("m",), ("m",), ("m", 1))
        columns: tuple[Shape, ...] = ((k, "m"), (n, "m"), ("m",), (1, "m"))
        if k * n <= 300:
            data, columns = (*data, ("m", k, n)), (*columns, (k, "m", n), (n, k, "m"))
        others: tuple[Shape, ...] = ((k,), (k, n), (n,), (), (1, n), (n, k), (k, 1))
        way = self._random.random()
        kinds = data if way < 0.6 else columns if way < 0.85 else (*data, *columns)
        found = [choice(kinds) for _ in range(choice((0, 1, 2, 2, 3)))]
        return found + [choice(others) for _ in range(choice((1, 2, 3)))]

    def _dtype(self, number: int) -> str:
        way = self._random.random()
        if number and way < 0.1:
            return "bool"
        if number and way < 0.2:
            return self._random.choice(("int64", "int64", "int32"))
        return self._random.choice(("float32", "float64")) if way > 0.9 else self.float

    def _named(self, kinds: str, ndim: int = 0) -> str:
        values = self._values[0]
        fits = [n for n in self.names if values[n].dtype.kind in kinds and values[n].ndim >= ndim]
        if not fits:
            return f"np.ones(1, np.{self.float})" if "f" in kinds else f"({self.names[0]} > 0)"
        late = self._random.random() < 0.5
        return self._random.choice(fits[-5:] if late else fits)

    def statement(self) -> bool:
        """Whether a statement was found that NumPy can compute."""
        choice = self._random.choice
        templates, weights = statements()
        (kind,) = self._random.choices(list(weights), weights=list(weights.values()))
        template = choice(templates[kind])
        x = self._named("f", ndim=1 if kind in ("fold", "softmax", "view") else 0)
        ndim = self._values[0][x].ndim if x in self._values[0] else 1
        axes = list(range(ndim))
        several = tuple(sorted(self._random.sample(axes, self._random.randint(0, ndim))))
        one = choice(axes) - choice((0, ndim)) if axes else -1
        expression = template.format(
            x=x,
            y=self._named("f"),
            z=self._named("f"),
            b=self._named("b"),
            i=self._named("i") if "i" in self._kinds() else f"({x} > 0).astype(int)",
            j=self._named("i") if "i" in self._kinds() else "2",
            a=choice((one, several or None, None)),
            a1=one,
            f="np." + self.float,
            n=choice((1, 2, 3, 5, 9)),
            p=tuple(self._random.sample(axes, ndim)),
        )
        return self._kept(expression)

    def _kinds(self) -> str:
        return "".join({self._values[0][name].dtype.kind for name in self.names})

    def _kept(self, expression: str) -> bool:
        try:
            found = [np.asarray(eval(expression, values)) for values in self._values]
        except (ValueError, IndexError, TypeError, AssertionError, np.linalg.LinAlgError):
            return False
        kind = found[0].dtype.kind
        if kind not in "fib" or found[1].size > MOST_ENTRIES or found[0].ndim > 4:
            return False
        if kind == "i" and np.max(np.abs(found[1]), initial=0) > 1e6:
            return False
        growth = math.log(max(found[1].size, 1) / max(found[0].size, 1))
        is_pairs = growth > 1.3 * math.log(TRIED[1] / TRIED[0])
        if is_pairs and (found[0].ndim > 3 or growth > 2.5 * math.log(TRIED[1] / TRIED[0])):
            return False
        if found[0].size == 0 and self._random.random() < 0.7:
            return False
        if kind == "f":
            if not all(np.all(np.isfinite(x)) for x in found) and self._random.random() < 0.9:
                return False
            if any(np.max(np.abs(x), initial=0) > LARGE for x in found):
                expression = f"np.arctan({expression})"
        name = f"v{len(self.lines)}"
        self.lines.append(f"{name} = {expression}")
        self.has_pairs |= is_pairs
        self.entries = max(self.entries, found[1].size)
        self.names.append(name)
        for values in self._values:
            values[name] = np.asarray(eval(expression, values))
        return True

    def loss(self) -> str:
        terms = []
        for number, name in enumerate(self.names):
            value = self._values[0][name]
            weight = f"{0.5 + number / 7:.3f} * "
            if value.dtype.kind != "f" and self._random.random() < 0.5:
                continue
            sums: tuple[str, ...] = SUMS if value.ndim else ("{0}", "{0} ** 2")
            if not value.size:
                sums = SUMS[:1]
            terms.append(weight + self._random.choice(sums).format(name))
        return " + ".join(terms or ["0.0"])


def written(seed: int) -> Written:
    """The program of this seed."""
    writer = _Writer(seed)
    chooser = random.Random(seed + 1)
    most = chooser.choice((2, 4, 8, 12, 16))
    with warnings.catch_warnings(action="ignore"), np.errstate(all="ignore"):
        for _ in range(40 * most):
            writer.statement()
            if len(writer.lines) == most:
                break
        loss = writer.loss()
    own = [line.partition(" ")[0] for line in writer.lines]
    others = chooser.sample(own, min(len(own), 4))
    body = "\n    ".join([*writer.lines, f"return {loss}, [{', '.join(others)}]"])
    source = f"def f({', '.join(writer.names[: len(writer.shapes)])}):\n    {body}\n"
    shapes, dtypes = tuple(writer.shapes), tuple(writer.dtypes)
    return Written(source, shapes, dtypes, writer.has_pairs, writer.entries)


def lengths_of(program: Written, seed: int, among: Sequence[int]) -> list[int]:
    """Numbers of examples to run a program for."""
    if not any("m" in shape for shape in program.shapes):
        return [2]
    chooser = random.Random(seed + 2)
    fits = [length for length in among if length <= (64 if program.has_pairs else 10**6)]
    return sorted(chooser.sample(fits, min(3, len(fits))))
