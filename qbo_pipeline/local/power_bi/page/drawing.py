"""Charts as SVG, for a page whose colours follow the reader's choice of light or dark."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 560, 230
LEFT, RIGHT, TOP, BOTTOM = 52, 8, 26, 24
BAR = 24


@dataclass(frozen=True, slots=True)
class Series:
    """Values of one colour."""

    name: str
    values: list[float]


def columns(labels: Sequence[str], series: Sequence[Series]) -> str:
    """Upright bars, side by side where there are several series."""
    scale = _Scale([value for one in series for value in one.values])
    step = (WIDTH - LEFT - RIGHT) / len(labels)
    width = min(28.0, step * 0.72) / len(series)
    drawn = []
    for place, one in enumerate(series):
        for position, value in enumerate(one.values):
            x = LEFT + step * position + (step - width * len(series)) / 2 + width * place
            top, bottom = sorted((scale.y(value), scale.y(0)))
            tone = "lost" if value < 0 and len(series) == 1 else f"s{place}"
            told = f"{labels[position]}, {one.name}: {value:,.2f}"
            drawn.append(
                f'<rect class="{tone}" x="{x:.1f}" y="{top:.1f}" width="{max(1.0, width - 1):.1f}" '
                f'height="{max(0.5, bottom - top):.1f}" rx="1.5"><title>{escape(told)}</title></rect>'
            )
    legend = _legend([one.name for one in series]) if len(series) > 1 else ""
    return _svg(HEIGHT, scale.grid() + "".join(drawn) + _months(labels, step) + legend)


def line(labels: Sequence[str], series: Series) -> str:
    """A line with the area below it."""
    scale = _Scale(series.values)
    step = (WIDTH - LEFT - RIGHT) / len(labels)
    points = [(LEFT + step * (place + 0.5), scale.y(value)) for place, value in enumerate(series.values)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    zero = scale.y(0)
    area = f'<polygon class="area" points="{points[0][0]:.1f},{zero:.1f} {path} {points[-1][0]:.1f},{zero:.1f}"/>'
    dots = "".join(
        f'<circle class="s0" cx="{x:.1f}" cy="{y:.1f}" r="3"><title>{escape(label)}: {value:,.2f}</title></circle>'
        for (x, y), label, value in zip(points, labels, series.values, strict=True)
    )
    last = f'<text class="value" x="{points[-1][0]:.1f}" y="{points[-1][1] - 9:.1f}" text-anchor="end">'
    last += f"{_short(series.values[-1])}</text>"
    return _svg(
        HEIGHT, f'{scale.grid()}{area}<polyline class="line" points="{path}"/>{dots}{last}{_months(labels, step)}'
    )


def bars(labels: Sequence[str], values: Sequence[float]) -> str:
    """Bars lying one below the other, each with its label and its value."""
    room, longest = 170, max((abs(value) for value in values), default=0.0) or 1.0
    drawn = []
    for place, (label, value) in enumerate(zip(labels, values, strict=True)):
        y = 6 + place * (BAR + 3)
        width = (WIDTH - room - 78) * abs(value) / longest
        told = label if len(label) <= 24 else f"{label[:23]}…"
        drawn.append(
            f'<text class="label" x="{room - 8}" y="{y + 16}" text-anchor="end">{escape(told)}'
            f"<title>{escape(label)}</title></text>"
            f'<rect class="{"lost" if value < 0 else "s0"}" x="{room}" y="{y + 3}" width="{max(1.0, width):.1f}" '
            f'height="{BAR - 6}" rx="2"><title>{escape(label)}: {value:,.2f}</title></rect>'
            f'<text class="value" x="{room + width + 6:.1f}" y="{y + 16}">{_short(value)}</text>'
        )
    return _svg(12 + len(values) * (BAR + 3), "".join(drawn))


class _Scale:
    """From values to heights, with round figures at the lines."""

    def __init__(self, values: Sequence[float]) -> None:
        low, high = min(0.0, *values), max(0.0, *values)
        self._step = _round_step((high - low) / 4 or 1.0)
        self._low = math.floor(low / self._step) * self._step
        self._high = max(math.ceil(high / self._step) * self._step, self._low + self._step)

    def y(self, value: float) -> float:
        """The height of a value, from above."""
        share = (value - self._low) / (self._high - self._low)
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)

    def grid(self) -> str:
        """Lines across, with their figures."""
        told, value = [], self._low
        while value <= self._high + self._step / 2:
            kind, y = ("zero" if abs(value) < self._step / 2 else "grid"), self.y(value)
            told.append(f'<line class="{kind}" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
            told.append(f'<text class="tick" x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{_short(value)}</text>')
            value += self._step
        return "".join(told)


def _round_step(least: float) -> float:
    power = 10.0 ** math.floor(math.log10(least))
    return next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= least)


def _months(labels: Sequence[str], step: float) -> str:
    every = max(1, math.ceil(len(labels) / 9))
    return "".join(
        f'<text class="tick" x="{LEFT + step * (place + 0.5):.1f}" y="{HEIGHT - 6}" text-anchor="middle">'
        f"{escape(label)}</text>"
        for place, label in enumerate(labels)
        if (len(labels) - 1 - place) % every == 0
    )


def _legend(names: Sequence[str]) -> str:
    told, x = [], float(LEFT)
    for place, name in enumerate(names):
        told.append(f'<rect class="s{place}" x="{x:.0f}" y="4" width="10" height="10" rx="2"/>')
        told.append(f'<text class="label" x="{x + 15:.0f}" y="13">{escape(name)}</text>')
        x += 40 + 6.6 * len(name)
    return "".join(told)


def _short(value: float) -> str:
    """1,234 · 56.7k · 1.2m"""
    size = abs(value)
    if size >= 1_000_000:
        return f"{value / 1_000_000:.1f}m".replace(".0m", "m")
    if size >= 10_000:
        return f"{value / 1000:.1f}k".replace(".0k", "k")
    return f"{value:,.0f}"


def _svg(height: int, content: str) -> str:
    return f'<svg class="chart" viewBox="0 0 {WIDTH} {height}" role="img">{content}</svg>'
