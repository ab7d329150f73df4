"""Indicators of any region and window, counted over the rows themselves: value, n and d of each.

Owns which rows count; the meaning and the words are in `dashboard.domain.indicators`. Coverage and repeats,
which need geometry, have modules of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, TextClause, text

from dashboard.domain.atlas import Drawn
from dashboard.domain.indicators import (
    INDICATORS,
    Group,
    Indicator,
    Reading,
    count_reading,
    rate_reading,
)
from dashboard.domain.model import Level
from dashboard.domain.policy import Scope
from dashboard.domain.terms import Terms, terms_from
from dashboard.domain.windows import Window, today
from data_access.queries.coverage import coverage
from data_access.queries.handling import handling_times
from data_access.queries.regions import RegionNode, region_path
from data_access.queries.repeats import repeats
from data_access.queries.selection import (
    COUNTED,
    EVERYWHERE,
    RELOCATED,
    Selection,
    event_in_region,
    ground_of,
    within,
)
from data_access.queries.session import district_settings, reading

RETURNING_STAGES = "('dispatch', 'handle')"
"""A task that comes back from these stages was dispatched to the wrong place; from others it is rework."""

REPORTED = text(f"""
select count(*) as reported,
       count(*) filter (where e.state = 'closed') as closed,
       count(*) filter (where e.source = 'hotline') as hotline,
       count(*) filter (where e.source = 'hotline' and e.first_contact) as instant,
       count(*) filter (where e.signed_at is not null or e.sign_due_at < :now) as to_sign,
       count(*) filter (where e.signed_at <= e.sign_due_at) as signed
from ops.events e
where e.reported_at >= :start and e.reported_at < :end and {event_in_region("e.reported_at")}
""")

DISPATCHED = text(f"""
select count(*) as dispatched, count(r.event_id) as returned
from ops.events e
left join lateral (
  select s.event_id from ops.event_steps s
  where s.event_id = e.id and s.action = 'return' and s.stage in {RETURNING_STAGES}
  limit 1
) r on true
where e.reported_at >= :start and e.reported_at < :end and e.dispatched_at is not null
  and {event_in_region("e.reported_at")}
""")

DUE = text(f"""
select count(*) as due,
       count(*) filter (where e.state = 'closed' and e.closed_at <= e.due_at) as in_time
from ops.events e
where e.due_at >= :start and e.due_at < :moment and {event_in_region("e.due_at")}
""")

CLOSED = text(f"""
select count(*) as closed,
       count(*) filter (where e.due_at is not null) as limited,
       count(*) filter (where e.closed_at <= e.due_at) as in_time,
       count(*) filter (where e.rework > 0) as reworked
from ops.events e
where e.state = 'closed' and e.closed_at >= :start and e.closed_at < :end and {event_in_region("e.closed_at")}
""")

ASKED = text(f"""
select count(*) as closed, count(f.event_id) as asked
from ops.events e
left join lateral (
  select f.event_id from ops.feedback f where f.event_id = e.id limit 1
) f on true
where e.state = 'closed' and e.closed_at >= :start and e.closed_at < :end and {event_in_region("e.closed_at")}
""")

# As of a moment in the past: what is open still, and what was closed only later. Now: what is open.
STOCK = text(f"""
select count(*) as open,
       count(*) filter (where t.due_at < :moment) as overdue,
       count(*) filter (where t.due_at >= :moment and t.due_at < :moment + interval '2 hours') as due_2h
from (
  select e.due_at from ops.events e
  where e.state = 'open' and (cast(:live as boolean) or e.reported_at < :moment) and {event_in_region(":moment")}
  union all
  select e.due_at from ops.events e
  where not cast(:live as boolean) and e.state = 'closed' and e.closed_at >= :moment
    and e.reported_at < :moment and {event_in_region(":moment")}
) t
""")

# Two ranges of two indexes: one condition with "or" would read every event there is.
FEEDBACK = text(f"""
select count(*) filter (where f.asked) as asked,
       count(*) filter (where f.asked and f.answered_at is not null) as responded,
       count(*) filter (where not f.asked) as answered,
       count(*) filter (where not f.asked and f.resolved) as resolved,
       count(*) filter (where not f.asked and f.satisfaction >= :satisfied_from) as satisfied
from (
  select true as asked, f.asked_at as at, f.event_id, f.answered_at, f.resolved, f.satisfaction
  from ops.feedback f where f.asked_at >= :start and f.asked_at < :end
  union all
  select false, f.answered_at, f.event_id, f.answered_at, f.resolved, f.satisfaction
  from ops.feedback f where f.answered_at >= :start and f.answered_at < :end
) f
join ops.events e on e.id = f.event_id
where {event_in_region("f.at")}
""")

DUTY = text(f"""
select count(*) as rostered, count(*) filter (where t.on_duty) as on_duty
from (
  select s.worker_id,
         bool_or(s.checked_in_at <= :moment and not coalesce(s.checked_out_at <= :moment, false)) as on_duty
  from ops.shifts s join ops.workers w on w.id = s.worker_id
  where s.ends_at > :moment and s.starts_at <= :moment and not s.cancelled and w.role = 'grid_worker'
    and {within("w.region_id", ":moment")}
  group by s.worker_id
) t
""")

OF_EVENT = f"case when s.region_id is null then {RELOCATED} end"
SUPERVISION = text(f"""
select count(*) as issued, count(*) filter (where s.closed_at <= :now) as closed
from ops.supervision s left join ops.events e on e.id = s.event_id
where s.issued_at >= :start and s.issued_at < :end
  and (e.id is null or ({COUNTED}))
  and {within("coalesce(s.region_id, e.region_id)", "s.issued_at", OF_EVENT)}
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """Readings of one region over one window, in the order of the indicators."""

    region: RegionNode
    window: Window
    readings: tuple[Reading, ...]
    holidays_known: bool


def district_terms(engine: Engine) -> Terms:
    """The district's own terms, from its settings."""
    with engine.connect() as conn:
        return terms_from(district_settings(conn))


def measure(
    engine: Engine,
    code: str,
    scope: Scope,
    *,
    now: datetime,
    window: Window | None = None,
    keys: Collection[str] | None = None,
    drawn: Drawn = Drawn.THEN,
) -> Measurement:
    """All indicators, or those of `keys`, of a region and all below it; today unless a window is given.

    `drawn`: on the map of then each row counts for the region that held it, on the map of now for the one that
    holds its point today. RegionUnknown where the region is absent or outside the scope; on the map of then one
    that is no more is still there.
    """
    (found,) = measure_each(
        engine, code, scope, now=now, windows=None if window is None else [window], keys=keys, drawn=drawn
    )
    return found


def measure_each(
    engine: Engine,
    code: str,
    scope: Scope,
    *,
    now: datetime,
    windows: Sequence[Window] | None,
    keys: Collection[str] | None = None,
    drawn: Drawn = Drawn.THEN,
) -> list[Measurement]:
    """The same of several windows, all seen at one moment."""
    wanted = [indicator for indicator in INDICATORS if keys is None or indicator.key in keys]
    with reading(engine) as conn:
        terms = terms_from(district_settings(conn))
        path = region_path(conn, code, scope, now, former=drawn is Drawn.THEN)
        everywhere = path.region.level is Level.DISTRICT
        ground = EVERYWHERE if everywhere else ground_of(conn, path.region.id, drawn, now)
        found: list[Measurement] = []
        for window in windows or [today(now, terms.zone)]:
            readings = _counted(conn, Selection(ground=ground, window=window, now=now, terms=terms), wanted)
            known = terms.schedule.known(window.start, window.end)
            found.append(
                Measurement(region=path.region, window=window, readings=readings, holidays_known=known)
            )
    return found


def _counted(conn: Connection, selection: Selection, wanted: Sequence[Indicator]) -> tuple[Reading, ...]:
    found: dict[str, Reading] = {}
    for group in dict.fromkeys(indicator.group for indicator in wanted):
        for item in COUNTERS[group](conn, selection):
            found[item.key] = item
    return tuple(found[indicator.key] for indicator in wanted)


def _reported(conn: Connection, selection: Selection) -> list[Reading]:
    row = _one(conn, REPORTED, selection)
    return [
        count_reading("reported", row.reported),
        rate_reading("closure_rate", row.closed, row.reported),
        rate_reading("instant_rate", row.instant, row.hotline),
        rate_reading("sign_on_time", row.signed, row.to_sign),
    ]


def _dispatched(conn: Connection, selection: Selection) -> list[Reading]:
    row = _one(conn, DISPATCHED, selection)
    return [rate_reading("dispatch_accuracy", row.dispatched - row.returned, row.dispatched)]


def _due(conn: Connection, selection: Selection) -> list[Reading]:
    row = _one(conn, DUE, selection)
    return [rate_reading("on_time_due", row.in_time, row.due)]


def _closed(conn: Connection, selection: Selection) -> list[Reading]:
    row = _one(conn, CLOSED, selection)
    return [
        count_reading("closed", row.closed),
        rate_reading("on_time_closed", row.in_time, row.limited),
        rate_reading("rework_rate", row.reworked, row.closed),
    ]


def _asked(conn: Connection, selection: Selection) -> list[Reading]:
    row = _one(conn, ASKED, selection)
    return [rate_reading("feedback_rate", row.asked, row.closed)]


def _stock(conn: Connection, selection: Selection) -> list[Reading]:
    row = _one(conn, STOCK, selection)
    return [
        count_reading("open", row.open),
        count_reading("overdue_open", row.overdue),
        count_reading("due_2h", row.due_2h),
    ]


def _feedback(conn: Connection, selection: Selection) -> list[Reading]:
    row = _one(conn, FEEDBACK, selection)
    return [
        rate_reading("response_rate", row.responded, row.asked),
        rate_reading("resolution_rate", row.resolved, row.answered),
        rate_reading("satisfaction", row.satisfied, row.answered),
    ]


def _duty(conn: Connection, selection: Selection) -> list[Reading]:
    row = _one(conn, DUTY, selection)
    return [
        count_reading("on_duty", row.on_duty or 0),
        rate_reading("on_duty_rate", row.on_duty or 0, row.rostered),
    ]


def _supervision(conn: Connection, selection: Selection) -> list[Reading]:
    row = _one(conn, SUPERVISION, selection)
    return [rate_reading("supervision_closed", row.closed, row.issued)]


def _one(conn: Connection, statement: TextClause, selection: Selection) -> Row[Any]:
    return conn.execute(statement, selection.values()).one()


COUNTERS: dict[Group, Callable[[Connection, Selection], list[Reading]]] = {
    Group.REPORTED: _reported,
    Group.DUE: _due,
    Group.DISPATCHED: _dispatched,
    Group.CLOSED: _closed,
    Group.ASKED: _asked,
    Group.HANDLING: handling_times,
    Group.STOCK: _stock,
    Group.REPEAT: repeats,
    Group.FEEDBACK: _feedback,
    Group.DUTY: _duty,
    Group.COVERAGE: coverage,
    Group.SUPERVISION: _supervision,
}
