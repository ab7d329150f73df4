"""The table of events: any question gives the rows, the order and the total of a literal look at every row."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from dashboard.domain.bigrams import SearchTooShort, folded, pairs, terms
from dashboard.domain.filters import NO_FILTERS, Filters
from dashboard.domain.model import Source, State
from dashboard.domain.policy import EVERYTHING, Scope
from dashboard.domain.windows import Window
from dashboard.embedded import PostgresServer
from data_access.queries import event_search, event_set, event_table
from data_access.queries.event_points import event_points
from data_access.queries.event_rows import named_events
from data_access.queries.event_table import (
    BadSortError,
    Column,
    EventRows,
    Sort,
    event_page_rows,
    sort_from,
)
from data_access.queries.indicators import measure
from data_access.queries.regions import RegionUnknown
from data_access.queries.session import reading
from tests.conftest import own_database
from tests.event_oracle import PLACES, VOCABULARY, EventOracle, put_words
from tests.generated import NOW, SOURCES, fill

WEEK = Window(start=NOW - timedelta(days=7), end=NOW)
CODES = ("D", "D1", "D3", "D1-1", "D3-2", "D2-2-3", "D3-9")
BOTH = frozenset({State.OPEN, State.CLOSED})


@pytest.fixture(scope="module")
def url(postgres: PostgresServer) -> Iterator[str]:
    """One district for all questions of this module: none changes it."""
    with own_database(postgres) as url:
        fill(url, seed=5, events=900)
        put_words(url)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("analyze ops.events")
        yield url


def some(values: Any) -> st.SearchStrategy[frozenset[Any]]:
    return st.one_of(st.just(frozenset()), st.frozensets(st.sampled_from(sorted(values)), max_size=2))


FILTERS = st.builds(
    Filters,
    source=some([Source(one) for one in SOURCES]),
    category=some(["A", "B", "X0", "X1", "X3", "none"]),
    stage=some(["handle", "done", "verify"]),
    severity=some([1, 2, 3]),
    department=some(["B1", "B2", "B3", "none"]),
    state=st.sampled_from([frozenset(), frozenset({State.OPEN}), frozenset({State.CLOSED}), BOTH]),
    late=st.booleans(),
)
WINDOWS = st.tuples(st.integers(0, 45 * 24), st.integers(0, 31 * 24)).map(
    lambda hours: Window(
        start=NOW - timedelta(hours=hours[0]), end=NOW - timedelta(hours=hours[0]) + timedelta(hours=hours[1])
    )
)


@st.composite
def words(draw: st.DrawFn) -> str:
    """Pieces of what stands in the events, their codes, and things that stand nowhere."""
    piece = st.sampled_from([*VOCABULARY, *PLACES, "影响", "号", "E1", "e12", "999"]).flatmap(
        lambda word: st.integers(0, max(len(word) - 1, 0)).flatmap(
            lambda start: st.integers(1, 5).map(lambda size: word[start : start + size])
        )
    )
    return draw(st.one_of(st.just(""), piece, st.tuples(piece, piece).map(" ".join), st.text(max_size=3)))


def ask(
    engine: Engine, code: str, window: Window = WEEK, filters: Filters = NO_FILTERS, **more: Any
) -> EventRows:
    with reading(engine) as conn:
        return event_page_rows(conn, code, more.pop("scope", EVERYTHING), NOW, window, filters, **more)


def plain(filters: Filters) -> dict[str, Any]:
    return {
        "source": set(map(str, filters.source)),
        "category": filters.category,
        "stage": filters.stage,
        "severity": filters.severity,
        "department": filters.department,
        "state": set(map(str, filters.state)),
        "late": [1] if filters.late else [],
    }


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    code=st.sampled_from(CODES),
    window=WINDOWS,
    filters=FILTERS,
    q=words(),
    column=st.sampled_from(list(Column)),
    descending=st.booleans(),
    stretch=st.sampled_from([1, 4, 900]),
    page=st.tuples(st.integers(0, 60), st.integers(1, 120)),
)
def test_any_page_is_that_of_every_row_looked_at(
    engine: Engine,
    oracle: EventOracle,
    code: str,
    window: Window,
    filters: Filters,
    q: str,
    column: Column,
    descending: bool,
    stretch: int,
    page: tuple[int, int],
) -> None:
    offset, limit = page
    sort = Sort(column=column, descending=descending)
    with pytest.MonkeyPatch.context() as patch:  # in many short looks, or in one
        patch.setattr(event_search, "FIRST_STRETCH", timedelta(days=stretch))
        found = ask(engine, code, window, filters, q=q, sort=sort, offset=offset, limit=limit)
    every = oracle.listed(code, window.start, window.end, plain(filters), q)
    assert (found.total, found.capped) == (len(every), False)
    assert [row.code for row in found.rows] == oracle.in_order(every, column, descending)[
        offset : offset + limit
    ]


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(code=st.sampled_from(CODES), window=WINDOWS, filters=FILTERS, q=words())
def test_the_map_shows_the_events_of_the_table(
    engine: Engine, oracle: EventOracle, code: str, window: Window, filters: Filters, q: str
) -> None:
    every = oracle.listed(code, window.start, window.end, plain(filters), q)
    placed = {
        event["code"]: event for event in every if event["lon"] is not None and event["lat"] is not None
    }
    with reading(engine) as conn:
        found = event_points(conn, code, EVERYTHING, NOW, window, filters, q)
    assert (found.total, found.unplaced, found.since) == (len(placed), len(every) - len(placed), None)
    assert {spot.code for spot in found.spots} == set(placed)
    for spot in found.spots:
        event = placed[spot.code]
        assert (spot.x, spot.y) == (round(event["lon"] * 1e5), round(event["lat"] * 1e5))
        assert spot.region_code == event["region"]
        assert spot.colour == colour(event)


def colour(event: dict[str, Any]) -> str:
    if event["state"] == "closed":
        return "closed"
    if event["due_at"] is None or NOW < event["warn_at"] <= event["due_at"]:
        return "green"
    return "red" if event["due_at"] < NOW else "yellow"


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(code=st.sampled_from(CODES), filters=FILTERS, days=st.integers(1, 30))
def test_the_length_of_a_list_is_the_indicator_of_its_name(
    engine: Engine, code: str, filters: Filters, days: int
) -> None:
    window = Window(start=NOW - timedelta(days=days), end=NOW)
    found = ask(engine, code, window, filters, limit=1)
    (reading_,) = measure(
        engine, code, EVERYTHING, now=NOW, window=window, keys=[found.listing], filters=filters
    ).readings
    assert reading_.n == found.total


def test_the_streets_of_a_district_have_all_its_events_but_its_own(
    engine: Engine, oracle: EventOracle
) -> None:
    whole = {row.code for row in ask(engine, "D", limit=500).rows}
    parts = [{row.code for row in ask(engine, code, limit=500).rows} for code in ("D1", "D2", "D3")]
    own = {event["code"] for event in oracle.events if event["region"] == "D"}
    assert set.union(*parts) == whole - own
    assert sum(map(len, parts)) == len(whole - own)


def test_pages_follow_each_other_without_a_gap(engine: Engine) -> None:
    whole = [row.code for row in ask(engine, "D", limit=500, filters=Filters(state=BOTH)).rows]
    paged: list[str] = []
    for offset in range(0, len(whole) + 30, 30):
        paged += [
            row.code for row in ask(engine, "D", filters=Filters(state=BOTH), offset=offset, limit=30).rows
        ]
    assert paged == whole


def test_a_long_list_says_that_there_are_more(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    total = ask(engine, "D").total
    for most, capped in ((total, False), (total - 1, True)):
        monkeypatch.setattr(event_table, "MOST_COUNTED", most)
        found = ask(engine, "D", limit=3)
        assert (found.total, found.capped, len(found.rows)) == (most, capped, 3)


def test_a_list_too_long_to_tell_is_sorted_within_its_beginning(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_table, "MOST_COUNTED", 30)
    for state in (frozenset[State](), frozenset({State.CLOSED}), BOTH):
        first = ask(engine, "D", filters=Filters(state=state), limit=30).rows
        for column in Column:
            if column is event_table.USUAL[event_set.listing_of(Filters(state=state))].column:
                continue
            found = ask(engine, "D", filters=Filters(state=state), sort=Sort(column=column), limit=100)
            assert found.capped
            assert {row.code for row in found.rows} == {row.code for row in first}


@pytest.mark.parametrize(
    ("state", "usual"),
    [(frozenset(), "due"), (frozenset({State.CLOSED}), "closed-"), (BOTH, "reported-")],
)
def test_a_list_that_nobody_sorted_begins_with_what_matters(
    engine: Engine, state: frozenset[State], usual: str
) -> None:
    found = ask(engine, "D", filters=Filters(state=state), limit=20)
    named = ask(engine, "D", filters=Filters(state=state), limit=20, sort=sort_from(usual))
    assert str(found.sort) == usual
    assert found.rows == named.rows


def test_an_order_that_nobody_knows_is_refused_in_words() -> None:
    assert sort_from(" ") is None
    with pytest.raises(BadSortError) as caught:
        sort_from("luck-")
    assert "due, reported" in caught.value.sentence("en")
    assert "luck" in caught.value.sentence("zh")


def test_one_character_is_not_looked_for_in_a_year(engine: Engine) -> None:
    year = Window(start=NOW - timedelta(days=365), end=NOW)
    with pytest.raises(SearchTooShort):
        ask(engine, "D", year, Filters(state=BOTH), q="井")
    assert ask(engine, "D", year, q="井").total, "what is open now is little"
    assert ask(engine, "D", year, Filters(state=BOTH), q="井 井盖").total


def test_rows_have_the_names_of_what_they_are_about(engine: Engine, url: str) -> None:
    with psycopg.connect(url) as conn:
        facts = {
            row[0]: row[1:]
            for row in conn.execute(
                "select e.code, e.version, e.text, e.address, c.name, r.name, d.name, w.name, p.name, e.rework "
                "from ops.events e join ops.categories c on c.id = e.category_id "
                "join ops.regions r on r.id = e.region_id join ops.region_versions v on v.region_id = r.id "
                "left join ops.regions p on p.id = v.parent_id "
                "left join ops.departments d on d.id = e.department_id "
                "left join ops.workers w on w.id = e.worker_id"
            )
        }
    for row in ask(engine, "D", filters=Filters(state=BOTH), limit=200).rows:
        named = [None if words is None else words.zh for words in (row.department, row.worker, row.parent)]
        own = (row.version, row.text, row.address, row.category.zh, row.region.zh, *named, row.rework)
        assert own == facts[row.code]


def test_named_events_come_as_they_are_now_and_only_from_the_scope(
    engine: Engine, oracle: EventOracle
) -> None:
    inside = [event["code"] for event in oracle.events if event["region"].startswith("D1-")][:5]
    outside = [event["code"] for event in oracle.events if event["region"].startswith("D2")][:5]
    asked = [*outside, *inside, "nothing", "\0", inside[0]]
    with reading(engine) as conn:
        whole = named_events(conn, asked, EVERYTHING, NOW)
        cut = named_events(conn, asked, Scope(streets=frozenset({"D1"})), NOW)
        bureau = named_events(conn, asked, Scope(departments=frozenset({"B1"})), NOW)
    assert [row.code for row in whole] == [*outside, *inside]
    assert [row.code for row in cut] == inside
    assert [row.code for row in bureau] == [row.code for row in whole if row.department_code == "B1"]


def test_a_scope_cuts_the_list(engine: Engine) -> None:
    street = Scope(streets=frozenset({"D1"}))
    assert ask(engine, "D1", scope=street).total == ask(engine, "D1").total
    for code in ("D", "D2", "D2-1", "nothing", "\0"):
        with pytest.raises(RegionUnknown):
            ask(engine, code, scope=street)
    bureau = Scope(departments=frozenset({"B1", "B2"}))
    assert (
        ask(engine, "D", scope=bureau).rows
        == ask(engine, "D", filters=Filters(department=frozenset({"B1", "B2"}))).rows
    )
    assert ask(engine, "D", filters=Filters(department=frozenset({"B3"})), scope=bureau).total == 0


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.tuples(
            st.none() | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12),
            st.none() | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_the_database_cuts_words_as_questions_are_cut(
    url: str, texts: list[tuple[str | None, str | None]]
) -> None:
    with psycopg.connect(url) as conn:
        for address, body in texts:
            found = conn.execute(
                "select w, board.bigrams(w) from (select board.event_words(%s, %s) as w) t", (address, body)
            ).fetchone()
            assert found is not None
            assert found[0] == folded(f"{address or ''}\n{body or ''}")
            assert found[1] == pairs(found[0])
            for word in (term.text for term in terms((body or "")[:80])[:1] if term.text in found[0]):
                assert set(pairs(word)) <= set(found[1])


def test_the_index_knows_of_an_event_what_a_search_narrows_by(url: str) -> None:
    """The numbers that the database makes are those that a search asks for."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    with psycopg.connect(url, options="-c timezone=America/New_York") as conn:
        rows = conn.execute(
            f"select {event_search.TERMS}, e.region_id, e.category_id, e.department_id, e.source, e.severity, e.state, "
            "e.reported_at, e.closed_at, board.event_words(e.address, e.text) from ops.events e"
        ).fetchall()
    for terms_, region, category, department, source, severity, state, reported, closed, words_ in rows:
        days = [(6, 7, reported), (8, 9, closed)] if state != "open" else [(6, 7, reported)]
        told = {(1, region), (2, category), (3, department or 0), (5, severity)}
        told.add((4, ("grid_worker", "hotline", "citizen_app", "sensor", "department").index(source) + 1))
        for day, month, at in days:
            utc = None if at is None else at.astimezone(UTC)
            told.add((day, 0 if utc is None else (utc - epoch).days))
            told.add((month, 0 if utc is None else utc.year * 12 + utc.month - 1))
        told |= {(10, 1)} if state == "open" else set()
        assert set(terms_) == {event_search.facet(*one) for one in told} | set(pairs(words_))


def test_odd_moments_do_not_keep_an_event_from_being_stored(url: str) -> None:
    with psycopg.connect(url) as conn:
        for moment in ("infinity", "-infinity", "0044-03-15 BC", "1899-12-31", "294276-12-31"):
            conn.execute(
                "update ops.events set reported_at = %s, closed_at = %s where id = 7", (moment, moment)
            )
        conn.rollback()


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(since=st.integers(-70 * 365 * 24, 229 * 365 * 24), hours=st.integers(1, 40_000))
def test_a_stretch_is_all_its_months_and_days(since: int, hours: int) -> None:
    start = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(hours=since)
    window = Window(start=start, end=start + timedelta(hours=hours))
    facets = event_search._days(window, 6, 7)
    at = [window.start + timedelta(hours=step) for step in range(0, hours, 7)]
    for moment in [*at, window.end - timedelta(microseconds=1)]:
        day = event_search.facet(6, (moment - datetime(1970, 1, 1, tzinfo=UTC)).days)
        month = event_search.facet(7, moment.year * 12 + moment.month - 1)
        assert (day in facets) != (month in facets)
    assert len(facets) == len(set(facets)) <= 62 + hours // (28 * 24) + 1
