"""A step along a direction that satisfies the strong Wolfe conditions.

The bracket and its refinement are algorithms 3.5 and 3.6 of Nocedal and Wright, Numerical
Optimization (2006), in one loop. Near a minimum, where differences of the loss are rounding, the
slopes decide, as in Hager and Zhang, SIAM J. Optim. 16 (2005) 170 ("approximate Wolfe").
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from kobai.graph import AnyArray
from kobai.optim.driver import Objective, Point, dot

SUFFICIENT_DECREASE = 1e-4
CURVATURE = 0.9
MOST_TRIALS = 30
# Trials whose losses can't be told from that at the start; more of them would tell no more.
MOST_UNTOLD = 4
# How much further the next trial may be while the loss still falls, and how near to an end of the
# bracket afterwards.
LEAST_GROWTH, MOST_GROWTH = 2.0, 10.0
MARGIN = 0.1


@dataclass(frozen=True, slots=True)
class Trial:
    """A step along the direction, the slope of the loss along it there, and the point."""

    step: float
    loss: float
    slope: float
    point: Point | None


@dataclass(frozen=True, slots=True)
class Search:
    """What a search found.

    Attributes:
        point: the point to go to; None if no step makes the loss smaller.
        is_endless: whether the loss still fell at the longest step tried.
    """

    point: Point | None
    is_endless: bool = False


def search(
    problem: Objective, start: Point, direction: AnyArray, slope: float, step: float, slack: float
) -> Search:
    """Look for a step.

    Args:
        problem: the loss.
        start: the point to begin at.
        direction: where to look; the loss falls along it.
        slope: the slope at the start, below 0.
        step: the first step to try.
        slack: a difference of losses that is no more than rounding.
    """

    def tried(step: float) -> Trial:
        point = problem.point(start.x + step * direction)
        along = dot(point.gradient, direction)
        if not (math.isfinite(point.loss) and math.isfinite(along)):
            return Trial(step, math.inf, math.nan, None)
        return Trial(step, point.loss, along, point)

    low, high = Trial(0.0, start.loss, slope, start), None
    before, width, untold = low, math.inf, 0
    for _ in range(MOST_TRIALS):
        trial = tried(step)
        bound = start.loss + SUFFICIENT_DECREASE * step * slope + slack
        if trial.loss > bound or trial.loss > low.loss + slack:
            high = trial
        elif abs(trial.slope) <= -CURVATURE * slope:
            return Search(trial.point)
        else:
            if trial.slope * (1.0 if high is None else high.step - low.step) >= 0:
                high = low
            before, low = low, trial
        untold += abs(trial.loss - start.loss) <= slack
        if untold == MOST_UNTOLD:
            break
        if high is None:
            step = _further(before, low)
            continue
        narrower = abs(high.step - low.step)
        step = _between(low, high, slack, is_slow=narrower > 0.66 * width)
        width = narrower
        if step in (low.step, high.step):
            break
    is_endless = high is None and untold < MOST_UNTOLD
    return Search(low.point if low.step else None, is_endless)


def _further(before: Trial, trial: Trial) -> float:
    """Where the slope would be 0 if it went on as it did; within bounds."""
    grown = trial.step * MOST_GROWTH
    bend = (trial.slope - before.slope) / (trial.step - before.step)
    wanted = trial.step - trial.slope / bend if bend > 0 else grown
    return min(max(wanted, LEAST_GROWTH * trial.step), grown)


def _between(low: Trial, high: Trial, slack: float, *, is_slow: bool) -> float:
    """The least point of the cubic through both ends; the middle where that leads nowhere."""
    width = high.step - low.step
    if not math.isfinite(high.loss):
        return low.step + MARGIN * width
    if is_slow:
        return low.step + width / 2
    if abs(high.loss - low.loss) <= slack:
        place = low.slope / (low.slope - high.slope) if low.slope != high.slope else 0.5
    else:
        place = _least_of_cubic(low, high, width)
    if not math.isfinite(place):
        place = 0.5
    return low.step + min(max(place, MARGIN), 1 - MARGIN) * width


def _least_of_cubic(low: Trial, high: Trial, width: float) -> float:
    """The place, from 0 at the low end to 1 at the high one (equation 3.59 there)."""
    first, second = low.slope * width, high.slope * width
    d = first + second - 3 * (high.loss - low.loss)
    root = d * d - first * second
    if not root >= 0:
        return 0.5
    e = math.sqrt(root)
    divisor = second - first + 2 * e
    return 1 - (second + e - d) / divisor if divisor else 0.5
