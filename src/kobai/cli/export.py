"""`kobai export`: the gradient of a loss, or its training, as a program in another language."""

from __future__ import annotations

import json
from typing import Any, cast

import click

from .arguments import (
    Shapes,
    Syntax,
    function_of,
    require_known,
    seed_option,
    shape_option,
    syntax_option,
    wrt_option,
)


@click.command(short_help="Write a gradient, or training, as C, Octave, Scilab, Julia or NumPy.")
@click.argument("target", metavar="FORMULA|FILE.py:FUNCTION")
@click.option(
    "--to",
    "language",
    required=True,
    type=click.Choice(["numpy", "c", "octave", "scilab", "julia"]),
    help="The language.",
)
@click.option(
    "--program",
    type=click.Choice(["gradient", "training"]),
    default="gradient",
    show_default=True,
    help="The loss with its gradient, or the loop that trains.",
)
@click.option(
    "--learning-rate",
    type=float,
    help="Of training; 0.1 if it is left out.",
)
@click.option("--momentum", type=float, help="Of training; 0 if it is left out.")
@syntax_option
@wrt_option
@shape_option
@seed_option
@click.option("--json", "as_json", is_flag=True, help="Print the source as a JSON object.")
def export(
    target: str,
    language: str,
    program: str,
    learning_rate: float | None,
    momentum: float | None,
    syntax: Syntax | None,
    wrt: list[str],
    shapes: Shapes,
    seed: int,
    as_json: bool,
) -> None:
    """Write the gradient of a loss, or its training, as a program.

    kobai export loss.py:loss --to c > gradient.c

    kobai export 'z = X @ w; mean((z - y)**2)' --shape X=8x3,w=3,y=8 --wrt w --to octave

    Arguments take their values as in `kobai derive`; they are the program's example.
    """
    from kobai.exporting import export as exported
    from kobai.formulas import argument_names, example_values
    from kobai.optim import GradientDescent

    from .user_file import users_code

    is_training = program == "training"
    if not is_training and (learning_rate is not None or momentum is not None):
        raise click.UsageError("--learning-rate and --momentum go with --program training")
    optimizer = None
    if is_training:
        rate = 0.1 if learning_rate is None else learning_rate
        optimizer = GradientDescent(rate, momentum=momentum or 0.0)

    function = function_of(target, syntax)
    require_known("--shape", shapes, argument_names(function))
    with users_code():
        examples = example_values(function, shapes, seed)
        text = exported(
            function,
            *examples.values.values(),
            wrt=wrt or None,
            target=cast("Any", language),
            program=cast("Any", program),
            optimizer=optimizer,
        )
    if as_json:
        click.echo(json.dumps({"language": language, "program": program, "source": text}))
    else:
        click.echo(text, nl=False)
