"""Running a graph: as machine code where that pays, with NumPy otherwise."""

from kobai.backends.choice import Runnable, backend, native_steps, runnable

__all__ = ["Runnable", "backend", "native_steps", "runnable"]
