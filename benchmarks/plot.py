"""Times Kobai's as bars, in SVG: every workload with the systems that take part in it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from html import escape

from benchmarks.running import KOBAI, Section

WIDTH, LABELS, RIGHT = 860, 300, 60
BAR, GAP, TITLE = 14, 3, 22
COLOURS = {
    "Kobai": "#c8442c",
    "NumPy": "#4c78a8",
    "torch": "#e69f00",
    "JAX": "#7a9a3a",
    "numba": "#8e6bb0",
    "autograd": "#5aa9a3",
    "C": "#777777",
    "reading": "#bbbbbb",
}
FONT = 'font-family="sans-serif" font-size="11"'


def chart(sections: Sequence[Section]) -> str:
    """One bar for each system of each section, on a logarithmic axis on which Kobai is at 1."""
    drawn = [section for section in sections if section.ratios]
    every = [ratio for section in drawn for ratio in section.ratios.values()]
    low, high = min(0.5, *every), max(2.0, *every)
    scale = (WIDTH - LABELS - RIGHT) / math.log(high / low)

    def place(ratio: float) -> float:
        return LABELS + math.log(ratio / low) * scale

    lines: list[str] = []
    top = 30.0
    for section in drawn:
        lines.append(
            f'<text x="8" y="{top + 14:.0f}" font-weight="bold">{escape(section.title)}</text>'
        )
        top += TITLE
        for name, ratio in sorted(section.ratios.items(), key=lambda entry: entry[1]):
            lines += bar(name, ratio, top, place)
            top += BAR + GAP
        top += GAP * 3
    height = top + 10
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" {FONT}>',
            f'<rect width="{WIDTH}" height="{height:.0f}" fill="white"/>',
            '<text x="8" y="18" font-size="13">Times Kobai\'s time, on a logarithmic axis</text>',
            *axis(low, high, height, place),
            *lines,
            "</svg>",
            "",
        ]
    )


def axis(low: float, high: float, height: float, place: Callable[[float], float]) -> list[str]:
    """A line at 1, and thin ones at the powers of ten and their halves."""
    lines = []
    for power in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1):
        for step in (1, 2, 5):
            ratio = step * 10.0**power
            if low <= ratio <= high:
                x, colour = place(ratio), "#c8442c" if ratio == 1 else "#dddddd"
                lines.append(f'<path d="M{x:.1f} 34V{height - 8:.0f}" stroke="{colour}"/>')
                lines.append(f'<text x="{x:.1f}" y="31" text-anchor="middle">{ratio:g}</text>')
    return lines


def bar(name: str, ratio: float, top: float, place: Callable[[float], float]) -> list[str]:
    """A system's name, its bar from the line at 1, and its number."""
    system = re.split("[ ,]", name, maxsplit=1)[0]
    x, one = place(ratio), place(1.0)
    left, width = min(x, one), max(abs(x - one), 2.0)
    colour = COLOURS.get(system, "#999999")
    middle = top + BAR - 3
    text = max(x, one) + 5
    weight = ' font-weight="bold"' if name == KOBAI else ""
    return [
        f'<text x="{LABELS - 70}" y="{middle:.0f}" text-anchor="end"{weight}>{escape(name)}</text>',
        f'<rect x="{left:.1f}" y="{top:.0f}" width="{width:.1f}" height="{BAR}" fill="{colour}"/>',
        f'<text x="{text:.1f}" y="{middle:.0f}">{ratio:.2f}</text>',
    ]
