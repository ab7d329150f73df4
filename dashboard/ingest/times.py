"""Reads local times. Owns their forms and the two hours a year that clocks repeat or leave out.

A time with an offset is taken as it is. One without lies in the file's or the district's zone: where it
came twice, the rule says which; where it never was, it is read with the offset before the change, as RFC
5545 does, or refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from dashboard.ingest.columns import BadValue
from dashboard.ingest.mapping import TimeRules
from dashboard.ingest.wording import Flaw

AHEAD = timedelta(seconds=60)
"""How far a clock may go ahead of the database's."""
FIRST_YEAR, LAST_YEAR = 1970, 2100
LAST_OF_ALL = 9999
_RECENT = 64
EPOCH_SECONDS, EPOCH_MILLISECONDS, SPREADSHEET_DAYS = "epoch_s", "epoch_ms", "excel_days"
_DAY_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 local on purpose
"""Day 0 of spreadsheets that count from 1900, as Excel and WPS do."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STAND_INS = frozenset(
    {(1, 1, 1), (1753, 1, 1), (1899, 12, 30), (1899, 12, 31), (1900, 1, 1), (1970, 1, 1), (9999, 12, 31)}
)
"""Days at whose midnight systems put what has no time."""
_NO_DAY = re.compile(r"(?:0000[-/.]00[-/.]00|1900[-/.]0?1[-/.]00?)(?:[T ]00:00(?::00)?)?")
_YEAR_FIRST = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(.*)", re.DOTALL)
_HOUR_BEHIND = re.compile(r"(?:[T ]\d{1,2}[:时]\d{1,2}.*)?", re.DOTALL)
_YEAR_LAST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?:\D.*)?", re.DOTALL)
_SHORT_YEAR = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{2}(?:\D.*)?", re.DOTALL)
_HOUR_ALONE = re.compile(r"\d{1,2}[:时]\d{2}.*", re.DOTALL)
_DAY_NUMBER = re.compile(r"[345]\d{4}(?:\.\d+)?")
COMMON = (
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y/%m/%d",
    "%Y.%m.%d %H:%M:%S",
    "%Y.%m.%d %H:%M",
    "%Y年%m月%d日 %H:%M:%S",
    "%Y年%m月%d日 %H:%M",
    "%Y年%m月%d日 %H时%M分%S秒",
    "%Y年%m月%d日 %H时%M分",
    "%Y年%m月%d日%H时%M分",
    "%Y年%m月%d日",
)
"""Forms that are tried beside ISO 8601 when the mapping names none. None of them can be read in two ways."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A moment in UTC, None for a date that stands for none; `flaw` when it had to be decided."""

    at: datetime | None
    flaw: Flaw | None = None


class Clock:
    """Reads the times of one file."""

    def __init__(self, rules: TimeRules, district_zone: str) -> None:
        self._rules = rules
        self._zone = ZoneInfo(rules.timezone or district_zone)
        self._forms = rules.formats or COMMON
        self._iso = not rules.formats
        # the clocks of one row often share a moment
        self._recent: dict[str, Reading] = {}

    @property
    def details(self) -> dict[str, object]:
        """What the sentences about hours name."""
        return {"zone": self._zone.key}

    def read(self, text: str) -> Reading:
        """The moment that the text means. BadValue when it cannot be read."""
        reading = self._recent.get(text)
        if reading is None:
            if len(self._recent) >= _RECENT:
                self._recent.clear()
            reading = self._recent[text] = self._read(text)
        return reading

    def _read(self, text: str) -> Reading:
        if _NO_DAY.fullmatch(text):
            return Reading(at=None, flaw=Flaw.STAND_IN_TIME)
        found = self._parsed(text)
        if (found.year, found.month, found.day) in _STAND_INS and (
            found.year == LAST_OF_ALL or not (found.hour or found.minute)
        ):
            return Reading(at=None, flaw=Flaw.STAND_IN_TIME)
        if not FIRST_YEAR <= found.year <= LAST_YEAR:
            raise BadValue(Flaw.TIME_RANGE, text, {"low": FIRST_YEAR, "high": LAST_YEAR})
        reading = self._placed(found, text)
        return Reading(at=None, flaw=Flaw.STAND_IN_TIME) if reading.at == _EPOCH else reading

    def _placed(self, found: datetime, text: str) -> Reading:
        """The moment of a local time; BadValue where it never was and the rule refuses that."""
        if found.tzinfo is not None:
            return Reading(at=found.astimezone(UTC))
        early = found.replace(tzinfo=self._zone)
        late = early.replace(fold=1)
        if early.utcoffset() == late.utcoffset():
            return Reading(at=early.astimezone(UTC))
        at = early.astimezone(UTC)
        if at.astimezone(self._zone).replace(tzinfo=None) != found:
            if self._rules.missing == "reject":
                raise BadValue(Flaw.NO_SUCH_HOUR, text, self.details)
            return Reading(at=at, flaw=Flaw.MISSING_HOUR)
        chosen = late if self._rules.repeated == "second" else early
        return Reading(at=chosen.astimezone(UTC), flaw=Flaw.REPEATED_HOUR)

    def _parsed(self, text: str) -> datetime:
        if self._iso:
            try:
                return datetime.fromisoformat(text)
            except ValueError:
                pass
        for form in self._forms:
            try:
                if form == SPREADSHEET_DAYS:
                    return _DAY_ZERO + timedelta(seconds=round(float(text) * 86_400))
                if form in (EPOCH_SECONDS, EPOCH_MILLISECONDS):
                    seconds = float(text) / (1000 if form == EPOCH_MILLISECONDS else 1)
                    return _EPOCH + timedelta(seconds=seconds)
                return datetime.strptime(text, form)  # noqa: DTZ007 local on purpose
            except (ValueError, OverflowError):
                continue
        raise BadValue(_why_unreadable(text) if self._iso else Flaw.UNREADABLE_TIME, text, {})


def _why_unreadable(text: str) -> Flaw:
    """What a text is instead of a time, as far as it can be told."""
    found = _YEAR_FIRST.fullmatch(text)
    if found is not None:
        return Flaw.NO_SUCH_DAY if _HOUR_BEHIND.fullmatch(found.group(4)) else Flaw.UNREADABLE_TIME
    for pattern, flaw in (
        (_YEAR_LAST, Flaw.AMBIGUOUS_DAY),
        (_SHORT_YEAR, Flaw.SHORT_YEAR),
        (_HOUR_ALONE, Flaw.HOUR_WITHOUT_DAY),
        (_DAY_NUMBER, Flaw.DAY_NUMBER),
    ):
        if pattern.fullmatch(text):
            return flaw
    return Flaw.UNREADABLE_TIME
