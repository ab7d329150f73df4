"""What another value of a setting would change, in words: worked out from the district as it is, before it is kept.

Sums alone: whoever administers need not see any region.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Engine

from dashboard.domain.attendance import MARK_WORDS, AttendanceRules, Mark, attendance_rules_from, judged
from dashboard.domain.board_settings import BoardSetting, Group, value_of
from dashboard.domain.colours import Colour, region_colour
from dashboard.domain.indicators import Reading
from dashboard.domain.model import Level
from dashboard.domain.policy import EVERYTHING, Viewer
from dashboard.domain.terms import terms_from
from dashboard.domain.verdicts import thresholds_of
from dashboard.domain.windows import Window, local_day
from dashboard.domain.words import Words
from dashboard.watermark import mark_of
from data_access.queries.attendance import ShiftRow, shifts_of_region
from data_access.queries.breakdown import breakdown
from data_access.queries.regions import listed_regions
from data_access.queries.session import reading
from data_access.queries.tracks import bounds

LOOK_BACK: Final = timedelta(days=7)
VIEWS: Final = 3
"""Of the wall, in turn."""
COLOURS: Final = {
    Colour.GREEN: Words(zh="绿", en="green"),
    Colour.YELLOW: Words(zh="黄", en="yellow"),
    Colour.RED: Words(zh="红", en="red"),
    Colour.NONE: Words(zh="未评", en="not judged"),
}
RANKED: Final = "on_time_due"


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What holds now, and what would."""

    before: Words
    after: Words


def effect_of(
    engine: Engine,
    viewer: Viewer,
    setting: BoardSetting,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    now: datetime,
) -> Effect:
    """The effect of changed settings. Errors of the database go up."""
    if setting.group is Group.COLOURS:
        readings = _streets(engine, now)
        return Effect(before=_colours(readings, before), after=_colours(readings, after))
    if setting.group is Group.ATTENDANCE:
        shifts = _shifts(engine, before, now)
        was, will = attendance_rules_from(before), attendance_rules_from(after)
        return Effect(before=_marks(shifts, was, now), after=_marks(shifts, will, now))
    if setting.group is Group.SUPERVISION:
        return Effect(before=_due(setting, before, now), after=_due(setting, after, now))
    if setting.group is Group.WALL:
        return Effect(before=_wall(setting, before), after=_wall(setting, after))
    mark = mark_of(viewer, now)
    return Effect(before=_marked(setting, before, mark), after=_marked(setting, after, mark))


def _streets(engine: Engine, now: datetime) -> list[Reading]:
    """The rate of the ranking of every street over the last seven days."""
    root = _root(engine, now)
    if root is None:
        return []
    window = Window(start=now - LOOK_BACK, end=now)
    rows = breakdown(engine, root, EVERYTHING, now=now, window=window, keys=[RANKED], level=Level.STREET)
    return [row.readings[0] for row in rows]


def _colours(readings: list[Reading], settings: Mapping[str, Any]) -> Words:
    terms = terms_from(settings)
    thresholds = thresholds_of(RANKED, terms)
    assert thresholds is not None
    found = Counter(
        region_colour(one.value, thresholds, n=one.d, min_n=terms.ranking_min_n) for one in readings
    )
    zh = "，".join(f"{words.zh} {found[colour]}" for colour, words in COLOURS.items())
    en = ", ".join(f"{found[colour]} {words.en}" for colour, words in COLOURS.items())
    return Words(zh=f"近 7 天镇街：{zh}", en=f"Streets, last 7 days: {en}")


def _shifts(engine: Engine, settings: Mapping[str, Any], now: datetime) -> list[ShiftRow]:
    """Today's shifts of the district."""
    root, zone = _root(engine, now), terms_from(settings).zone
    if root is None:
        return []
    start, end = bounds(local_day(now, zone), zone)
    with reading(engine) as conn:
        return list(shifts_of_region(conn, root, EVERYTHING, start, end, now)[1])


def _marks(shifts: list[ShiftRow], rules: AttendanceRules, now: datetime) -> Words:
    found = Counter(mark for one in shifts for mark in judged(one.turnout, rules, now).counted)
    shown = [(MARK_WORDS[mark], found[mark]) for mark in Mark if found[mark]]
    zh = "，".join(f"{words.zh} {n}" for words, n in shown) or "无异常"
    en = ", ".join(f"{words.en.lower()} {n}" for words, n in shown) or "nothing marked"
    return Words(zh=f"今日 {len(shifts)} 个班次：{zh}", en=f"{len(shifts)} shifts today: {en}")


def _due(setting: BoardSetting, settings: Mapping[str, Any], now: datetime) -> Words:
    terms = terms_from(settings)
    due_at = terms.schedule.add_working_time(now, value_of(setting, settings)).astimezone(terms.zone)
    return Words(zh=f"此刻发出，{due_at:%m-%d %H:%M} 到期", en=f"Issued now, due {due_at:%m-%d %H:%M}")


def _wall(setting: BoardSetting, settings: Mapping[str, Any]) -> Words:
    seconds = value_of(setting, settings)
    if setting.path[-1] == "rotation_s":
        whole = seconds * VIEWS
        return Words(zh=f"轮完一遍 {whole:g} 秒", en=f"A full turn takes {whole:g} s")
    return Words(
        zh=f"新的一级告警使轮播停留 {seconds / 60:g} 分钟",
        en=f"A new level 1 alert holds it {seconds / 60:g} min",
    )


def _marked(setting: BoardSetting, settings: Mapping[str, Any], mark: str) -> Words:
    if not value_of(setting, settings):
        return Words(zh="不加水印", en="No mark")
    return Words(zh=f"显示“{mark}”", en=f"Shows “{mark}”")


def _root(engine: Engine, now: datetime) -> str | None:
    with reading(engine) as conn:
        found = listed_regions(conn, EVERYTHING, now)
    return next((one.code for one in found if one.level is Level.DISTRICT), None)
