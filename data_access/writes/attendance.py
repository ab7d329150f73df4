"""What the board itself puts down about attendance: reasons that supervisors enter, and when somebody was away from
the own grid or silent, worked out from the fixes of each shift as it goes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

import numpy as np
import psycopg
import shapely
from sqlalchemy import Engine, text

from dashboard.domain.attendance import Mark
from dashboard.domain.audit import Entry, Outcome
from dashboard.domain.fixes import FixFlag
from dashboard.domain.policy import Act, Viewer
from dashboard.domain.trails.cleaning import clean
from dashboard.domain.trails.presence import Spell, away_spells, outside_of, silent_spells
from dashboard.domain.trails.rules import TrailRules, trail_rules_from
from dashboard.domain.trails.track import Track, track_of
from dashboard.errors import DashboardError
from data_access.packing import sent, unpacked
from data_access.queries.regions import RegionUnknown, region_path
from data_access.writes import audit
from data_access.writes.settings import present

MOST_REASON: Final = 500
MOST_SHIFTS: Final = 150
"""Of one run: it holds a transaction."""
LOOK_BACK: Final = timedelta(days=3)
LATE_FIXES: Final = timedelta(minutes=10)
"""So long after a shift its last fixes may still come."""
SECOND_US: Final = 1_000_000


class MayNotExcuse(DashboardError):
    """Reasons are entered by shift supervisors. Ask one of yours to do it."""

    zh = "只有值班主管可以登记事由，请联系值班主管。"
    status: ClassVar[int] = 403


class ShiftUnknown(DashboardError):
    """There is no shift {id}, or it is outside your scope. Look at the sheet again."""

    zh = "没有班次 {id}，或其不在您的权限范围内。请刷新考勤表。"
    status: ClassVar[int] = 404


class BadExcuse(DashboardError):
    """A reason needs 1 to {most} characters."""

    zh = "事由须为 1 到 {most} 个字。"
    status: ClassVar[int] = 422


WHOSE: Final = text("""
select r.code, w.code as worker from ops.shifts s join ops.workers w on w.id = s.worker_id
join ops.regions r on r.id = w.region_id where s.id = :id
""")
EXCUSE: Final = text("""
insert into board.excuses (shift_id, mark, reason, actor, at) values (:id, :mark, :reason, :actor, :at)
""")


def excuse(
    engine: Engine, viewer: Viewer, shift_id: int, mark: Mark, reason: str | None, now: datetime
) -> None:
    """Put down why a mark of a shift is excused; None withdraws it. MayNotExcuse, ShiftUnknown, BadExcuse."""
    what, about = "attendance.excused", str(shift_id)
    if not viewer.may(Act.EXCUSE):
        with engine.begin() as conn:
            audit.add(conn, [_entry(viewer, what, about, Outcome.REFUSED, {"mark": str(mark)})])
        raise MayNotExcuse
    if reason is not None and not 0 < len(reason.strip()) <= MOST_REASON:
        raise BadExcuse(most=MOST_REASON)
    with engine.begin() as conn:
        row = conn.execute(WHOSE, {"id": shift_id}).one_or_none()
        if row is None:
            raise ShiftUnknown(id=shift_id)
        try:
            region_path(conn, row.code, viewer.scope, now, former=True)
        except RegionUnknown:
            raise ShiftUnknown(id=shift_id) from None
        values = {"id": shift_id, "mark": mark, "actor": viewer.login, "at": now}
        conn.execute(EXCUSE, values | {"reason": None if reason is None else reason.strip()})
        details = {"mark": str(mark), "shift": shift_id, "withdrawn": int(reason is None)}
        audit.add(conn, [_entry(viewer, what, row.worker, Outcome.DONE, details)])


def _entry(viewer: Viewer, what: str, about: str, outcome: Outcome, details: dict[str, Any]) -> Entry:
    return Entry(
        actor=viewer.login,
        what=what,
        about=about,
        outcome=outcome,
        address=viewer.address or None,
        details=details,
    )


# Running shifts and those that ended a while ago, the longest unwatched first.
WATCHED: Final = """
select s.id, s.worker_id,
       least(coalesce(k.since, greatest(s.starts_at, s.checked_in_at)), s.ends_at, s.checked_out_at, %(now)s) as since,
       least(s.ends_at, s.checked_out_at, %(now)s) as until, v.geom
from ops.shifts s
join ops.workers w on w.id = s.worker_id
left join board.shift_watch k on k.shift_id = s.id
left join lateral (
  select x.geom from ops.region_versions x where x.region_id = w.region_id and x.valid_from <= s.starts_at
    and x.valid_to > s.starts_at limit 1
) v on true
where not s.cancelled and s.checked_in_at <= %(now)s and s.starts_at >= %(earliest)s and s.starts_at <= %(now)s
  and (k.until is null or k.until < least(least(s.ends_at, s.checked_out_at) + %(late)s, %(now)s)
       and k.until < %(now)s - interval '5 minutes')
order by k.until nulls first, s.id limit %(most)s
"""
FIXES: Final = f"""
select {
    sent(
        ("(extract(epoch from fixed_at) * 1000000)::bigint", "bigint"),
        ("(extract(epoch from received_at) * 1000000)::bigint", "bigint"),
        ("lon", "float8"),
        ("lat", "float8"),
        ("flags", "bigint"),
    )
} from ops.positions
where worker_id = %(worker)s and fixed_at >= %(since)s and fixed_at < %(until)s
  and flags & {int(FixFlag.OFF_SHIFT)} = 0
"""
PUT: Final = """
insert into board.shift_watch (shift_id, since, until, fixes, away, silent)
values (%(id)s, %(since)s, %(seen)s, %(fixes)s, %(away)s, %(silent)s)
on conflict (shift_id) do update set until = excluded.until, fixes = excluded.fixes, away = excluded.away,
  silent = excluded.silent
"""


def watch(connection: psycopg.Connection[Any], now: datetime) -> int:
    """Work out when workers were away or silent, for shifts that run or ended lately; how many shifts."""
    rules = trail_rules_from(present(connection))
    values = {"now": now, "earliest": now - LOOK_BACK, "late": LATE_FIXES, "most": MOST_SHIFTS}
    rows = connection.execute(WATCHED, values).fetchall()
    for id_, worker, since, until, geom in rows:
        track = _track(connection, worker, since, until)
        away, silent = spells(track, geom, since, until, rules)
        told = {"id": id_, "since": since, "seen": now, "fixes": len(track), "away": away, "silent": silent}
        connection.execute(PUT, told)
    return len(rows)


def watch_from(connection: psycopg.Connection[Any], since: datetime) -> None:
    """Nothing before a moment is looked at in the shifts that run then: their fixes begin with it."""
    connection.execute(
        "insert into board.shift_watch (shift_id, since, until, fixes, away, silent)"
        " select id, %(at)s, %(at)s, 0, '{}', '{}' from ops.shifts"
        " where starts_at < %(at)s and ends_at > %(at)s and checked_in_at < %(at)s",
        {"at": since},
    )


def spells(
    track: Track, geom: bytes | None, since: datetime, until: datetime, rules: TrailRules
) -> tuple[list[int], list[int]]:
    """Away and silent stretches as pairs of milliseconds. Who never sent a fix has no device: nothing is said."""
    if not len(track):
        return [], []
    start_us, end_us = round(since.timestamp() * SECOND_US), round(until.timestamp() * SECOND_US)
    cleaned = clean(track, rules)
    sound = cleaned.sound
    away: list[Spell] = []
    if geom is not None and len(sound):
        shape = shapely.from_wkb(bytes(geom))
        away = away_spells(sound.at_us, outside_of(shape, sound.lon, sound.lat), rules)
    silent = silent_spells(cleaned.track.at_us, start_us, end_us, rules)
    return _pairs(away, end_us), _pairs(silent, end_us)


def _pairs(found: list[Spell], end_us: int) -> list[int]:
    return [
        at // 1000
        for spell in found
        for at in (spell.since_us, end_us if spell.until_us is None else spell.until_us)
    ]


def _track(connection: psycopg.Connection[Any], worker: int, since: datetime, until: datetime) -> Track:
    values = {"worker": worker, "since": since, "until": until}
    row = connection.execute(FIXES, values).fetchone()
    kinds = ("bigint", "bigint", "float8", "float8", "bigint")
    at_us, received_us, lon, lat, flags = unpacked(row[0] if row else None, *kinds)
    return track_of(at_us, lon, lat, received_us=received_us, flags=flags.astype(np.int64))
