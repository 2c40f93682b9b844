"""`kobai derive`: the gradient of a formula or a function, step by step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from kobai.errors import FormulaError, ShapeError, TraceError

from .arguments import (
    Shapes,
    Syntax,
    function_of,
    lang_option,
    require_known,
    seed_option,
    shape_option,
    syntax_option,
    wrt_option,
)
from .console import say

if TYPE_CHECKING:
    from kobai.derivation import Derivation


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


def _form(name: str, text: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """An option that asks for another form than text."""
    return click.option(f"--{name}", "forms", flag_value=name, multiple=True, help=text)


@click.command(cls=_Command, short_help="Derive the gradient of a formula or a function.")
@click.argument("target", metavar="FORMULA|FILE.py:FUNCTION")
@syntax_option
@wrt_option
@shape_option
@seed_option
@click.option(
    "--notation",
    type=click.Choice(["matrix", "index"]),
    default="matrix",
    show_default=True,
    help="Formulas of whole arrays, or of their entries.",
)
@click.option(
    "--names",
    type=click.Choice(["d", "delta", "partial"]),
    default="d",
    show_default=True,
    help="What derivatives are called: dz, δ for the errors of units, or ∂J/∂z.",
)
@lang_option
@_form("json", "Print all of it as JSON.")
@_form("latex", "Print the steps as LaTeX.")
@_form("dot", "Print the graph for Graphviz.")
@_form("mermaid", "Print the graph for Mermaid.")
@click.option(
    "--html",
    type=click.Path(dir_okay=False),
    metavar="PATH",
    help="Write a page that draws the graph and goes through the steps.",
)
def derive(
    target: str,
    syntax: Syntax | None,
    wrt: list[str],
    shapes: Shapes,
    seed: int,
    notation: str,
    names: str,
    lang: str,
    forms: tuple[str, ...],
    html: str | None,
) -> None:
    """Derive the gradient of a loss, step by step, with a number at every step.

    kobai derive 'z = X @ w; mean((z - y)**2)' --shape X=8x3,w=3,y=8 --wrt w

    kobai derive "z = X*w; (z - y)'*(z - y)/rows(X)" --syntax octave --shape X=8x3,w=3,y=8 --wrt w

    kobai derive loss.py:loss

    A FORMULA is read, never run as code: Python's arithmetic, NumPy's functions with and without
    np., sigmoid, softplus, relu, softmax. Statements are separated by ; or line ends, the last one
    is the loss. - reads it from standard input. Put -- before one that begins with a minus sign.

    With --syntax octave it is read as Octave, MATLAB and matrixcalculus.org have it: X*w is the
    product of matrices, X.*Y that of entries, X' a transpose, A(1, :) a row, sum(X, 2), max(x, 0).
    A shape w=3 is then a column. The derivation is printed as NumPy. docs/formulas.md lists what
    is read.

    A FILE.py is run, and its FUNCTION takes its parameters' defaults as example values. Arguments
    of a formula, those without a default and those that --shape names are drawn: from the standard
    normal distribution, or, where the loss is not finite then, from (0, 1), (1, 10), (-1, 0) or a
    mixture of these.
    """
    if len(set(forms)) > 1:
        raise click.UsageError(f"--{forms[0]} and --{forms[1]} don't go together")
    # Imported here, so that --help answers at once.
    from kobai.derivation import derive as derivation_of
    from kobai.formulas import Formula, argument_names, example_values

    from .user_file import users_code

    function = function_of(target, syntax)
    require_known("--shape", shapes, argument_names(function))
    with users_code():
        examples = example_values(function, shapes, seed)
        if not any(isinstance(value, dict | list | tuple) for value in examples.values.values()):
            require_known("--wrt", wrt, argument_names(function))
        numbers = [name for name in argument_names(function) if name not in shapes]
        with _advice_on_shapes(numbers if isinstance(function, Formula) else []):
            derivation = derivation_of(
                function,
                *examples.values.values(),
                wrt=wrt or None,
                notation=notation,
                names=names,
                lang=lang,
            )
    if not examples.is_defined:
        say("warning", "no values were found for which the loss is a finite number")
    if html is not None:
        derivation.html(html)
        say("written", html)
    if html is None or forms:
        click.echo(_PRINTED[forms[0] if forms else "text"](derivation))


_PRINTED: dict[str, Callable[[Derivation], str]] = {
    "text": str,
    "json": lambda derivation: derivation.to_json(),
    "latex": lambda derivation: derivation.latex(),
    "dot": lambda derivation: derivation.dot(),
    "mermaid": lambda derivation: derivation.mermaid(),
}


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
