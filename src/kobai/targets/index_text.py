"""Python source of an entry as people write it: `Σ_n (Y[n,k] − T[n,k]) Z[n,m]`."""

from __future__ import annotations

import ast
from collections.abc import Mapping

_SIGNS = {"sum": "Σ", "prod": "Π", "max": "max", "min": "min", "any": "∃", "all": "∀"}
_POWERS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "≤",
    ast.Gt: ">",
    ast.GtE: "≥",
    ast.Eq: "=",
    ast.NotEq: "≠",
}
SUM, PRODUCT, POWER, ATOM = 1, 2, 3, 4


def index_text(source: str, symbols: Mapping[str, str] | None = None) -> str:
    """The formula as it is read.

    Args:
        source: Python source of an entry, as `PythonStyle` prints it.
        symbols: what some names are shown as: `{"dz": "∂J/∂z"}`.

    Example:
        >>> index_text("sum((Y[n, k] - T[n, k]) * Z[n, m] for n in range(N))")
        'Σ_n (Y[n,k] − T[n,k]) Z[n,m]'
    """
    return _Writer(symbols or {}).written(ast.parse(source, mode="eval").body)[0]


class _Writer:
    """Text, and how tightly it binds, of each kind of expression."""

    def __init__(self, symbols: Mapping[str, str]) -> None:
        self._symbols = symbols

    def written(self, tree: ast.expr) -> tuple[str, int]:
        match tree:
            case ast.BinOp(left, ast.Add(), right):
                return f"{self.bound(left, SUM)} + {self.bound(right, PRODUCT)}", SUM
            case ast.BinOp(left, ast.Sub(), right):
                return f"{self.bound(left, SUM)} − {self.bound(right, PRODUCT)}", SUM
            case ast.BinOp(_, ast.Mult(), _):
                return _signed(self._product(tree))
            case ast.BinOp(left, ast.Div(), right):
                return _signed(self._quotient(left, right))
            case ast.BinOp(left, ast.Pow(), right):
                return self._power(left, right), POWER
            case ast.UnaryOp(ast.USub(), operand):
                return f"−{self.bound(operand, PRODUCT)}", SUM
            case ast.Compare(left, [operator], [right]) if type(operator) in _COMPARISONS:
                sign = _COMPARISONS[type(operator)]
                return f"{self.bound(left, SUM)} {sign} {self.bound(right, SUM)}", 0
            case ast.Name(name):
                shown = self._symbols.get(name, name)
                return shown, PRODUCT if "/" in shown else ATOM
            case ast.Subscript(array, places):
                name, binds = self.written(array)
                return f"{name}[{self._places(places)}]", binds
            case ast.Call(ast.Attribute(value, "astype")):
                return f"[{self.written(value)[0]}]", ATOM
            case ast.Call(function, [ast.GeneratorExp(body, loops)]):
                return self._fold(_last_name(function), body, loops)
            case ast.Call(function, arguments):
                listed = ", ".join(self.written(argument)[0] for argument in arguments)
                return f"{_last_name(function)}({listed})", ATOM
            case _:
                return ast.unparse(tree), ATOM if isinstance(tree, ast.Constant) else 0

    def bound(self, tree: ast.expr, wanted: int) -> str:
        text, binds = self.written(tree)
        return text if binds >= wanted else f"({text})"

    def _product(self, tree: ast.expr) -> str:
        """Factors beside each other; a dot between two numbers; a sum in front in parentheses."""
        factors = _factors(tree)
        texts = [
            text if binds > PRODUCT or _is_bare(x, factors) else f"({text})"
            for x in factors
            for text, binds in [self.written(x)]
        ]
        result = texts[0]
        for text in texts[1:]:
            is_number = text[0].isdigit()
            result += f" · {text}" if is_number else f" {text}"
        return result

    def _quotient(self, left: ast.expr, right: ast.expr) -> str:
        """`1/m Σ_i …` where a whole sum is divided."""
        below = self.bound(right, POWER)
        if _is_fold(left):
            times = "" if isinstance(left, ast.Call) else "· "
            return f"1/{below} {times}{self.written(left)[0]}"
        is_quotient = isinstance(left, ast.BinOp) and isinstance(left.op, ast.Div)
        wanted = POWER if is_quotient else SUM if _is_signed(left) else PRODUCT
        above = self.bound(left, wanted)
        return f"{above} / {below}"

    def _power(self, base: ast.expr, exponent: ast.expr) -> str:
        above = self.written(exponent)[0]
        shown = self.bound(base, ATOM)
        if above.lstrip("−").isdigit():
            return shown + above.replace("−", "-").translate(_POWERS)
        return f"{shown}^({above})"

    def _places(self, places: ast.expr) -> str:
        listed = places.elts if isinstance(places, ast.Tuple) else [places]
        return ",".join(self.written(place)[0] for place in listed)

    def _fold(self, word: str, body: ast.expr, loops: list[ast.comprehension]) -> tuple[str, int]:
        """A sum binds as a product does; what is no sum has its body in parentheses."""
        signs = " ".join(f"{_SIGNS.get(word, word)}{self._below(loop, body)}" for loop in loops)
        if word != "sum":
            return f"{signs}({self.written(body)[0]})", ATOM
        return f"{signs} {self.bound(body, PRODUCT)}", PRODUCT

    def _below(self, loop: ast.comprehension, body: ast.expr) -> str:
        """The letter; its range too where that is no whole axis on which it stands alone."""
        letter = self.written(loop.target)[0]
        match loop.iter:
            case ast.Call(_, [ast.Constant() | ast.Name()]) if _is_plain(body, letter):
                return f"_{letter}"
            case ast.Call(_, [stop]):
                return f"_({letter} < {self.written(stop)[0]})"
            case ast.Call(_, [start, stop]):
                low, high = self.written(start)[0], self.written(stop)[0]
                return f"_({low} ≤ {letter} < {high})"
            case _:
                return f"_{letter}"


def _is_plain(body: ast.expr, letter: str) -> bool:
    """Whether the letter runs along axes on which it stands alone, not as in `x[i + 1]`."""
    is_alone = False
    for tree in ast.walk(body):
        if isinstance(tree, ast.Subscript):
            places = tree.slice.elts if isinstance(tree.slice, ast.Tuple) else [tree.slice]
            for place in places:
                if isinstance(place, ast.BinOp) and letter in ast.unparse(place):
                    return False
                is_alone |= isinstance(place, ast.Name) and place.id == letter
    return is_alone


def _factors(tree: ast.expr) -> list[ast.expr]:
    """The factors of a product, from left to right, however they are paired."""
    found: list[ast.expr] = []
    stack = [tree]
    while stack:
        current = stack.pop()
        if isinstance(current, ast.BinOp) and isinstance(current.op, ast.Mult):
            stack += [current.right, current.left]
        else:
            found.append(current)
    return found


def _is_fold(tree: ast.expr) -> bool:
    match tree:
        case ast.Call(ast.Name("sum"), [ast.GeneratorExp()]):
            return True
        case ast.BinOp(left, ast.Div(), _):
            return _is_fold(left)
        case _:
            return False


def _is_bare(tree: ast.expr, factors: list[ast.expr]) -> bool:
    """A sum needs no parentheses as the last factor, nor a sign before the first."""
    is_sum = isinstance(tree, ast.Call) and _is_fold(tree)
    return (is_sum and tree is factors[-1]) or (_is_signed(tree) and tree is factors[0])


def _is_signed(tree: ast.expr) -> bool:
    return isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.USub)


def _signed(text: str) -> tuple[str, int]:
    """A product that begins with a sign is bound as a sum is."""
    return text, SUM if text.startswith("−") else PRODUCT


def _last_name(function: ast.expr) -> str:
    """`exp` of `np.exp`."""
    return function.attr if isinstance(function, ast.Attribute) else ast.unparse(function)
