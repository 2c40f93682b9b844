"""How long a fresh Python takes to import Kobai, as a ratio to importing NumPy.

To run it: python benchmarks/importing.py
"""

from __future__ import annotations

import subprocess
import sys
import time


def seconds(statement: str) -> float:
    """The best of nine processes."""
    times = []
    for _ in range(9):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", statement], check=True)
        times.append(time.perf_counter() - start)
    return min(times)


if __name__ == "__main__":
    numpy = seconds("import numpy")
    for statement in ("import kobai", "import kobai; kobai.grad", "import kobai; kobai.derive"):
        print(f"{statement:28} {seconds(statement) / numpy:5.2f} of `import numpy`")
