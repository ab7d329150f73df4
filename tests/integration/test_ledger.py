"""The ledger against plain loops over its rows, on generated papers and events."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import psycopg
import pytest
from psycopg.rows import dict_row
from sqlalchemy import Connection

from dashboard.domain.policy import EVERYTHING, Scope
from dashboard.domain.supervision import PaperKind, PaperState
from dashboard.domain.windows import Window
from data_access.engine import make_engine
from data_access.queries.indicators import measure
from data_access.queries.regions import RegionUnknown
from data_access.queries.session import reading
from data_access.queries.supervision import LedgerQuestion, PaperUnknown, ledger, paper
from tests import oracle
from tests.generated import NOW, fill

HOUR = timedelta(hours=1)
Rows = list[dict[str, Any]]


@pytest.fixture
def district(database_url: str) -> str:
    fill(database_url, seed=5, events=300)
    rng = random.Random(5)
    with psycopg.connect(database_url) as conn:
        conn.execute("set local quanyu.bulk = 'on'")
        conn.execute("delete from ops.supervision")
        conn.execute(
            "insert into ops.departments (id, code, name) values (901, 'Q1', '甲'), (902, 'Q2', '乙')"
        )
        events = [row[0] for row in conn.execute("select id from ops.events").fetchall()]
        regions = [row[0] for row in conn.execute("select id from ops.regions").fetchall()]
        for _ in range(240):
            issued = NOW - rng.randrange(0, 700) * HOUR / 10
            due = rng.choice([None, issued + rng.randrange(1, 400) * HOUR / 10])
            closed = rng.choice([None, None, issued + rng.randrange(0, 500) * HOUR / 10])
            about = rng.random()
            conn.execute(
                "insert into ops.supervision (event_id, kind, department_id, region_id, issued_at, due_at,"
                " closed_at, reason, actor) values (%s, %s, %s, %s, %s, %s, %s, '催办', 'li')",
                (
                    rng.choice(events) if about < 0.9 else None,
                    rng.choice(["reminder", "order"]),
                    rng.choice([901, 902, None]),
                    rng.choice(regions) if about > 0.7 else None,
                    issued,
                    due,
                    closed,
                ),
            )
    return database_url


@pytest.fixture
def conn(district: str) -> Iterator[Connection]:
    engine = make_engine(district)
    with reading(engine) as connection:
        yield connection
    engine.dispose()


@pytest.fixture
def rows(district: str) -> Rows:
    """Every paper that counts, with its event's department and its region, read plainly."""
    with psycopg.connect(district, row_factory=dict_row, options="-c timezone=UTC") as connection:
        return connection.execute(
            "select s.*, e.department_id as held_by, coalesce(s.region_id, e.region_id) as place, d.code as told,"
            " e.code as about from ops.supervision s left join ops.events e on e.id = s.event_id"
            " left join ops.departments d on d.id = coalesce(s.department_id, e.department_id)"
            " where s.event_id is null or (e.state <> 'void' and e.duplicate_of is null)"
        ).fetchall()


def stands(row: dict[str, Any]) -> str:
    due, closed = row["due_at"], row["closed_at"]
    if closed is not None and closed <= NOW:
        return "closed_late" if due is not None and closed > due else "closed"
    return "overdue" if due is not None and due < NOW else "open"


@pytest.mark.parametrize("code", ["D", "D1", "D2-1", "D3-9"])
def test_rows_and_totals_are_those_of_a_plain_loop(
    conn: Connection, rows: Rows, district: str, code: str
) -> None:
    below = oracle.load(district, zone=ZoneInfo("Asia/Shanghai"), workday=oracle.chinese_workday).subtree(
        code
    )
    rng = random.Random(code)
    for _ in range(12):
        state = frozenset(rng.sample(list(PaperState), rng.choice([0, 1, 2])))
        kind = rng.choice([None, *PaperKind])
        department = rng.choice([None, "Q1", "none"])
        since = rng.choice([None, NOW - rng.randrange(100, 600) * HOUR / 10])
        until = rng.choice([None, NOW - rng.randrange(0, 100) * HOUR / 10])
        mine = [
            row
            for row in rows
            if row["place"] in below
            and (kind is None or row["kind"] == kind)
            and (department is None or row["told"] == department)
            and (since is None or row["issued_at"] >= since)
            and (until is None or row["issued_at"] < until)
        ]
        wanted = [row for row in mine if not state or stands(row) in state]
        question = LedgerQuestion(
            kind=kind, state=state, department=department, since=since, until=until, limit=500
        )
        found = ledger(conn, code, EVERYTHING, NOW, question)
        assert {row.id for row in found.rows} == {row["id"] for row in wanted}
        assert {row.id: str(row.state) for row in found.rows} == {row["id"]: stands(row) for row in wanted}
        assert found.total == len(wanted)
        counts = pd.Series([stands(row) for row in mine], dtype=object).value_counts()
        totals = found.totals
        assert totals.issued == len(mine)
        assert totals.closed == counts.get("closed", 0) + counts.get("closed_late", 0)
        assert (totals.overdue, totals.closed_late) == (
            counts.get("overdue", 0),
            counts.get("closed_late", 0),
        )


def test_over_a_window_the_ledger_is_the_indicator(conn: Connection, district: str) -> None:
    window = Window(start=NOW - 60 * HOUR, end=NOW)
    engine = make_engine(district)
    for code in ("D", "D1", "D2-1"):
        (found,) = measure(
            engine, code, EVERYTHING, now=NOW, window=window, keys=["supervision_closed"]
        ).readings
        totals = ledger(
            conn, code, EVERYTHING, NOW, LedgerQuestion(since=window.start, until=window.end)
        ).totals
        assert (totals.closed, totals.issued) == (found.n, found.d)
        assert totals.rate == found.value
    engine.dispose()


def test_pages_follow_each_other_with_what_is_waited_for_first(conn: Connection) -> None:
    whole = ledger(conn, "D", EVERYTHING, NOW, LedgerQuestion(limit=500)).rows
    pieces = [
        ledger(conn, "D", EVERYTHING, NOW, LedgerQuestion(limit=37, offset=at)) for at in range(0, 300, 37)
    ]
    assert tuple(row for piece in pieces for row in piece.rows) == whole
    open_first = [row.state in (PaperState.CLOSED, PaperState.CLOSED_LATE) for row in whole]
    assert open_first == sorted(open_first)
    due = [row.due_at for row in whole if not open_first[whole.index(row)] and row.due_at]
    assert due == sorted(due)


def test_nothing_from_outside_the_scope_is_in_it(conn: Connection, rows: Rows, district: str) -> None:
    street = Scope(streets=frozenset({"D1"}))
    below = oracle.load(district, zone=ZoneInfo("Asia/Shanghai"), workday=oracle.chinese_workday).subtree(
        "D1"
    )
    for row in rows[:40]:
        if row["place"] in below:
            assert paper(conn, row["id"], street, NOW)[0].id == row["id"]
        else:
            with pytest.raises(PaperUnknown):
                paper(conn, row["id"], street, NOW)
    with pytest.raises(RegionUnknown):
        ledger(conn, "D2", street, NOW, LedgerQuestion())
    with pytest.raises(PaperUnknown):
        paper(conn, 10**12, EVERYTHING, NOW)
    one = Scope(departments=frozenset({"none"}))
    assert ledger(conn, "D", one, NOW, LedgerQuestion()).totals.issued == 0
