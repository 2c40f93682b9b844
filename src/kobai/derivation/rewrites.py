"""Rewrites as they are read: the rule, the whole formula after it, and what had to be known."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from kobai.derivation.steps import Because
from kobai.facts import Facts
from kobai.graph import SIZE, Node, substitute
from kobai.intervals import FINITE, Interval
from kobai.languages import Words
from kobai.simplify import Context, Rewrite, strip_names
from kobai.targets.numpy_source import numpy_source


def rewrites(
    definition: Node,
    own_formula: str,
    steps: Sequence[Rewrite],
    names: Mapping[Node, str],
    sizes: Mapping[str, str],
    words: Words,
) -> tuple[Because, ...]:
    """From a formula as it is written to its stable form, rule by rule.

    Args:
        definition: the value, with the user's names in it.
        own_formula: its source as the user wrote it.
        steps: the rewrites, in the order in which they were made.
        names: what the parts are called.
        sizes: what the lengths are called.
        words: the language.
    """

    def source(node: Node) -> str:
        return numpy_source(node, names, sizes)

    result = [Because(words("as it is written"), "", own_formula)]
    (line,) = strip_names([definition], Context(Facts()))
    lines = [(words("definitions put in"), line, "")]
    for step in steps:
        (line,) = substitute([line], {step.before: step.after})
        lines.append((words.rule(step.rule), line, facts_text(step, source, words)))
    for rule, node, facts in lines:
        text = source(node)
        if text != result[-1].after:
            result.append(Because(rule, result[-1].after, text, facts))
    return tuple(result)


def facts_text(step: Rewrite, source: Callable[[Node], str], words: Words) -> str:
    """What a rewrite needed: `0 < a < 1, 0 <= y <= 1`."""
    known = (pair for pair in step.facts if pair[0].op is not SIZE)
    return ", ".join(fact_text(source(node), interval, words) for node, interval in known)


def fact_text(name: str, interval: Interval, words: Words) -> str:
    """`0 < a < 1`."""
    if interval.low == interval.high:
        return f"{name} = {interval.low:g}"
    if interval.is_label:
        return words("label", name=name)
    if interval == FINITE:
        return words("finite", name=name)
    left = "" if interval.low == float("-inf") else f"{interval.low:g} {_less(interval.low_open)} "
    right = (
        "" if interval.high == float("inf") else f" {_less(interval.high_open)} {interval.high:g}"
    )
    return f"{left}{name}{right}"


def _less(is_open: bool) -> str:
    return "<" if is_open else "<="
