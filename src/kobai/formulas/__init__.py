"""Formulas typed by people: read by an allow-list, run as calls of NumPy, never as code.

parts        stretches of the text, and messages that point at them
scanning     characters, words, brackets and statements
syntax       the syntax tree of a statement, and places of its nodes
operators    operators and indices, with bounds on numbers
functions    the words: every NumPy function that Kobai traces, and a few of mathematics
calls        what a call may call and give
expressions  what a formula is read into, and its evaluation
names        arguments, named values, constants
reading      from the text to expressions
octave       the same for Octave's syntax, by a parser of its own
dialects     the table of the two
formula      the formula as a function
examples     values for the arguments of a function
"""

from kobai.formulas.examples import Examples, argument_names, example_values
from kobai.formulas.formula import Formula

__all__ = ["Examples", "Formula", "argument_names", "example_values"]
