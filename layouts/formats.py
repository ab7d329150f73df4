"""Numbers, spans and times as text on pages that the server lays out; on the wall `format.js` does the same."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from layouts.context import PageContext

DASH = "—"
THREE_DAYS = timedelta(days=3)


def count(value: float | None) -> str:
    """1286 as "1,286"; nothing as a dash."""
    return DASH if value is None else f"{int(value):,}".replace("-", "\u2212")


def rate(n: int | None, d: int | None) -> str:
    """Percent, cut (not rounded) to one decimal, without its unit; a dash for 0/0."""
    if not d:
        return DASH
    tenths = (n or 0) * 1000 // d
    return f"{tenths // 10}.{tenths % 10}"


def span(context: PageContext, length: timedelta) -> str:
    """A span of time in hours and minutes, in days from three days on."""
    minutes = int(length.total_seconds()) // 60
    if length >= THREE_DAYS:
        return context.t("fmt.days_hours", d=minutes // 1440, h=minutes % 1440 // 60)
    return context.t("fmt.hours_minutes", h=minutes // 60, m=minutes % 60)


def moment(at: datetime, zone: ZoneInfo) -> str:
    """A local time without its year: "11-20 14:32"."""
    return at.astimezone(zone).strftime("%m-%d %H:%M")
