"""The tokens of a formula in Octave's syntax.

What a space and a quote mean depends on where they stand: in `[a -b]` the space separates two
entries, and `a'` is a transpose where `['a']` would be a text. That is settled here, so that the
parser sees operators, separators and values alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from kobai.formulas.octave.words import SIGNS, WORDS, of_python, sign_advice
from kobai.formulas.parts import Part
from kobai.formulas.scanning import require_length, unknown_symbol

OPERATORS = frozenset(
    (
        # A quote is one where it stands right after a value.
        *("'", "==", "~=", "!=", "<=", ">=", ".*", "./", ".\\", ".^", ".'"),
        *"-+*/\\^<>=()[],;:&|~!",
    )
)
CLOSING = {"(": ")", "[": "]"}
_SYMBOLS = "|".join(map(re.escape, sorted({*OPERATORS, *SIGNS}, key=len, reverse=True)))
# `1./x` divides entry by entry: the dot is the operator's. `1.` and `1.5` end in their own.
_TOKEN = re.compile(
    rf"""(?P<space>(?:[ \t]+|\.\.\.[^\n]*(?:\n|$)|[%\#][^\n]*)+)
    | (?P<newline>\n[ \t\n]*)
    | (?P<number>(?:[0-9]+(?:\.(?![*/\\^']|\.\.)[0-9]*)?|\.[0-9]+)(?:[eEdD][-+]?[0-9]+)?)
    | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<text>'[^'\n]*'|"[^"\n]*")
    | (?P<symbol>{_SYMBOLS}|.)""",
    re.VERBOSE | re.DOTALL,
)
_BLOCK = re.compile(r"^[ \t]*[%#][{}][ \t]*$", re.MULTILINE)


class Token(NamedTuple):
    """A token: `number`, `name`, `text`, `symbol`, or `stop` after the last one."""

    kind: str
    text: str
    part: Part

    @property
    def ends_value(self) -> bool:
        """Whether a value ends with it."""
        return self.kind != "symbol" or self.text in (")", "]", "'", ".'")


def tokens(text: str) -> Iterator[Token]:
    """The tokens of a formula, as they are asked for; a line end that ends something is `;`.

    Raises:
        FormulaError: a character, a word or a bracket that can't stand where it stands.
    """
    require_length(text)
    block = _BLOCK.search(text)
    if block:
        raise Part(text, *block.span()).mistake(
            "comments of several lines are not read", "begin each line of it with %"
        )
    scan = _Scan(text)
    yield from scan
    if scan.brackets:
        opening = scan.brackets[-1]
        raise opening.part.mistake(
            "this bracket is never closed", f"add the {CLOSING[opening.text]}"
        )
    yield Token("stop", "", Part(text, len(text), len(text)))


class _Scan:
    """Goes through a text, and knows the brackets that are open."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._before: Token | None = None
        self._is_spaced = False
        self.brackets: list[Token] = []

    def __iter__(self) -> Iterator[Token]:
        position = 0
        while position < len(self._text):
            token = self._next(position)
            position = token.part.stop
            if token.kind == "newline" and not self._is_in("("):
                token = token._replace(kind="symbol", text=";")
            if token.kind in ("space", "newline"):
                self._is_spaced = True
                continue
            if self._separates(token):
                yield Token("symbol", ",", Part(self._text, token.part.start, token.part.start))
            _require_known(token)
            self._match(token)
            yield token
            self._before, self._is_spaced = token, False

    def _is_in(self, bracket: str) -> bool:
        return bool(self.brackets) and self.brackets[-1].text == bracket

    @property
    def _follows_value(self) -> bool:
        return self._before is not None and self._before.ends_value

    def _next(self, position: int) -> Token:
        """The token at a position; a quote after a value transposes it."""
        text = self._text
        is_entry = self._is_spaced and self._is_in("[")
        if text[position] == "'" and self._follows_value and not is_entry:
            return Token("symbol", "'", Part(text, position, position + 1))
        found = _TOKEN.match(text, position)
        assert found is not None  # the last alternative is any character
        part = Part(text, *found.span())
        if found[0] == "'":
            raise unknown_symbol(part, SIGNS)
        return Token(str(found.lastgroup), found[0], part)

    def _separates(self, token: Token) -> bool:
        """Whether the space before a token separates two entries of a row."""
        if not (self._is_spaced and self._is_in("[") and self._follows_value):
            return False
        if token.kind != "symbol" or token.text in ("(", "[", "~", "!"):
            return True
        after = self._text[token.part.stop : token.part.stop + 1]
        return token.text in ("+", "-") and not after.isspace()

    def _match(self, token: Token) -> None:
        if token.kind != "symbol":
            return
        if token.text in CLOSING:
            self.brackets.append(token)
        elif token.text in CLOSING.values():
            opening = self.brackets.pop() if self.brackets else None
            if opening is None or CLOSING[opening.text] != token.text:
                raise token.part.mistake(
                    "this bracket was never opened"
                    if opening is None
                    else f"this bracket closes {opening.text}, which needs {CLOSING[opening.text]}",
                    "add its partner, or leave it out",
                )


def _require_known(token: Token) -> None:
    """Words and signs that mean nothing here, or something that is left out on purpose."""
    if token.kind == "symbol" and token.text not in OPERATORS:
        raise unknown_symbol(token.part, sign_advice(token.text))
    if token.text in WORDS:
        raise token.part.mistake(
            f"{token.text} is a word that can't stand in a formula", WORDS[token.text]
        )
    if token.kind == "name" and of_python(token.text):
        raise token.part.mistake(
            f"{token.text} has a meaning in Python, as which the derivation is printed",
            f"choose another name, such as {token.text.strip('_')[:3] or 'x'}_1",
        )
