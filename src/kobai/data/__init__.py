"""Tables from files: read, checked, and never silently changed."""

from .csv_file import read_csv
from .source import STANDARD_INPUT, source_name
from .table import Column, NumberColumn, Table, TextColumn

__all__ = [
    "STANDARD_INPUT",
    "Column",
    "NumberColumn",
    "Table",
    "TextColumn",
    "read_csv",
    "source_name",
]
