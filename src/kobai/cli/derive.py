"""`kobai derive`: the gradient of a formula or a function, step by step."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

from kobai.errors import FormulaError, ShapeError, TraceError

from .arguments import (
    Shapes,
    function_of,
    require_known,
    seed_option,
    shape_option,
    wrt_option,
)
from .console import say


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
@wrt_option
@shape_option
@seed_option
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

    function = function_of(target)
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
