"""`kobai check`: a gradient made by hand, held against the right one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from .arguments import Shapes, lang_option, require_known, seed_option, shape_option, wrt_option


@click.command(short_help="Check a gradient that was derived by hand.")
@click.argument("loss", metavar="FILE.py:LOSS")
@click.argument("backward", metavar="FILE.py:BACKWARD")
@wrt_option
@shape_option
@seed_option
@lang_option
@click.option("--json", "as_json", is_flag=True, help="Print the steps as JSON.")
@click.pass_context
def check(
    ctx: click.Context,
    loss: str,
    backward: str,
    wrt: list[str],
    shapes: Shapes,
    seed: int,
    lang: str,
    as_json: bool,
) -> None:
    """Check a gradient that was derived by hand, and name its first wrong step.

    kobai check net.py:loss net.py:backward --wrt W1,b1

    BACKWARD returns the derivatives, as a tuple or a dict. It is given what its parameters name:
    arguments of the LOSS, values that it computes (z, a), lengths (m). Its local variables dz, dW1,
    delta2 are its steps. The LOSS takes its parameters' defaults as example values; others, and
    those that --shape names, are drawn.

    The exit code is 0 if all is right and 1 if not.
    """
    # Imported here, so that --help answers at once.
    from kobai.diagnosis import check as checked
    from kobai.formulas import argument_names, example_values

    from .check_output import json_text
    from .user_file import users_code

    function, hand = _function(loss), _function(backward)
    require_known("--shape", shapes, argument_names(function))
    with users_code():
        examples = example_values(function, shapes, seed)
        require_known("--wrt", wrt, argument_names(function))
        result = checked(function, hand, *examples.values.values(), wrt=wrt or None, lang=lang)
    click.echo(json_text(result) if as_json else str(result))
    if not result:
        ctx.exit(1)


def _function(target: str) -> Callable[..., Any]:
    from .user_file import load_function, split_target

    place = split_target(target)
    if place is None:
        raise click.UsageError(f"{target} names no function of a file: write FILE.py:FUNCTION")
    return load_function(*place)
