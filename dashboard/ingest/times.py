"""Reads local times. Owns their forms and the two hours a year that clocks repeat or leave out.

A time with an offset is taken as it is. One without lies in the file's or the district's zone: where it
came twice, the rule says which; where it never was, it is read with the offset before the change, as RFC
5545 does, or refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from dashboard.ingest.columns import BadValue
from dashboard.ingest.mapping import TimeRules
from dashboard.ingest.wording import Flaw

FIRST_YEAR, LAST_YEAR = 1970, 2100
_RECENT = 64
EPOCH_SECONDS, EPOCH_MILLISECONDS = "epoch_s", "epoch_ms"
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
    """A moment in UTC; `flaw` when it had to be decided."""

    at: datetime
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
        found = self._parsed(text)
        if not FIRST_YEAR <= found.year <= LAST_YEAR:
            raise BadValue(Flaw.TIME_RANGE, text, {"low": FIRST_YEAR, "high": LAST_YEAR})
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
                if form in (EPOCH_SECONDS, EPOCH_MILLISECONDS):
                    seconds = float(text) / (1000 if form == EPOCH_MILLISECONDS else 1)
                    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
                return datetime.strptime(text, form)  # noqa: DTZ007 local on purpose
            except (ValueError, OverflowError):
                continue
        raise BadValue(Flaw.UNREADABLE_TIME, text, {})
