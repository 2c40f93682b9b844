"""Running a graph: as machine code where that pays, with NumPy otherwise."""

from kobai.backends.choice import backend, native_steps, runnable

__all__ = ["backend", "native_steps", "runnable"]
