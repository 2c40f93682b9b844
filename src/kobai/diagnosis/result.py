"""The result of `kobai.check`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from kobai.diagnosis.messages import translated
from kobai.diagnosis.slips import Slip
from kobai.errors import ArgumentError

Verdict: TypeAlias = Literal["right", "scaled", "wrong", "inherits", "other"]


@dataclass(frozen=True)
class CheckedStep:
    """One value of the user's beside the right one.

    Attributes:
        name: the user's name for it.
        meaning: the derivation's name of what it is compared with: `dz_2`.
        verdict: "right"; "scaled": right times the convention's factor; "wrong": wrong in itself;
            "inherits": wrong, and right for the wrong values that it is given; "other": the name
            stands for something else here.
        value: the user's.
        right: the right value, in the user's scale.
        formula: the right formula; empty if there is none.
        source: the user's statement; empty if its source can't be found.
        line: of the statement, 0 if it is not known.
        note: what else is to be said of it.
        slip: its cause, if it is wrong in itself.
    """

    name: str
    meaning: str
    verdict: Verdict
    value: Any
    right: Any
    formula: str = ""
    source: str = ""
    line: int = 0
    note: str = ""
    slip: Slip | None = None

    @property
    def is_right(self) -> bool:
        return self.verdict in ("right", "scaled", "other")


@dataclass(frozen=True)
class Check:
    """A hand-made derivation, checked: see `kobai.check`. It is true if all of it is right.

    Attributes:
        hand: the name of the user's function.
        loss: the name of the loss.
        steps: what was compared, in the order in which it was computed.
        scale: derivatives on the way are this many times those of the loss, a convention.
        notes: what holds of all of it.
        lang: the language of the report: "en", "ja" or "zh".
    """

    hand: str
    loss: str
    steps: tuple[CheckedStep, ...]
    scale: float = 1.0
    notes: tuple[str, ...] = ()
    lang: str = "en"

    def __bool__(self) -> bool:
        return all(step.is_right for step in self.steps)

    @property
    def first_wrong(self) -> str | None:
        """The name of the first step that is wrong in itself; None if all is right."""
        return next((step.name for step in self.steps if step.verdict == "wrong"), None)

    @property
    def slip(self) -> Slip | None:
        """The cause of the first wrong step; None if all is right."""
        return next((step.slip for step in self.steps if step.verdict == "wrong"), None)

    @property
    def cause(self) -> str | None:
        """Why it is wrong, in a sentence; None if all is right."""
        return self.slip.words if self.slip is not None else None

    @property
    def kind(self) -> str | None:
        """The kind of the slip in one word, such as "sign", "factor", "transposed"."""
        return self.slip.kind if self.slip is not None else None

    def in_language(self, lang: str) -> Check:
        """The same in another language."""
        steps = tuple(
            replace(step, note=translated(step.note, lang), slip=_translated(step.slip, lang))
            for step in self.steps
        )
        notes = tuple(translated(note, lang) for note in self.notes)
        return replace(self, steps=steps, notes=notes, lang=lang)

    def __getitem__(self, name: str) -> CheckedStep:
        for step in self.steps:
            if step.name == name:
                return step
        known = ", ".join(step.name for step in self.steps)
        raise ArgumentError(f"no step {name!r} was compared", repair=f"use one of {known}")

    def __iter__(self) -> Iterator[CheckedStep]:
        return iter(self.steps)

    def __len__(self) -> int:
        return len(self.steps)

    def __str__(self) -> str:
        from kobai.diagnosis.report import report

        return report(self)


def _translated(slip: Slip | None, lang: str) -> Slip | None:
    return None if slip is None else replace(slip, words=translated(slip.words, lang))
