"""Which derivatives a function made by hand is meant to return, where `wrt` doesn't say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import optree

from kobai.diagnosis.calls import Hand
from kobai.diagnosis.names import Names
from kobai.diagnosis.truths import Truths
from kobai.diagnosis.watching import Run


def wanted_names(run: Run, hand: Hand, args: Sequence[Any], truths: Truths) -> list[str]:
    """The arguments whose derivatives are returned.

    Args:
        run: a run as the user wrote it.
        hand: how it is called.
        args: the loss's arguments.
        truths: a derivation by every floating argument.
    """
    by_names = _by_names(run, truths, hand)
    if by_names:
        return by_names
    count = len(optree.tree_leaves(run.result))
    chosen: list[str] = []
    for name, arg in zip(hand.loss_arguments, args, strict=False):
        if count <= 0:
            break
        chosen.append(name)
        count -= len(optree.tree_leaves(arg))
    return chosen


def _by_names(run: Run, truths: Truths, hand: Hand) -> list[str] | None:
    """By the names under which the results were computed; None if one of them tells nothing."""
    names = Names(truths)
    bound = {event.identity: event for event in run.events if not event.is_given}
    result: Any = run.result
    parts: list[tuple[Any, Any]] = [(0, result)]
    if isinstance(result, dict):
        parts = list(result.items())
    elif isinstance(result, tuple | list):
        parts = list(enumerate(result))
    found: list[str] = []
    for key, part in parts:
        meaning = names.meaning("grads", (key,)) if isinstance(key, str) else None
        for leaf in optree.tree_leaves(part)[:1]:
            event = bound.get(id(leaf))
            if meaning is None and event is not None:
                keys = event.keys if event.keys and isinstance(event.keys[0], str) else ()
                meaning = names.meaning(event.name, keys)
        if meaning is None or meaning.role != "parameter":
            return None
        argument = _argument(meaning.names[0].removeprefix("d"), hand.loss_arguments)
        if argument is None:
            return None
        found.append(argument)
    return list(dict.fromkeys(found))


def _argument(name: str, arguments: Sequence[str]) -> str | None:
    if name in arguments:
        return name
    base = name.rpartition("_")[0]
    return base if base in arguments else None
