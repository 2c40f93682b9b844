"""The HTML report of a fit."""

from .page import report_page

__all__ = ["report_page"]
