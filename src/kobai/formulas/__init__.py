"""Formulas typed by people: read with an allow-list, run as calls of NumPy's functions, never as code.

parts        stretches of the text, and messages that point at them
scanning     characters and words: what can't stand in a formula at all; statements
functions    the words: every NumPy function that Kobai traces, and a few of mathematics
expressions  what a formula is read into, and its evaluation
reading      from the text to expressions
examples     values at which a loss is defined
"""

from kobai.formulas.examples import Examples, drawn_examples
from kobai.formulas.formula import Formula

__all__ = ["Examples", "Formula", "drawn_examples"]
