"""`kobai fit`: from a CSV file to a model, its figures and its report."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from .console import progress, step_bars


def _part(_context: click.Context, _parameter: click.Parameter, value: float) -> float:
    if not 0 < value < 1:
        raise click.BadParameter("it must lie between 0 and 1, as 0.25 does")
    return value


@click.command()
@click.argument("data", metavar="DATA.csv")
@click.option("--target", required=True, metavar="COLUMN", help="The column to predict.")
@click.option(
    "--model",
    type=click.Choice(["logistic"]),
    default="logistic",
    show_default=True,
    expose_value=False,  # One model so far: the choice refuses the others.
)
@click.option("--drop", multiple=True, metavar="COLUMN", help="Leave a column out. Repeatable.")
@click.option("--out", default="model.kobai", show_default=True, help="Where the model goes.")
@click.option("--report", default="report.html", show_default=True, help="Where the report goes.")
@click.option(
    "--test-size",
    type=float,
    default=0.25,
    callback=_part,
    show_default=True,
    help="The part of the rows that tests the model.",
)
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=0, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.option("--quiet", is_flag=True, help="Show no progress.")
def fit(
    data: str,
    target: str,
    drop: tuple[str, ...],
    out: str,
    report: str,
    test_size: float,
    seed: int,
    as_json: bool,
    quiet: bool,
) -> None:
    """Fit a model to a table and say how good it is.

    DATA.csv is UTF-8 text with commas and a header line; - reads standard input. Columns of numbers
    are standardised, columns of text become one column of 0 and 1 for each text. Part of the rows
    is kept to test the model.
    """
    # Imported here, so that --help and --version answer at once.
    from kobai.tables.files import check_writable, write_whole
    from kobai.tables.job import fit_table, read_for_fit
    from kobai.tables.model_file import save_model
    from kobai.tables.report import report_page

    from .fit_output import as_text, json_text

    _check_distinct(data, out, report)
    for path in (out, report):
        check_writable(path)
    with _kept(f"Nothing was written: {out} and {report} are as they were."):
        with progress("Reading the table", quiet=quiet):
            table = read_for_fit(data, target, drop)
        bars = step_bars(f"Training on {len(table):,} rows", quiet=quiet)
        outcome = fit_table(
            table, target, dropped=drop, test_size=test_size, seed=seed, callbacks=bars
        )
        page = report_page(outcome, out)
        save_model(outcome.model, out)
    with _kept(f"The model was written to {out}; {report} is as it was."):
        write_whole(report, [page.encode("utf-8", "backslashreplace")])
    render = json_text if as_json else as_text
    click.echo(render(outcome, out, report))


def _check_distinct(data: str, out: str, report: str) -> None:
    """Refuse to write the report over the model, or either over the data."""
    paths = {"DATA.csv": data, "--out": out, "--report": report}
    seen: dict[Path, str] = {}
    for name, path in paths.items():
        other = seen.setdefault(Path(path).resolve(), name)
        if other != name:
            raise click.UsageError(f"{other} and {name} are the same file, {path}")


@contextmanager
def _kept(note: str) -> Iterator[None]:
    """Let an interruption say what was kept."""
    try:
        yield
    except KeyboardInterrupt as interruption:
        interruption.add_note(note)
        raise
