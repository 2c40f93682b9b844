"""What the commands on a user's function share: its place, the options that give it values."""

from __future__ import annotations

import io
import math
import re
import sys
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeAlias

import click

from kobai.errors import FormulaError

Shapes: TypeAlias = dict[str, tuple[int, ...]]
Syntax: TypeAlias = Literal["numpy", "octave"]

MOST_ENTRIES = 10_000_000
# Up to 16 axes, of lengths with up to 8 digits.
_SHAPE = re.compile(r"(?P<name>[^=]+)=\s*(?P<lengths>[1-9][0-9]{0,7}(x[1-9][0-9]{0,7}){0,15})\s*")
# More than a formula may have: the reader says so.
_LONGEST_READ = 20_000


def _names(
    _context: click.Context, _parameter: click.Parameter, texts: tuple[str, ...]
) -> list[str]:
    """`w,b` as a list."""
    names = [_identifier(name) for text in texts for name in text.split(",")]
    if not all(names):
        raise click.BadParameter("write names with commas between them, as in w,b")
    return names


def _shapes(_context: click.Context, _parameter: click.Parameter, texts: tuple[str, ...]) -> Shapes:
    """`X=8x3,w=3` as lengths by name."""
    shapes: Shapes = {}
    for text in ",".join(texts).split(",") if texts else []:
        found = _SHAPE.fullmatch(text)
        if found is None:
            raise click.BadParameter(f"{text!r} is no shape: write X=8x3 for 8 rows and 3 columns")
        name = _identifier(found["name"])
        if name in shapes:
            raise click.BadParameter(f"{name} has two shapes")
        shapes[name] = tuple(map(int, found["lengths"].split("x")))
    if sum(map(math.prod, shapes.values())) > MOST_ENTRIES:
        raise click.BadParameter(f"more than {MOST_ENTRIES:,} numbers in all")
    return shapes


def _identifier(name: str) -> str:
    """A name as Python has it: x of full width is x."""
    return unicodedata.normalize("NFKC", name.strip())


wrt_option = click.option(
    "--wrt",
    multiple=True,
    callback=_names,
    metavar="NAMES",
    help="The arguments to differentiate by, as in w,b; all if left out.",
)
shape_option = click.option(
    "--shape",
    "shapes",
    multiple=True,
    callback=_shapes,
    metavar="SHAPES",
    help="Shapes of arguments, as in X=8x3,w=3; what is not named is a number.",
)
seed_option = click.option(
    "--seed",
    type=click.IntRange(0, 2**32 - 1),
    default=0,
    show_default=True,
    help="Of the values that are drawn.",
)
lang_option = click.option(
    "--lang",
    type=click.Choice(["en", "ja", "zh"]),
    default="en",
    show_default=True,
    help="The language of what is said.",
)


syntax_option = click.option(
    "--syntax",
    type=click.Choice(["numpy", "octave"]),
    help="What a FORMULA is written like; numpy if left out.",
)


def function_of(target: str, syntax: Syntax | None = None) -> Callable[..., Any]:
    """The function of a file, or the formula in this syntax, that the user names as TARGET."""
    from kobai.formulas import Formula

    from .user_file import load_function, split_target

    place = split_target(target)
    if place is not None:
        if syntax is not None:
            raise click.UsageError("--syntax goes with a formula")
        return load_function(*place)
    if target.rstrip(":").endswith(".py"):
        raise click.UsageError(f"name a function of the file: {target.rstrip(':')}:FUNCTION")
    return Formula(_standard_input() if target == "-" else target, syntax or "numpy")


def _standard_input() -> str:
    stream = io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8-sig")
    try:
        return stream.read(_LONGEST_READ)
    except UnicodeDecodeError as error:
        raise FormulaError(
            "standard input is not text in UTF-8", repair="save the formula as UTF-8"
        ) from error


def require_known(
    option: str, names: Mapping[str, Any] | list[str], known: tuple[str, ...]
) -> None:
    for name in names:
        if name not in known:
            listed = f"the arguments are {', '.join(known)}" if known else "there are no arguments"
            raise click.UsageError(f"{option} names {name}, which is no argument: {listed}")
