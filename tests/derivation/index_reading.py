"""Reads `Σ_n (Y[n,k] − T[n,k]) Z[n,m]` as a person does, and writes it as Python.

A space between two factors is a product, Σ goes on over the product behind it, and a letter runs
along the axes on which it stands: the reader finds its length in the arrays, not in the source.
"""

from __future__ import annotations

import re

import numpy as np

from kobai.derivation import Derivation

_TOKEN = re.compile(
    r"\s*(?:(?P<fold>Σ|Π|max|min|∃|∀)_(?P<letter>\w+)|(?P<ranged>Σ|Π|max|min)_\((?P<range>[^()]*)\)|"
    r"(?P<number>\d[\d.]*(?:e[-+]?\d+)?)|(?P<name>[^\W\d⁰¹²³⁴⁵⁶⁷⁸⁹][^\W⁰¹²³⁴⁵⁶⁷⁸⁹]*)|(?P<power>[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)|"
    r"(?P<sign>[-+−·/^()\[\],<>=≤≥≠%~&|]|==|\*\*))"
)
_DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_FOLDS = {"Σ": "sum", "Π": "math.prod", "max": "max", "min": "min", "∃": "any", "∀": "all"}
_COMPARISONS = {"<": "<", ">": ">", "=": "==", "≤": "<=", "≥": ">=", "≠": "!="}
_FUNCTIONS = {"where", "exp", "log", "tanh", "abs", "maximum", "minimum", "sign", "sin", "cos"}
_FUNCTIONS |= {"sqrt", "logaddexp", "log1p", "expm1", "cosh", "sinh", "square", "exp2"}


def as_python(text: str, d: Derivation) -> str:
    """Python source that computes the formula."""
    values = {other.name: other.value for other in d.steps if other.phase != "update"}
    values |= dict(d.names)
    reader = _Reader(text, {name: np.shape(value) for name, value in values.items()})
    return reader.read()


class _Reader:
    def __init__(self, text: str, shapes: dict[str, tuple[int, ...]]) -> None:
        self._tokens = list(_TOKEN.finditer(text))
        assert "".join(m[0] for m in self._tokens).strip() == text.strip(), text
        self._at = 0
        self._shapes = shapes
        self._lengths: dict[str, int] = {}

    def read(self) -> str:
        result = self._comparison()
        assert self._at == len(self._tokens), self._tokens[self._at :]
        return result

    def _peek(self) -> str:
        return self._tokens[self._at][0].strip() if self._at < len(self._tokens) else ""

    def _take(self, wanted: str = "") -> str:
        token = self._peek()
        assert not wanted or token == wanted, (token, wanted)
        self._at += 1
        return token

    def _comparison(self) -> str:
        left = self._sum()
        if self._peek() in _COMPARISONS:
            sign = _COMPARISONS[self._take()]
            return f"({left} {sign} {self._sum()})"
        return left

    def _sum(self) -> str:
        text = self._product()
        while self._peek() in ("+", "−"):
            sign = self._take().replace("−", "-")
            text = f"({text} {sign} {self._product()})"
        return text

    def _product(self) -> str:
        if self._peek() == "−":
            self._take()
            return f"(-{self._product()})"
        text = self._factor()
        while self._peek() and (self._peek() in ("/", "·") or not _ends(self._peek())):
            sign = "/" if self._peek() == "/" else "*"
            if self._peek() in ("/", "·"):
                self._take()
            text = f"({text} {sign} {self._factor()})"
        return text

    def _factor(self) -> str:
        match = self._tokens[self._at]
        if match["fold"] or match["ranged"]:
            return self._fold()
        text = self._atom()
        if self._at < len(self._tokens) and self._tokens[self._at]["power"]:
            text = f"({text} ** {self._take().translate(_DIGITS)})"
        elif self._peek() == "^":
            self._take()
            self._take("(")
            text = f"({text} ** {self._sum()})"
            self._take(")")
        return text

    def _fold(self) -> str:
        match = self._tokens[self._at]
        self._at += 1
        word = _FOLDS[match["fold"] or match["ranged"]]
        _, letter, _ = _range(match["range"]) if match["ranged"] else ("", match["letter"], "")
        outside = self._lengths.pop(letter, None)
        body = self._product() if word == "sum" else self._factor()
        length = self._lengths.pop(letter, None)
        if outside is not None:
            self._lengths[letter] = outside
        if match["ranged"]:
            low, letter, high = _range(match["range"])
            return f"{word}({body} for {letter} in range({low}, {high}))"
        return f"{word}({body} for {letter} in range({length}))"

    def _atom(self) -> str:
        match = self._tokens[self._at]
        if match["number"]:
            return self._take()
        if self._peek() == "(":
            self._take()
            text = self._comparison()
            self._take(")")
            return f"({text})"
        if self._peek() == "[":
            self._take()
            text = self._comparison()
            self._take("]")
            return f"float({text})"
        name = self._take()
        if self._peek() == "(" and name in _FUNCTIONS:
            self._take()
            arguments = [self._comparison()]
            while self._peek() == ",":
                self._take()
                arguments.append(self._comparison())
            self._take(")")
            return f"np.{name}({', '.join(arguments)})"
        if self._peek() == "[" and name in self._shapes:
            return f"{name}[{', '.join(self._places(name))}]"
        return name

    def _places(self, name: str) -> list[str]:
        self._take("[")
        places: list[str] = []
        for length in self._shapes[name]:
            if places:
                self._take(",")
            place = self._sum()
            if re.fullmatch(r"[^\W\d]\w*", place):
                self._lengths.setdefault(place, length)
            places.append(place)
        self._take("]")
        return places


def _ends(token: str) -> bool:
    return token[0] in "+−)],<>=≤≥≠"


def _range(text: str) -> tuple[str, str, str]:
    found = re.fullmatch(r"(?:(.*) ≤ )?(\w+) < (.*)", text)
    assert found is not None, text
    low, high = (end.replace("−", "-") for end in (found[1] or "0", found[3]))
    return low, found[2], high
