"""Running a graph: as machine code where that pays, with NumPy otherwise."""

from kobai.backends.choice import backend, program

__all__ = ["backend", "program"]
