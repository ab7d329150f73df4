"""Numbers, spans and times as text on pages that the server lays out; on the wall `format.js` does the same."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from layouts.context import PageContext

DASH = "—"
MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86_400
SHORTEST_H = 0.1
LONG_H = 100
ENDINGS = ("社区", "村", "网格")
"""What a name may do without where there is little room."""
BEGINNING = "grid "
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


def hours(value: float | None) -> str:
    """Working hours to one decimal, whole from 100 on; nothing as a dash. What was done outside working time took
    hardly any, not none.
    """
    if value is None:
        return DASH
    if 0 <= value < SHORTEST_H:
        return "<0.1"
    return f"{value:,.0f}" if value >= LONG_H else f"{value:.1f}"


def place(region: str, parent: str = "") -> str:
    """A grid with its community, in few characters: 国宁 03 for 国宁社区 and 03 网格, Guoning 03 in English."""
    for ending in ENDINGS:
        parent = parent.removesuffix(ending) or parent
        region = region.removesuffix(ending).strip() or region
    if parent:
        region = region.removeprefix(BEGINNING)
    return f"{parent} {region}".strip()


def plain(value: float) -> str:
    """A number without needless decimals: 95.0 as "95", 97.5 as "97.5"."""
    return f"{value:.1f}".removesuffix(".0")


def span(context: PageContext, length: timedelta) -> str:
    """A span of time in hours and minutes, in days from three days on."""
    minutes = int(length.total_seconds()) // 60
    if length >= THREE_DAYS:
        return context.t("fmt.days_hours", d=minutes // 1440, h=minutes % 1440 // 60)
    return context.t("fmt.hours_minutes", h=minutes // 60, m=minutes % 60)


def age(context: PageContext, seconds: float) -> str:
    """An age in its largest unit only: "4 s", "6 min", "3 h"."""
    whole = int(seconds)
    if whole < MINUTE_S:
        return context.t("fmt.seconds", s=whole)
    if whole < 2 * HOUR_S:
        return context.t("fmt.minutes", m=whole // MINUTE_S)
    if whole < 2 * DAY_S:
        return context.t("fmt.hours", h=whole // HOUR_S)
    return context.t("fmt.days", d=whole // DAY_S)


def moment(at: datetime, zone: ZoneInfo) -> str:
    """A local time without its year: "11-20 14:32"."""
    return at.astimezone(zone).strftime("%m-%d %H:%M")
