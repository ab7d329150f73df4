"""Reads what the live picture is made of.

Every query is bounded by today, by what is open, or by the ids asked for.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from psycopg import Connection

from dashboard.domain.facts import Category, Changes, District, Facts
from dashboard.domain.model import Event, Feedback, Kind, Level, Region, Shift, Source, State, Worker
from dashboard.domain.terms import terms_from
from dashboard.domain.windows import today
from data_access.queries.presence import load_watched
from data_access.sessions import all_rows

RECENT = 200
"""So many of the last changed events a rebuild looks at to find 50 neither late nor alerting."""

Conn = Connection[Any]
T = TypeVar("T")

EVENT = """ select e.id, e.code, e.version, e.source, e.category_id, coalesce(c.top_id, e.category_id),
e.severity, e.region_id, e.lon, e.lat, e.worker_id, e.stage, e.state, e.state <> 'void' and e.duplicate_of is
null, e.reported_at, e.accepted_at, e.filed_at, e.dispatched_at, e.signed_at, e.resolved_at, e.replied_at,
e.verified_at, e.closed_at, e.evaluated_at, e.due_at, e.warn_at, e.first_contact, e.escalation, e.changed_at,
coalesce(p.weight, 0), p.issued_at
from ops.events e join ops.categories c on c.id = e.category_id
left join lateral (
  select max(case s.kind when 'order' then 2 else 1 end) as weight, max(s.issued_at) as issued_at
  from ops.supervision s where s.event_id = e.id and s.closed_at is null
) p on true
"""

# One index each: a day's facts are found at the same price in ten million events as in ten thousand.
COUNTING = (
    """ with chosen as ( select id from ops.events where state = 'open' union select id from ops.events where
  reported_at >= %(day)s union select id from ops.events where closed_at >= %(day)s union select id from
  ops.events where due_at >= %(day)s union select id from ops.events where state = 'closed' and evaluated_at
  is null union select id from ops.events where greatest(accepted_at, filed_at, dispatched_at, resolved_at,
  replied_at, verified_at, evaluated_at) >= %(day)s union select event_id from ops.feedback where asked_at >=
  %(day)s union select event_id from ops.feedback where answered_at >= %(day)s )
"""
    + EVENT
    + "where e.id in (select id from chosen) and e.state <> 'void' and e.duplicate_of is null"
)

LAST_CHANGED = (
    EVENT
    + """
where e.id in ((select id from ops.events order by changed_at desc, id desc limit %(limit)s)
               union select unnest(%(ids)s::bigint[]))
"""
)

FEEDBACK = "select event_id, asked_at, answered_at, resolved, satisfaction from ops.feedback "
FEEDBACK_TODAY = (
    FEEDBACK
    + "where asked_at >= %(day)s union all "
    + FEEDBACK
    + ("where answered_at >= %(day)s and asked_at < %(day)s")
)

REGIONS = """
select r.id, r.code, r.level, r.kind, r.name, r.name_en, v.parent_id, v.label_lon, v.label_lat, v.geom
from ops.regions r join ops.region_versions v on v.region_id = r.id
where v.valid_from <= %(now)s and %(now)s < v.valid_to
order by r.code
"""

# Where those belong that are not on the map of now: as the last version says, or the first that is to come.
FORMER = """
select distinct on (v.region_id) v.region_id, v.parent_id
from ops.region_versions v
where not exists (select from ops.region_versions w
                  where w.region_id = v.region_id and w.valid_from <= %(now)s and %(now)s < w.valid_to)
order by v.region_id, v.valid_from <= %(now)s desc,
         case when v.valid_from <= %(now)s then v.valid_from end desc, v.valid_from
"""

NEXT_BORDERS = """
select min(turn) from (
  select valid_from as turn from ops.region_versions where valid_from > %(now)s and valid_from <> 'infinity'
  union all
  select valid_to from ops.region_versions where valid_to > %(now)s and valid_to <> 'infinity') turns
"""

CATEGORIES = """
select id, code, level, coalesce(top_id, id), name, name_en from ops.categories order by level, code
"""

WORKERS = "select id, code, name, region_id, role, active from ops.workers "

SHIFTS = """
select id, worker_id, starts_at, ends_at, checked_in_at, checked_out_at from ops.shifts where not cancelled
"""

NEWEST = """
select s.source, (select max(e.reported_at) from ops.events e
                  where e.source = s.source and e.reported_at between %(now)s - interval '1 day' and %(now)s)
from unnest(%(sources)s::text[]) as s (source)
"""


def load_facts(conn: Conn, now: datetime, shown_events: Sequence[int]) -> Facts:
    """Everything for the local day of `now`, as of one moment; what became of `shown_events` is in `recent`.

    ValueError or KeyError for settings that make no sense.
    """
    with conn.transaction():
        conn.execute("set transaction isolation level repeatable read read only")
        district = load_district(conn, now)
        window = today(now, terms_from(district.settings).zone)
        scope = {
            "day": window.start,
            "now": now,
            "end": window.start,
            "limit": RECENT,
            "ids": list(shown_events),
        }
        feedback = _feedback(all_rows(conn, FEEDBACK_TODAY, scope))
        newest = conn.execute(NEWEST, {"now": now, "sources": [str(source) for source in Source]})
        return Facts(
            district=district,
            events=tuple(_event(row, feedback) for row in all_rows(conn, COUNTING, scope)),
            recent=tuple(_event(row, feedback) for row in all_rows(conn, LAST_CHANGED, scope)),
            workers=tuple(_worker(row) for row in conn.execute(WORKERS + "where active")),
            shifts=tuple(
                _shift(row)
                for row in all_rows(
                    conn, SHIFTS + "and ends_at > %(day)s and starts_at < %(day)s + interval '2 days'", scope
                )
            ),
            newest_at={source: at for source, at in newest if at is not None},
            watched=load_watched(conn),
        )


def load_district(conn: Conn, now: datetime) -> District:
    """Regions as they are at `now`, taxonomy and settings."""
    rows = conn.execute(REGIONS, {"now": now}).fetchall()
    former = conn.execute(FORMER, {"now": now}).fetchall()
    turn = conn.execute(NEXT_BORDERS, {"now": now}).fetchone()
    return District(
        regions=tuple(
            Region(
                id=row[0],
                code=row[1],
                level=Level(row[2]),
                kind=Kind(row[3]),
                name=row[4],
                name_en=row[5],
                parent_id=row[6],
                lon=row[7],
                lat=row[8],
            )
            for row in rows
        ),
        former=dict(former),
        shapes={row[0]: bytes(row[9]) for row in rows if row[2] in (Level.GRID, Level.MICRO_GRID)},
        map_version=_map_version(rows),
        valid_until=turn[0] if turn else None,
        categories=tuple(
            Category(id=row[0], code=row[1], level=row[2], top_id=row[3], name=row[4], name_en=row[5])
            for row in conn.execute(CATEGORIES)
        ),
        settings=dict(conn.execute("select key, value from board.settings").fetchall()),
    )


def load_changes(conn: Conn, events: Iterable[int], workers: Iterable[int], shifts: Iterable[int]) -> Changes:
    """These entities as they are now, None where they are gone."""
    return Changes(
        events=load_events(conn, list(events)),
        workers={**_absent(workers), **_by_id(conn, WORKERS + "where id = any(%s)", list(workers), _worker)},
        shifts={**_absent(shifts), **_by_id(conn, SHIFTS + "and id = any(%s)", list(shifts), _shift)},
    )


def load_events(conn: Conn, ids: Sequence[int]) -> dict[int, Event | None]:
    """These events with all their feedback, None where they are gone."""
    if not ids:
        return {}
    found: dict[int, Event | None] = dict.fromkeys(ids)
    feedback = _feedback(all_rows(conn, FEEDBACK + "where event_id = any(%s)", (list(ids),)))
    for row in all_rows(conn, EVENT + "where e.id = any(%s)", (list(ids),)):
        found[row[0]] = _event(row, feedback)
    return found


def _absent(ids: Iterable[int]) -> dict[int, None]:
    return dict.fromkeys(ids)


def _by_id(conn: Conn, query: str, ids: list[int], make: Callable[[Sequence[Any]], T]) -> dict[int, T]:
    if not ids:
        return {}
    return {row[0]: make(row) for row in all_rows(conn, query, (ids,))}


def _event(row: Sequence[Any], feedback: Mapping[int, tuple[Feedback, ...]]) -> Event:
    return Event(
        id=row[0],
        code=row[1],
        version=row[2],
        source=Source(row[3]),
        category_id=row[4],
        category_top=row[5],
        severity=row[6],
        region_id=row[7],
        lon=row[8],
        lat=row[9],
        worker_id=row[10],
        stage=row[11],
        state=State(row[12]),
        counted=row[13],
        reported_at=row[14],
        accepted_at=row[15],
        filed_at=row[16],
        dispatched_at=row[17],
        signed_at=row[18],
        resolved_at=row[19],
        replied_at=row[20],
        verified_at=row[21],
        closed_at=row[22],
        evaluated_at=row[23],
        due_at=row[24],
        warn_at=row[25],
        first_contact=row[26],
        escalation=row[27],
        changed_at=row[28],
        supervision=row[29],
        supervised_at=row[30],
        feedback=feedback.get(row[0], ()),
    )


def _feedback(rows: Iterable[Sequence[Any]]) -> dict[int, tuple[Feedback, ...]]:
    found: defaultdict[int, list[Feedback]] = defaultdict(list)
    for event_id, asked_at, answered_at, resolved, satisfaction in rows:
        found[event_id].append(
            Feedback(asked_at=asked_at, answered_at=answered_at, resolved=resolved, satisfaction=satisfaction)
        )
    return {event_id: tuple(asked) for event_id, asked in found.items()}


def _worker(row: Sequence[Any]) -> Worker:
    return Worker(id=row[0], code=row[1], name=row[2], region_id=row[3], role=row[4], active=row[5])


def _shift(row: Sequence[Any]) -> Shift:
    return Shift(
        id=row[0],
        worker_id=row[1],
        starts_at=row[2],
        ends_at=row[3],
        checked_in_at=row[4],
        checked_out_at=row[5],
    )


def _map_version(rows: Iterable[Sequence[Any]]) -> str:
    digest = hashlib.sha256()
    for row in rows:
        digest.update(repr(row[:9]).encode())
        digest.update(row[9])
    return digest.hexdigest()[:16]
