"""Which event of the user's function is which value of the loss.

A name may be bound again and again: in a loop over the layers (from the last to the first), in a
loop over the examples, or to be worked on (`dw /= m`). How often tells which.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
import optree

from kobai.diagnosis.names import Meaning, Names, Role
from kobai.diagnosis.numbers import agree
from kobai.diagnosis.truths import Point, Truths
from kobai.diagnosis.watching import Event, Place, Run


@dataclass(frozen=True)
class Target:
    """What an event, or a part of the result, is to be compared with.

    Attributes:
        label: the user's name for it.
        truth: the name of the right value.
        role: what kind of value it is.
        example: the example and its axis, in a loop over examples.
    """

    label: str
    truth: str
    role: Role
    example: tuple[int, int] | None = None

    def value(self, point: Point) -> Any:
        value = point.values[self.truth]
        return value if self.example is None else np.take(value, *self.example)


@dataclass(frozen=True)
class Matches:
    """Targets of events by their place, and of the result's leaves by position."""

    events: Mapping[Place, Target]
    result: Mapping[int, Target]


def matched(run: Run, truths: Truths, result_truths: Sequence[str], point: Point) -> Matches:
    """Find the targets of a run.

    Args:
        run: a run as the user wrote it.
        truths: the right values.
        result_truths: what each leaf of the result is to be.
        point: where it ran.
    """
    names = Names(truths)
    leaves = optree.tree_leaves(run.result)
    returned = {id(leaf): truth for leaf, truth in zip(leaves, result_truths, strict=False)}
    found: dict[int, Target] = {}
    by_name: dict[str, list[Event]] = {}
    for event in run.events:
        if not event.is_given:
            by_name.setdefault(event.name, []).append(event)
    for name, events in by_name.items():
        for group in _of_one_meaning(names, name, events):
            found |= _aligned(group, returned, truths)
    identities = {
        run.events[ordinal].identity: target
        for ordinal, target in found.items()
        if target.role == "parameter"
    }
    _add_returned(run, found, identities, returned)
    elsewhere = {
        position: truth
        for position, (leaf, truth) in enumerate(zip(leaves, result_truths, strict=False))
        if id(leaf) not in identities or identities[id(leaf)].truth != truth
    }
    unfinished = _unfinished(run, found, point, set(elsewhere.values()))
    labels = {target.truth: target.label for target in unfinished.values()}
    result = {
        position: Target(labels.get(truth, truth), truth, "parameter")
        for position, truth in elsewhere.items()
    }
    kept = {
        run.events[ordinal].place: target
        for ordinal, target in sorted(found.items())
        if ordinal not in unfinished
    }
    return Matches(kept, result)


def _unfinished(
    run: Run, found: Mapping[int, Target], point: Point, elsewhere: set[str]
) -> dict[int, Target]:
    """Derivatives that are worked on in the return statement: `return dw / m`."""
    return {
        ordinal: target
        for ordinal, target in found.items()
        if target.role == "parameter"
        and target.truth in elsewhere
        and not agree(run.events[ordinal].value, point.values[target.truth])
    }


@dataclass(frozen=True)
class _Group:
    meaning: Meaning
    events: list[Event]


def _of_one_meaning(names: Names, name: str, events: list[Event]) -> Iterable[_Group]:
    """The events of a variable; those of a dict by their keys."""
    groups: dict[Any, list[Event]] = {}
    for event in events:
        key = event.keys[0] if event.keys and isinstance(event.keys[0], str) else None
        groups.setdefault(key, []).append(event)
    for key, members in groups.items():
        meaning = names.meaning(name, () if key is None else (key,))
        if meaning is not None:
            yield _Group(meaning, members)


def _aligned(group: _Group, returned: Mapping[int, str], truths: Truths) -> dict[int, Target]:
    """One target for each event that has one."""
    meaning, events = group.meaning, group.events
    in_list = any(_position(event) is not None for event in events)
    if in_list:
        return _in_list(meaning, events, returned)
    if len(meaning.names) == 1:
        return _of_one(meaning, events, truths, meaning.names)
    order = meaning.names if meaning.role == "forward" else meaning.names[::-1]
    for candidates in (events, _collapsed(events)):
        for wanted in (order, order[1:]):
            if len(candidates) == len(wanted):
                return _zipped(meaning, candidates, wanted)
        if len(candidates) == len(order) + 1 and meaning.role == "backward":
            # A loop goes on to the derivative by the data, which nobody needs.
            return _zipped(meaning, candidates[:-1], order)
        count = len(order)
        if len(candidates) % count == 0 and len(candidates) > count:
            rows = [candidates[k::count] for k in range(count)]
            parts = [_by_example(meaning, r, n, truths) for r, n in zip(rows, order, strict=True)]
            if all(parts):
                return {ordinal: target for part in parts for ordinal, target in part.items()}
    return {}


def _of_one(
    meaning: Meaning, events: list[Event], truths: Truths, names: Sequence[str]
) -> dict[int, Target]:
    """The last binding counts, unless each is of one example."""
    by_example = _by_example(meaning, events, names[0], truths)
    return by_example or _zipped(meaning, events[-1:], names)


def _by_example(
    meaning: Meaning, events: list[Event], name: str, truths: Truths
) -> dict[int, Target]:
    if meaning.role == "parameter":
        return {}
    shape = np.shape(truths.points[0].values[name])
    for axis, length in enumerate(shape):
        rest = tuple(n for n in (*shape[:axis], *shape[axis + 1 :]) if n != 1)
        for candidates in (events, _collapsed(events)):
            fits = all(tuple(n for n in np.shape(e.value) if n != 1) == rest for e in candidates)
            if length > 1 and len(candidates) == length and fits:
                return {
                    event.ordinal: Target(label(event), name, meaning.role, (number, axis))
                    for number, event in enumerate(candidates)
                }
    return {}


def _in_list(
    meaning: Meaning, events: list[Event], returned: Mapping[int, str]
) -> dict[int, Target]:
    """Entries of a list: by what is returned, else by position or, if it grew, by time."""
    last: dict[Any, Event] = {}
    for event in events:
        last.pop(_place(event), None)
        last[_place(event)] = event
    finals = events if len(last) == 1 and len(events) > 1 else list(last.values())
    known = {
        event.ordinal: Target(label(event), returned[event.identity], meaning.role)
        for event in finals
        if returned.get(event.identity) in meaning.names
    }
    if len(known) == len(meaning.names) or (known and meaning.role == "parameter"):
        return known
    places = [_position(event) or 0 for event in finals]
    is_descending = len(places) > 1 and places == sorted(places, reverse=True)
    if meaning.role == "forward":
        order = meaning.names
    elif is_descending or len(set(places)) < len(places):
        order = meaning.names[::-1]
    else:
        order = meaning.names[::-1] if places == sorted(places) else ()
        if places == sorted(places) and len({event.line for event in finals}) == 1:
            is_together = finals[-1].ordinal - finals[0].ordinal == len(finals) - 1
            order = meaning.names if is_together else order
    if len(finals) == len(order):
        return _zipped(meaning, finals, order)
    return {}


def _zipped(meaning: Meaning, events: Sequence[Event], names: Sequence[str]) -> dict[int, Target]:
    return {
        event.ordinal: Target(label(event), name, meaning.role)
        for event, name in zip(events, names, strict=True)
    }


def _collapsed(events: list[Event]) -> list[Event]:
    """The last of each run of bindings of one name with no other name's in between."""
    numbered = list(enumerate(events))
    runs = groupby(numbered, key=lambda pair: pair[1].ordinal - pair[0])
    return [list(run)[-1][1] for _, run in runs]


def _add_returned(
    run: Run,
    found: dict[int, Target],
    identities: dict[int, Target],
    returned: Mapping[int, str],
) -> None:
    """What is returned under a name that tells nothing is known by its place in the result."""
    for event in reversed(run.events):
        truth = returned.get(event.identity)
        is_new = truth is not None and event.identity not in identities and not event.is_given
        if truth is not None and is_new and event.ordinal not in found:
            found[event.ordinal] = Target(label(event), truth, "parameter")
            identities[event.identity] = found[event.ordinal]


def label(event: Event) -> str:
    """What the user calls it: `grads['W1']`."""
    return event.name + "".join(f"[{key!r}]" for key in event.keys)


def _position(event: Event) -> int | None:
    key = event.keys[-1] if event.keys else None
    return key if isinstance(key, int) else None


def _place(event: Event) -> Any:
    return event.keys
