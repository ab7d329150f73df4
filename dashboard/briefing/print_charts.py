"""A briefing's charts and map as drawings of a page, for the browser's print view.

Owns their shapes; colours come from classes, so that the style sheet alone knows them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element, SubElement

from dashboard.briefing.chart_scale import last_of, least_of, printed_number, scale
from dashboard.briefing.content import Chart, ChartKind, Figure, GridMap, Measure, Role, Series
from dashboard.briefing.map_shapes import Frame, Outline, Projection, label_frames
from dashboard.briefing.themes import GLYPHS
from dashboard.briefing.typeset import ems, printable
from dashboard.domain.colours import Colour

WIDE: Final = 640.0
TYPE: Final = 12.0
ROW: Final = 19.0
PLOT: Final = 130.0
MAP_HIGH: Final = 400
SHRINK: Final = 100
"""Hundredths of a unit: the map's projection counts in whole numbers."""


def chart(drawn: Chart, wide: float = WIDE) -> Element:
    """The drawing of a chart, with what it shows in words for those who do not see it."""
    told = "; ".join(
        f"{name} {point.text}"
        for series in drawn.series[:1]
        for name, point in zip(drawn.categories, series.points, strict=True)
    )
    lying = drawn.kind in {ChartKind.BAR, ChartKind.DOTS}
    high = ROW * len(drawn.categories) + 6 if lying else PLOT + 42
    made = _canvas(wide, high, f"{drawn.title}: {told}")
    if lying:
        _lying(made, drawn, wide)
    elif drawn.kind is ChartKind.COLUMN:
        _columns(made, drawn, wide)
    else:
        _lines(made, drawn, wide)
    return made


def grid_map(drawn: GridMap, wide: float = WIDE) -> Element:
    """The map: areas in their shades, borders, labels, a square where something is late."""
    made = _canvas(wide, MAP_HIGH, drawn.title)
    frame = Frame(left=0, top=0, width=round(wide) * SHRINK, height=MAP_HIGH * SHRINK)
    projection = Projection(drawn, frame, finest=SHRINK // 4)
    for area in drawn.areas:
        shade = "none" if area.shade is None else str(area.shade)
        value = "—" if area.value is None else f"{area.value:g}"
        shape = _path(made, projection.outline(area.polygons), f"bp-load-{shade}")
        SubElement(shape, "title").text = printable(f"{area.name} {value}")
    for border in drawn.borders:
        _path(made, projection.outline(border.polygons), "bp-border")
    for area in drawn.areas:
        if area.late:
            x, y = (part / SHRINK for part in projection.point(area.lon, area.lat))
            _rect(made, x - 2.5, y - 2.5, 5, 5, "bp-late")
    for border, at in label_frames(drawn.borders, projection, 11, SHRINK):
        middle = (at.left + at.width / 2) / SHRINK
        _text(made, middle, (at.top + at.height / 2) / SHRINK + 4, border.name, "bp-label", "middle")
    return made


def _lying(made: Element, drawn: Chart, wide: float) -> None:
    dots = drawn.kind is ChartKind.DOTS
    left = min(max((ems(name) for name in drawn.categories), default=1) * TYPE + 10, wide * 0.4)
    room = wide - left - 80
    low = least_of(drawn) if dots else 0.0
    most = max((point.value or 0 for series in drawn.series for point in series.points), default=0)
    span = max(most, drawn.target or 0 if dots else 0) - low or 1
    if dots and drawn.target is not None:
        at = left + (drawn.target - low) / span * room
        _line(made, at, 2, at, ROW * len(drawn.categories) + 4, "bp-target")
    for place, name in enumerate(drawn.categories):
        middle = ROW * place + ROW / 2 + 2
        _text(made, left - 8, middle + 4, name, "bp-name", "end")
        for number, series in enumerate(drawn.series):
            point = series.points[place]
            if point.value is None:
                _text(made, left + 6, middle + 4, point.text, "bp-tick")
                continue
            at = left + max(point.value - low, 0) / span * room
            if dots:
                _dot(made, drawn, place, point, (left, at, middle))
                continue
            thick = 13 / len(drawn.series)
            _rect(made, left, middle - 6.5 + number * thick, max(at - left, 0), thick, _bar(drawn, number))
            if series.role is Role.NOW:
                _text(made, at + 6, middle + 4, _label(point, drawn), "bp-name")


def _dot(made: Element, drawn: Chart, place: int, point: Figure, where: tuple[float, float, float]) -> None:
    left, at, middle = where
    status = drawn.statuses[place] if drawn.statuses else Colour.GREEN
    _line(made, left, middle, at, middle, "bp-stem")
    _text(made, at, middle + 4.5, GLYPHS[status], f"bp-{status}", "middle")
    _text(made, at + 10, middle + 4, _label(point, drawn), f"bp-{status}")


def _columns(made: Element, drawn: Chart, wide: float) -> None:
    most = max((point.value or 0 for series in drawn.series for point in series.points), default=0) or 1
    slot = wide / max(len(drawn.categories), 1)
    each = slot * 0.72 / max(len(drawn.series), 1)
    widest = (
        max((ems(_label(point, drawn)) for one in drawn.series for point in one.points), default=0) * TYPE
    )
    labelled = widest < slot / max(len(drawn.series), 1) * 1.1
    every = _step(drawn, slot)
    for place, name in enumerate(drawn.categories):
        for number, series in enumerate(drawn.series):
            value = series.points[place].value
            if value is None:
                continue
            high = value / most * (PLOT - 16)
            x = slot * place + slot * 0.14 + each * number
            _rect(
                made,
                x,
                16 + PLOT - 16 - high,
                each - 1,
                high,
                _bar(drawn, number),
            )
            if labelled and series.role is Role.NOW:
                _text(
                    made,
                    x + each / 2,
                    PLOT - high - 4,
                    _label(series.points[place], drawn),
                    "bp-name",
                    "middle",
                )
        if place % every == 0:
            _text(made, slot * (place + 0.5), PLOT + 15, name, "bp-tick", "middle")
    _line(made, 0, PLOT, wide, PLOT, "bp-axis")
    _legend(made, drawn)


def _lines(made: Element, drawn: Chart, wide: float) -> None:
    low, high, step = scale(drawn)
    left, room = 46.0, wide - 46 - 20

    def level(value: float) -> float:
        return 10 + (high - value) / (high - low) * (PLOT - 10)

    for mark in _marks(low, high, step):
        _line(made, left, level(mark), wide, level(mark), "bp-rule")
        words = f"{mark:.0%}" if drawn.measure is Measure.RATE else f"{mark:,.6g}"
        _text(made, left - 6, level(mark) + 4, words, "bp-tick", "end")
    slot = room / max(len(drawn.categories) - 1, 1)
    every = _step(drawn, slot)
    for place, name in enumerate(drawn.categories):
        if place % every == 0:
            _text(made, left + slot * place, PLOT + 17, name, "bp-tick", "middle" if place else "start")
    if drawn.target is not None:
        _line(made, left, level(drawn.target), wide, level(drawn.target), "bp-target")
        _text(made, left + 4, level(drawn.target) + 14, drawn.target_name, "bp-tick")
    for series in drawn.series:
        look = "bp-line" if series.role is Role.NOW else "bp-line2"
        points = [
            None if point.value is None else (left + slot * place, level(point.value))
            for place, point in enumerate(series.points)
        ]
        for run in _runs(points):
            corners = " ".join(f"{x:.1f},{y:.1f}" for x, y in run)
            SubElement(made, "polyline", {"points": corners, "class": look})
        _ends(made, drawn, series, points)
    _legend(made, drawn)


def _ends(made: Element, drawn: Chart, series: Series, points: list[tuple[float, float] | None]) -> None:
    if series.role is not Role.NOW:
        return
    for point in points:
        if point is not None:
            SubElement(
                made,
                "circle",
                {"cx": f"{point[0]:.1f}", "cy": f"{point[1]:.1f}", "r": "2.5", "class": "bp-point"},
            )
    last = last_of(series.points)
    end = None if last is None else points[last]
    if last is not None and end is not None:
        _text(
            made,
            end[0] + 4,
            end[1] - 7,
            _label(series.points[last], drawn),
            "bp-end",
            "end" if last else "start",
        )


def _runs(points: list[tuple[float, float] | None]) -> Iterator[list[tuple[float, float]]]:
    run: list[tuple[float, float]] = []
    for point in [*points, None]:
        if point is not None:
            run.append(point)
        elif run:
            yield run
            run = []


def _marks(low: float, high: float, step: float) -> Iterator[float]:
    mark = low
    while mark <= high + step * 1e-6:
        yield mark
        mark += step


def _step(drawn: Chart, slot: float) -> int:
    widest = max((ems(name) for name in drawn.categories), default=1) * TYPE + 6
    return max(1, -int(-widest // slot))


def _legend(made: Element, drawn: Chart) -> None:
    if len(drawn.series) < 2:
        return
    x = 0.0
    for number, series in enumerate(drawn.series):
        _rect(made, x, PLOT + 28, 10, 8, _bar(drawn, number))
        _text(made, x + 14, PLOT + 36, series.name, "bp-tick")
        x += 30 + ems(series.name) * TYPE


def _bar(drawn: Chart, place: int) -> str:
    if drawn.series[place].role is not Role.NOW:
        return "bp-bar-earlier"
    own = sum(one.role is Role.NOW for one in drawn.series[:place])
    return ("bp-bar", "bp-bar-2", "bp-bar-3")[own % 3]


def _label(point: Figure, drawn: Chart) -> str:
    return printed_number(point, drawn.measure)


def _canvas(wide: float, high: float, told: str) -> Element:
    return Element(
        "svg",
        {
            "viewBox": f"0 0 {wide:g} {high:g}",
            "class": "bp-drawing",
            "role": "img",
            "aria-label": printable(told),
        },
    )


def _text(made: Element, x: float, y: float, words: str, look: str, anchor: str = "start") -> None:
    place = {"x": f"{x:.1f}", "y": f"{y:.1f}", "class": look, "text-anchor": anchor}
    SubElement(made, "text", place).text = printable(words)


def _rect(made: Element, x: float, y: float, wide: float, high: float, look: str) -> None:
    SubElement(
        made, "rect",
        {"x": f"{x:.1f}", "y": f"{y:.1f}", "width": f"{wide:.1f}", "height": f"{high:.1f}", "class": look},
    )  # fmt: skip


def _line(made: Element, x1: float, y1: float, x2: float, y2: float, look: str) -> None:
    SubElement(
        made,
        "line",
        {"x1": f"{x1:.1f}", "y1": f"{y1:.1f}", "x2": f"{x2:.1f}", "y2": f"{y2:.1f}", "class": look},
    )


def _path(made: Element, outline: Outline, look: str) -> Element:
    parts = [
        "M" + "L".join(f"{x / SHRINK:.1f} {y / SHRINK:.1f}" for x, y in path) + "Z" for path in outline.paths
    ]
    return SubElement(made, "path", {"d": "".join(parts), "class": look, "fill-rule": "evenodd"})
