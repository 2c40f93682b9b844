"""`kobai derive`: the gradient of a formula or a function, step by step."""

from __future__ import annotations

import io
import math
import re
import sys
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeAlias

import click

from kobai.errors import FormulaError, ShapeError, TraceError

from .console import say

Shapes: TypeAlias = dict[str, tuple[int, ...]]

MOST_ENTRIES = 10_000_000
# Up to 16 axes, of lengths with up to 8 digits.
_SHAPE = re.compile(r"(?P<name>[^=]+)=\s*(?P<lengths>[1-9][0-9]{0,7}(x[1-9][0-9]{0,7}){0,15})\s*")
# More than a formula may have: the reader says so.
_LONGEST_READ = 20_000


def names_option(
    _context: click.Context, _parameter: click.Parameter, texts: tuple[str, ...]
) -> list[str]:
    """`w,b` as a list."""
    names = [_identifier(name) for text in texts for name in text.split(",")]
    if not all(names):
        raise click.BadParameter("write names with commas between them, as in w,b")
    return names


def shapes_option(
    _context: click.Context, _parameter: click.Parameter, texts: tuple[str, ...]
) -> Shapes:
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


class _Command(click.Command):
    """Knows that what looks like an option may be a formula."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            if error.option_name.startswith("--"):
                raise
            advice = "Before a formula that begins with a minus sign, write --."
            raise click.NoSuchOption(
                error.option_name, f"{error.message} {advice}", error.possibilities, ctx
            ) from error


@click.command(cls=_Command, short_help="Derive the gradient of a formula or a function.")
@click.argument("target", metavar="FORMULA|FILE.py:FUNCTION")
@click.option(
    "--wrt",
    multiple=True,
    callback=names_option,
    metavar="NAMES",
    help="The arguments to differentiate by, as in w,b; all if left out.",
)
@click.option(
    "--shape",
    "shapes",
    multiple=True,
    callback=shapes_option,
    metavar="SHAPES",
    help="Shapes of arguments, as in X=8x3,w=3; what is not named is a number.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**32 - 1),
    default=0,
    show_default=True,
    help="Of the values that are drawn.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the steps as JSON.")
@click.option("--latex", "as_latex", is_flag=True, help="Print the steps as LaTeX.")
def derive(
    target: str, wrt: list[str], shapes: Shapes, seed: int, as_json: bool, as_latex: bool
) -> None:
    """Derive the gradient of a loss, step by step, with a number at every step.

    kobai derive 'z = X @ w; mean((z - y)**2)' --shape X=8x3,w=3,y=8 --wrt w

    kobai derive loss.py:loss

    A FORMULA is read, never run as code: Python's arithmetic, NumPy's functions with and without
    np., sigmoid, softplus, relu, softmax. Statements are separated by ; or line ends, the last one
    is the loss. - reads it from standard input. Put -- before one that begins with a minus sign.

    A FILE.py is run, and its FUNCTION takes its parameters' defaults as example values. Arguments
    of a formula, those without a default and those that --shape names are drawn: from the standard
    normal distribution, or, where the loss is not finite then, from (0, 1), (1, 10), (-1, 0) or a
    mixture of these.
    """
    if as_json and as_latex:
        raise click.UsageError("--json and --latex don't go together")
    # Imported here, so that --help answers at once.
    from kobai.derivation import derive as derivation_of
    from kobai.formulas import Formula, argument_names, example_values

    from .derive_output import json_text
    from .user_file import users_code

    function = _function(target)
    require_known("--shape", shapes, argument_names(function))
    with users_code():
        examples = example_values(function, shapes, seed)
        if not any(isinstance(value, dict | list | tuple) for value in examples.values.values()):
            require_known("--wrt", wrt, argument_names(function))
        numbers = [name for name in argument_names(function) if name not in shapes]
        with _advice_on_shapes(numbers if isinstance(function, Formula) else []):
            derivation = derivation_of(function, *examples.values.values(), wrt=wrt or None)
    if not examples.is_defined:
        say("warning", "no values were found for which the loss is a finite number")
    if as_latex:
        click.echo(derivation.latex())
    else:
        click.echo(json_text(derivation) if as_json else str(derivation))


def _function(target: str) -> Callable[..., Any]:
    """The function of a file, or the formula, that the user names."""
    from kobai.formulas import Formula

    from .user_file import load_function, split_target

    place = split_target(target)
    if place is not None:
        return load_function(*place)
    if target.rstrip(":").endswith(".py"):
        raise click.UsageError(f"name a function of the file: {target.rstrip(':')}:FUNCTION")
    return Formula(_standard_input() if target == "-" else target)


@contextmanager
def _advice_on_shapes(numbers: list[str]) -> Iterator[None]:
    """Where a formula fails for its shapes, say which arguments have none."""
    try:
        yield
    except (FormulaError, ShapeError, TraceError) as error:
        if numbers:
            are = "is a number" if len(numbers) == 1 else "are numbers"
            error.repair += (
                f"; {', '.join(numbers)} {are} unless --shape {numbers[0]}=8x3 gives lengths"
            )
        raise


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
