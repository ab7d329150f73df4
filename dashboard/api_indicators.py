"""Indicators by the JSON interface: of one region, step by step, and of all regions below one."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from dashboard.domain.atlas import Drawn
from dashboard.domain.filters import filters_from
from dashboard.domain.indicators import BY_KEY, Reading
from dashboard.domain.model import Level
from dashboard.domain.windows import Step, steps
from dashboard.questions import (
    Question,
    TooManyStepsError,
    asked_choice,
    asked_keys,
    asked_region,
    asked_window,
)
from data_access.queries.breakdown import breakdown
from data_access.queries.indicators import Measurement, district_terms, measure, measure_each
from data_access.queries.regions import RegionNode

MOST_STEPS: Final = 120
"""How many stretches of time one trend may have."""
TREND_KEYS: Final = ("reported", "closed", "open", "closure_rate", "on_time_due", "satisfaction")


def indicators(question: Question) -> dict[str, Any]:
    """Value, n and d of the indicators of a region over a window of time."""
    zone = district_terms(question.engine).zone
    found = measure(
        question.engine,
        asked_region(question.query),
        question.scope,
        now=question.now,
        window=asked_window(question.query, question.now, zone),
        keys=asked_keys(question.query.get("keys")),
        filters=filters_from(question.query),
        drawn=_drawn(question),
    )
    return _measurement(found, question, zone) | {"drawn": _drawn(question)}


def trends(question: Question) -> dict[str, Any]:
    """Indicators of a region step by step, the last step as far as it has come."""
    code, zone = asked_region(question.query), district_terms(question.engine).zone
    step = asked_choice(question.query, "step", Step, Step.DAY)
    windows = steps(asked_window(question.query, question.now, zone), step, zone, MOST_STEPS + 1)
    if len(windows) > MOST_STEPS:
        raise TooManyStepsError(most=MOST_STEPS)
    keys = asked_keys(question.query.get("keys")) or list(TREND_KEYS)
    found = measure_each(
        question.engine,
        code,
        question.scope,
        now=question.now,
        windows=windows,
        keys=keys,
        filters=filters_from(question.query),
        drawn=_drawn(question),
    )
    return {
        "region": region_words(found[0].region),
        "as_of": _local(question.now, zone),
        "drawn": _drawn(question),
        "step": step,
        "starts": [_local(item.window.start, zone) for item in found],
        "end": _local(found[-1].window.end, zone),
        "series": {
            key: [_value(reading) for item in found for reading in item.readings if reading.key == key]
            for key in keys
        },
    }


def breakdowns(question: Question) -> dict[str, Any]:
    """Indicators of the children of a region, or of all regions of a level below it."""
    zone = district_terms(question.engine).zone
    window = asked_window(question.query, question.now, zone)
    level = asked_choice(question.query, "level", Level, Level.GRID) if question.query.get("level") else None
    found = breakdown(
        question.engine,
        asked_region(question.query),
        question.scope,
        now=question.now,
        window=window,
        keys=asked_keys(question.query.get("keys")) or list(TREND_KEYS),
        filters=filters_from(question.query),
        level=level,
        drawn=_drawn(question),
    )
    return {
        "from": _local(window.start, zone),
        "to": _local(window.end, zone),
        "as_of": _local(question.now, zone),
        "drawn": _drawn(question),
        "parts": [
            {
                "region": region_words(part.region),
                "values": {reading.key: _value(reading) for reading in part.readings},
            }
            for part in found
        ],
    }


def region_words(node: RegionNode) -> dict[str, Any]:
    """A region as answers tell it."""
    return {
        "code": node.code,
        "level": node.level,
        "kind": node.kind,
        "name": node.name,
        "name_en": node.name_en,
        "parent": node.parent_code,
        "lon": node.lon,
        "lat": node.lat,
    }


def _drawn(question: Question) -> Drawn:
    return asked_choice(question.query, "drawn", Drawn, Drawn.THEN)


def _measurement(found: Measurement, question: Question, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "region": region_words(found.region),
        "from": _local(found.window.start, zone),
        "to": _local(found.window.end, zone),
        "as_of": _local(question.now, zone),
        "holidays_known": found.holidays_known,
        "indicators": {item.key: _reading(item, question.lang) for item in found.readings},
    }


def _reading(item: Reading, lang: str) -> dict[str, Any]:
    described = BY_KEY[item.key]
    return {
        "name": described.zh if lang == "zh" else described.en,
        **_value(item),
        "reason": item.reason.in_language(lang) if item.reason else None,
        "unit": described.unit,
        "direction": described.direction,
        "target": described.target,
        "formula": described.formula.in_language(lang),
        "version": described.version,
    }


def _value(item: Reading) -> dict[str, Any]:
    return {"value": item.value, "n": item.n, "d": item.d}


def _local(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).isoformat()
