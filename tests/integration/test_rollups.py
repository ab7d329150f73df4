"""Whatever happens to the rows, whenever days are stored: the numbers are those of the rows at every moment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import psycopg
import pytest
from sqlalchemy import Engine, event
from sqlalchemy.exc import SQLAlchemyError

from dashboard.domain.atlas import Drawn
from dashboard.domain.filters import NO_FILTERS, Filters
from dashboard.domain.indicators import INDICATORS, Reading
from dashboard.domain.model import Level, Source, State
from dashboard.domain.policy import EVERYTHING
from dashboard.domain.terms import terms_from
from dashboard.domain.windows import Step, Window, steps
from dashboard.embedded import PostgresServer
from data_access import rollups
from data_access.columns import Clock
from data_access.engine import make_engine
from data_access.queries import archive, history
from data_access.queries.breakdown import breakdown
from data_access.queries.columnar import CLOCKS
from data_access.queries.counting import tallied
from data_access.queries.filtering import sieve_of
from data_access.queries.indicators import groups_of, measure, measure_each
from data_access.queries.placing import AS_ONE, WHOLE
from data_access.queries.regions import region_path
from data_access.queries.selection import Selection, whole_ground
from data_access.queries.session import district_settings, reading
from data_access.queries.tallies import Tally, readings_of
from tests.conftest import own_database
from tests.generated import NOW, fill
from tests.integration.test_indicators import SHANGHAI, TERMS, assert_equal
from tests.oracle import load

Conn = psycopg.Connection[Any]
CODES = ("D", "D1", "D2-1", "D3-9", "D1-1-1")
BY_DAYS = [one for one in INDICATORS if one.group in CLOCKS]
KEYS = [one.key for one in BY_DAYS]
FILTERS = (
    NO_FILTERS,
    Filters(source=frozenset({Source.HOTLINE, Source.SENSOR})),
    Filters(category=frozenset({"A"}), severity=frozenset({1, 3})),
    Filters(department=frozenset({"B1", "B2"}), late=True),
    Filters(stage=frozenset({"done"})),
    Filters(state=frozenset({State.CLOSED})),
    Filters(state=frozenset({State.OPEN}), category=frozenset({"X1"})),
)
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def bare(postgres: PostgresServer) -> Iterator[str]:
    """A district of which no day is stored. Tests change copies of it."""
    with own_database(postgres) as url:
        fill(url, seed=21, events=700)
        yield url


@pytest.fixture(scope="module")
def whole(postgres: PostgresServer, bare: str) -> Iterator[str]:
    """The district with all its days stored."""
    with own_database(postgres, like=bare) as url:
        with connected(url) as conn:
            assert stored(conn) > 100
        yield url


@pytest.fixture
def database_url(request: pytest.FixtureRequest, postgres: PostgresServer) -> Iterator[str]:
    """The test's own copy, with stored days or, by the parameter of a test, without."""
    like: str = request.getfixturevalue(getattr(request, "param", "whole"))
    with own_database(postgres, like) as url:
        yield url


BARE = pytest.mark.parametrize("database_url", ["bare"], indirect=True)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def conn(database_url: str) -> Iterator[Conn]:
    with connected(database_url) as connection:
        yield connection


def connected(url: str) -> Conn:
    return psycopg.connect(url, options="-c timezone=UTC", autocommit=True)


def stored(conn: Conn, *, runs: int = 100, now: datetime = NOW) -> int:
    """Run the job until there is nothing to do, or so often."""
    done = 0
    for _ in range(runs):
        with conn.transaction():
            written = rollups.keep(conn, now)
        done += written
        if not written:
            break
    return done


def by_rows(
    engine: Engine, code: str, window: Window, filters: Filters, now: datetime = NOW
) -> tuple[Reading, ...]:
    """The readings by plain SQL over the rows."""
    with reading(engine) as conn:
        terms = terms_from(district_settings(conn))
        path = region_path(conn, code, EVERYTHING, now, former=True)
        ground = whole_ground(conn, path, Drawn.THEN, now)
        selection = Selection(
            ground=ground, window=window, now=now, terms=terms, sieve=sieve_of(conn, filters)
        )
        return readings_of(tallied(conn, selection, AS_ONE, groups_of(BY_DAYS)).get(WHOLE, Tally()), BY_DAYS)


def windows(dice: np.random.Generator) -> Iterator[Window]:
    yield Window(start=NOW - 45 * DAY, end=NOW)
    yield Window(start=NOW - 60 * DAY, end=NOW + 20 * DAY)
    start = NOW - timedelta(seconds=float(dice.uniform(0, 40 * 86400)))
    yield Window(start=start, end=start + timedelta(seconds=float(dice.uniform(0, 20 * 86400))))


def assert_as_rows(engine: Engine, dice: np.random.Generator, now: datetime = NOW) -> None:
    for window in windows(dice):
        for _ in range(2):
            code = str(dice.choice(CODES))
            filters = FILTERS[int(dice.integers(len(FILTERS)))]
            found = measure(engine, code, EVERYTHING, now=now, window=window, keys=KEYS, filters=filters)
            assert found.readings == by_rows(engine, code, window, filters, now), (code, window, filters)


def test_stored_days_give_what_pandas_gives(database_url: str, engine: Engine) -> None:
    oracle = load(database_url, **TERMS)
    for days, code in ((45, "D"), (20, "D2"), (7, "D1-1")):
        window = Window(start=NOW - days * DAY, end=NOW - timedelta(hours=3 * days))
        assert_equal(measure(engine, code, EVERYTHING, now=NOW, window=window), oracle, NOW)


def test_stored_days_are_what_is_read(conn: Conn, engine: Engine) -> None:
    window = Window(start=NOW - 30 * DAY, end=NOW)
    read: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *args: read.append(args[2]))
    measure(engine, "D", EVERYTHING, now=NOW, window=window, keys=KEYS)
    assert not [statement for statement in read if "from ops.events" in statement]


@BARE
@pytest.mark.parametrize("seed", range(6))
def test_any_changes_between_any_runs_change_no_number(conn: Conn, engine: Engine, seed: int) -> None:
    dice = np.random.default_rng(seed)
    stored(conn, runs=int(dice.integers(1, 6)))
    for _ in range(12):
        for _ in range(int(dice.integers(1, 5))):
            conn.execute(CHANGES[int(dice.integers(len(CHANGES)))], {"n": int(dice.integers(1, 701))})
        if dice.random() < 0.5:
            stored(conn, runs=1)
        if dice.random() < 0.2:
            archive.archive_of(engine).forget()  # as another process begins
        assert_as_rows(engine, dice)
    stored(conn)
    assert conn.execute("select count(*) from board.rollup_marks").fetchone() == (0,)
    assert_as_rows(engine, dice)
    with conn.transaction():
        assert rollups.check(conn, NOW) == 0


SCRIPT = """
update ops.events set state = 'void' where id = %(n)s;
update ops.events set state = 'open' where id = %(n)s;
update ops.events set state = 'closed', closed_at = coalesce(closed_at, reported_at + interval '5 hours'),
  stage = 'done' where id = %(n)s;
update ops.events set closed_at = closed_at - interval '3 days' where id = %(n)s and closed_at is not null;
update ops.events set reported_at = reported_at - interval '9 days' where id = %(n)s;
update ops.events set due_at = due_at + interval '2 days' where id = %(n)s;
update ops.events set due_at = null where id = %(n)s;
update ops.events set region_id = 4 + mod(region_id, 3) where id = %(n)s;
update ops.events set category_id = 3 + mod(category_id, 4), severity = 1 + mod(severity, 3) where id = %(n)s;
update ops.events set department_id = null where id = %(n)s;
update ops.events set stage = 'evaluate', rework = rework + 1 where id = %(n)s;
update ops.events set signed_at = null, sign_due_at = reported_at + interval '30 days' where id = %(n)s;
update ops.events set duplicate_of = case when id = 1 then 2 else 1 end where id = %(n)s;
update ops.events set duplicate_of = null where id = %(n)s;
insert into ops.event_steps (event_id, stage, action) values (%(n)s, 'handle', 'return');
delete from ops.event_steps where event_id = %(n)s;
insert into ops.feedback (event_id, asked_at, answered_at, resolved, satisfaction)
  select id, reported_at, reported_at + interval '1 hour', true, 5 from ops.events where id = %(n)s;
update ops.feedback set answered_at = asked_at + interval '2 days', satisfaction = 2 where event_id = %(n)s;
update ops.feedback set event_id = 1 + mod(event_id, 700) where event_id = %(n)s;
delete from ops.feedback where event_id = %(n)s;
insert into ops.events (id, code, source, category_id, region_id, state, stage, reported_at, closed_at, due_at)
  select (select max(id) + 1 from ops.events), 'N' || clock_timestamp(), source, category_id, region_id, 'closed',
    'done', reported_at, reported_at + interval '1 day', reported_at + interval '20 hours'
  from ops.events where id = %(n)s;
delete from ops.events where id = (select max(id) from ops.events where id > 700);
update ops.events set department_id = 1 where id between %(n)s and %(n)s + 40
"""
CHANGES = tuple(SCRIPT.split(";"))


def test_a_day_of_working_minutes_is_made_again_when_working_hours_change(conn: Conn, engine: Engine) -> None:
    dice = np.random.default_rng(3)
    before = measure(engine, "D", EVERYTHING, now=NOW, window=Window(start=NOW - 40 * DAY, end=NOW))
    conn.execute("""insert into board.settings values ('working_hours', '[["08:00", "20:00"]]')""")
    assert_as_rows(engine, dice)
    assert stored(conn) > 100
    assert_as_rows(engine, dice)
    after = measure(engine, "D", EVERYTHING, now=NOW, window=Window(start=NOW - 40 * DAY, end=NOW))
    assert before.readings != after.readings


def test_regions_that_change_hands_count_in_the_tree_of_their_time(conn: Conn, engine: Engine) -> None:
    turn = NOW - 10 * DAY
    with conn.transaction():  # D1-1-1 goes to D2-1
        conn.execute(
            "update ops.region_versions set valid_to = %s where region_id = "
            "(select id from ops.regions where code = 'D1-1-1')",
            (turn,),
        )
        conn.execute(
            """insert into ops.region_versions (region_id, parent_id, geom, label_lon, label_lat, valid_from)
            select r.id, (select id from ops.regions where code = 'D2-1'), v.geom, v.label_lon, v.label_lat, %s
            from ops.regions r join ops.region_versions v on v.region_id = r.id where r.code = 'D1-1-1'""",
            (turn,),
        )
    dice = np.random.default_rng(4)
    assert_as_rows(engine, dice)
    window = Window(start=NOW - 40 * DAY, end=NOW)
    for level in (None, Level.COMMUNITY, Level.GRID):
        for part in breakdown(engine, "D", EVERYTHING, now=NOW, window=window, keys=KEYS, level=level):
            assert part.readings == by_rows(engine, part.region.code, window, NO_FILTERS), part.region.code


def test_a_trend_is_the_measure_of_each_step(conn: Conn, engine: Engine) -> None:
    conn.execute("update ops.events set closed_at = closed_at - interval '1 day' where id < 50")
    for step, days in ((Step.HOUR, 3), (Step.DAY, 20), (Step.WEEK, 40)):
        window = Window(start=NOW - days * DAY, end=NOW)
        filters = FILTERS[1]
        found = measure_each(
            engine,
            "D1",
            EVERYTHING,
            now=NOW,
            windows=steps(window, step, SHANGHAI, 120),
            keys=KEYS,
            filters=filters,
        )
        for one in found:
            assert one.readings == by_rows(engine, "D1", one.window, filters), one.window


@pytest.mark.parametrize("level", [None, Level.GRID])
def test_a_breakdown_over_stored_days_is_that_of_the_rows(
    conn: Conn, engine: Engine, level: Level | None
) -> None:
    conn.execute("update ops.events set region_id = 9 where id < 30")
    window = Window(start=NOW - 25 * DAY, end=NOW - 2 * DAY)
    for filters in FILTERS[:4]:
        parts = breakdown(
            engine, "D", EVERYTHING, now=NOW, window=window, keys=KEYS, filters=filters, level=level
        )
        assert parts
        for part in parts:
            assert part.readings == by_rows(engine, part.region.code, window, filters), part.region.code


def test_many_changes_at_once_give_days_up_and_no_number(
    conn: Conn, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rollups, "MOST_MARKS", 50)
    monkeypatch.setattr(archive, "MOST_MARKS", 100)
    dice = np.random.default_rng(5)
    conn.execute("update ops.events set severity = 2")
    assert_as_rows(engine, dice)  # by the rows: too much is marked
    assert stored(conn, runs=1) > 0
    assert conn.execute("select count(*) from board.rollup_marks").fetchone() == (0,)
    assert_as_rows(engine, dice)  # days that were given up are read from the rows
    stored(conn)
    assert_as_rows(engine, dice)


@BARE
def test_what_must_be_signed_for_counts_from_the_moment_that_its_time_is_up(
    conn: Conn, engine: Engine
) -> None:
    conn.execute(
        "update ops.events set signed_at = null, sign_due_at = %s where id between 100 and 300", (NOW + DAY,)
    )
    stored(conn)
    dice = np.random.default_rng(6)
    for now in (NOW, NOW + DAY, NOW + DAY + timedelta(microseconds=1), NOW + 2 * DAY):
        assert_as_rows(engine, dice, now)


def test_a_day_that_was_changed_behind_the_triggers_is_found_and_made_again(
    conn: Conn, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with conn.transaction():
        conn.execute("alter table ops.events disable trigger user")
        conn.execute("update ops.events set severity = 1 + mod(severity, 3) where state = 'closed'")
        conn.execute("alter table ops.events enable trigger user")
        conn.execute("alter table ops.events enable always trigger after_event_counted")
    monkeypatch.setattr(rollups, "CHECKED_DAYS", 10_000)
    with conn.transaction():
        assert rollups.check(conn, NOW) > 10
    with conn.transaction():
        assert rollups.check(conn, NOW) == 0
    assert_as_rows(engine, np.random.default_rng(7))


def test_emptied_tables_leave_nothing_behind(conn: Conn, engine: Engine) -> None:
    window = Window(start=NOW - 30 * DAY, end=NOW)
    assert measure(engine, "D", EVERYTHING, now=NOW, window=window, keys=["reported"]).readings[0].n
    conn.execute("truncate ops.events cascade")
    assert measure(engine, "D", EVERYTHING, now=NOW, window=window, keys=["reported"]).readings[0].n == 0


def test_a_question_whose_snapshot_is_older_than_the_copy_begins_again(conn: Conn, engine: Engine) -> None:
    window = Window(start=NOW - 30 * DAY, end=NOW)
    asked = []

    def ask(inner: Any) -> tuple[Reading, ...]:
        asked.append(inner.exec_driver_sql("select serial from board.rollup_state").scalar_one())
        if len(asked) == 1:
            conn.execute("update ops.events set region_id = 4 where id < 100")
            stored(conn)
            measure(engine, "D1", EVERYTHING, now=NOW, window=window, keys=KEYS)
        path = region_path(inner, "D1", EVERYTHING, NOW)
        selection = Selection(
            ground=whole_ground(inner, path, Drawn.THEN, NOW),
            window=window,
            now=NOW,
            terms=terms_from(district_settings(inner)),
        )
        (found,) = history.tallied_each(engine, inner, [selection], AS_ONE, groups_of(BY_DAYS))
        return readings_of(found.get(WHOLE, Tally()), BY_DAYS)

    assert history.asked(engine, ask) == by_rows(engine, "D1", window, NO_FILTERS)
    assert len(asked) == 2


def test_a_database_that_fails_in_between_fails_as_everywhere(
    conn: Conn, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "OPEN", dict.fromkeys(Clock, "select 1 / 0"))
    with pytest.raises(SQLAlchemyError):
        measure(engine, "D", EVERYTHING, now=NOW, keys=KEYS)
