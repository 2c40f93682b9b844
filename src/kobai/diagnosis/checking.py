"""`check`: a derivation made by hand, held against the right one, step by step."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import optree

from kobai.diagnosis.calls import Hand, hand_of
from kobai.diagnosis.dictionaries import check_values
from kobai.diagnosis.judging import judged
from kobai.diagnosis.matching import matched
from kobai.diagnosis.messages import said
from kobai.diagnosis.names import Names
from kobai.diagnosis.objectives import objective_of
from kobai.diagnosis.replay import Replayer, best_plan
from kobai.diagnosis.result import Check
from kobai.diagnosis.surroundings import lengths_of
from kobai.diagnosis.truths import Point, Truths, truths_of
from kobai.diagnosis.wanted import wanted_names
from kobai.diagnosis.watching import Run, run_watched
from kobai.errors import ArgumentError, ArgumentTypeError, KobaiError
from kobai.frames import is_users
from kobai.languages import LANGUAGES


def check(
    f: Callable[..., Any],
    hand: Callable[..., Any] | Mapping[str, Any],
    *args: Any,
    wrt: Sequence[str] | str | None = None,
    lang: str = "en",
) -> Check:
    """Check a gradient that was derived by hand, and find its first wrong step.

    The function made by hand runs as it is, on plain arrays. Its local variables are its steps:
    `dz`, `dW1`, `delta2`, `grads["b"]`, … are each compared with the derivative of the loss by the
    value of that name. A step that is right for the wrong values that it is given only inherits
    the mistake; the first that is wrong in itself is named, with its cause.

    Args:
        f: the loss, a function in plain NumPy that returns one number.
        hand: a function that returns the derivatives, as a tuple in the order of `wrt` or as a
            dict, `{"dw": …}`. It is given what its parameters name: arguments of the loss, values
            of the loss (`a`), lengths (`m`); otherwise the loss's arguments in order. Or a dict of
            arrays by names, in the order of their computation. Or an objective of a boosting
            library, which returns slope and curvature for each row.
        *args: the loss's arguments.
        wrt: names of the arguments whose derivatives are returned; if None, what the returned
            values' names say, or else every floating argument in order.
        lang: the language of the report: "en", "ja" or "zh".

    Returns:
        A `Check`: true if all is right; print it, or ask for `.first_wrong` and `.cause`.

    Raises:
        ArgumentError: hand fails, returns nothing, or has no name that can be compared.

    Example:
        >>> import numpy as np
        >>> import kobai
        >>> def loss(w, b, X, y):
        ...     z = X @ w + b
        ...     return np.mean((z - y) ** 2)
        >>> X, y = np.array([[1.0, 2.0], [3.0, 1.0], [0.0, 1.0]]), np.array([1.0, 2.0, 0.0])
        >>> wrong = {"dz": 2 * (X @ np.ones(2) - y)}
        >>> r = kobai.check(loss, wrong, np.ones(2), 0.0, X, y, wrt=("w", "b"))
        >>> r.first_wrong, r.cause
        ('dz', 'the factor 1/m is missing')

    Method: each step is worked out again from right values; slips are tried at several values of
    the parameters, so that none is believed by coincidence.
    """
    names = (wrt,) if isinstance(wrt, str) else wrt
    if lang not in LANGUAGES:
        raise ArgumentError(
            said("no language", lang=repr(lang)),
            repair=said("no language: repair", known=", ".join(LANGUAGES)),
        )
    if isinstance(hand, Mapping):
        return check_values(f, hand, args, names).in_language(lang)
    if not callable(hand):
        raise ArgumentTypeError(
            said("not a hand", kind=type(hand).__name__), repair=said("not a hand: repair")
        )
    return _check_function(f, hand, args, names).in_language(lang)


def _check_function(
    f: Callable[..., Any],
    function: Callable[..., Any],
    args: tuple[Any, ...],
    wrt: Sequence[str] | None,
) -> Check:
    loss_names = list(inspect.signature(f).parameters)
    known = truths_of(f, args, wrt or _floating(loss_names, args))
    hand = hand_of(function, f, list(known.points[0].values))
    run = _plain_run(hand, known.points[0])
    objective = objective_of(hand, run, known, wrt)
    if objective is not None:
        truths, wanted = objective.truths(f, args)
    else:
        asked = wrt or wanted_names(run, hand, args, known)
        truths = known if wrt else truths_of(f, args, asked)
        wanted = _result_truths(run, truths, hand)
    matches = matched(run, truths, wanted, truths.points[0])
    if not matches.events and not matches.result:
        raise _no_names(run, truths)
    replayer = Replayer(hand, lambda run, point: matched(run, truths, wanted, point))
    lengths = [n for n in lengths_of(truths).values() if n > 1]
    plan = best_plan(replayer, truths.points, [1, *lengths], free=objective is not None)
    return judged(f, replayer, truths, plan, objective)


def _plain_run(hand: Hand, point: Point) -> Run:
    """The run as the user wrote it; its mistakes are told with their place."""
    try:
        run = run_watched(hand.function, hand.code, hand.arguments(point))
    except KobaiError:
        raise
    except Exception as error:
        text = f"{type(error).__name__}: {error}"
        raise ArgumentError(
            said("raised", function=hand.name, error=text),
            where=_place(error),
            repair=said("raised: repair"),
        ) from error
    if run.result is None:
        raise ArgumentError(
            said("returned nothing", function=hand.name), repair=said("returned nothing: repair")
        )
    return run


def _result_truths(run: Run, truths: Truths, hand: Hand) -> list[str]:
    """What each leaf of the result is to be: by its key, or else by its place."""
    if isinstance(run.result, dict) and all(isinstance(key, str) for key in run.result):
        named = _by_keys(run.result, truths)
        if named is not None:
            return named
    leaves = optree.tree_leaves(run.result)
    if len(leaves) != len(truths.parameters):
        names = ", ".join(truths.parameters)
        raise ArgumentError(
            said(
                "counts differ",
                function=hand.name,
                found=len(leaves),
                wanted=len(truths.parameters),
                names=names,
            ),
            repair=said("counts differ: repair"),
        )
    return list(truths.parameters)


def _by_keys(result: Mapping[str, Any], truths: Truths) -> list[str] | None:
    """The truths of a dict's leaves, in optree's order; None if a key tells nothing."""
    names = Names(truths)
    found: list[str] = []
    for key in sorted(result):
        meaning = names.meaning("grads", (key,))
        count = len(optree.tree_leaves(result[key]))
        if meaning is None or len(meaning.names) != count:
            return None
        found.extend(meaning.names)
    return found


def _no_names(run: Run, truths: Truths) -> ArgumentError:
    found = ", ".join(dict.fromkeys(event.name for event in run.events if not event.is_given))
    examples = ", ".join([*truths.parameters][:3])
    return ArgumentError(
        said("no names", found=found or "-"), repair=said("no names: repair", examples=examples)
    )


def _floating(names: Sequence[str], args: Sequence[Any]) -> list[str]:
    """Arguments that hold floating numbers."""
    return [
        name
        for name, arg in zip(names, args, strict=False)
        if any(np.asarray(leaf).dtype.kind == "f" for leaf in optree.tree_leaves(arg))
    ]


def _place(error: BaseException) -> str:
    """The innermost line of the user's."""
    place = ""
    traceback = error.__traceback__
    while traceback is not None:
        if is_users(traceback.tb_frame):
            place = f"{traceback.tb_frame.f_code.co_filename}:{traceback.tb_lineno}"
        traceback = traceback.tb_next
    return place
