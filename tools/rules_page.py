"""Print docs/rules.md, the rules of simplification, read from the rules themselves.

To write it anew: python tools/rules_page.py > docs/rules.md
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kobai.simplify.equations import Rule
from kobai.simplify.rules import GATHERED, REFLECTED, STABLE, TIDY

HEAD = """\
# Rules

The loss and its gradient are rewritten together, by these equations and by multiplying out and
collecting terms (see [the design note](design/2026-11-two-readings-of-one-graph.md)). The left side
becomes the right side. Letters stand for any value; a condition has to be proved of the values at
hand, or the rule is not used. `d["dz"].because` lists the rules that led to a formula, by the names
in the first column. This page is printed from the rules by `tools/rules_page.py`; every rule is
tested by computing both sides, in 60 digits where it is about numbers.

`logaddexp`, `logsumexp`, `softmax`, `sigmoid`, `sech`, `log1mexp`, `log1mexp_of_exp`, `log_cosh`,
`log_softplus`, `log1p_tanh`, `sqrt1pm1`, `exp_of_sum`, `log_mixture(u, w)` (the logarithm of the
sum of `w * exp(u)`) and `mixture_shares` are computed without overflow and cancellation, and
printed as NumPy formulas.
"""
CHAPTERS: tuple[tuple[str, str, Sequence[Rule]], ...] = (
    (
        "Stable forms",
        (
            "Both sides are the same function of real numbers. The right side is at least as "
            "accurate everywhere, and right where the left side overflows or cancels."
        ),
        STABLE,
    ),
    ("Tidy forms", "These change no bit, but for the order of the sums in a matrix product.", TIDY),
    ("Branches", "For gradients alone: -0.0 may become 0.0.", GATHERED),
    (
        "Computed forms",
        "For the computation alone: people read `1 - a`, which cancels where `a` is nearly 1.",
        REFLECTED,
    ),
)


def lines() -> Iterator[str]:
    yield HEAD
    for title, text, rules in CHAPTERS:
        yield f"## {title}\n"
        yield f"{text}\n"
        yield "| rule | equation | where |"
        yield "|---|---|---|"
        for rule in dict.fromkeys((rule.name, rule.text, rule.condition) for rule in rules):
            name, equation, condition = rule
            shown = f"`{condition}`" if condition else ""
            yield f"| {name} | `{equation}` | {shown} |"
        yield ""


if __name__ == "__main__":
    print("\n".join(lines()).rstrip())
