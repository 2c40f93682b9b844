"""Names that the user gave to values, as nodes of the graph.

A name stands at each place where the user bound one, so that the derivative by a named value counts
its uses under that name alone. It changes no number.
"""

from __future__ import annotations

from kobai.graph import Node, Op
from kobai.ops.entries import ANYWHERE, ATOM, same_shape, unchanged

named = Op(
    name="named",
    body=lambda x, *, name: x,
    kind="map",
    evaluate=lambda x, *, name: x,
    shape=same_shape,
    dtypes=unchanged,
    derivative=(lambda g, y, x, *, name: g,),
    text=lambda node, x: node.attribute("name"),
    latex=lambda node, x: rf"\mathrm{{{node.attribute('name')}}}",
    precedence=ATOM,
    bounds=lambda x, **_: x,
    domain=ANYWHERE,
    is_variable=True,
)


def is_marker(node: Node) -> bool:
    """Whether a name only sets an argument of an inner call apart from its value."""
    return "@" in node.attribute("name")
