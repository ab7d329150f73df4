"""A small district from its seed through minutes of the live feed, told by plain SQL."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
import shapely

from dashboard.embedded import PostgresServer
from dashboard.simulation import profiles, run, seed
from dashboard.simulation.feed import Feed, WrongSpeed
from dashboard.simulation.seeding import NotEmpty
from dashboard.simulation.world import ZONE
from data_access.writes.rota import keep
from tests.conftest import own_database

PROFILE = "test"
DAYS = 12

COUNTERS = """
with t as (select %(at)s::timestamptz as at,
           date_trunc('day', %(at)s::timestamptz at time zone 'Asia/Shanghai') at time zone 'Asia/Shanghai' as day),
e as (select e.*, coalesce(e.closed_at, 'infinity') as ended from ops.events e join ops.regions r on r.id = e.region_id
      where e.state <> 'void' and e.duplicate_of is null and starts_with(r.code, %(code)s)),
f as (select f.* from ops.feedback f join e on e.id = f.event_id),
s as (select s.* from ops.shifts s join ops.workers w on w.id = s.worker_id join ops.regions r on r.id = w.region_id
      where not s.cancelled and starts_with(r.code, %(code)s))
select
  (select count(*) from e where reported_at <= at and ended > at) as open,
  (select count(*) from e where reported_at <= at and ended > at and due_at < at) as overdue,
  (select count(*) from e where reported_at <= at and ended > at and due_at >= at
     and due_at < at + interval '2 hours') as due_2h,
  (select count(*) from e where reported_at <= at and ended > at and at between warn_at and due_at) as yellow,
  (select count(*) from e where ended <= at and coalesce(evaluated_at, 'infinity') > at) as evaluating,
  (select count(*) from e where reported_at between day and at) as reported,
  (select count(*) from e where ended between day and at) as closed,
  (select count(*) from e where due_at between day and at) as "on_time_due.d",
  (select count(*) from e where due_at between day and at and ended <= due_at) as "on_time_due.n",
  (select count(*) from f where asked_at between day and at) as asked,
  (select count(*) from f where answered_at between day and at) as answered,
  (select count(*) from f where answered_at between day and at and satisfaction >= 3) as satisfied,
  (select count(*) from s where starts_at <= at and ends_at > at) as rostered,
  (select count(*) from s where starts_at <= at and ends_at > at and checked_in_at <= at
     and not coalesce(checked_out_at <= at, false)) as on_duty
from t
"""

ORDER = (
    *("reported_at", "accepted_at", "filed_at", "dispatched_at", "signed_at", "resolved_at", "replied_at"),
    *("verified_at", "evaluated_at"),
)
DONE_STAGES = {
    "report": 0,
    "file": 1,
    "dispatch": 2,
    "handle": 3,
    "feedback": 4,
    "verify": 5,
    "evaluate": 6,
    "done": 7,
}
MARKS = (
    "accepted_at",
    "filed_at",
    "dispatched_at",
    "resolved_at",
    "replied_at",
    "verified_at",
    "evaluated_at",
)

Conn = psycopg.Connection[Any]


@pytest.fixture(scope="module")
def now() -> datetime:
    """The last time that it was a busy hour of the district's day: at night far less happens."""
    busy = datetime.now(ZONE).replace(hour=10, minute=20, second=0, microsecond=0)
    return (busy if busy < datetime.now(UTC) else busy - timedelta(days=1)).astimezone(UTC)


@pytest.fixture(scope="module")
def seeded(postgres: PostgresServer, now: datetime) -> Iterator[str]:
    """A district and its past, of which each test takes a copy."""
    with own_database(postgres) as url:
        assert seed(url, PROFILE, days=DAYS, now=now)
        yield url


@pytest.fixture
def database_url(postgres: PostgresServer, seeded: str) -> Iterator[str]:
    with own_database(postgres, like=seeded) as url:
        yield url


@pytest.fixture
def conn(database_url: str) -> Iterator[Conn]:
    with psycopg.connect(database_url, options="-c timezone=UTC") as connection:
        yield connection


def one(conn: Conn, statement: str, **values: object) -> Any:
    row = conn.execute(statement, values).fetchone()
    assert row is not None
    return row[0] if len(row) == 1 else row


def fed(conn: Conn, now: datetime, seconds: int, speed: float, step_s: float = 1.0) -> Feed:
    feed = Feed(conn, profiles.load(PROFILE), speed, now)
    for tick in range(1, int(seconds / step_s) + 1):
        feed.advance(now + timedelta(seconds=tick * step_s))
    return feed


def check_events(conn: Conn) -> None:
    """Clocks in order, stages that fit the clocks, closed events with their moment."""
    for earlier, later in itertools.pairwise(ORDER):
        assert one(conn, f"select count(*) from ops.events where {later} < {earlier}") == 0, later
    for stage, done in DONE_STAGES.items():
        for place, mark in enumerate(MARKS):
            wrong = "is null" if place < done else "is not null"
            where = f"stage = %(stage)s and state <> 'void' and {mark} {wrong}"
            assert one(conn, f"select count(*) from ops.events where {where}", stage=stage) == 0, (
                stage,
                mark,
            )
    assert (
        one(conn, "select count(*) from ops.events where (state = 'closed') <> (closed_at is not null)") == 0
    )
    assert one(conn, "select count(*) from ops.events where closed_at <> verified_at") == 0
    assert (
        one(conn, "select count(*) from ops.events where state = 'open' and stage in ('evaluate', 'done')")
        == 0
    )
    assert (
        one(conn, "select count(*) from ops.events where dispatched_at is not null and sign_due_at is null")
        == 0
    )


def test_a_seeded_district_has_all_it_needs(conn: Conn, now: datetime) -> None:
    profile = profiles.load(PROFILE)
    assert one(conn, "select count(*) from ops.regions where level = 'grid'") == profile.grid_count
    assert one(conn, "select count(*) from ops.workers") == profile.workers
    events = one(conn, "select count(*) from ops.events")
    assert events == pytest.approx(DAYS * profile.events_per_day, rel=0.25)
    assert one(conn, "select max(reported_at) <= %(now)s from ops.events", now=now)
    check_events(conn)
    assert one(conn, "select count(*) from board.outbox") == 1
    assert one(conn, "select kind from board.outbox") == "resync"
    late = one(conn, "select avg((closed_at > due_at)::int)::float from ops.events where state = 'closed'")
    assert 0.02 < late < 0.12
    satisfied = one(
        conn, "select avg((satisfaction >= 3)::int)::float from ops.feedback where answered_at is not null"
    )
    assert satisfied > 0.93
    for table in ("event_steps", "supervision", "latest_positions", "positions"):
        assert one(conn, f"select count(*) from ops.{table}") > 0, table
    on_duty = one(conn, COUNTERS, at=now, code="")[-1]
    assert on_duty > 0
    assert one(conn, "select count(*) from ops.latest_positions") >= on_duty * 0.8
    assert one(conn, "select max(fixed_at) <= %(now)s from ops.positions", now=now)


def test_samples_equal_sql_at_their_moment(conn: Conn) -> None:
    rows = conn.execute(
        "select r.code, s.at, s.counters from board.samples s join ops.regions r on r.id = s.region_id"
        " order by md5(s.at::text || r.code) limit 60"
    ).fetchall()
    assert len(rows) == 60
    with conn.cursor(row_factory=psycopg.rows.dict_row) as cursor:
        for code, at, counters in rows:
            own = "" if len(code) == 6 else code
            assert cursor.execute(COUNTERS, {"at": at, "code": own}).fetchone() == counters, (code, at)


def test_a_second_seed_leaves_a_district_alone_and_refuses_another(database_url: str, conn: Conn) -> None:
    before = one(conn, "select count(*), max(id) from ops.events")
    conn.commit()
    assert not seed(database_url, PROFILE, days=DAYS)
    assert one(conn, "select count(*), max(id) from ops.events") == before
    with pytest.raises(NotEmpty):
        seed(database_url, "pidu")


def test_checks_and_triggers_are_back_after_the_seed(conn: Conn) -> None:
    with pytest.raises(psycopg.errors.ForeignKeyViolation), conn.transaction():
        conn.execute("update ops.events set region_id = -1")
    with conn.transaction():
        conn.execute("update ops.events set text = text where id = 1")
    assert one(conn, "select count(*) from board.outbox where kind = 'event' and entity_id = 1") == 1
    weak = one(
        conn,
        "select count(*) from pg_trigger where not tgisinternal and tgenabled <> 'A'"
        " and tgrelid in ('ops.events'::regclass, 'ops.shifts'::regclass, 'ops.feedback'::regclass)",
    )
    assert weak == 0


def test_the_same_seed_and_moment_make_the_same_district(
    database_url: str, conn: Conn, now: datetime
) -> None:
    digest = (
        "select md5(string_agg(e.code || e.text || e.stage || coalesce(e.closed_at::text, ''), ',' order by id))"
        " from ops.events e"
    )
    before = one(conn, digest)
    conn.execute(
        "truncate ops.regions, ops.region_versions, ops.categories, ops.departments, ops.workers, ops.shifts,"
        " ops.events, ops.event_steps, ops.feedback, ops.supervision, ops.positions, ops.latest_positions,"
        " ops.rota_patterns, board.samples, board.settings restart identity cascade"
    )
    conn.commit()
    assert seed(database_url, PROFILE, days=DAYS, now=now)
    assert one(conn, digest) == before


def test_the_rota_lays_out_what_the_feed_made_but_for_swaps(conn: Conn, now: datetime) -> None:
    ahead = "select worker_id, starts_at, kind, cancelled from ops.shifts where starts_at > %(now)s"
    made = set(conn.execute(ahead, {"now": now}).fetchall())
    assert len(made) > 10
    keep(conn, now)
    last = max(row[1] for row in made)
    laid = {row for row in conn.execute(ahead, {"now": now}).fetchall() if row[1] <= last}
    swaps = "select count(*) from ops.rota_changes where kind = 'swap' and day = %(day)s"
    swapped = one(conn, swaps, day=last.astimezone(ZONE).date())
    assert len(laid) == len(made)
    assert len(laid ^ made) == 4 * swapped
    assert (
        one(conn, "select count(distinct starts_at::date) from ops.shifts where starts_at > %(now)s", now=now)
        > 12
    )
    conn.rollback()


def test_the_feed_keeps_its_promises_at_full_speed(conn: Conn, now: datetime) -> None:
    before = one(conn, "select count(*) from ops.events")
    opened = one(conn, "select count(*) from ops.events where state = 'open'")
    fed(conn, now, seconds=300, speed=600.0)
    check_events(conn)
    fresh = one(conn, "select count(*) from ops.events") - before
    assert fresh > 100
    assert one(conn, "select count(*) from ops.events where state = 'open'") < opened * 2 + 60
    assert one(conn, "select count(*) from ops.events where closed_at > %(now)s", now=now) > 80
    assert one(conn, "select count(*) from ops.events where evaluated_at > %(now)s", now=now) > 50
    assert one(conn, "select count(*) from ops.feedback where answered_at > %(now)s", now=now) > 20
    assert (
        one(conn, "select count(distinct source) from ops.events where reported_at > %(now)s", now=now) >= 4
    )
    late = "reported_at > %(now)s and state = 'open' and due_at is null"
    assert one(conn, f"select count(*) from ops.events where {late}", now=now) == 0
    assert one(conn, "select count(*) from board.outbox where kind = 'event'") > fresh
    gap = one(
        conn,
        "select max(at - before) from (select at, lag(at) over (order by at) as before"
        " from ops.event_steps where at > %(now)s) as steps",
        now=now,
    )
    assert gap < timedelta(seconds=8)


def test_fixes_of_the_feed_lie_in_the_own_grid(conn: Conn, now: datetime) -> None:
    fed(conn, now, seconds=300, speed=1.0)
    shapes = {
        row[0]: shapely.from_wkb(row[1])
        for row in conn.execute("select region_id, geom from ops.region_versions").fetchall()
    }
    fixes = conn.execute(
        "select w.region_id, p.worker_id, p.lon, p.lat from ops.positions p join ops.workers w on w.id = p.worker_id"
        " where p.received_at > %s",
        (now,),
    ).fetchall()
    inside = [shapely.contains_xy(shapes[region], lon, lat) for region, _, lon, lat in fixes]
    assert len(fixes) > 200
    assert sum(inside) / len(inside) > 0.85
    newest = one(
        conn,
        "select count(*) from ops.latest_positions l where fixed_at <> (select max(fixed_at)"
        " from ops.positions p where p.worker_id = l.worker_id)",
    )
    assert newest == 0


def test_a_feed_goes_on_where_the_last_one_stopped(conn: Conn, now: datetime) -> None:
    fed(conn, now, seconds=20, speed=60.0)
    codes = one(conn, "select count(*) from ops.events")
    fed(conn, now + timedelta(seconds=30), seconds=60, speed=60.0)
    check_events(conn)
    assert one(conn, "select count(*) from ops.events") > codes
    assert one(conn, "select count(*) - count(distinct code) from ops.events") == 0
    doubles = one(
        conn,
        "select count(*) from ops.shifts a join ops.shifts b using (worker_id, starts_at) where a.id < b.id",
    )
    assert doubles == 0


def test_shifts_change_hands_in_the_feed(conn: Conn, now: datetime) -> None:
    turn = one(
        conn,
        "select min(starts_at) from ops.shifts where starts_at > %(now)s and checked_in_at is null",
        now=now,
    )
    feed = Feed(conn, profiles.load(PROFILE), 1.0, now)
    for minute in range(-40, 60, 2):
        feed.advance(turn + timedelta(minutes=minute))
    came = one(
        conn,
        "select count(*) from ops.shifts where starts_at = %(turn)s and checked_in_at is not null",
        turn=turn,
    )
    rostered = one(
        conn, "select count(*) from ops.shifts where starts_at = %(turn)s and not cancelled", turn=turn
    )
    left = one(
        conn,
        "select count(*) from ops.shifts where ends_at between %(turn)s and %(turn)s + interval '30 min'"
        " and checked_in_at is not null and checked_out_at is null",
        turn=turn,
    )
    assert came >= rostered * 0.8
    assert left == 0


def test_an_event_that_others_closed_is_left_alone(conn: Conn, now: datetime) -> None:
    feed = Feed(conn, profiles.load(PROFILE), 600.0, now)
    conn.execute("update ops.events set state = 'void' where state = 'open'")
    conn.commit()
    for tick in range(1, 60):
        feed.advance(now + timedelta(seconds=tick))
    assert (
        one(
            conn,
            "select count(*) from ops.events where state = 'void' and reported_at < %(now)s"
            " and changed_at > clock_timestamp() - interval '1 hour' and closed_at is not null",
            now=now,
        )
        == 0
    )


def test_the_feed_stops_at_once(database_url: str, conn: Conn) -> None:
    conn.commit()
    stop = threading.Event()
    arguments = {"profile": PROFILE, "speed": 1.0, "replay": False, "stop": stop}
    thread = threading.Thread(target=run, args=(database_url,), kwargs=arguments)
    thread.start()
    stop.set()
    thread.join(5)
    assert not thread.is_alive()


def test_an_impossible_speed_is_refused(database_url: str, conn: Conn) -> None:
    conn.commit()
    with pytest.raises(WrongSpeed):
        run(database_url, profile=PROFILE, speed=601.0, replay=False, stop=threading.Event())
