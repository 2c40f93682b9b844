"""How a derivation is shown: its notation, what derivatives are called, and its language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, cast, get_args

from kobai.errors import ArgumentError
from kobai.languages import LANGUAGES

Notation: TypeAlias = Literal["matrix", "index"]
Scheme: TypeAlias = Literal["d", "delta", "partial"]


@dataclass(frozen=True)
class Options:
    """What `kobai.derive` was asked for."""

    notation: Notation = "matrix"
    names: Scheme = "d"
    lang: str = "en"


def options_of(notation: str, names: str, lang: str) -> Options:
    """The options, if they are such."""
    _require("notation", notation, get_args(Notation))
    _require("names", names, get_args(Scheme))
    _require("lang", lang, LANGUAGES)
    return Options(cast("Notation", notation), cast("Scheme", names), lang)


def changed(options: Options, notation: str | None, names: str | None) -> Options:
    """Other options where some are given."""
    return options_of(notation or options.notation, names or options.names, options.lang)


def _require(option: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        listed = ", ".join(f'"{name}"' for name in known)
        raise ArgumentError(f"{option} is {value!r}", repair=f"use one of {listed}")
