"""Row filters: what a scope of regions of any level and departments lets through, against plain counts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from dashboard.access.viewers import scope_from
from dashboard.domain.filters import Filters
from dashboard.domain.policy import Scope
from data_access.engine import make_engine
from data_access.queries.events import open_events
from data_access.queries.indicators import measure
from data_access.queries.regions import RegionUnknown, listed_regions, region_page
from data_access.queries.session import reading
from tests.builders import insert_event

NOW = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)


@pytest.fixture
def engine(conn: psycopg.Connection[Any], database_url: str) -> Iterator[Engine]:
    """A small district where every grid has an event of each department and one of none."""
    rows = conn.execute("insert into ops.departments (code, name) values ('A', 'a'), ('B', 'b') returning id")
    departments = [row[0] for row in rows]
    for (grid,) in conn.execute("select id from ops.regions where level = 'grid' order by code").fetchall():
        for department in (*departments, None):
            reported = NOW - timedelta(hours=2)
            insert_event(conn, region_id=grid, department_id=department, reported_at=reported)
    made = make_engine(database_url)
    yield made
    made.dispose()


def levels(engine: Engine) -> dict[str, str]:
    with reading(engine) as conn:
        return {node.code: node.level for node in listed_regions(conn, Scope(), NOW)}


def expected(code: str, regions: list[str] | None, departments: list[str] | None) -> int | None:
    """Open events at and below a region; codes of what is below begin with the code of what is above."""
    if regions is not None and not any(code.startswith(one) for one in regions):
        return None
    per_grid = 3 if departments is None else len(departments)
    grids = {6: 8, 9: 4, 12: 2, 16: 1}[len(code)]
    return grids * per_grid


def seen(engine: Engine, code: str, scope: Scope) -> int | None:
    """The same as three readers count it."""
    try:
        with reading(engine) as conn:
            page = region_page(conn, code, scope, NOW)
            rows = open_events(conn, code, scope, NOW, limit=500)
        measured = measure(engine, code, scope, now=NOW, keys=["open", "reported"])
    except RegionUnknown:
        return None
    counts = {int(reading.value or 0) for reading in measured.readings}
    assert counts == {page.open} == {len(rows)}
    return page.open


CODES = ["510117", "510117001", "510117002", "510117001001", "510117002002", "5101170010020001"]
SCOPES = st.one_of(st.none(), st.lists(st.sampled_from(CODES), max_size=3, unique=True))
DEPARTMENTS = st.one_of(st.none(), st.lists(st.sampled_from(["A", "B"]), max_size=2, unique=True))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(regions=SCOPES, departments=DEPARTMENTS, code=st.sampled_from(CODES))
def test_every_reader_counts_what_the_scope_holds_and_nothing_else(
    engine: Engine, regions: list[str] | None, departments: list[str] | None, code: str
) -> None:
    scope = scope_from(regions, levels(engine), departments)
    assert seen(engine, code, scope) == expected(code, regions, departments)


def test_a_question_about_other_departments_finds_nothing(engine: Engine) -> None:
    scope = Scope(departments=frozenset({"A"}))
    found = measure(
        engine,
        "510117",
        scope,
        now=NOW,
        keys=["open"],
        filters=Filters(department=frozenset({"B"})),
    )
    assert found.readings[0].value == 0


def test_lists_of_regions_hold_the_scope_alone(engine: Engine) -> None:
    scope = scope_from(["510117001001", "5101170020020001", "gone"], levels(engine), None)
    with reading(engine) as conn:
        found = {node.code for node in listed_regions(conn, scope, NOW)}
        page = region_page(conn, "510117001001", scope, NOW)
    grids = {"5101170010010001", "5101170010010002"}
    assert found == {"510117001001", *grids, "5101170020020001"}
    assert [node.visible for node in page.path.ancestors] == [False, False]
