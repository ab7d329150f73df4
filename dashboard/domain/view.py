"""What somebody looks at on a page of the desk: which stretch of time, which events, and how they are shown.

Owns its form in addresses: everything that a user sets is in the address, so that the address opened anew shows the
same. Pages, their parts and the JSON interface read the same parameters. Which region it is about is the path's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from dashboard.domain.atlas import Drawn
from dashboard.domain.filters import NO_FILTERS, BadFilterError, Filters, filters_from
from dashboard.domain.model import Level
from dashboard.domain.windows import Comparison, Preset, Step, Window, local_day, midnight, preset, same_part
from dashboard.errors import DashboardError

Choice = TypeVar("Choice", bound=StrEnum)
YEARS: Final = range(1900, 2200)
"""Other years are slips of the pen, and local times near the ends of the calendar could not be shown."""
LONGEST_TEXT: Final = 200
QUESTION: Final = (
    *("window", "from", "to", "source", "category", "stage", "severity", "department", "state", "late"),
    *("drawn", "on_time", "compare"),
)
"""Parameters that change numbers; the others only change what is shown of them."""
A_DAY: Final = timedelta(days=1, hours=1)
A_WEEK: Final = timedelta(days=7, hours=1)
"""With an hour more: a day of a clock change is one too."""

_UNESCAPED_PLUS = re.compile(r"(?<=\d) (?=\d{2}:?\d{2}$)")
"""The place of a zone's plus sign that a query string turned into a space."""


class BadTimeError(DashboardError):
    """{name}={text} is not a time. Write ISO 8601, such as 2026-11-20 or 2026-11-20T14:30:00+08:00."""

    zh = "{name}={text} 不是有效时间。请使用 ISO 8601 格式，如 2026-11-20 或 2026-11-20T14:30:00+08:00。"


class BackwardsError(DashboardError):
    """The time "to" lies before "from". Give a later "to"."""

    zh = "结束时间 to 早于开始时间 from，请调整。"


class OnTime(StrEnum):
    """Of which events the share closed in time is: of those due (应结口径), or of those closed (已结口径)."""

    DUE = "due"
    CLOSED = "closed"


class Chart(StrEnum):
    """What the trends are of: rates, working hours of handling, or numbers of events."""

    RATES = "rates"
    HOURS = "hours"
    COUNTS = "counts"


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One look. `start`, `end`: as written; with either of them `preset` says nothing.

    `compare` and `step` None: what suits the window. `sort` and `q` are the table's, `event` is the one that lies
    open beside it; `rank` None: the children of the region.
    """

    preset: Preset = Preset.TODAY
    start: str = ""
    end: str = ""
    filters: Filters = NO_FILTERS
    drawn: Drawn = Drawn.THEN
    on_time: OnTime = OnTime.DUE
    compare: Comparison | None = None
    step: Step | None = None
    trend: Chart = Chart.RATES
    rank: Level | None = None
    layer: str = ""
    sort: str = ""
    q: str = ""
    event: str = ""

    @property
    def custom(self) -> bool:
        """Whether the window was given by its ends."""
        return bool(self.start or self.end)

    @property
    def on_time_key(self) -> str:
        """The indicator that stands for closing in time."""
        return f"on_time_{self.on_time}"

    def window(self, now: datetime, zone: ZoneInfo) -> Window:
        """The stretch of time at `now`. BackwardsError."""
        if not self.custom:
            return preset(self.preset, now, zone)
        return window_from({"from": self.start, "to": self.end}, now, zone)

    def comparison(self, now: datetime, zone: ZoneInfo) -> Comparison:
        """What it is compared with: the chosen, else the nearest that lies wholly before it."""
        if self.compare is not None:
            return self.compare
        length = self.window(now, zone).length
        if length <= A_DAY:
            return Comparison.YESTERDAY
        return Comparison.LAST_WEEK if length <= A_WEEK else Comparison.LAST_YEAR

    def compared(self, now: datetime, zone: ZoneInfo) -> Window:
        """The stretch of time that it is compared with."""
        return same_part(self.window(now, zone), self.comparison(now, zone), zone)

    def query(self) -> dict[str, str]:
        """As parameters of an address, in one order and without defaults: equal views have equal addresses."""
        plain = View()
        found: dict[str, str] = {}
        if self.custom:
            found |= {"from": self.start, "to": self.end}
        elif self.preset is not plain.preset:
            found["window"] = self.preset
        found |= self.filters.query()
        for name in ("drawn", "on_time", "compare", "step", "trend", "rank", "layer", "sort", "q", "event"):
            value = getattr(self, name)
            if value is not None and value != getattr(plain, name):
                found[name] = str(value)
        return {name: str(value) for name, value in found.items() if value}

    def question(self) -> dict[str, str]:
        """Those parameters that change numbers."""
        return {name: value for name, value in self.query().items() if name in QUESTION}


def view_from(query: Mapping[str, str]) -> View:
    """The view of an address's parameters; unknown ones are left alone. BadFilterError, BadTimeError."""
    for name in ("from", "to"):
        if query.get(name):
            moment_from(name, query[name], ZoneInfo("UTC"))
    rank = _chosen(query, "rank", Level)
    return View(
        preset=_chosen(query, "window", Preset) or Preset.TODAY,
        start=query.get("from", "").strip(),
        end=query.get("to", "").strip(),
        filters=filters_from(query),
        drawn=_chosen(query, "drawn", Drawn) or Drawn.THEN,
        on_time=_chosen(query, "on_time", OnTime) or OnTime.DUE,
        compare=_chosen(query, "compare", Comparison),
        step=_chosen(query, "step", Step),
        trend=_chosen(query, "trend", Chart) or Chart.RATES,
        rank=rank,
        layer=_text(query, "layer"),
        sort=_text(query, "sort"),
        q=_text(query, "q"),
        event=_text(query, "event"),
    )


def window_from(query: Mapping[str, str], now: datetime, zone: ZoneInfo) -> Window:
    """The window of `window`, or of `from` and `to`; today without them. Times without a zone are the district's own;
    without `to` it ends now, without `from` it begins with the day in which it ends. BadTimeError, BackwardsError,
    BadFilterError."""
    if not (query.get("from") or query.get("to")):
        return preset(_chosen(query, "window", Preset) or Preset.TODAY, now, zone)
    end = moment_from("to", query["to"], zone) if query.get("to") else now
    start = (
        moment_from("from", query["from"], zone)
        if query.get("from")
        else midnight(local_day(end, zone), zone)
    )
    if end < start:
        raise BackwardsError
    return Window(start=start, end=end)


def moment_from(name: str, text: str, zone: ZoneInfo) -> datetime:
    """An instant, UTC, as written: a day is its local midnight. BadTimeError."""
    text = text.strip()
    try:
        whole_day = len(text) == len("2026-11-20")
        at = datetime.fromisoformat(text if whole_day else _UNESCAPED_PLUS.sub("+", text))
    except ValueError as error:
        raise BadTimeError(name=name, text=text[:LONGEST_TEXT]) from error
    if at.year not in YEARS:
        raise BadTimeError(name=name, text=text)
    if whole_day:
        return midnight(at.date(), zone)
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)


def _chosen(query: Mapping[str, str], name: str, known: type[Choice]) -> Choice | None:
    text = query.get(name, "").strip()
    if not text:
        return None
    if text not in list(known):
        raise BadFilterError(name=name, text=text[:LONGEST_TEXT], known=", ".join(known))
    return known(text)


def _text(query: Mapping[str, str], name: str) -> str:
    text = query.get(name, "").strip()
    return "".join(char for char in text if char.isprintable())[:LONGEST_TEXT]
