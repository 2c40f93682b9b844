"""Running a graph: as machine code where that pays, with NumPy otherwise."""

from kobai.backends.choice import backend, runnable

__all__ = ["backend", "runnable"]
