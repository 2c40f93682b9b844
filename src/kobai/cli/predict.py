"""`kobai predict`: a saved model's answer for each row of a CSV file."""

from __future__ import annotations

import click

from .console import progress


@click.command()
@click.argument("model", metavar="MODEL")
@click.argument("data", metavar="DATA.csv")
@click.option("--json", "as_json", is_flag=True, help="Print labels and probabilities as JSON.")
@click.option("--quiet", is_flag=True, help="Show no progress.")
def predict(model: str, data: str, as_json: bool, quiet: bool) -> None:
    """Print one label for each row of DATA.csv, in the rows' order.

    MODEL is a file that `kobai fit` wrote; - reads DATA.csv from standard input. The table needs
    the columns that the model was fitted to, in any order. It may also hold the target and the
    columns that were dropped: these are ignored, whatever is in them. A label with a line end or
    another control character is printed with escapes, to keep one line for each row.
    """
    # Imported here, so that --help and --version answer at once.
    from kobai.data import read_csv
    from kobai.tables.model_file import load_model

    from .predict_output import as_text, json_text

    with progress("Predicting", quiet=quiet):
        loaded = load_model(model)
        table = read_csv(data, skip=loaded.ignored, check_header=loaded.check_header)
        probabilities = loaded.probabilities(table)
    render = json_text if as_json else as_text
    click.echo(render(loaded, probabilities))
