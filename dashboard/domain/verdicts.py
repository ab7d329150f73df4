"""Three colours with their reasons in words and numbers: of an event, and of a region's or a department's indicator.

Owns the wording and the thresholds that hold where a district sets none. Which colour it is, is decided in
`dashboard.domain.colours`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from dashboard.domain.colours import Colour, overdue, region_colour, soon_due
from dashboard.domain.indicators import BY_KEY, Direction, Reading, Unit
from dashboard.domain.model import State
from dashboard.domain.terms import Terms
from dashboard.domain.words import Words

THRESHOLDS: Final[dict[str, tuple[float, float]]] = {
    "on_time_due": (0.90, 0.95),
    "on_time_closed": (0.90, 0.95),
    "sign_on_time": (0.85, 0.95),
    "dispatch_accuracy": (0.90, 0.95),
    "rework_rate": (0.10, 0.05),
    "repeat_rate": (0.20, 0.10),
    "resolution_rate": (0.90, 0.95),
    "satisfaction": (0.90, 0.95),
    "on_duty_rate": (0.80, 0.90),
    "supervision_closed": (0.80, 0.90),
}
"""The red and the yellow threshold of indicators for which the district names none."""
WORST_FIRST: Final = (Colour.RED, Colour.YELLOW, Colour.GREEN, Colour.NONE)
HOUR: Final = timedelta(hours=1)
TENTH: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A colour and the sentence behind it, in one language."""

    colour: Colour
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """What an event's colour rests on. `working`: its limit runs in working time, else by the plain clock."""

    state: State
    counted: bool
    reported_at: datetime
    due_at: datetime | None
    warn_at: datetime | None
    closed_at: datetime | None
    working: bool = True


def thresholds_of(key: str, terms: Terms) -> tuple[float, float] | None:
    """The worse and the better threshold of an indicator; None where it has none."""
    return terms.thresholds.get(key) or THRESHOLDS.get(key)


def region_verdict(reading: Reading, terms: Terms, lang: str) -> Judged:
    """The colour of a region or a department by one indicator, and why: its value, n and d, and the threshold."""
    described = BY_KEY[reading.key]
    name = described.zh if lang == "zh" else described.en
    if reading.value is None:
        reason = reading.reason or Words(zh="暂无数据", en="no data yet")
        return _none(name, reason, lang)
    limits = thresholds_of(reading.key, terms)
    if limits is None or described.direction is Direction.NEUTRAL:
        return _none(name, Words(zh="未设阈值", en="no threshold is set"), lang)
    size = reading.d if described.unit is Unit.RATE else reading.n if described.unit is Unit.HOURS else None
    if size is not None and size < terms.ranking_min_n:
        few = Words(
            zh=f"样本不足（{size} 件，少于 {terms.ranking_min_n} 件）",
            en=f"too few cases ({size}, fewer than {terms.ranking_min_n})",
        )
        return _none(name, few, lang)
    better = described.direction is Direction.HIGHER
    colour = region_colour(reading.value, limits, higher_is_better=better)
    border = limits[0] if colour is Colour.RED else limits[1]
    met = colour is Colour.GREEN
    side = _SIDES[better, met].in_language(lang)
    value, mark = _shown(reading, lang), _plain(border, described.unit, lang)
    joint = "，" if lang == "zh" else ", "
    return Judged(colour=colour, reason=f"{name} {value}{joint}{side} {mark}")


def event_verdict(event: Limit, now: datetime, terms: Terms, lang: str) -> Judged:
    """The colour of an event and why: how much of its limit is left, or by how much it was or is late."""
    if not event.counted:
        return _said(Colour.NONE, "不计入考核", "does not count", lang)
    if event.due_at is None:
        return _said(Colour.GREEN, "没有办理时限", "has no limit", lang)
    unit = Words(zh="工作小时", en="working hours") if event.working else Words(zh="小时", en="hours")
    end = event.closed_at if event.state is State.CLOSED and event.closed_at else now
    left = _hours(end, event.due_at, terms, working=event.working)
    size = f"{_tenths(abs(left))} {unit.in_language(lang)}"
    if event.state is State.CLOSED:
        return _closed(size if left else "", lang, late=end > event.due_at)
    if overdue(event.due_at, now):
        return _late(size if left else "", lang)
    whole = _hours(event.reported_at, event.due_at, terms, working=event.working)
    share = f"{left / whole:.0%}" if whole > 0 else "0%"
    colour = Colour.YELLOW if soon_due(event.due_at, event.warn_at, now) else Colour.GREEN
    zh, en = f"剩余 {size}，占时限 {share}", f"{size} left, {share} of its limit"
    return _said(
        colour,
        zh if left else "到期前已无工作时间",
        en if left else "no working time left before its limit",
        lang,
    )


def _late(size: str, lang: str) -> Judged:
    """Of an open event past its limit. `size`: by how much, empty where no working time has passed since."""
    if size:
        return _said(Colour.RED, f"已超期 {size}", f"overdue by {size}", lang)
    return _said(Colour.RED, "已超期，此后尚无工作时间", "overdue, with no working time since", lang)


def _closed(size: str, lang: str, *, late: bool) -> Judged:
    """Of a closed event. `size`: how far from its limit, empty where no working time lies between."""
    if late:
        zh, en = (f"超期 {size}办结", f"closed {size} late") if size else ("超期办结", "closed late")
        return _said(Colour.RED, zh, en, lang)
    zh, en = (
        (f"提前 {size}办结", f"closed {size} before its limit") if size else ("按期办结", "closed in time")
    )
    return _said(Colour.GREEN, zh, en, lang)


def worst(found: Iterable[Judged]) -> Judged | None:
    """The worst of several judgements, the first of equals; None of none."""
    return min(found, key=lambda one: WORST_FIRST.index(one.colour), default=None)


_SIDES: Final = {
    (True, True): Words(zh="达到", en="at least"),
    (True, False): Words(zh="低于", en="below"),
    (False, True): Words(zh="不高于", en="at most"),
    (False, False): Words(zh="高于", en="above"),
}


def _hours(start: datetime, end: datetime, terms: Terms, *, working: bool) -> float:
    return terms.schedule.working_hours_between(start, end) if working else (end - start) / HOUR


def _shown(reading: Reading, lang: str) -> str:
    """A value with what it was made of; rates are cut, not rounded, as everywhere."""
    assert reading.value is not None
    unit = BY_KEY[reading.key].unit
    if unit is Unit.RATE and reading.d:
        tenths = (reading.n or 0) * 1000 // reading.d
        text = f"{tenths // TENTH}.{tenths % TENTH}%"
        return f"{text}（{reading.n}/{reading.d}）" if lang == "zh" else f"{text} ({reading.n}/{reading.d})"
    text = _plain(reading.value, unit, lang)
    if unit is Unit.HOURS and reading.n is not None:
        return f"{text}（{reading.n} 件）" if lang == "zh" else f"{text} ({reading.n} events)"
    return text


def _plain(value: float, unit: Unit, lang: str) -> str:
    if unit is Unit.RATE:
        return f"{value * 100:.1f}%"
    if unit is Unit.HOURS:
        return f"{_tenths(value)} 工作小时" if lang == "zh" else f"{_tenths(value)} working hours"
    return f"{value:,.0f}"


def _tenths(hours: float) -> str:
    """Hours to one decimal; less than that shows as such."""
    return "<0.1" if 0 < hours < 1 / TENTH else f"{hours:.1f}"


def _said(colour: Colour, zh: str, en: str, lang: str) -> Judged:
    return Judged(colour=colour, reason=zh if lang == "zh" else en)


def _none(name: str, reason: Words, lang: str) -> Judged:
    joint = "：" if lang == "zh" else ": "
    return Judged(colour=Colour.NONE, reason=f"{name}{joint}{reason.in_language(lang)}")
