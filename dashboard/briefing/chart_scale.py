"""How a chart is scaled and how much room its words take, whatever draws it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Final

from dashboard.briefing.content import Chart, ChartKind, Figure, Measure, Role
from dashboard.briefing.typeset import ems, printable

FORMATS: Final = {
    Measure.COUNT: "#,##0",
    Measure.RATE: "0.0%",
    Measure.HOURS: "0.0",
    Measure.POINTS: "0.0%",
    Measure.GROWTH: "0.0%",
}
AXIS_PT: Final = 20.0
NUMBER: Final = re.compile(r"[-−+]?[\d,]*\.?\d+%?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """Of a chart, and of its type, in points."""

    width_pt: float
    height_pt: float
    type_pt: float = 11.0


def printed(point: Figure, measure: Measure) -> str | None:
    """The label of a point where the program would print another number; None where it prints the same."""
    found = NUMBER.search(point.text)
    if point.value is None or found is None:
        return None
    own = {
        Measure.COUNT: f"{point.value:,.0f}",
        Measure.HOURS: f"{point.value:,.1f}",
    }.get(measure, f"{point.value * 100:.1f}%")
    return None if found.group() == own else found.group()


def printed_number(point: Figure, measure: Measure) -> str:
    """A point's number as the text prints it, without its words."""
    found = NUMBER.search(point.text)
    return found.group() if found and measure is not Measure.GROWTH else printable(point.text)


def headed(chart: Chart) -> str:
    """A chart's title; with the target where no line can say it."""
    aimed = chart.target_name if chart.kind is ChartKind.DOTS else ""
    return printable(f"{chart.title} · {aimed}" if aimed else chart.title)


def last_of(points: tuple[Figure, ...]) -> int | None:
    """Where the last point is that was measured."""
    return next((place for place in reversed(range(len(points))) if points[place].value is not None), None)


def least_of(chart: Chart) -> float:
    """Where a chart's axis begins."""
    low = min(_values(chart), default=0.0)
    if chart.least is None:
        return 0.0
    return chart.least if chart.least < low else max(0.0, low - 0.05)


def most_of(chart: Chart) -> float:
    """Beyond the last dot there is room for its label."""
    high, low = max(_values(chart), default=1.0), least_of(chart)
    return high + (high - low or 1.0) * 0.3


def scale(chart: Chart) -> tuple[float, float, float]:
    """Round ends and step of an axis, from about three steps; a rate's ends at 100 %."""
    low, high = least_of(chart), max(_values(chart), default=1.0)
    span = max(high - low, 0.01 if chart.measure is Measure.RATE else 1.0)
    ten = 10.0 ** floor(log10(span / 3))
    step = next(size * ten for size in (1, 2, 5, 10) if size * ten >= span / 3 - 1e-12)
    bottom, top = floor(low / step + 1e-9) * step, ceil(high / step - 1e-9) * step
    if top - high < span * 0.1:
        top += step
    if chart.measure is Measure.RATE:
        top = min(top, 1.0)
        step = max(step, 0.01)
    return bottom, top, step


def under(chart: Chart, size: Size) -> float:
    """Room for the names along the bottom: two lines, or their length where they are turned."""
    if chart.kind not in {ChartKind.LINE, ChartKind.COLUMN}:
        return 4.0
    widest, slot = names_room(chart, size)
    if turned(chart, size):
        return widest + 4
    return AXIS_PT + (size.type_pt * 1.2 if widest > slot else 0)


def turned(chart: Chart, size: Size) -> bool:
    """Whether the names are so much longer than their places that they stand upright."""
    widest, slot = names_room(chart, size)
    return chart.kind in {ChartKind.LINE, ChartKind.COLUMN} and widest > slot * 1.6


def names_room(chart: Chart, size: Size) -> tuple[float, float]:
    """The longest name along the bottom, and how long the place of each is."""
    widest = max((ems(name) for name in chart.categories), default=1) * size.type_pt * 1.15 + 6
    return widest, (size.width_pt - left_of(chart, size)) / max(len(chart.categories), 1)


def crowded(chart: Chart, size: Size) -> bool:
    """Whether labels over columns would lie on one another: they have an axis instead."""
    own = [series for series in chart.series if series.role is Role.NOW]
    widest = max(
        (ems(printed_number(point, chart.measure)) for series in own for point in series.points), default=0
    )
    return widest * size.type_pt > size.width_pt / max(len(chart.categories) * len(chart.series), 1) * 0.9


def left_of(chart: Chart, size: Size) -> float:
    if chart.kind in {ChartKind.BAR, ChartKind.DOTS}:
        widest = max((ems(name) for name in chart.categories), default=1) * size.type_pt + 12
        return min(widest, size.width_pt * 0.45)
    if chart.kind is ChartKind.LINE or crowded(chart, size):
        return size.type_pt * 4
    return size.type_pt


def _values(chart: Chart) -> list[float]:
    found = [point.value for series in chart.series for point in series.points if point.value is not None]
    return found if chart.target is None else [*found, chart.target]
