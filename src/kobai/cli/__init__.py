"""The `kobai` program. Each command has a module; this one lists them."""

from __future__ import annotations

import click

from .check import check
from .commands import Commands
from .derive import derive
from .export import export
from .fit import fit
from .predict import predict

__all__ = ["main"]


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="kobai", prog_name="kobai")
def main() -> None:
    """Gradients derived, shown, proved and run. Results go to standard output."""


for _command in (fit, predict, derive, check, export):
    main.add_command(_command)
