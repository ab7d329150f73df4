"""The real files: what lands equals what an independent reading of the same files says."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely

from dashboard.domain.geo import Datum, to_wgs84
from dashboard.embedded import PostgresServer
from dashboard.ingest import Report, run_import
from dashboard.ingest.wording import Flaw
from tests.conftest import REPOSITORY, own_database
from tests.integration.real_cities import BOSTON_EVENTS as EVENTS
from tests.integration.real_cities import City, load, rows_of

SOME = 4_000
PLACEHOLDER = ("42.3594", "-71.0587")
IN_DB = """
with recursive up as (
  select r.id, r.id as at from ops.regions r
  union all
  select up.id, v.parent_id from up join ops.region_versions v on v.region_id = up.at where v.parent_id is not null)
select e.code, r.code as region, r.level, e.state, e.lon, e.reported_at, e.due_at, e.closed_at,
  (select s.code from up join ops.regions s on s.id = up.at where up.id = r.id and s.level = 'street') as street
from ops.events e join ops.regions r on r.id = e.region_id
"""


@pytest.mark.timeout(300)
def test_boston_lands_as_its_own_files_say(boston: City, shared_data: Path) -> None:
    database_url, reports = boston
    assert [(report.landed, report.rejected) for report in reports.values()] == [
        (22, 0),
        (255, 0),
        (31_828, 0),
    ]
    repaired = [item for name in ("wards", "precincts") for item in reports[name].findings]
    assert [item.flaw for item in repaired].count(Flaw.SHAPE_REPAIRED) == 5
    assert dict(reports["events"].counts) == {
        (Flaw.PLACEHOLDER, False): 2_462,
        (Flaw.OUTSIDE_GRIDS, False): 6,
        (Flaw.DUE_BEFORE_REPORTED, False): 3,
        (Flaw.DUE_FAR, False): 18,
        (Flaw.SAME_EVENT, False): 1,
    }
    rows = rows_of(database_url, IN_DB).merge(
        pd.read_csv(shared_data / EVENTS, dtype=str, keep_default_na=False),
        left_on="code",
        right_on="case_enquiry_id",
    )
    assert len(rows) == 31_828
    assert rows.state.value_counts().to_dict() == {"closed": 30_081, "open": 1_747}
    check_places(rows, reports["events"])
    check_times(rows)


def check_places(rows: pd.DataFrame, report: Report) -> None:
    """Wards and precincts by point, against what the rows themselves state."""
    placeholder = (rows.latitude == PLACEHOLDER[0]) & (rows.longitude == PLACEHOLDER[1])
    assert placeholder.sum() == 2_462
    assert rows[placeholder].lon.isna().all()
    assert (rows[placeholder].region == "boston").all()
    placed = rows[~placeholder]
    assert placed.lon.notna().all()
    assert (placed.level != "grid").sum() == 6
    ward = placed.ward.str.extract(r"(\d+)")[0]
    stated = placed[ward.notna()]
    ward_rate = (stated.street.str[1:].astype(float) == ward.dropna().astype(float)).mean()
    assert (len(stated), round(100 * ward_rate, 1)) == (29_355, 99.2)
    precinct = placed[placed.precinct.str.strip() != ""]
    precinct_rate = (precinct.region == precinct.precinct.str.strip()).mean()
    assert (len(precinct), round(100 * precinct_rate, 1)) == (29_317, 95.3)
    said = {item.level: (item.d, round(item.n / item.d, 12)) for item in report.agreements}
    assert said == {"street": (29_355, round(ward_rate, 12)), "grid": (29_317, round(precinct_rate, 12))}


def check_times(rows: pd.DataFrame) -> None:
    """Clocks, against the file's own text and its own word on punctuality."""
    local = rows.reported_at.dt.tz_convert("America/New_York").dt.strftime("%Y-%m-%d %H:%M:%S")
    assert (local == rows.open_dt).all()
    assert rows.due_at.isna().sum() == 5_013 + 3 + 18
    both = rows[rows.due_at.notna() & rows.closed_at.notna()]
    assert len(both) > 20_000
    assert ((both.closed_at <= both.due_at) == (both.ontime == "ONTIME")).all()


@pytest.fixture
def again_in(postgres: PostgresServer, boston: City) -> Iterator[str]:
    """A copy of the city."""
    with own_database(postgres, like=boston[0]) as url:
        yield url


@pytest.mark.timeout(300)
def test_boston_without_the_placeholder_in_its_mapping_finds_it_by_itself(
    again_in: str, shared_data: Path, tmp_path: Path
) -> None:
    """What it takes for one is stored as what the mapping names one, to the last value of each row."""
    known = "placeholders = [[-71.0587, 42.3594]]"
    text = (REPOSITORY / "mappings" / "boston_events.toml").read_text(encoding="utf-8")
    assert known in text
    mapping = tmp_path / "m.toml"
    mapping.write_text(text.replace(known, ""), encoding="utf-8")
    report = run_import(again_in, "events", shared_data / EVENTS, mapping=mapping)
    assert (report.landed, report.updated, report.unchanged) == (0, 0, 31_828)
    placed = rows_of(again_in, "select count(*) filter (where lon is null) as n from ops.events")
    assert placed.n[0] == 2_462
    assert report.counts[Flaw.CROWDED, False] == 2_462
    assert (Flaw.PLACEHOLDER, False) not in report.counts
    assert {item.value for item in report.findings if item.flaw is Flaw.CROWDED} == {"-71.0587, 42.3594"}
    stated = {item.level: (item.d, round(100 * item.n / item.d, 1)) for item in report.agreements}
    assert stated == {"street": (29_355, 99.2), "grid": (29_317, 95.3)}


@pytest.mark.timeout(300)
def test_boston_again_changes_nothing_and_a_changed_row_updates(
    again_in: str, shared_data: Path, tmp_path: Path
) -> None:
    database_url = again_in
    before = rows_of(database_url, "select code, version, changed_at from ops.events order by code")
    again = load(database_url, "events", shared_data / EVENTS, "boston_events")
    assert (again.landed, again.updated, again.unchanged, again.changed) == (0, 0, 31_828, False)
    assert rows_of(database_url, "select code, version, changed_at from ops.events order by code").equals(
        before
    )
    assert rows_of(database_url, "select count(*) as n from board.outbox").n[0] == 3
    lines = gzip.decompress((shared_data / EVENTS).read_bytes()).decode().splitlines(keepends=True)
    text = "".join(lines[: 1 + SOME])
    told = "Street Light Outages,Public Works Department"
    assert told in text
    changed = tmp_path / "changed.csv"
    changed.write_text(text.replace(told, "Dark,Public Works Department", 1))
    report = load(database_url, "events", changed, "boston_events")
    assert (report.landed, report.updated, report.unchanged) == (0, 1, SOME - 1)


@pytest.mark.parametrize(("name", "towns"), [("wgs84", 33), ("bd09", 32)])
def test_dongguan_lands_on_itself_in_each_datum(
    database_url: str, shared_data: Path, name: str, towns: int
) -> None:
    path = shared_data / f"cn-boundaries/dongguan_towns_{name}.geojson"
    report = load(database_url, "regions", path, f"dongguan_towns_{name}")
    assert (report.landed, report.rejected) == (towns, 0)
    counties = shapely.from_geojson((shared_data / "cn-boundaries/counties_datav_gcj02.geojson").read_text())
    county = next(
        part for part in shapely.get_parts(counties) if part.intersects(shapely.Point(113.75, 23.02))
    )
    true = shapely.make_valid(
        shapely.transform(county, lambda xy: np.column_stack(to_wgs84(xy[:, 0], xy[:, 1], Datum.GCJ02)))
    )
    stored = rows_of(
        database_url,
        "select v.geom from ops.regions r join ops.region_versions v on v.region_id = r.id where level = 'district'",
    )
    made = shapely.from_wkb(stored.geom[0])
    assert made.intersection(true).area / made.union(true).area == pytest.approx(0.98, abs=0.005)
