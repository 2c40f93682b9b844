"""The first look at a formula: its characters and words, its brackets, its statements.

What this look lets pass are names, numbers, plain strings and Python's operators, in matching
brackets. Python's parser sees nothing else, so most of its constructs are out of reach.
"""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from kobai.errors import FormulaError
from kobai.formulas.parts import Part

LONGEST_TEXT = 10_000
MOST_DIGITS = 30

OPERATORS = frozenset(("**", "<=", ">=", "==", "!=", *"-+*/@<>=()[],.:;&|~"))
_ENTRYWISE = "leave out the dot: * and / work entry by entry"
_TRANSPOSED = "write X.T for the transpose of X"
# What is no operator of a formula, and what to write.
_SIGNS = {
    "^": "write ** for a power",
    ".*": _ENTRYWISE,
    "./": _ENTRYWISE,
    ".^": "write ** for a power, entry by entry",
    **dict.fromkeys(("'", '"', "’", "ᵀ"), _TRANSPOSED),
    "//": "write / for a quotient",
    "&&": "write (x > 0) & (y > 0)",
    "||": "write (x > 0) | (y > 0)",
    "!": "write ~ for 'not', != for 'not equal'",
    ":=": "write the assignment as a statement of its own: z = X @ w; sum(z)",
    **dict.fromkeys(
        ("+=", "-=", "*=", "/=", "@=", "**="), "give the new value a name of its own: z2 = z + 1"
    ),
    **dict.fromkeys("{}", "write ( and )"),
    **dict.fromkeys("×·⋅∗∘⊙", "write * for a product"),
    **dict.fromkeys("−–", "write - for a difference"),
    "÷": "write / for a quotient",
    "≤": "write <=",
    "≥": "write >=",
    "≠": "write !=",
    "²": "write **2",
    "³": "write **3",
    "√": "write sqrt(x)",
    "∑": "write sum(x)",
    "%": "a comment begins with #; a remainder is not read",
    "\\": "put the formula in brackets to go on in the next line",
}
_WORDS = {
    **dict.fromkeys(("and", "or"), "write (x > 0) & (y > 0), or | for 'or'"),
    "not": "write ~(x > 0)",
    **dict.fromkeys(("if", "else"), "write where(x > 0, a, b) for a choice"),
    "lambda": "choose another name, such as lam or λ",
    "return": "leave it out: the last statement is the loss",
    "for": "fold an axis with sum(x, axis=0) or mean(x, axis=0)",
    "def": "put the function into a file, and name it: kobai derive loss.py:loss",
}
_CLOSING = {"(": ")", "[": "]"}
_SYMBOLS = "|".join(map(re.escape, sorted({*OPERATORS, *_SIGNS}, key=len, reverse=True)))
_TOKEN = re.compile(
    rf"""(?P<space>[ \t]+|\#[^\n]*)
    | (?P<newline>\n)
    | (?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)
    | (?P<name>(?:[A-Za-z_]|[^\x00-\x7f])(?:\w|[^\x00-\x7f])*)
    | (?P<string>'[ -&(-\[\]-~]*'|"[ !#-\[\]-~]*")
    | (?P<symbol>{_SYMBOLS}|.)""",
    re.VERBOSE | re.DOTALL,
)


def statements(text: str) -> list[Part]:
    """The statements of a formula, which `;` and line ends separate; empty ones are left out.

    Raises:
        FormulaError: a character, word or number that can't stand in a formula, two values without
            an operator between them, or a bracket without its partner.
    """
    require_length(text)
    scan = _Scan()
    for kind, token in _tokens(text):
        scan.take(kind, str(token), token)
    scan.end_statement()
    return scan.statements


def require_length(text: str) -> None:
    """Refuse a text that is too long."""
    if len(text) > LONGEST_TEXT:
        raise Part(text, LONGEST_TEXT, LONGEST_TEXT + 1).mistake(
            f"the formula has {len(text):,} characters; {LONGEST_TEXT:,} is the limit",
            "shorten it, or write it as a function in a file",
        )


@dataclass
class _Scan:
    """What has been seen so far.

    Attributes:
        statements: those that have ended.
        begun: the tokens of the one that has not, but for spaces: kind and place.
        brackets: those that are open.
    """

    statements: list[Part] = field(default_factory=list)
    begun: list[tuple[str, Part]] = field(default_factory=list)
    brackets: list[Part] = field(default_factory=list)

    def take(self, kind: str, symbol: str, token: Part) -> None:
        if symbol == ";" or (kind == "newline" and not self.brackets):
            self.end_statement()
        elif kind not in ("space", "newline"):
            if kind != "symbol":
                self._require_operator(kind, token)
            elif symbol in "()[]":
                self._match_bracket(symbol, token)
            self.begun.append((kind, token))

    def end_statement(self) -> None:
        if self.brackets:
            raise self.brackets[-1].mistake(
                "this bracket is never closed", f"add the {_CLOSING[str(self.brackets[-1])]}"
            )
        if self.begun:
            (_, first), (_, last) = self.begun[0], self.begun[-1]
            self.statements.append(Part(first.text, first.start, last.stop))
            self.begun.clear()

    def _require_operator(self, kind: str, token: Part) -> None:
        """Two values don't stand side by side."""
        if not self.begun:
            return
        before_kind, before = self.begun[-1]
        if before_kind == "symbol" and str(before) not in _CLOSING.values():
            return
        if kind == "string":
            raise Part(token.text, token.start, token.start + 1).mistake(
                "a quote is not an operator of a formula", _TRANSPOSED
            )
        raise token.mistake(
            f"an operator or a comma is missing before {token}",
            f"for a product write {before} * {token}",
        )

    def _match_bracket(self, symbol: str, token: Part) -> None:
        if symbol in _CLOSING:
            self.brackets.append(token)
            return
        opening = self.brackets.pop() if self.brackets else None
        if opening is None or _CLOSING[str(opening)] != symbol:
            raise token.mistake(
                "this bracket was never opened"
                if opening is None
                else f"this bracket closes {opening}, which needs {_CLOSING[str(opening)]}",
                "add its partner, or leave it out",
            )


def _tokens(text: str) -> Iterator[tuple[str, Part]]:
    """The kind and place of each token, after a look at the token by itself."""
    names: set[str] = set()
    for found in _TOKEN.finditer(text):
        kind, symbol, token = str(found.lastgroup), found[0], Part(text, *found.span())
        if kind == "symbol" and symbol not in OPERATORS:
            raise unknown_symbol(token, _SIGNS)
        if kind == "name" and symbol not in names:
            _check_name(token)
            names.add(symbol)
        if kind == "number" and len(symbol) > MOST_DIGITS and symbol.isdigit():
            raise token.mistake(
                f"a whole number of more than {MOST_DIGITS} digits", "write a power of ten: 1e40"
            )
        yield kind, token


def unknown_symbol(token: Part, signs: Mapping[str, str]) -> FormulaError:
    """The error for a sign that is no operator; `signs` says what to write instead."""
    symbol = str(token)
    stands_alone = symbol.isprintable() and not unicodedata.combining(symbol[0])
    name = symbol if stands_alone else "this character"
    if not symbol.isascii():
        name += f" (U+{ord(symbol):04X})"
    usual = unicodedata.normalize("NFKC", symbol)
    advice = "leave it out"
    if usual != symbol and usual.isascii():
        advice = f"write {usual}" if usual.strip() else "write a space of the usual width"
    return token.mistake(f"{name} can't stand in a formula", signs.get(symbol, advice))


def _check_name(token: Part) -> None:
    """Python's own words, and what a terminal shows like them, name nothing."""
    name = str(token)
    for index, character in enumerate(name):
        before = "x" if index else ""
        if character in _SIGNS or not f"{before}{character}".isidentifier():
            place = Part(token.text, token.start + index, token.start + index + 1)
            raise unknown_symbol(place, _SIGNS)
    usual = unicodedata.normalize("NFKC", name)
    if usual in ("True", "False", "None") and usual == name:
        return
    if keyword.iskeyword(usual):
        raise token.mistake(
            f"{usual} is a word of Python's that can't stand in a formula",
            _WORDS.get(usual, "choose another name"),
        )
    if usual.startswith("__"):
        raise token.mistake(
            f"{usual} is a name that Python keeps for itself", "choose another name"
        )
