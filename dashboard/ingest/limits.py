"""Time limits as offices write them: a number of hours, or "24小时", "5个工作日", "3 days". Owns their reading."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

WORKING, CLOCK = "working", "clock"
_LIMIT = re.compile(r"(\d+(?:\.\d+)?)\s*(?:个|個)?\s*([^\d\s].*)?")
_HALVES = {"半": "0.5", "一": "1", "两": "2", "二": "2", "三": "3", "五": "5", "七": "7", "十": "10"}
_UNITS: Mapping[str, tuple[str, str]] = {
    "小时": (CLOCK, "hour"),
    "时": (CLOCK, "hour"),
    "h": (CLOCK, "hour"),
    "hour": (CLOCK, "hour"),
    "hours": (CLOCK, "hour"),
    "分钟": (CLOCK, "minute"),
    "minutes": (CLOCK, "minute"),
    "天": (CLOCK, "day"),
    "日": (CLOCK, "day"),
    "自然日": (CLOCK, "day"),
    "日历天": (CLOCK, "day"),
    "d": (CLOCK, "day"),
    "day": (CLOCK, "day"),
    "days": (CLOCK, "day"),
    "calendar days": (CLOCK, "day"),
    "周": (CLOCK, "week"),
    "星期": (CLOCK, "week"),
    "week": (CLOCK, "week"),
    "weeks": (CLOCK, "week"),
    "工作日": (WORKING, "day"),
    "working day": (WORKING, "day"),
    "working days": (WORKING, "day"),
    "business days": (WORKING, "day"),
    "工作时": (WORKING, "hour"),
    "工作小时": (WORKING, "hour"),
    "working hour": (WORKING, "hour"),
    "working hours": (WORKING, "hour"),
    "business hours": (WORKING, "hour"),
}
_CLOCK_HOURS = {"minute": 1 / 60, "hour": 1.0, "day": 24.0, "week": 168.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """So many hours; `kind` "working" or "clock", None where the text does not say."""

    hours: float
    kind: str | None


def read_limit(text: str, working_day_hours: float) -> Limit | None:
    """The limit that a text means, None where it is none."""
    plain = unicodedata.normalize("NFKC", text).strip().lower()
    if plain[:1] in _HALVES:
        plain = _HALVES[plain[0]] + plain[1:]
    found = _LIMIT.fullmatch(plain)
    if found is None:
        return None
    amount, unit = float(found.group(1)), (found.group(2) or "").strip(" .内")
    if not unit:
        return Limit(hours=amount, kind=None)
    if unit not in _UNITS:
        return None
    kind, size = _UNITS[unit]
    if kind == WORKING and size == "day":
        return Limit(hours=amount * working_day_hours, kind=kind)
    return Limit(hours=amount * _CLOCK_HOURS[size], kind=kind)
