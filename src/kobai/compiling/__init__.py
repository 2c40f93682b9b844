"""`kobai.compile`: a function as a program, and the conditions under which it stands for it.

captured   globals and closure cells, and arrays among them
variant    one recording, and what has to hold for it to serve a call
function   the compiled function: tries what it has recorded, and records
reading    how a function is computed in passes over its examples
"""

from kobai.compiling.function import compile
from kobai.compiling.reading import passes

__all__ = ["compile", "passes"]
