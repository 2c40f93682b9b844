"""Run a plain NumPy function on handles, and have its graph.

Users hold handles; graphs hold nodes. A `Traced` is what the user's function gets for an array. It
answers NumPy's operators, functions and methods (`__array_ufunc__`, `__array_function__`), keeps
the node that stands for its value at the moment, and is worth nothing after its call.

    trace      one run of a function, and the handles that belong to it
    calls      from a call of NumPy's to a node, or to the reason why not
    array      the handle that NumPy and Python see
    operators  + - * / and the others
    stores     a[i] = v, out=, np.add.at
    views      arrays that share their memory
    complex_values  pairs of a real and an imaginary part
    fourier    np.fft
    piecewise  functions of the user's own, chosen from by conditions
    lengths    how Python compares symbolic sizes
    scipy_functions  those that don't ask their operands by themselves
"""

from kobai.tracing import fourier, operators, piecewise
from kobai.tracing.array import Traced
from kobai.tracing.scipy_functions import teach
from kobai.tracing.trace import Trace, active_trace, entered

__all__ = [
    "Trace",
    "Traced",
    "active_trace",
    "entered",
    "fourier",
    "operators",
    "piecewise",
    "teach",
]
