"""LaTeX for a node, in the notation of the textbooks."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping

from kobai.graph import CONSTANT, INPUT, Node, Op
from kobai.targets.source import Source, printed

_GREEK_WORDS = """
alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon
phi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega
"""
_GREEK = frozenset(_GREEK_WORDS.split())
_GREEK_LETTERS = {
    letter: rf"\{word}"
    for letter, word in zip("αβγδεζηθικλμνξπρστυφχψω", _GREEK_WORDS.split(), strict=False)
}
_ESCAPED = {c: rf"\{c}" for c in "#$%&{}_"} | {
    "\\": r"\backslash{}",
    "^": r"\hat{}",
    "~": r"\tilde{}",
}


def latex(
    node: Node,
    names: Mapping[Node, str],
    size_names: Mapping[str, str] | None = None,
    symbols: Mapping[str, str] | None = None,
) -> str:
    r"""A LaTeX expression over the names given (Python identifiers: `z_1` becomes `z_{1}`).

    Names that have LaTeX of their own are given by `symbols`: `{"delta": r"\delta^{l}"}`.

    Example:
        >>> import numpy as np
        >>> from kobai.graph import Graph
        >>> x = Graph().input("x", (), np.dtype(float))
        >>> print(latex((x + 1) / 2, {x: "x"}))
        \frac{x + 1}{2}
    """
    sizes = {symbol: latex_name(name) for symbol, name in (size_names or {}).items()}
    known = frozenset(names.values())
    own = symbols or {}
    shown = {named: own.get(name) or latex_name(name, known) for named, name in names.items()}

    def leaf(node: Node, user: Node | None) -> Source:
        if node.op is CONSTANT:
            return latex_constant(node)
        if node.op is INPUT:
            return Source(latex_name(node.attribute("name")))
        text = str(node.attribute("size").renamed(sizes))
        precedence = 11 if " " in text else 12 if "*" in text else 100
        return Source(text.replace("*", r" \, "), precedence, r"\left({}\right)")

    return printed(
        node, shown, sizes, lambda op: op.latex, latex_precedence, leaf, r"\left({}\right)"
    )


def latex_precedence(op: Op) -> int:
    """How tightly an operation's LaTeX binds."""
    return op.precedence if op.latex_precedence is None else op.latex_precedence


def latex_name(name: str, values: Collection[str] = ()) -> str:
    """An identifier as a symbol: `dz` is dz; `w_1`, `w1`, `C_T`, `α_t` have an index; `alpha` is α.

    A longer word is a derivative if the rest is among the values: `dloss`, but not `decay`.
    """
    if name[0] == "d" and name[1:] in values:
        return "d" + latex_name(name[1:])
    match = re.fullmatch(r"(d(?=[^\W\d_](?:_|\d|$)))?([^\W\d_]+)_?(\d*)", name)
    if match is None:
        lettered = re.fullmatch(r"(d?)([^\W\d_])_([^\W_]+)", name)
        if lettered is None:
            return rf"\mathrm{{{_escaped(name)}}}"
        prefix, letter, below = lettered.groups()
        return f"{prefix}{_symbol(letter)}_{{{_symbol(below)}}}"
    prefix, letters, index = match.groups(default="")
    return prefix + _symbol(letters) + (f"_{{{index}}}" if index else "")


def _symbol(letters: str) -> str:
    if letters in _GREEK:
        return rf"\{letters}"
    if letters in _GREEK_LETTERS:
        return _GREEK_LETTERS[letters]
    if not letters.isascii():
        return rf"\text{{{letters}}}"
    return letters if len(letters) == 1 else rf"\mathrm{{{letters}}}"


def _escaped(text: str) -> str:
    return "".join(_ESCAPED.get(character, character) for character in text)


def latex_constant(node: Node) -> Source:
    """A number; an array is called by its place in the graph."""
    value = node.attribute("value")
    if value.ndim:
        return Source(rf"C_{{{node.index}}}")
    text = _number(value.item())
    return Source(text, 11 if text.startswith("-") else 100, r"\left({}\right)")


def _number(value: float) -> str:
    if math.isnan(value):
        return r"\mathrm{nan}"
    if math.isinf(value):
        return r"\infty" if value > 0 else r"-\infty"
    text = repr(int(value)) if float(value).is_integer() and abs(value) < 1e6 else repr(value)
    mantissa, _, exponent = text.partition("e")
    if not exponent:
        return mantissa
    power = f"10^{{{int(exponent)}}}"
    return power if mantissa == "1" else rf"{mantissa} \cdot {power}"
