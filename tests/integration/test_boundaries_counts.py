"""Boundaries over time: where events count before and after a change, then and now, on walls and in imports."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dashboard.domain.atlas import Drawn
from dashboard.domain.policy import EVERYTHING, Scope
from dashboard.ingest import run_import
from dashboard.live.state import LiveState
from data_access.queries.events import open_events
from data_access.queries.facts import load_facts
from data_access.queries.regions import RegionUnknown, region_page
from data_access.queries.session import reading
from data_access.writes import relocations
from tests.map_stage import EARLY, LAT, LATE, LON, NEW, NOW, OLD, STEP, Place, box, feature, map_stage


@pytest.fixture
def place(database_url: str, tmp_path: Path) -> Iterator[Place]:
    with map_stage(database_url, tmp_path) as place:
        yield place


@pytest.fixture
def divided(place: Place) -> Place:
    """The old map with events in all grids, then B divided into E and F on 1 June."""
    place.load(OLD)
    for grid, west in (("A", 0.5), ("B", 1.2), ("B", 1.7), ("B", 1.8), ("C", 3.0)):
        place.event(grid, west, EARLY)
    place.event("B", None, EARLY)
    place.load(NEW, "2026-06-01")
    place.event("E", 1.2, LATE)
    place.event("C", 2.5, LATE)
    return place


def test_events_keep_the_grid_that_held_them(divided: Place) -> None:
    held = dict(
        divided.conn.execute(
            "select r.code, count(*) from ops.events e join ops.regions r on r.id = e.region_id group by 1"
        ).fetchall()
    )
    assert held == {"A": 1, "B": 4, "C": 2, "E": 1}


def test_history_counts_as_drawn_then_or_as_drawn_now(divided: Place) -> None:
    assert divided.counts(Drawn.THEN, "D", "S1", "S2", "A", "B", "C", "E", "F") == {
        "D": 8, "S1": 6, "S2": 2, "A": 1, "B": 4, "C": 2, "E": 1, "F": 0,
    }  # fmt: skip
    # the event without a point stays with B and counts for the street
    assert divided.counts(Drawn.NOW, "D", "S1", "S2", "A", "C", "E", "F") == {
        "D": 8, "S1": 6, "S2": 2, "A": 1, "C": 2, "E": 2, "F": 2,
    }  # fmt: skip
    with pytest.raises(RegionUnknown):
        divided.reported("B", Drawn.NOW)


def test_a_grid_that_changed_streets_counts_for_each_in_its_time(place: Place) -> None:
    place.load(OLD)
    place.event("B", 1.5, EARLY)
    moved = [
        feature("S1", "street", box(0, 1), "D"),
        feature("S2", "street", box(1, 4), "D"),
        feature("A", "grid", box(0, 1), "S1"),
        feature("B", "grid", box(1, 2), "S2"),
        feature("C", "grid", box(2, 4), "S2"),
    ]
    place.load(moved, "2026-06-01")
    place.event("B", 1.5, LATE)
    assert place.counts(Drawn.THEN, "S1", "S2", "B") == {"S1": 1, "S2": 1, "B": 2}
    assert place.counts(Drawn.NOW, "S1", "S2", "B") == {"S1": 0, "S2": 2, "B": 2}
    of_the_first = Scope(streets=frozenset({"S1"}))
    assert place.reported("S1", Drawn.THEN, of_the_first) == 1


def test_what_is_open_in_a_closed_grid_still_shows_above_it(divided: Place) -> None:
    with reading(divided.engine) as conn:
        page = region_page(conn, "S1", EVERYTHING, NOW)
        listed = open_events(conn, "S1", EVERYTHING, NOW)
        whole = region_page(conn, "D", EVERYTHING, NOW)
    assert {child.region.code: child.open for child in page.children} == {"A": 1, "E": 1, "F": 0}
    assert page.open == 6
    assert len(listed) == 6
    assert {event.region_code for event in listed} == {"A", "B", "E"}
    assert {child.region.code: child.open for child in whole.children} == {"S1": 6, "S2": 2}
    assert whole.open == 8


def test_a_change_to_come_takes_effect_when_it_comes(place: Place) -> None:
    place.load(OLD)
    place.event("B", 1.7, EARLY)
    coming = (datetime.now(UTC) + timedelta(days=30)).isoformat()
    place.load(NEW, coming)
    assert place.counts(Drawn.NOW, "S1", "B") == {"S1": 1, "B": 1}
    assert place.conn.execute("select count(*) from board.redrawn").fetchone() == (0,)
    # a month later
    shift = "interval '31 days'"
    place.conn.execute(
        f"update ops.region_versions set valid_to = valid_to - {shift} where isfinite(valid_to)"
    )
    place.conn.execute(
        f"update ops.region_versions set valid_from = valid_from - {shift} where isfinite(valid_from)"
    )
    with place.conn.transaction():
        assert relocations.keep(place.conn, NOW) == 1
    assert place.counts(Drawn.NOW, "S1", "F") == {"S1": 1, "F": 1}
    with place.conn.transaction():
        assert relocations.keep(place.conn, NOW) == 0


def test_events_that_come_late_or_move_are_looked_up(divided: Place) -> None:
    late = divided.event("B", 1.9, EARLY)
    moved = divided.event("B", 1.1, EARLY)
    with divided.conn.transaction():
        assert relocations.keep(divided.conn, NOW) == 3, (
            "and the one in E: it was reported before B ended for us"
        )
    assert divided.counts(Drawn.NOW, "S1", "E", "F") == {"S1": 8, "E": 3, "F": 3}
    divided.conn.execute("update ops.events set lon = %s where id = %s", (LON + 1.9 * STEP, moved))
    divided.conn.execute("delete from ops.events where id = %s", (late,))
    with divided.conn.transaction():
        assert relocations.keep(divided.conn, NOW) == 1
    assert divided.counts(Drawn.NOW, "S1", "E", "F") == {"S1": 7, "E": 2, "F": 3}
    untouched = divided.conn.execute(
        "select count(*) from board.relocations r join ops.events e on e.id = r.event_id "
        "join ops.regions g on g.id = e.region_id where g.code <> 'B'"
    ).fetchone()
    assert untouched == (0,)


def test_open_walls_follow_the_new_map_and_lose_no_open_event(place: Place) -> None:
    place.load(OLD)
    for west in (0.5, 1.2, 1.7):
        place.event("A" if west < 1 else "B", west, NOW - timedelta(hours=1))
    state = LiveState("test")
    state.rebuild(load_facts(place.conn, NOW, []), NOW)
    state.tick(None, NOW)
    before = state.snapshot(NOW)
    place.load(NEW, "2026-06-01")
    assert place.conn.execute("select count(*) from board.outbox where kind = 'resync'").fetchone() == (2,)
    state.rebuild(load_facts(place.conn, NOW, state.shown_events()), NOW)
    state.tick(None, NOW)
    after = state.snapshot(NOW)
    assert after["map_version"] != before["map_version"]
    assert state.reset() is not None
    open_now = {code: counters["open"] for code, counters in after["indicators"].items()}
    assert open_now == {"D": 3, "S1": 3, "S2": 0, "A": 1, "C": 0, "E": 0, "F": 0}
    assert sorted(event["r"] for event in after["events"]) == ["A", "S1", "S1"]


def test_a_wall_waits_for_the_day_of_a_change_to_come(place: Place) -> None:
    place.load(OLD)
    coming = datetime.now(UTC) + timedelta(days=30)
    place.load(NEW, coming.isoformat())
    state = LiveState("test")
    state.rebuild(load_facts(place.conn, NOW, []), NOW)
    assert "B" in state.snapshot(NOW)["indicators"]
    assert load_facts(place.conn, NOW, []).district.valid_until == coming
    assert state.must_rebuild(coming + timedelta(seconds=1))
    state.rebuild(load_facts(place.conn, coming, []), coming)
    assert "B" not in state.snapshot(coming)["indicators"]


EVENTS = """
[columns]
code = "code"
source = { value = "hotline" }
category = { value = "A01" }
region = "region"
lon = "lon"
lat = "lat"
reported_at = "at"
"""


def test_an_import_puts_events_into_the_grids_of_their_own_time(place: Place, tmp_path: Path) -> None:
    place.load(OLD)
    path, mapping = tmp_path / "e.csv", tmp_path / "e.toml"
    mapping.write_text(EVENTS, encoding="utf-8")
    lat = LAT + 0.5 * STEP
    lines = [
        "code,region,lon,lat,at",
        f"1,,{LON + 1.2 * STEP},{lat},2026-05-31 23:59:59",
        "2,B,,,2026-05-01",
        f"3,,{LON + 0.2 * STEP},{lat},2026-05-01",
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    assert run_import(place.url, "events", path, mapping=mapping).landed == 3
    place.load(NEW, "2026-06-01")
    again = run_import(place.url, "events", path, mapping=mapping)
    assert (again.unchanged, again.changed) == (3, False), "the map of today does not rewrite history"
    lines += [f"4,,{LON + 1.7 * STEP},{lat},2026-05-02", f"5,,{LON + 1.7 * STEP},{lat},2026-06-01"]
    path.write_text("\n".join(lines), encoding="utf-8")
    assert run_import(place.url, "events", path, mapping=mapping).landed == 2
    held = place.conn.execute(
        "select e.code, r.code from ops.events e join ops.regions r on r.id = e.region_id order by 1"
    ).fetchall()
    assert held == [("1", "B"), ("2", "B"), ("3", "A"), ("4", "B"), ("5", "F")]
    with place.conn.transaction():
        relocations.keep(place.conn, NOW)
    assert place.counts(Drawn.NOW, "S1", "A", "E", "F") == {"S1": 5, "A": 1, "E": 1, "F": 2}
