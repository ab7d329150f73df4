"""Courses of a region's page as its script draws them: points with their labels, targets, and a sentence of each."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from callbacks.desk_cards import label_of
from dashboard.desk import Courses, Point, chart_keys
from dashboard.domain.indicators import BY_KEY, Reading, Unit
from dashboard.domain.terms import Terms
from dashboard.domain.view import View
from dashboard.domain.windows import Step
from layouts import formats
from layouts.context import PageContext

PERCENTILES: Final = {"handling_p50": "course.p50", "handling_p90": "course.p90"}
FORMS: Final = {Step.HOUR: "%H:%M", Step.DAY: "%m-%d", Step.WEEK: "%m-%d", Step.MONTH: "%Y-%m"}


def charts(context: PageContext, view: View, found: Courses, terms: Terms) -> list[dict[str, Any]]:
    """The charts of a view, in order."""
    return [_chart(context, key, found, terms) for key in chart_keys(view)]


def sparks(found: Courses, keys: Collection[str]) -> dict[str, list[float | None]]:
    """The course of indicators as plain values, rates in percent."""
    lines: dict[str, list[float | None]] = {}
    for key in sorted(keys):
        values = [_value(_reading(point.now, key)) for point in found.points]
        if any(value is not None for value in values):
            lines[key] = values
    return lines


def _chart(context: PageContext, key: str, found: Courses, terms: Terms) -> dict[str, Any]:
    indicator = BY_KEY[key]
    target = terms.targets.get(key, indicator.target)
    points = [_point(context, key, point, found.step, terms.zone) for point in found.points]
    last = points[-1] if points else None
    unit = {Unit.RATE: "%", Unit.HOURS: context.t("course.hours"), Unit.COUNT: context.t("course.pieces")}[
        indicator.unit
    ]
    name = _name(context, key)
    rate = indicator.unit is Unit.RATE
    return {
        "key": key,
        "name": f"{name} {unit}",
        "value": last["text"] if last else formats.DASH,
        "target": None if target is None else target * 100 if rate else target,
        "targeted": ""
        if target is None
        else context.t("course.target", n=formats.plain(target * 100 if rate else target)),
        "kind": str(indicator.unit),
        "points": points,
        "summary": _summary(context, name, points, unit),
    }


def _name(context: PageContext, key: str) -> str:
    if key in PERCENTILES:
        return context.t(PERCENTILES[key])
    return label_of(context, key)


def _point(context: PageContext, key: str, point: Point, step: Step, zone: ZoneInfo) -> dict[str, Any]:
    now, before = _reading(point.now, key), _reading(point.before, key)
    return {
        "at": _label(point.start, step, zone),
        "now": _value(now),
        "before": _value(before),
        "text": _text(key, now),
        "of": _of(now),
        "was": context.t("course.before", value=_text(key, before)) if before is not None else "",
    }


def _label(at: datetime, step: Step, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime(FORMS[step])


def _reading(readings: tuple[Reading, ...], key: str) -> Reading | None:
    return next((one for one in readings if one.key == key), None)


def _value(reading: Reading | None) -> float | None:
    if reading is None or reading.value is None:
        return None
    return round(reading.value * 100, 4) if BY_KEY[reading.key].unit is Unit.RATE else reading.value


def _text(key: str, reading: Reading | None) -> str:
    if reading is None:
        return formats.DASH
    unit = BY_KEY[key].unit
    if unit is Unit.RATE:
        return formats.rate(reading.n, reading.d)
    return formats.hours(reading.value) if unit is Unit.HOURS else formats.count(reading.value)


def _of(reading: Reading | None) -> str:
    if reading is None or reading.n is None:
        return ""
    return f"{reading.n:,} / {reading.d:,}" if reading.d is not None else ""


def _summary(context: PageContext, name: str, points: list[dict[str, Any]], unit: str) -> str:
    known = [point for point in points if point["now"] is not None]
    if not known:
        return context.t("course.nothing", name=name)
    ends = {
        "first": known[0]["text"],
        "last": known[-1]["text"],
        "from": known[0]["at"],
        "to": known[-1]["at"],
    }
    return context.t("course.summary", name=name, unit=unit, **ends)
