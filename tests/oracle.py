"""The indicators once more, by plain pandas over the raw rows: shares no code with the product.

Slow and literal on purpose: loops and boolean columns, the calendar straight from its package.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import chinese_calendar
import numpy as np
import pandas as pd
import psycopg
import shapely

Pair = tuple[int, int]
Rows = Any  # a frame or a column: what a cell of it holds is known by its name alone
SPANS = ((9.0, 12.0), (13.5, 17.5))
RADIUS_M = 6_371_008.8
TABLES = (
    "regions",
    "region_versions",
    "events",
    "event_steps",
    "feedback",
    "supervision",
    "categories",
    "departments",
    "workers",
    "shifts",
    "visits",
)

COLUMNS = {"region_versions": "region_id, parent_id, geom", "categories": "id, code, parent_id"}


def chinese_workday(day: date) -> bool:
    return bool(chinese_calendar.is_workday(day))


@dataclass(kw_only=True)
class Oracle:
    """All rows of a database, asked for one region and window at a time."""

    rows: dict[str, Rows]
    zone: ZoneInfo
    workday: Callable[[date], bool]
    satisfied_from: int = 3
    radius_m: float = 100.0
    days: float = 15.0
    held: dict[Any, Any] = field(default_factory=dict)
    chosen: set[int] = field(default_factory=set)
    strict: bool = False

    def __post_init__(self) -> None:
        self.chosen = self.chosen if self.strict else set(self.rows["events"].id)

    def kept(self, key: Any, make: Callable[[], Any]) -> Any:
        """What is the same for every question is made once: no row changes."""
        if key not in self.held:
            self.held[key] = make()
        return self.held[key]

    def subtree(self, code: str) -> set[int]:
        found: set[int] = self.kept(("subtree", code), lambda: self._subtree(code))
        return found

    def _subtree(self, code: str) -> set[int]:
        regions, versions = self.rows["regions"], self.rows["region_versions"]
        found = set(regions.loc[regions.code == code, "id"])
        while True:
            below = set(versions.loc[versions.parent_id.isin(found), "region_id"])
            if below <= found:
                return found
            found |= below

    def counted(self, code: str) -> Rows:
        events = self.rows["events"]
        valid = (events.state != "void") & events.duplicate_of.isna()
        return events[valid & events.id.isin(self.chosen) & events.region_id.isin(self.subtree(code))]

    def filtered(self, now: datetime, wanted: Mapping[str, Any]) -> Oracle:
        """The same rows with only some of the events: wanted values by name of the filter."""
        lineages = self._lineages()
        codes = dict(zip(self.rows["departments"].id, self.rows["departments"].code, strict=True))
        ids = set()
        for event in self.rows["events"].itertuples():
            end = event.closed_at if event.state == "closed" else now
            held: dict[str, Any] = {
                "late": not pd.isna(event.due_at) and event.due_at < end,
                "category": lineages[event.category_id],
                "department": {codes.get(event.department_id)},
                **{name: {getattr(event, name)} for name in ("source", "stage", "severity", "state")},
            }
            if all(held[name] if name == "late" else held[name] & values for name, values in wanted.items()):
                ids.add(event.id)
        return replace(self, chosen=ids, strict=bool(wanted))

    def _lineages(self) -> dict[int, set[str]]:
        rows = {row.id: row for row in self.rows["categories"].itertuples()}
        found: dict[int, set[str]] = {}
        for id_ in rows:
            found[id_], at = set(), id_
            while not pd.isna(at):
                found[id_].add(rows[at].code)
                at = rows[at].parent_id
        return found

    def counts(self, code: str, start: datetime, end: datetime, now: datetime) -> dict[str, int]:
        events = self.counted(code)
        moment = min(end, now)
        closed = events.state == "closed"
        if end >= now:
            stock = events[events.state == "open"]
        else:
            later = (events.state == "open") | (closed & (events.closed_at >= moment))
            stock = events[later & (events.reported_at < moment)]
        return {
            "reported": int(_within(events.reported_at, start, end).sum()),
            "closed": int((closed & _within(events.closed_at, start, end)).sum()),
            "open": len(stock),
            "overdue_open": int((stock.due_at < moment).sum()),
            "due_2h": int(_within(stock.due_at, moment, moment + timedelta(hours=2)).sum()),
            "on_duty": self._duty(code, moment)[0],
        }

    def rates(self, code: str, start: datetime, end: datetime, now: datetime) -> dict[str, Pair]:
        events = self.counted(code)
        reported = events[_within(events.reported_at, start, end)]
        due = events[_within(events.due_at, start, min(end, now))]
        done = events[(events.state == "closed") & _within(events.closed_at, start, end)]
        hotline = reported[reported.source == "hotline"]
        to_sign = reported[reported.signed_at.notna() | (reported.sign_due_at < now)]
        dispatched = reported[reported.dispatched_at.notna()]
        steps = self.rows["event_steps"]
        wrong = steps[(steps.action == "return") & steps.stage.isin(["dispatch", "handle"])]
        limited = done[done.due_at.notna()]
        in_time = (due.state == "closed") & (due.closed_at <= due.due_at)
        return {
            "closure_rate": (int((reported.state == "closed").sum()), len(reported)),
            "on_time_due": (int(in_time.sum()), len(due)),
            "on_time_closed": (int((limited.closed_at <= limited.due_at).sum()), len(limited)),
            "instant_rate": (int(hotline.first_contact.sum()), len(hotline)),
            "sign_on_time": (int((to_sign.signed_at <= to_sign.sign_due_at).sum()), len(to_sign)),
            "dispatch_accuracy": (int((~dispatched.id.isin(wrong.event_id)).sum()), len(dispatched)),
            "rework_rate": (int((done.rework > 0).sum()), len(done)),
            "feedback_rate": (int(done.id.isin(self.rows["feedback"].event_id).sum()), len(done)),
            "on_duty_rate": self._duty(code, min(end, now)),
            "supervision_closed": self._supervision(code, start, end, now),
            "attendance_rate": self._attendance(code, start, end, now),
            "visit_rate": self._visits(code, start, min(end, now)),
            **self._voices(events, start, end),
        }

    def handling_hours(self, code: str, start: datetime, end: datetime) -> list[float]:
        events = self.counted(code)
        done = events[(events.state == "closed") & _within(events.closed_at, start, end)]
        hours = [self._hours(a, b) for a, b in zip(done.reported_at, done.closed_at, strict=True)]
        return [math.floor(round(hour * 3600, 6) / 60) / 60 for hour in hours]  # a minute that is over counts

    def repeats(self, code: str, start: datetime, end: datetime) -> Pair:
        every = self.rows["events"]
        every = every[
            (every.state != "void") & every.duplicate_of.isna() & every.lon.notna() & every.lat.notna()
        ]
        mine = _within(every.reported_at, start, end) & every.region_id.isin(self.subtree(code))
        mine &= every.id.isin(self.chosen)
        ids, kinds, at = every.id.to_numpy(), every.category_id.to_numpy(), _moments(every.reported_at)
        places = _units(every.lon.to_numpy(float), every.lat.to_numpy(float))
        n = 0
        for one in np.flatnonzero(mine.to_numpy()):
            before = (
                (kinds == kinds[one])
                & (at >= at[one] - np.timedelta64(timedelta(days=self.days)))
                & ((at < at[one]) | ((at == at[one]) & (ids < ids[one])))
            )
            n += bool((_metres(places[before], places[one]) <= self.radius_m).any())
        return n, int(mine.sum())

    def coverage(self, code: str, start: datetime, end: datetime, now: datetime) -> Pair:
        shifts = self._field_shifts(code)
        levels = self.rows["regions"].set_index("id").level
        shapes = self.rows["region_versions"].set_index("region_id").geom
        none = self.rows["positions"].head(0)
        fixes = self.kept("fixes", lambda: dict(list(self.rows["positions"].groupby("worker_id"))))
        n = d = seen = 0
        for shift in shifts[
            _within(shifts.starts_at, start, end) & (shifts.checked_in_at <= now)
        ].itertuples():
            if levels[shift.region_id] not in ("grid", "micro_grid"):
                continue
            until = min(t for t in (shift.checked_out_at, shift.ends_at, now) if not pd.isna(t))
            mine = fixes.get(shift.worker_id, none)
            mine = mine[_within(mine.fixed_at, shift.starts_at, until)]
            shape = bytes(shapes[shift.region_id])
            cells, place = self.kept(("cells", shape), partial(_cells, shape))
            n += len(cells & {place(lon, lat) for lon, lat in zip(mine.lon, mine.lat, strict=True)})
            d += len(cells)
            seen += len(mine)
        return (n, d) if seen else (0, 0)

    def _voices(self, events: Rows, start: datetime, end: datetime) -> dict[str, Pair]:
        feedback = self.rows["feedback"]
        feedback = feedback[feedback.event_id.isin(events.id)]
        asked = feedback[_within(feedback.asked_at, start, end)]
        answered = feedback[_within(feedback.answered_at, start, end)]
        return {
            "response_rate": (int(asked.answered_at.notna().sum()), len(asked)),
            "resolution_rate": (int((answered.resolved == True).sum()), len(answered)),  # noqa: E712
            "satisfaction": (int((answered.satisfaction >= self.satisfied_from).sum()), len(answered)),
        }

    def _supervision(self, code: str, start: datetime, end: datetime, now: datetime) -> Pair:
        events = self.kept("events", lambda: {row.id: row for row in self.rows["events"].itertuples()})
        below = self.subtree(code)
        n = d = 0
        orders = self.rows["supervision"]
        for order in orders[_within(orders.issued_at, start, end)].itertuples():
            region = order.region_id
            if pd.isna(order.event_id):
                if self.strict:
                    continue
            elif int(order.event_id) not in self.chosen:
                continue
            else:
                event = events[int(order.event_id)]
                if event.state == "void" or not pd.isna(event.duplicate_of):
                    continue
                region = event.region_id if pd.isna(region) else region
            if not pd.isna(region) and int(region) in below:
                d += 1
                n += not pd.isna(order.closed_at) and order.closed_at <= now
        return n, d

    def _attendance(self, code: str, start: datetime, end: datetime, now: datetime) -> Pair:
        home = dict(zip(self.rows["workers"].id, self.rows["workers"].region_id, strict=True))
        below, reasons = self.subtree(code), self.rows["excuses"]
        n = d = 0
        for shift in self.rows["shifts"].itertuples():
            if shift.cancelled or not start <= shift.starts_at < end or home[shift.worker_id] not in below:
                continue
            latest = min(shift.starts_at + timedelta(hours=2), shift.ends_at)
            there = not pd.isna(shift.checked_in_at) and shift.checked_in_at <= now
            if there and shift.checked_in_at <= shift.starts_at + timedelta(hours=2):
                n, d = n + 1, d + 1
            elif now >= latest or (there and shift.checked_in_at < shift.ends_at):
                mine = reasons[(reasons.shift_id == shift.id) & (reasons.mark == "absent")].sort_values("id")
                d += not len(mine) or pd.isna(mine.iloc[-1].reason)
        return n, d

    def _visits(self, code: str, start: datetime, until: datetime) -> Pair:
        below, n, d = self.subtree(code), 0, 0
        for visit in self.rows["visits"].itertuples():
            first = visit.period_start
            days = {"week": 7, "two_weeks": 14}.get(visit.tier, 0)
            months = {"month": 1, "quarter": 3, "half_year": 6}.get(visit.tier, 0)
            year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
            over = first + timedelta(days=days) if days else date(year, month + 1, 1)
            if visit.region_id in below and start < self._at(over, 0) <= until:
                n, d = n + visit.done, d + visit.due
        return n, d

    def _field_shifts(self, code: str) -> Rows:
        workers = self.rows["workers"]
        workers = workers[(workers.role == "grid_worker") & workers.region_id.isin(self.subtree(code))]
        shifts = self.rows["shifts"]
        return shifts[~shifts.cancelled.astype(bool)].merge(
            workers[["id", "region_id"]], left_on="worker_id", right_on="id"
        )

    def _duty(self, code: str, moment: datetime) -> Pair:
        shifts = self._field_shifts(code)
        shifts = shifts[(shifts.starts_at <= moment) & (shifts.ends_at > moment)]
        present = shifts[(shifts.checked_in_at <= moment) & ~(shifts.checked_out_at <= moment)]
        return present.worker_id.nunique(), shifts.worker_id.nunique()

    def _hours(self, a: datetime, b: datetime) -> float:
        day, last, total = a.astimezone(self.zone).date(), b.astimezone(self.zone).date(), 0.0
        while day <= last:
            for opens, closes in self.kept(day, partial(self._worked, day)):
                total += max((min(b, closes) - max(a, opens)).total_seconds(), 0.0)
            day += timedelta(days=1)
        return total / 3600

    def _worked(self, day: date) -> list[tuple[datetime, datetime]]:
        return [(self._at(day, opens), self._at(day, closes)) for opens, closes in SPANS if self.workday(day)]

    def _at(self, day: date, hour: float) -> datetime:
        return datetime(day.year, day.month, day.day, int(hour), round(hour % 1 * 60), tzinfo=self.zone)


def load(database_url: str, **terms: Any) -> Oracle:
    """All rows of the tables that indicators rest on."""
    rows: dict[str, Rows] = {}
    with psycopg.connect(database_url, options="-c timezone=UTC") as conn:
        for table in (*TABLES, "positions", "excuses"):
            columns = COLUMNS.get(table, "*")
            schema = "board" if table == "excuses" else "ops"
            result = conn.execute(f"select {columns} from {schema}.{table}")
            assert result.description is not None
            frame = pd.DataFrame(result.fetchall(), columns=[column.name for column in result.description])
            for column in result.description:
                if column.type_display == "timestamptz":
                    frame[column.name] = pd.to_datetime(frame[column.name], utc=True)
            rows[table] = frame
    return Oracle(rows=rows, **terms)


def _within(times: Rows, start: datetime, end: datetime) -> Rows:
    return (times >= start) & (times < end)


def _moments(times: Rows) -> Any:
    return times.dt.tz_convert(None).to_numpy()


def _units(lon: Any, lat: Any) -> Any:
    x, y = np.radians(lon), np.radians(lat)
    return np.stack([np.cos(y) * np.cos(x), np.cos(y) * np.sin(x), np.sin(y)], axis=-1)


def _metres(here: Any, there: Any) -> Any:
    """Great-circle distances by the chord between unit vectors: another formula than the product's."""
    chords = np.linalg.norm(here - there, axis=-1)
    return 2 * RADIUS_M * np.arcsin(np.minimum(1.0, chords / 2))


def _cells(wkb: bytes) -> tuple[set[Pair], Callable[[float, float], Pair]]:
    shape = shapely.from_wkb(wkb)
    west, south, east, north = shape.bounds
    tall = math.degrees(50 / RADIUS_M)
    wide = tall / math.cos(math.radians((south + north) / 2))
    found = set()
    for row in range(math.ceil((north - south) / tall)):
        for column in range(math.ceil((east - west) / wide)):
            if shape.contains(shapely.Point(west + (column + 0.5) * wide, south + (row + 0.5) * tall)):
                found.add((column, row))
    return found, lambda lon, lat: (math.floor((lon - west) / wide), math.floor((lat - south) / tall))
