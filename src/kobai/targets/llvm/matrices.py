"""The matrices of a product: where they are, and how they lie in memory."""

from __future__ import annotations

from dataclasses import dataclass

from kobai.graph import AnyDType
from kobai.lower.loops import Product
from kobai.sizes import Dim
from kobai.targets.llvm.memory import COUNT, Place, place_of, symbol


@dataclass(frozen=True)
class Matrices:
    """Where a, b and c are; the steps of a matrix are along its rows, then along its columns."""

    a: Place
    b: Place
    c: Place
    rows: Dim
    inner: Dim
    columns: Dim
    is_added: bool

    @property
    def dtype(self) -> AnyDType:
        return self.c.buffer.dtype

    def transposed(self) -> Matrices:
        """c.T = b.T @ a.T."""
        a, b, c = (Place(p.buffer, p.start, p.steps[::-1]) for p in (self.b, self.a, self.c))
        return Matrices(a, b, c, self.columns, self.inner, self.rows, self.is_added)

    @property
    def lies_in_rows(self) -> bool:
        """Whether rows of b and of c lie side by side."""
        return self.b.steps[1] == 1 and self.c.steps[1] == 1

    @property
    def runs_along(self) -> bool:
        """Whether the sums run along rows of a and columns of b."""
        return self.a.steps[1] == 1 and self.b.steps[0] == 1


def matrices(product: Product) -> Matrices:
    """The matrices of a product in a running kernel."""
    lengths: list[Dim] = [product.rows, product.columns, product.inner]
    if product.tiled is not None:
        lengths[product.tiled] = symbol(COUNT)
    rows, columns, inner = lengths
    ways = {0: (0, None, 0), 1: (None, 1, 1), 2: (1, 0, None), None: (None, None, None)}
    at_a, at_b, at_c = ways[product.tiled]
    return Matrices(
        place_of(product.a, at_a),
        place_of(product.b, at_b),
        place_of(product.c, at_c),
        rows,
        inner,
        columns,
        product.is_added,
    )
