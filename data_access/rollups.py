"""Keeps closed events by day in columns, and holds them against the rows.

Owns `board.rollup_*`. A run reads the marks that triggers left, packs every day that a marked event lies or lay in
once more from the rows, and takes away the marks it had read: a change that comes meanwhile leaves its own mark, so
whoever reads days, marks and rows in one snapshot misses nothing. Any run may be repeated, or die at any point.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import numpy as np
import psycopg

from dashboard.domain.terms import Terms, terms_from
from data_access.columns import (
    ANYWHERE,
    IN_SPANS,
    KIND_BITS,
    NAMES,
    Array,
    Clock,
    made_for,
    packed,
    read,
    unpacked,
)
from data_access.working_minutes import working_minutes

log = logging.getLogger(__name__)

Conn = psycopg.Connection[Any]
Days = set[tuple[Clock, date]]
MOST_MARKS: Final = 5_000
"""More marked events than that do not come one by one: the days they lie in are given up, and made again in turn."""
MOST_DAYS: Final = 300
DAYS_A_RUN: Final = 60
KEPT_DAYS: Final = 3660
"""Further back than that history is read from the rows."""
CHECKED_DAYS: Final = 5
KIND_MASK: Final = (1 << KIND_BITS) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    connection: Conn
    serial: int
    made_for: str
    terms: Terms


def keep(connection: Conn, now: datetime) -> int:
    """Bring the days up to date, as many as one run may; how many were written."""
    run = _begin(connection)
    marks = connection.execute(_MARKS, {"limit": MOST_MARKS}).fetchall()
    days = _touched(connection, [row[1] for row in marks], [row[2:] for row in marks])
    if len(marks) == MOST_MARKS or len(days) > MOST_DAYS:
        written = connection.execute(_GIVE_UP, {"serial": run.serial}).rowcount
    else:
        days |= _missing(run, now, DAYS_A_RUN - len(days))
        for clock, day in sorted(days):
            _pack(run, clock, day)
        connection.execute("delete from board.rollup_marks where id = any(%s)", ([row[0] for row in marks],))
        written = len(days)
    connection.execute("update board.rollup_state set serial = %s", (run.serial,))
    return written


def check(connection: Conn, _now: datetime) -> int:
    """Hold a few days, drawn by lot, against the rows; those that differ are told and made again. How many did."""
    run = _begin(connection)
    wrong: Days = set()
    for clock, day, rows, data in connection.execute(_DRAWN, (run.made_for, CHECKED_DAYS)).fetchall():
        fresh = _columns(run, Clock(clock), day)
        stored = unpacked(Clock(clock), data, rows)
        marked = {row[0] for row in connection.execute("select event_id from board.rollup_marks").fetchall()}
        if _unmarked(fresh, marked) != _unmarked(stored, marked):
            wrong.add((Clock(clock), day))
            extra = {"action": "rollup_wrong", "clock": clock, "day": day.isoformat()}
            log.error("a stored day differs from its rows and is made again", extra=extra)
    for clock, day in sorted(wrong):
        _pack(run, clock, day)
    connection.execute("update board.rollup_state set serial = %s", (run.serial,))
    return len(wrong)


def _begin(connection: Conn) -> _Run:
    """One run at a time: the row of the state is the lock."""
    row = connection.execute("select serial from board.rollup_state for update").fetchone()
    assert row is not None
    settings: Mapping[str, Any] = dict(connection.execute("select key, value from board.settings").fetchall())
    terms = terms_from(settings)
    return _Run(
        connection=connection,
        serial=row[0] + 1,
        made_for=made_for(terms.schedule, settings),
        terms=terms,
    )


def _touched(connection: Conn, events: list[int], marked: Iterable[tuple[datetime | None, ...]]) -> Days:
    """Days that marked events lay in, by the marks, or lie in now."""
    found: Days = set()
    now = connection.execute(_CLOCKS_NOW, {"ids": events}).fetchall() if events else []
    for times in (*marked, *now):
        for clock, at in zip(Clock, times, strict=True):
            if at is not None:
                found.add((clock, at.astimezone(UTC).date()))
    return found


def _missing(run: _Run, now: datetime, most: int) -> Days:
    """Days that are not stored, or for other working hours, the newest first."""
    today = now.astimezone(UTC).date()
    values = {
        "made_for": run.made_for,
        "today": today,
        "earliest": today - timedelta(days=KEPT_DAYS),
        "limit": max(0, most),
    }
    return {(Clock(clock), day) for clock, day in run.connection.execute(_MISSING, values).fetchall()}


def _pack(run: _Run, clock: Clock, day: date) -> None:
    columns = _columns(run, clock, day)
    values = {
        "clock": clock,
        "day": day,
        "serial": run.serial,
        "made_for": run.made_for,
        "rows": columns[0].size,
        "settled_at": _settled(run.connection, clock, day),
        "packed": packed(columns),
    }
    run.connection.execute(_STORE, values)


def _columns(run: _Run, clock: Clock, day: date) -> list[Array]:
    """A day's rows in the columns of its clock, each as a kind, flags and what else the clock keeps."""
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    records = read(
        run.connection,
        IN_SPANS[clock],
        # Whatever must be signed for counts as such: the day holds from then on only.
        datetime(9000, 1, 1, tzinfo=UTC),
        ANYWHERE,
        starts=[start],
        ends=[start + timedelta(days=1)],
    )
    told: dict[str, Array] = {
        "at": records["at"],
        "id": records["id"],
        "region": records["region"],
        "kind": _kinds(run.connection, records),
        "flags": records["bits"] >> KIND_BITS,
        "began": records["began"],
        "due": records["due"],
    }
    if clock is Clock.CLOSED:
        told["minutes"] = working_minutes(run.terms.schedule, records["began"], records["at"])
    return [told[name] for name in NAMES[clock]]


def _kinds(connection: Conn, records: Array) -> Array:
    """The kind of each record; kinds that are new get their numbers."""
    what = np.stack(
        [records["category"], records["department"], records["bits"].astype(np.int64) & KIND_MASK], axis=1
    )
    distinct, place = np.unique(what, axis=0, return_inverse=True)
    columns = {name: distinct[:, n].tolist() for n, name in enumerate(("categories", "departments", "bits"))}
    connection.execute(_NEW_KINDS, columns)
    ids = [row[0] for row in connection.execute(_KINDS, columns).fetchall()]
    found: Array = np.array(ids, dtype=np.int64)[place.reshape(-1)]
    return found


def _settled(connection: Conn, clock: Clock, day: date) -> datetime:
    """The moment after which a day no longer changes by itself: when the last of its signing limits has passed."""
    if clock is not Clock.REPORTED:
        return datetime(1970, 1, 1, tzinfo=UTC)
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    row = connection.execute(_LAST_TO_SIGN, (start, start + timedelta(days=1))).fetchone()
    return row[0] if row is not None and row[0] is not None else datetime(1970, 1, 1, tzinfo=UTC)


def _unmarked(columns: list[Array], marked: set[int]) -> list[list[int]]:
    keep = ~np.isin(columns[1].astype(np.int64), list(marked))
    return [values[keep].astype(np.int64).tolist() for values in columns]


def _finite(*columns: str) -> str:
    """Clocks without what no calendar holds."""
    return ", ".join(f"case when isfinite({column}) then {column} end" for column in columns)


_OF_MARK = _finite("m.reported_at", "m.due_at", "m.closed_at", "m.asked_at", "m.answered_at")
_OF_ROWS = _finite("e.reported_at", "e.due_at", "e.closed_at", "f.asked_at", "f.answered_at")

_MARKS = f"""
select m.id, m.event_id, {_OF_MARK} from board.rollup_marks m order by m.id limit %(limit)s
"""

_CLOCKS_NOW = f"""
select {_OF_ROWS} from ops.events e left join ops.feedback f on f.event_id = e.id where e.id = any(%(ids)s)
"""

# All marks at once: the days they speak of are void until they are made again.
_GIVE_UP = f"""
with m as (delete from board.rollup_marks returning *),
touched (reported, due, closed, asked, answered) as (
  select {_OF_MARK} from m
  union all
  select {_OF_ROWS} from ops.events e left join ops.feedback f on f.event_id = e.id
  where e.id in (select event_id from m)
), days as (
  select distinct c.clock, (c.at at time zone 'UTC')::date as day
  from touched t cross join lateral (values ('reported', t.reported), ('due', t.due), ('closed', t.closed),
                                            ('asked', t.asked), ('answered', t.answered)) as c (clock, at)
  where c.at is not null
)
update board.rollup_days r set made_for = '', serial = %(serial)s
from days where r.clock = days.clock and r.day = days.day
"""

_MISSING = """
select c.clock, d.day::date
from unnest(array['reported', 'due', 'closed', 'asked', 'answered']) as c (clock)
cross join (select min(reported_at) as first from ops.events where isfinite(reported_at)) e
cross join lateral generate_series(greatest((e.first at time zone 'UTC')::date, %(earliest)s), %(today)s,
                                   interval '1 day') as d (day)
left join board.rollup_days r on r.clock = c.clock and r.day = d.day::date
where r.made_for is distinct from %(made_for)s
order by d.day desc, c.clock
limit %(limit)s
"""

_DRAWN = """
select clock, day, rows, packed from board.rollup_days where made_for = %s order by random() limit %s
"""

_STORE = """
insert into board.rollup_days (clock, day, serial, made_for, rows, settled_at, packed)
values (%(clock)s, %(day)s, %(serial)s, %(made_for)s, %(rows)s, %(settled_at)s, %(packed)s)
on conflict (clock, day) do update set serial = excluded.serial, made_for = excluded.made_for, rows = excluded.rows,
  settled_at = excluded.settled_at, packed = excluded.packed
"""

_NEW_KINDS = """
insert into board.rollup_kinds (id, category_id, department_id, bits)
select (select coalesce(max(id), 0) from board.rollup_kinds) + row_number() over (), t.c, t.d, t.b
from unnest(%(categories)s::bigint[], %(departments)s::bigint[], %(bits)s::integer[]) as t (c, d, b)
where not exists (select from board.rollup_kinds k
                  where k.category_id = t.c and k.department_id = t.d and k.bits = t.b)
"""

_KINDS = """
select k.id
from unnest(%(categories)s::bigint[], %(departments)s::bigint[], %(bits)s::integer[])
  with ordinality as t (c, d, b, place)
join board.rollup_kinds k on k.category_id = t.c and k.department_id = t.d and k.bits = t.b
order by t.place
"""

_LAST_TO_SIGN = """
select max(sign_due_at) from ops.events
where reported_at >= %s and reported_at < %s and state = 'closed' and duplicate_of is null and signed_at is null
  and isfinite(sign_due_at)
"""
