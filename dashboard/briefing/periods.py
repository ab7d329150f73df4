"""Days, weeks and months that briefings are about: which one holds a day, what it is compared with, and its names.

Owns the calendar of briefings. Weeks are those of ISO 8601. A period that is not over is seen as far as it has come,
and so is what it is compared with.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from dashboard.briefing.content import Cadence, Versus
from dashboard.domain.windows import Step, Window, days, local_day, shifted
from dashboard.domain.words import Words
from dashboard.errors import DashboardError

COURSE: Final = 8
"""So many periods, the last one included, make a course."""
STEPS: Final = {Cadence.DAILY: Step.HOUR, Cadence.WEEKLY: Step.DAY, Cadence.MONTHLY: Step.DAY}
WEEK: Final = re.compile(r"(\d{4})-?W(\d{1,2})")
MONTH: Final = re.compile(r"(\d{4})-(\d{2})")
FIRST_YEAR, LAST_YEAR = 1971, 9990


class BadPeriod(DashboardError):
    """{text} names no day, week or month. Write 2026-11-15, 2026-W46 or 2026-11."""

    zh = "无法识别的周期 {text}。请写作 2026-11-15、2026-W46 或 2026-11。"


class NotBegun(DashboardError):
    """{period} has not begun. Choose an earlier period."""

    zh = "{period_zh}尚未开始。请选择更早的周期。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Local days from `first` to before `until`."""

    cadence: Cadence
    first: date
    until: date
    zone: ZoneInfo

    @property
    def window(self) -> Window:
        """All of it."""
        return days(self.first, self.until - timedelta(days=1), self.zone)

    def seen(self, now: datetime) -> Window:
        """As far as it has come. NotBegun."""
        whole = self.window
        if whole.start >= now:
            raise NotBegun(period=self.name("en"), period_zh=self.name("zh"))
        return Window(start=whole.start, end=min(whole.end, now))

    def earlier(self, versus: Versus) -> Period | None:
        """What it is compared with; None where that says nothing."""
        match versus:
            case Versus.BEFORE:
                return self._of(self.first - timedelta(days=1))
            case Versus.LAST_MONTH:
                return None if self.cadence is Cadence.MONTHLY else self._last_month()
        return self._last_year()

    def same_part(self, now: datetime, other: Period) -> Window:
        """As much of another period as of this one has passed."""
        whole = other.window
        if self.window.end <= now:
            return whole
        back = (self.first - other.first).days
        return Window(start=whole.start, end=max(whole.start, min(whole.end, shifted(now, back, self.zone))))

    def course(self) -> list[Period]:
        """The periods up to this one, the earliest first."""
        found = [self]
        while len(found) < COURSE:
            found.append(self._of(found[-1].first - timedelta(days=1)))
        return found[::-1]

    def name(self, lang: str) -> str:
        """In words, with its days: 2026 年第 46 周（11-09 至 11-15）."""
        first, last = self.first, self.until - timedelta(days=1)
        year, week, _ = first.isocalendar()
        if self.cadence is Cadence.DAILY:
            return weekday(first, lang, year=True)
        span = Words(zh=f"（{first:%m-%d} 至 {last:%m-%d}）", en=f" ({first:%d %b} to {last:%d %b})")
        if self.cadence is Cadence.WEEKLY:
            words = Words(zh=f"{year} 年第 {week} 周", en=f"Week {week} of {year}")
            return words.in_language(lang) + span.in_language(lang)
        return Words(zh=f"{first.year} 年 {first.month} 月", en=f"{first:%B %Y}").in_language(lang)

    def short(self, lang: str) -> str:
        """As on an axis: 第 46 周."""
        if self.cadence is Cadence.DAILY:
            return f"{self.first:%m-%d}"
        if self.cadence is Cadence.WEEKLY:
            week = self.first.isocalendar().week
            return f"第 {week} 周" if lang == "zh" else f"W{week}"
        return f"{self.first.month} 月" if lang == "zh" else f"{self.first:%b}"

    def _of(self, day: date) -> Period:
        return period_of(self.cadence, day, self.zone)

    def _last_month(self) -> Period:
        """The same day of the month before; of a week the one four weeks ago, which has the same weekdays."""
        if self.cadence is Cadence.WEEKLY:
            return self._of(self.first - timedelta(days=28))
        before = self.first.replace(day=1) - timedelta(days=1)
        return self._of(before.replace(day=min(self.first.day, before.day)))

    def _last_year(self) -> Period:
        """The same date; of a week that of the same number, the 52nd where last year had no 53rd."""
        if self.cadence is Cadence.WEEKLY:
            year, week, _ = self.first.isocalendar()
            weeks = date(year - 1, 12, 28).isocalendar().week
            return self._of(date.fromisocalendar(year - 1, min(week, weeks), 1))
        leap = self.first.month == 2 and self.first.day == 29
        return self._of(self.first.replace(year=self.first.year - 1, day=28 if leap else self.first.day))


def period_of(cadence: Cadence, day: date, zone: ZoneInfo) -> Period:
    """The period that holds a local day."""
    if cadence is Cadence.DAILY:
        return Period(cadence=cadence, first=day, until=day + timedelta(days=1), zone=zone)
    if cadence is Cadence.WEEKLY:
        first = day - timedelta(days=day.weekday())
        return Period(cadence=cadence, first=first, until=first + timedelta(days=7), zone=zone)
    first = day.replace(day=1)
    until = (first + timedelta(days=32)).replace(day=1)
    return Period(cadence=cadence, first=first, until=until, zone=zone)


def latest(cadence: Cadence, now: datetime, zone: ZoneInfo) -> Period:
    """The last period that is over."""
    return period_of(cadence, period_of(cadence, local_day(now, zone), zone).first - timedelta(days=1), zone)


def named_period(text: str, zone: ZoneInfo, cadence: Cadence | None = None) -> Period:
    """The period of 2026-11-15 (a day unless a cadence is given), 2026-W46 or 2026-11. BadPeriod."""
    told = text.strip()
    try:
        if found := WEEK.fullmatch(told):
            day, own = date.fromisocalendar(int(found[1]), int(found[2]), 1), Cadence.WEEKLY
        elif found := MONTH.fullmatch(told):
            day, own = date(int(found[1]), int(found[2]), 1), Cadence.MONTHLY
        else:
            day, own = date.fromisoformat(told), Cadence.DAILY
    except ValueError as error:
        raise BadPeriod(text=text[:40]) from error
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise BadPeriod(text=text[:40])
    return period_of(cadence or own, day, zone)


def weekday(day: date, lang: str, *, year: bool = False) -> str:
    """A day with its weekday: 11-09 周一."""
    if lang == "zh":
        return f"{day.isoformat()[0 if year else 5 :]} 周{'一二三四五六日'[day.weekday()]}"
    return f"{day:%a} {day.day} {day:%b %Y}" if year else f"{day:%a} {day.day} {day:%b}"
