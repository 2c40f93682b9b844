"""The report's pictures, as SVG text. Colours come from the page's style sheet, by class."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

from kobai.data.wording import printable, shortened

MOST_POINTS = 400
MOST_BARS = 12
LONGEST_NAME = 26
WIDTH, HEIGHT = 480, 385
LEFT, RIGHT, TOP, BOTTOM = 46, 14, 14, 32
"""The loss chart's size and the margins around its axes, in the picture's own units."""
BARS_WIDTH, BAR_HEIGHT, AXIS, REACH = 640, 26, 415, 200
"""The bars' picture: names to the left, and bars of at most REACH to both sides of AXIS."""


def loss_chart(losses: NDArray[np.float64]) -> str:
    """The training loss by step, or a sentence where there is no curve to draw."""
    steps = np.flatnonzero(np.isfinite(losses))
    if len(steps) < 2:
        return "<p>The training recorded fewer than two losses.</p>"
    steps = steps[np.unique(np.linspace(0, len(steps) - 1, MOST_POINTS).astype(int))]
    values = losses[steps]
    x_ticks, y_ticks = _ticks(0, int(steps[-1])), _ticks(min(0.0, values.min()), values.max())
    x = LEFT + (WIDTH - LEFT - RIGHT) * steps / steps[-1]
    y = _height(values, y_ticks)
    line = "L".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
    floor = HEIGHT - BOTTOM
    parts = [
        *(_horizontal(tick, float(_height(tick, y_ticks))) for tick in y_ticks),
        *(_step_label(tick, int(steps[-1])) for tick in x_ticks),
        f'<path class="area" d="M{x[0]:.1f},{floor}L{line}L{x[-1]:.1f},{floor}Z"/>',
        f'<path class="line" d="M{line}"/>',
        _last_value(x[-1], y[-1], values[-1]),
    ]
    return _svg(WIDTH, HEIGHT, f"Training loss: {values[0]:.4g} to {values[-1]:.4g}", parts)


def weights_chart(names: Sequence[str], coef: NDArray[np.float64]) -> str:
    """The largest coefficients as bars: to the right they speak for the second class of two.

    With more classes, the length of each feature's vector of coefficients.
    """
    signed = len(coef) == 1
    weights = coef[0] if signed else np.sqrt((coef**2).sum(axis=0))
    order = np.argsort(-np.abs(weights), kind="stable")[:MOST_BARS]
    longest = max(float(np.abs(weights[order]).max()), np.finfo(float).tiny)
    bars = [
        _bar(row, names[feature], float(weights[feature]), longest, "+" if signed else "")
        for row, feature in enumerate(order)
    ]
    return _svg(BARS_WIDTH, BAR_HEIGHT * len(order) + 8, "The largest coefficients", bars)


def _bar(row: int, name: str, weight: float, longest: float, sign: str) -> str:
    length = max(REACH * abs(weight) / longest, 1.0)
    start = AXIS if weight >= 0 else AXIS - length
    top = row * BAR_HEIGHT + 5
    # The number stands on the free side of the axis.
    side, anchor = (AXIS - 6, "end") if weight >= 0 else (AXIS + 6, "start")
    number = f"{weight:{sign}.2f}".replace("-", "−")
    full = printable(name)
    return (
        f"<g><title>{escape(full)}: {weight:.4g}</title>"
        f'<text class="name" x="0" y="{top + 13}">{escape(shortened(full, LONGEST_NAME))}</text>'
        f'<rect class="{"for" if weight >= 0 else "against"}" x="{start:.1f}" y="{top}" '
        f'width="{length:.1f}" height="{BAR_HEIGHT - 9}" rx="3"/>'
        f'<text class="tick" x="{side}" y="{top + 13}" text-anchor="{anchor}">{number}</text>'
        "</g>"
    )


def _ticks(low: float, high: float) -> list[float]:
    """About five round numbers from at most `low` to at least `high`."""
    rough = max((high - low) / 5, np.finfo(float).tiny)
    power = 10.0 ** np.floor(np.log10(rough))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough)
    first, last = np.floor(low / step), np.ceil(high / step)
    return [float(step * index) for index in np.arange(first, last + 1)]


def _height(value: NDArray[np.float64] | float, ticks: list[float]) -> NDArray[np.float64]:
    part = (np.asarray(value) - ticks[0]) / max(ticks[-1] - ticks[0], np.finfo(float).tiny)
    return np.asarray(HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * part)


def _horizontal(tick: float, y: float) -> str:
    return (
        f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text class="tick" x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{tick:.4g}</text>'
    )


def _step_label(tick: float, last: int) -> str:
    if tick > last or tick != int(tick):
        return ""
    x = LEFT + (WIDTH - LEFT - RIGHT) * tick / last
    label = f"step {int(tick):,}" if tick == 0 else f"{int(tick):,}"
    return (
        f'<text class="tick" x="{x:.1f}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">'
        f"{label}</text>"
    )


def _last_value(x: float, y: float, value: float) -> str:
    return (
        f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="4"/>'
        f'<text class="value" x="{x:.1f}" y="{y - 10:.1f}" text-anchor="end">{value:.4g}</text>'
    )


def _svg(width: int, height: int, description: str, parts: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(description)}">'
        f"{''.join(parts)}</svg>"
    )
