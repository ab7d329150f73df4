"""Series of the wall: today and yesterday by the hour, the same moment yesterday, and the last 14 days.

Owns the stretches of time and how rows add up to series. Leaves the rows to `data_access.queries.trends`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import accumulate
from typing import Any, Final
from zoneinfo import ZoneInfo

from dashboard.domain.messages import epoch_ms
from dashboard.domain.windows import Comparison, earlier, local_day, midnight

DAYS: Final = 14
STOCKS: Final = ("open", "overdue", "on_duty")
HOUR: Final = timedelta(hours=1)
SAME_MOMENT: Final = -1
"""The bucket of yesterday's stocks at this time of day."""

Pair = list[int]
Place = tuple[int, int]
"""A region's id, and which of the trees it is in: boundaries may change within the time looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spans:
    """The moments that cut time into buckets. `hours` begin with yesterday's, which are the first `split`.

    Bucket i of `hours` or `days` begins at its i-th moment (counted from 0) and ends where the next begins or
    now.
    """

    now: datetime
    elapsed: datetime
    hours: tuple[datetime, ...]
    split: int
    days: tuple[datetime, ...]
    dates: tuple[date, ...]

    @property
    def ends(self) -> tuple[datetime, ...]:
        """Where each hour's bucket ends."""
        return (*self.hours[1:], self.now)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendRow:
    """One sum: `n` of `d` in a place and a bucket; `early_*` of them by this time of day, yesterday."""

    place: Place
    bucket: int
    n: int
    d: int
    early_n: int = 0
    early_d: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendRows:
    """All rows of one look. `stocks`: values by (region id, hour bucket), `SAME_MOMENT` included.

    `sources`, `categories`: (place, key, number) reported yesterday by the same moment; `closed`: (place,
    number) likewise.
    """

    reported: Sequence[TrendRow]
    due: Sequence[TrendRow]
    satisfied: Sequence[TrendRow]
    due_days: Sequence[TrendRow]
    satisfied_days: Sequence[TrendRow]
    closed: Sequence[tuple[Place, int]]
    sources: Sequence[tuple[Place, str, int]]
    categories: Sequence[tuple[Place, str, int]]
    stocks: Mapping[tuple[int, int], Mapping[str, int]]


def spans_at(now: datetime, zone: ZoneInfo) -> Spans:
    """The buckets of a look at `now`. A day of a clock change has 23 or 25 hours."""
    day = local_day(now, zone)
    today, yesterday = midnight(day, zone), midnight(day - timedelta(days=1), zone)
    hours: list[datetime] = []
    at = yesterday
    while at <= now:
        hours.append(at)
        at = today if at < today < at + HOUR else at + HOUR
    dates = tuple(day - timedelta(days=back) for back in range(DAYS - 1, -1, -1))
    return Spans(
        now=now,
        elapsed=earlier(now, Comparison.YESTERDAY, zone),
        hours=tuple(hours),
        split=sum(hour < today for hour in hours),
        days=tuple(midnight(one, zone) for one in dates),
        dates=dates,
    )


class TrendSums:
    """The rows added up over the region tree. `above`: ids of each place's region and of all above it."""

    def __init__(self, spans: Spans, rows: TrendRows, above: Mapping[Place, Sequence[int]]) -> None:
        self._spans = spans
        self._above = above
        self._stocks = rows.stocks
        hours = len(spans.hours)
        self._reported, self._reported_early = self._pairs(rows.reported, hours)
        self._due, self._due_early = self._pairs(rows.due, hours)
        self._satisfied, self._satisfied_early = self._pairs(rows.satisfied, hours)
        self._due_days, _ = self._pairs(rows.due_days, DAYS)
        self._satisfied_days, _ = self._pairs(rows.satisfied_days, DAYS)
        self._closed = self._keyed((place, "closed", number) for place, number in rows.closed)
        self._sources = self._keyed(rows.sources)
        self._categories = self._keyed(rows.categories)

    def trend(self, region_id: int) -> dict[str, Any]:
        """The trend of one region, as the wire has it."""
        split = self._spans.split
        return {
            "at": epoch_ms(self._spans.now),
            "today": self._hours(region_id, slice(split, None)),
            "yesterday": self._hours(region_id, slice(0, split)),
            "elapsed": self._elapsed(region_id),
            "days": {
                "dates": [day.isoformat() for day in self._spans.dates],
                "on_time_due": self._due_days[region_id],
                "satisfaction": self._satisfied_days[region_id],
            },
        }

    def _hours(self, region_id: int, part: slice) -> dict[str, Any]:
        hours = range(len(self._spans.hours))[part]
        return {
            "reported": list(accumulate(d for _, d in self._reported[region_id][part])),
            **{key: [self._stock(region_id, hour, key) for hour in hours] for key in STOCKS},
            "on_time_due": _running(self._due[region_id][part]),
            "satisfaction": _running(self._satisfied[region_id][part]),
        }

    def _elapsed(self, region_id: int) -> dict[str, Any]:
        return {
            "reported": self._reported_early[region_id][1],
            "closed": self._closed[region_id].get("closed", 0),
            **{key: self._stock(region_id, SAME_MOMENT, key) for key in STOCKS},
            "on_time_due": self._due_early[region_id],
            "satisfaction": self._satisfied_early[region_id],
            "category": self._categories[region_id],
            "source": self._sources[region_id],
        }

    def _stock(self, region_id: int, hour: int, key: str) -> int | None:
        found = self._stocks.get((region_id, hour))
        return None if found is None else found.get(key, 0)

    def _pairs(self, rows: Iterable[TrendRow], count: int) -> tuple[dict[int, list[Pair]], dict[int, Pair]]:
        buckets: defaultdict[int, list[Pair]] = defaultdict(lambda: [[0, 0] for _ in range(count)])
        early: defaultdict[int, Pair] = defaultdict(lambda: [0, 0])
        for row in rows:
            for id_ in self._above.get(row.place, ()):
                if 0 <= row.bucket < count:
                    buckets[id_][row.bucket][0] += row.n
                    buckets[id_][row.bucket][1] += row.d
                early[id_][0] += row.early_n
                early[id_][1] += row.early_d
        return buckets, early

    def _keyed(self, rows: Iterable[tuple[Place, str, int]]) -> dict[int, dict[str, int]]:
        found: defaultdict[int, dict[str, int]] = defaultdict(dict)
        for place, key, number in rows:
            for id_ in self._above.get(place, ()):
                found[id_][key] = found[id_].get(key, 0) + number
        return found


def _running(pairs: Iterable[Pair]) -> list[Pair]:
    return list(accumulate(pairs, lambda so_far, pair: [so_far[0] + pair[0], so_far[1] + pair[1]]))
