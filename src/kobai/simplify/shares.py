"""Rules about powers of e over their sum: softmax, masked softmax, and means with such weights."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np

from kobai.evaluation import Evaluator
from kobai.facts import Facts
from kobai.graph import INPUT, AnyArray, Node
from kobai.ops.elementary import exp
from kobai.ops.exponentials import softmax
from kobai.ops.gathering import Slot, gather
from kobai.ops.linear import matmul
from kobai.ops.mixtures import mixed, mixture_powers, mixture_shares
from kobai.ops.reductions import total
from kobai.ops.shaping import expand_dims, reshape, squeeze, transpose
from kobai.simplify.equations import Rule
from kobai.simplify.logarithms import MOVES
from kobai.simplify.mixtures import POWERS, factors_of, product_of, term_of
from kobai.sizes import shape_at_hand

_RESTORING = frozenset({expand_dims, squeeze, reshape, transpose})
Factors = list[tuple[Node, bool]]


def _share(terms: Node, axis: tuple[int, ...]) -> Node | None:
    """The share that each term has in their sum."""
    if terms.op is exp:
        return softmax(terms.operands[0], axis=axis)
    term = term_of(terms)
    if term is None:
        return None
    if term.weight is not None:
        return mixture_shares(*mixed(term.exponent, term.weight), axis=axis)
    return softmax(term.exponent, axis=axis) if term.exponent.shape == terms.shape else None


def _folded(whole: Node) -> Node | None:
    """The sum that a divisor is, whatever shape it was given."""
    while whole.op in _RESTORING:
        whole = whole.operands[0]
    return whole if whole.op is total and whole.attribute("axis") else None


def _numbered(folded: Node) -> AnyArray:
    """For each summand, the number of the sum that it belongs to; summed axes have length 1."""
    shape = shape_at_hand(folded.operands[0].shape)
    kept = tuple(1 if i in folded.attribute("axis") else d for i, d in enumerate(shape))
    numbers: AnyArray = np.arange(np.prod(kept, dtype=int)).reshape(kept)
    return numbers


def _divides_its_own(whole: Node, folded: Node, numbers: AnyArray) -> bool:
    """Whether, wherever broadcasting leads, these summands are divided by their own sum."""
    sums = np.arange(np.prod(shape_at_hand(folded.shape), dtype=int))
    placed = Evaluator({folded: sums.reshape(shape_at_hand(folded.shape))}).value(whole)
    try:
        return bool(np.all(np.broadcast_to(placed, numbers.shape) == numbers))
    except ValueError:
        return False


def _share_of_sum(node: Node, facts: Facts) -> Node | None:
    """A term, or its power of e alone, over the sum of all: softmax, with a mask or without."""
    part, whole = node.operands
    folded = _folded(whole)
    if folded is None or folded.operands[0].shape != part.shape:
        return None
    (terms,) = folded.operands
    axis = folded.attribute("axis")
    share = _share(terms, axis)
    if share is None or not _divides_its_own(whole, folded, _numbered(folded)):
        return None
    rest = _without(part, terms)
    if rest is not None:
        return _times(rest, share)
    powers = [factor for factor, is_above in factors_of(terms) if factor.op in POWERS and is_above]
    rest = _without(part, powers[0]) if len(powers) == 1 else None
    term = term_of(terms)
    if rest is None or term is None or term.weight is None:
        return None
    return _times(rest, mixture_powers(*mixed(term.exponent, term.weight), axis=axis))


def _part_of_shares(node: Node, facts: Facts) -> Node | None:
    """Chosen entries over their sums: an indexed target in a softmax."""
    part, whole = node.operands
    folded = _folded(whole)
    if folded is None or folded.operands[0].op is not exp or part.op not in MOVES | {exp}:
        return None
    (u,) = folded.operands[0].operands
    path: list[Node] = []
    core = part
    while core is not u and (core.op in MOVES or core.op is exp):
        path.append(core)
        core = core.operands[0]
    moves = [move for move in reversed(path) if move.op is not exp]
    if core is not u or len(path) - len(moves) != 1 or not moves:
        return None
    axis = folded.attribute("axis")
    numbers = np.broadcast_to(_numbered(folded), shape_at_hand(u.shape))
    known = {u: numbers, **_any_choice(moves[0], axis)}
    indices = [array for move in moves for array in move.operands[1:]]
    if not all(array.is_constant or array in known for array in indices):
        return None
    chosen = u
    for move in moves:
        chosen = move.op(chosen, *move.operands[1:], **dict(move.attributes))
    if not _divides_its_own(whole, folded, Evaluator(known).value(chosen)):
        return None
    moved = softmax(u, axis=axis)
    for move in moves:
        moved = move.op(moved, *move.operands[1:], **dict(move.attributes))
    return moved


def _any_choice(move: Node, axis: tuple[int, ...]) -> dict[Node, AnyArray]:
    """Whichever entries a label chooses along an axis that is summed, they have the same sum."""
    if move.op is not gather:
        return {}
    arrays = move.operands[1:]
    return {
        arrays[place.number]: np.zeros(shape_at_hand(arrays[place.number].shape), int)
        for position, place in enumerate(move.attribute("index"))
        if isinstance(place, Slot) and position in axis and arrays[place.number].op is INPUT
    }


def _weighted_mean(node: Node, facts: Facts) -> Node | None:
    """A mean with shares as weights: attention, written as one quotient."""
    above, below = node.operands
    folded = _folded(below)
    if folded is None:
        return None
    (terms,) = folded.operands
    axis = folded.attribute("axis")
    if above.op is matmul and axis == (terms.ndim - 1,) and above.operands[0].shape == terms.shape:
        first, second = above.operands
        if node.shape != above.shape or second.ndim > 2 or terms.ndim > 2:
            return None
        numbers = _numbered(folded)
        if second.ndim == 1:
            numbers = np.squeeze(numbers, -1)
        rest, share = _without(first, terms), _share(terms, axis)
        fits = share is not None and rest is not None and _divides_its_own(below, folded, numbers)
        return _times(rest or [], share) @ second if fits and share is not None else None
    if above.op is not total or below.op is not total or above.attributes != below.attributes:
        return None
    if above.operands[0].shape != terms.shape:
        return None
    rest, share = _without(above.operands[0], terms), _share(terms, axis)
    if rest is None or share is None:
        return None
    return total(_times(rest, share), **dict(above.attributes))


def _without(product: Node, factors: Node) -> Factors | None:
    """The factors of a product that are left without those of another; None if not all are."""
    found, wanted = factors_of(product), Counter(factors_of(factors))
    if wanted - Counter(found):
        return None
    left: Factors = []
    for factor in found:
        if wanted[factor]:
            wanted[factor] -= 1
        else:
            left.append(factor)
    return left


def _times(rest: Factors, share: Node) -> Node:
    factor = product_of(rest)
    return share if factor is None else share * factor


def _only(
    weighted: bool, rewrite: Callable[[Node, Facts], Node | None]
) -> Callable[[Node, Facts], Node | None]:
    """The rule where the summands have weights, or where they have none."""

    def apply(node: Node, facts: Facts) -> Node | None:
        folded = _folded(node.operands[1])
        has_weights = folded is not None and folded.operands[0].op not in POWERS
        return rewrite(node, facts) if has_weights == weighted else None

    return apply


SHARES = (
    Rule(
        "weighted mean",
        "divide",
        _only(False, _weighted_mean),
        "sum(exp(u) * v) / sum(exp(u)) = sum(softmax(u) * v)",
    ),
    Rule(
        "weighted mean",
        "divide",
        _only(True, _weighted_mean),
        "sum(v * exp(u) * u) / sum(v * exp(u)) = sum(mixture_shares(u, v) * u)",
    ),
    Rule(
        "softmax",
        "divide",
        _only(False, _share_of_sum),
        "exp(u) / sum(exp(u)) = softmax(u)",
    ),
    Rule(
        "share of a weighted sum",
        "divide",
        _only(True, _share_of_sum),
        "v * exp(u) / sum(v * exp(u)) = mixture_shares(u, v)",
    ),
    Rule(
        "part of a softmax",
        "divide",
        _part_of_shares,
        "exp(u)[0] / sum(exp(u)) = softmax(u)[0]",
    ),
)
