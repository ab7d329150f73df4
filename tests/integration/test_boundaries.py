"""Boundaries over time: what a new map ends, opens and leaves alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.domain.atlas import Drawn
from dashboard.domain.policy import EVERYTHING
from dashboard.ingest import run_import
from dashboard.ingest.refusal import ImportRefused
from dashboard.ingest.wording import Flaw
from data_access.queries.regions import region_page
from data_access.queries.session import reading
from tests.map_stage import LATE, NEW, NOW, OLD, Place, box, feature, map_stage


@pytest.fixture
def place(database_url: str, tmp_path: Path) -> Iterator[Place]:
    with map_stage(database_url, tmp_path) as place:
        yield place


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


def test_only_boundaries_have_a_day_from_which_they_apply(place: Place, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("code,name\nU1,x\n", encoding="utf-8")
    with pytest.raises(ImportRefused, match="goes with import regions only"):
        run_import(place.url, "departments", path, valid_from="2026-06-01")
    with pytest.raises(ImportRefused, match="do not go together"):
        run_import(place.url, "regions", path, squares_m=500, valid_from="2026-06-01")


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
