"""Lists over stored days: the same rows, order and total as a literal look at every row, after any change."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from dashboard.domain.filters import Filters
from dashboard.domain.model import State
from dashboard.domain.policy import EVERYTHING
from dashboard.domain.windows import Window
from dashboard.embedded import PostgresServer
from data_access.queries import event_columns, event_table, history
from data_access.queries.event_table import Column, Sort, event_page_rows
from data_access.queries.session import reading
from data_access.rollups import keep
from tests.conftest import own_database
from tests.event_oracle import EventOracle, put_words
from tests.generated import NOW, fill
from tests.integration.test_event_table import BOTH, CODES, FILTERS, WINDOWS, plain

CHANGES = (
    "update ops.events set state = 'void' where id % 17 = 0",
    "update ops.events set state = 'open', closed_at = null where id % 19 = 0 and state = 'closed'",
    "update ops.events set region_id = (select id from ops.regions where code = 'D3-2-1') where id % 23 = 0",
    "update ops.events set reported_at = reported_at - interval '3 days' where id % 29 = 0",
    "update ops.events set severity = 3, department_id = 2 where id % 31 = 0",
    "update ops.events set closed_at = closed_at + interval '1 day' where id % 37 = 0 and state = 'closed'",
    """delete from ops.events e where id % 41 = 0
      and not exists (select from ops.event_steps where event_id = e.id)
      and not exists (select from ops.feedback where event_id = e.id)
      and not exists (select from ops.supervision where event_id = e.id)
      and not exists (select from ops.events o where o.duplicate_of = e.id)""",
)


@pytest.fixture(scope="module", params=["as stored", "changed since", "half stored"])
def url(request: pytest.FixtureRequest, postgres: PostgresServer) -> Iterator[str]:
    """A district whose days are stored, and then changed or not; or of which the newest days are."""
    with own_database(postgres) as url:
        fill(url, seed=11, events=700)
        put_words(url)
        with psycopg.connect(url) as connection:
            runs = 0
            while keep(connection, NOW) and (request.param != "half stored" or runs < 1):
                connection.commit()
                runs += 1
            if request.param == "changed since":
                for change in CHANGES:
                    connection.execute(change)
        yield url


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    code=st.sampled_from(CODES),
    window=WINDOWS,
    filters=FILTERS,
    state=st.sampled_from([frozenset({State.CLOSED}), BOTH]),
    column=st.sampled_from(list(Column)),
    descending=st.booleans(),
    page=st.tuples(st.integers(0, 60), st.integers(1, 120)),
)
def test_any_page_is_that_of_every_row_looked_at(
    engine: Engine,
    oracle: EventOracle,
    code: str,
    window: Window,
    filters: Filters,
    state: frozenset[State],
    column: Column,
    descending: bool,
    page: tuple[int, int],
) -> None:
    offset, limit = page
    sort = Sort(column=column, descending=descending)
    asked = Filters(**{name: getattr(filters, name) for name in filters.__slots__} | {"state": state})
    used: list[Any] = []
    real = event_columns.members

    def spied(*args: Any, **more: Any) -> Any:
        used.append(real(*args, **more))
        return used[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(event_columns, "SHORT", timedelta(hours=-1))
        patch.setattr(event_table, "members", spied)
        with reading(engine) as conn:
            found = event_page_rows(
                conn,
                code,
                EVERYTHING,
                NOW,
                window,
                asked,
                "",
                sort,
                offset,
                limit,
            )
    assert used[0] is not None, "the rows were asked"
    every = oracle.listed(code, window.start, window.end, plain(asked), "")
    assert found.total == len(every)
    assert [row.code for row in found.rows] == oracle.in_order(every, column, descending)[
        offset : offset + limit
    ]


def test_a_failure_of_the_driver_is_one_of_the_database(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cancelled(*_: object, **__: object) -> None:
        raise psycopg.errors.QueryCanceled("statement timeout")

    monkeypatch.setattr(history, "read", cancelled)
    month = Window(start=NOW - timedelta(days=35), end=NOW)
    with reading(engine) as conn, pytest.raises(OperationalError):
        event_page_rows(conn, "D", EVERYTHING, NOW, month, Filters(state=BOTH))


def test_a_long_list_is_cut_at_its_usual_beginning(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    month = Window(start=NOW - timedelta(days=35), end=NOW)
    with reading(engine) as conn:
        first = event_page_rows(conn, "D", EVERYTHING, NOW, month, Filters(state=BOTH), limit=40)
        monkeypatch.setattr(event_table, "MOST_COUNTED", 40)
        by_code = Sort(column=Column.CODE)
        cut = event_page_rows(conn, "D", EVERYTHING, NOW, month, Filters(state=BOTH), sort=by_code, limit=100)
    assert (cut.total, cut.capped) == (40, True)
    assert [row.code for row in cut.rows] == sorted(row.code for row in first.rows)
