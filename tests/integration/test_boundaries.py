"""Boundaries over time: what a new map ends, opens and leaves alone, and where events count before and after."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import shapely
from sqlalchemy import Engine

from dashboard.domain.atlas import Drawn
from dashboard.domain.policy import EVERYTHING, Scope
from dashboard.domain.windows import Window
from dashboard.ingest import Report, run_import
from dashboard.ingest.refusal import ImportRefused
from dashboard.ingest.wording import Flaw
from dashboard.live.state import LiveState
from data_access.engine import make_engine
from data_access.queries.events import open_events
from data_access.queries.facts import load_facts
from data_access.queries.indicators import measure
from data_access.queries.regions import RegionUnknown, region_page
from data_access.queries.session import reading
from data_access.writes import relocations
from tests.builders import insert_event, put_setting

LON, LAT, STEP = 103.8, 30.7, 0.01
EARLY = datetime(2026, 1, 1, tzinfo=UTC)
TURN = datetime(2026, 5, 31, 16, tzinfo=UTC)  # midnight of 1 June in Shanghai
LATE = datetime(2026, 7, 1, tzinfo=UTC)
NOW = datetime.now(UTC)
ALL_TIME = Window(start=datetime(2025, 1, 1, tzinfo=UTC), end=NOW + timedelta(days=1))

Feature = dict[str, Any]


def box(west: float, east: float, south: float = 0, north: float = 1) -> shapely.Polygon:
    return shapely.box(LON + west * STEP, LAT + south * STEP, LON + east * STEP, LAT + north * STEP)


def feature(code: str, level: str, shape: shapely.Geometry, parent: str = "") -> Feature:
    facts = {"code": code, "level": level, "parent": parent}
    return {"type": "Feature", "properties": facts, "geometry": shapely.geometry.mapping(shape)}


OLD = (
    feature("D", "district", box(0, 4)),
    feature("S1", "street", box(0, 2), "D"),
    feature("S2", "street", box(2, 4), "D"),
    feature("A", "grid", box(0, 1), "S1"),
    feature("B", "grid", box(1, 2), "S1"),
    feature("C", "grid", box(2, 4), "S2"),
)
NEW = (
    feature("A", "grid", box(0, 1), "S1"),
    feature("E", "grid", box(1, 1.5), "S1"),
    feature("F", "grid", box(1.5, 2), "S1"),
    feature("C", "grid", box(2, 4), "S2"),
)
"""The grid B becomes E and F."""


class Place:
    """A database, and imports of regions and events into it."""

    def __init__(self, url: str, folder: Path, conn: psycopg.Connection[Any], engine: Engine) -> None:
        self.url, self._folder, self.conn, self.engine = url, folder, conn, engine

    def load(
        self,
        features: Sequence[Feature],
        valid_from: str | None = None,
        *,
        rules: str = "",
        check: bool = False,
    ) -> Report:
        path = self._folder / "map.geojson"
        path.write_text(
            json.dumps({"type": "FeatureCollection", "features": list(features)}), encoding="utf-8"
        )
        mapping = self._folder / "m.toml"
        mapping.write_text(
            f'{rules}\n[columns]\ncode = "code"\nlevel = "level"\nparent = "parent"\n', encoding="utf-8"
        )
        return run_import(self.url, "regions", path, mapping=mapping, valid_from=valid_from, check=check)

    def event(self, region: str, west: float | None, at: datetime, **facts: Any) -> int:
        where = {} if west is None else {"lon": LON + west * STEP, "lat": LAT + 0.5 * STEP}
        return insert_event(self.conn, region_id=self.id(region), reported_at=at, **where, **facts)

    def id(self, code: str) -> int:
        row = self.conn.execute("select id from ops.regions where code = %s", (code,)).fetchone()
        assert row is not None, code
        return int(row[0])

    def versions(self) -> list[tuple[str, str | None, str | None]]:
        """Code, first and last day of each version, None where it has none."""
        rows = self.conn.execute(
            "select r.code, nullif(v.valid_from, '-infinity'), nullif(v.valid_to, 'infinity') "
            "from ops.region_versions v join ops.regions r on r.id = v.region_id order by r.code, v.valid_from"
        ).fetchall()
        return [
            (code, *(None if at is None else at.astimezone(UTC).isoformat()[:16] for at in span))
            for code, *span in rows
        ]

    def reported(self, code: str, drawn: Drawn, scope: Scope = EVERYTHING) -> int:
        found = measure(self.engine, code, scope, now=NOW, window=ALL_TIME, keys=["reported"], drawn=drawn)
        assert found.readings[0].n is not None
        return found.readings[0].n

    def counts(self, drawn: Drawn, *codes: str) -> dict[str, int]:
        return {code: self.reported(code, drawn) for code in codes}


@pytest.fixture
def place(database_url: str, tmp_path: Path) -> Iterator[Place]:
    engine = make_engine(database_url)
    with psycopg.connect(database_url, autocommit=True, options="-c timezone=UTC") as conn:
        put_setting(conn, "timezone", "Asia/Shanghai")
        conn.execute("insert into ops.categories (code, level, name) values ('A01', 1, '市容')")
        yield Place(database_url, tmp_path, conn, engine)
    engine.dispose()


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


def test_a_new_map_ends_what_it_lacks_and_leaves_alone_what_did_not_change(place: Place) -> None:
    place.load(OLD)
    report = place.load(NEW, "2026-06-01")
    assert (report.landed, report.updated, report.unchanged, report.rejected) == (2, 0, 2, 0)
    assert report.made == {"closed": 1}
    turn = "2026-05-31T16:00"
    assert place.versions() == [
        ("A", None, None),
        ("B", None, turn),
        ("C", None, None),
        ("D", None, None),
        ("E", turn, None),
        ("F", turn, None),
        ("S1", None, None),
        ("S2", None, None),
    ]
    (closed,) = [item for item in report.findings if item.flaw is Flaw.REGION_CLOSED]
    assert (closed.value, closed.rejected) == ("B", False)
    assert (
        closed.reason("en") == "B is not in the file and ends on 2026-06-01; events before that stay with it"
    )
    assert "自 2026-06-01 起停用" in closed.reason("zh")


def test_the_same_new_map_twice_changes_nothing(place: Place) -> None:
    place.load(OLD)
    place.load(NEW, "2026-06-01")
    before = place.versions(), place.conn.execute("select count(*) from board.outbox").fetchone()
    again = place.load(NEW, "2026-06-01")
    assert (again.landed, again.updated, again.unchanged, again.changed) == (0, 0, 4, False)
    assert (place.versions(), place.conn.execute("select count(*) from board.outbox").fetchone()) == before


def test_a_map_that_applied_just_then_can_be_corrected(place: Place) -> None:
    place.load(OLD)
    place.load(NEW, "2026-06-01")
    place.event("F", 1.7, LATE)
    corrected = [
        *(item for item in NEW if item["properties"]["code"] not in ("E", "F")),
        feature("E", "grid", box(1, 2), "S1"),
    ]
    report = place.load(corrected, "2026-06-01")
    assert (report.updated, report.unchanged, report.made) == (1, 2, {"closed": 1})
    assert [version for version in place.versions() if version[0] in "BEF"] == [
        ("B", None, "2026-05-31T16:00"),
        ("E", "2026-05-31T16:00", None),
        ("F", "2026-05-31T16:00", "2026-05-31T16:00"),
    ]
    assert place.counts(Drawn.THEN, "S1", "F") == {"S1": 1, "F": 1}
    assert place.counts(Drawn.NOW, "S1", "E") == {"S1": 1, "E": 1}


def test_a_check_of_a_new_map_writes_nothing(place: Place) -> None:
    place.load(OLD)
    before = place.versions()
    report = place.load(NEW, "2026-06-01", check=True)
    assert (report.landed, report.made) == (2, {"closed": 1})
    assert place.versions() == before


@pytest.mark.parametrize(
    ("said", "since"),
    [
        ("2026-06-01", "2026-05-31T16:00"),
        ("2026-06-01T08:30:00", "2026-06-01T00:30"),
        ("2026-06-01T08:30:00+00:00", "2026-06-01T08:30"),
    ],
)
def test_a_day_begins_at_local_midnight(place: Place, said: str, since: str) -> None:
    place.load(OLD)
    place.load(NEW, said)
    assert ("E", since, None) in place.versions()


def test_the_mapping_can_say_when(place: Place) -> None:
    place.load(OLD)
    place.load(NEW, rules="[regions]\nvalid_from = 2026-06-01\n")
    assert ("B", None, "2026-05-31T16:00") in place.versions()


def test_changes_come_in_the_order_of_their_times(place: Place) -> None:
    place.load(OLD)
    place.load(NEW, "2026-06-01")
    with pytest.raises(ImportRefused, match="The map already changes on 2026-06-01, which is later than"):
        place.load(OLD[3:], "2026-03-01")
    with pytest.raises(ImportRefused, match="write 2026-12-01"):
        place.load(NEW, "next year")


def test_a_part_of_the_map_does_not_end_the_rest(place: Place) -> None:
    place.load(OLD)
    part = [feature("A2", "grid", box(0, 1), "S1")]
    with pytest.raises(ImportRefused, match="The file lacks 3 of the 3 regions of its level"):
        place.load(part, "2026-06-01")
    place.load(part, "2026-06-01", rules='[regions]\nmissing = "covered"\n')
    ended = [code for code, _, until in place.versions() if until is not None]
    assert ended == ["A"]
    place.load([feature("A3", "grid", box(0, 1), "S1")], "2026-07-01", rules='[regions]\nmissing = "keep"\n')
    assert [code for code, _, until in place.versions() if until is not None] == ["A"]


def test_a_rejected_row_does_not_end_its_region(place: Place) -> None:
    place.load(OLD)
    broken = feature("B", "grid", box(1, 2), "S1") | {"geometry": None}
    report = place.load([NEW[0], broken, NEW[3]], "2026-06-01")
    assert (report.rejected, report.made) == (1, {})
    assert ("B", None, None) in place.versions()


def test_children_of_a_street_that_ends_go_to_the_one_that_holds_them(place: Place) -> None:
    place.load(OLD)
    report = place.load([feature("S3", "street", box(0, 4), "D")], "2026-06-01")
    assert report.made == {"closed": 2, "moved": 3}
    said = sorted(item.value for item in report.findings if item.flaw is Flaw.PARENT_CLOSED)
    assert said == ["A", "B", "C"]
    with reading(place.engine) as conn:
        page = region_page(conn, "S3", EVERYTHING, NOW)
    assert [child.region.code for child in page.children] == ["A", "B", "C"]


def test_a_region_that_ended_needs_a_moment_to_come_back(place: Place) -> None:
    place.load(OLD)
    place.load(NEW, "2026-06-01")
    back = [NEW[0], feature("B", "grid", box(1, 2), "S1"), NEW[3]]
    report = place.load(back)
    (refused,) = [item for item in report.findings if item.rejected]
    assert (refused.value, refused.flaw) == ("B", Flaw.NOT_PRESENT)
    assert refused.reason("en") == "this region is not on the present map: until 2026-06-01"
    report = place.load(back, "2026-08-01")
    assert (report.updated, report.made) == (1, {"closed": 2})
    assert [version for version in place.versions() if version[0] == "B"] == [
        ("B", None, "2026-05-31T16:00"),
        ("B", "2026-07-31T16:00", None),
    ]


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
