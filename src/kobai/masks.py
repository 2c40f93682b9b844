"""Cotangents that are zero by choice: `where(c, g, 0)` for a branch that is taken where c holds.

A rule multiplies its cotangent by a slope, which may be infinite or nan where the branch was not
taken: `where(x > 0, log(x), 0)` at 0. So a rule is given the cotangent without its mask, and the
mask is put on what the rule makes of it: `0 * inf` stays out of the other branch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

from kobai.graph import CONSTANT, Node
from kobai.ops.choices import logical_and, logical_not, logical_or, where
from kobai.ops.reductions import spread
from kobai.ops.shaping import broadcast_to, cast
from kobai.sizes import Shape


@dataclass(frozen=True)
class Mask:
    """Where a cotangent is kept: where the condition holds, or (not `keeps`) where it doesn't."""

    condition: Node
    keeps: bool = True

    @property
    def plain(self) -> Node:
        return self.condition if self.keeps else logical_not(self.condition)

    def __and__(self, other: Mask) -> Mask:
        return self if self == other else Mask(logical_and(self.plain, other.plain))

    def __or__(self, other: Mask) -> Mask:
        return self if self == other else Mask(logical_or(self.plain, other.plain))

    def __call__(self, value: Node) -> Node:
        """The value where it is kept, and 0 elsewhere."""
        inner, kept = unmasked(value)
        mask = self if inner is None else self & inner
        return where(mask.condition, *((kept, 0.0) if mask.keeps else (0.0, kept)))

    def spread(self, shape: Shape, axis: tuple[int, ...], keepdims: bool) -> Mask:
        """The mask of what was folded, from that of a result of this shape."""
        return Mask(spread(_wide(self.condition, shape), axis, keepdims), self.keeps)


def unmasked(g: Node) -> tuple[Mask | None, Node]:
    """Split a cotangent into its mask, if it has one, and the rest.

    Entries that were only moved since they were masked take their mask with them.
    """
    if g.op is not where and g.op is not cast and g.op.kind != "move":
        return None, g
    moves: list[Node] = []
    while (g.op.kind == "move" and len(g.operands) == 1) or g.op is cast:
        moves.append(g)
        (g,) = g.operands
    split = _split(g)
    if split is None:
        return None, moves[0] if moves else g
    mask, rest = split
    condition, rest = _wide(mask.condition, g.shape), _wide(rest, g.shape)
    for move in reversed(moves):
        rest = move.rebuilt((rest,))
        condition = condition if move.op is cast else move.rebuilt((condition,))
    return (Mask(condition, mask.keeps), rest) if moves else (mask, split[1])


def together(parts: Sequence[Node], whole: Node) -> tuple[Mask | None, Node]:
    """Split a sum of cotangents: it is zero by choice where all of its parts are."""
    masks: list[Mask] = []
    rests: list[Node] = []
    for part in parts:
        mask, rest = unmasked(part)
        if mask is None:
            return None, whole
        masks.append(mask)
        rests.append(rest)
    if all(mask == masks[0] for mask in masks):
        return masks[0], reduce(lambda left, right: left + right, rests)
    if any(Mask(mask.condition, not mask.keeps) in masks for mask in masks):
        return None, whole
    return reduce(lambda left, right: left | right, masks), whole


def _split(g: Node) -> tuple[Mask, Node] | None:
    if g.op is not where:
        return None
    condition, taken, other = g.operands
    if _is_zero(other):
        return Mask(condition), taken
    if _is_zero(taken):
        return Mask(condition, keeps=False), other
    return None


def _is_zero(node: Node) -> bool:
    return node.op is CONSTANT and node.ndim == 0 and not node.attribute("value")


def _wide(value: Node, shape: Shape) -> Node:
    return value if value.shape == shape else broadcast_to(value, shape=shape)
