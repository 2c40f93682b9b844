"""Formulas as Octave, MATLAB and matrixcalculus.org write them: a second dialect of `Formula`.

Its own scanner and parser read the text; what it computes is written in NumPy, as any formula is.
Every value is a number or a matrix of two axes: a vector is a column, and 1x1 is a number.

scanning    tokens; where a space separates, and whether a quote transposes
words       signs and words that are refused, and what to write instead
parsing     the syntax tree, by precedence
values      what a value is: lengths, truth values, bounds on what a formula makes
operators   the table of operators
products    products, quotients and powers of matrices
indices     ranges, entries, `[a, b; c, d]`
folds       sums and their relatives along an axis
matrices    matrices that are made, measured, rearranged, inverted
functions   the table of functions
calls       what a call takes and gives
reading     from the syntax tree to expressions
"""
