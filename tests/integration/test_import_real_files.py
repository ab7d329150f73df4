"""Every other real file, by its documented command: what lands equals what the file itself says."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psycopg
import pytest
import shapely

from dashboard.domain.geo import Datum, to_wgs84
from dashboard.embedded import PostgresServer
from dashboard.ingest import Report, run_import
from dashboard.ingest.headers import Confidence, guess
from dashboard.ingest.wording import Flaw
from tests.conftest import REPOSITORY, own_database

MAPPINGS = REPOSITORY / "mappings"
PLACES = {
    "510117": ("郫都区", 12, 157),
    "320614": ("海门区", 22, 307),
    "320311": ("泉山区", 16, 125),
    "511504": ("叙州区", 17, 364),
    "441900": ("东莞市", 36, 609),
}


def load(url: str, kind: str, path: Path, mapping: str | None = None, **options: Any) -> Report:
    rules = MAPPINGS / f"{mapping}.toml" if mapping else None
    return run_import(url, kind, path, mapping=rules, lang="en", **options)


def rows(url: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url, options="-c timezone=UTC") as connection:
        return connection.execute(query.encode()).fetchall()


def outline(url: str) -> Any:
    query = "select v.geom from ops.regions r join ops.region_versions v on v.region_id = r.id where level = 'district'"
    return shapely.from_wkb(rows(url, query)[0][0])


def overlap(one: Any, other: Any) -> float:
    return float(one.intersection(other).area / one.union(other).area)


def test_boston_neighbourhoods(database_url: str, shared_data: Path) -> None:
    path = shared_data / "boundaries/boston_neighborhoods.geojson"
    report = load(database_url, "regions", path, "boston_neighborhoods")
    names = [feature["properties"]["name"] for feature in json.loads(path.read_text())["features"]]
    assert (report.landed, report.rejected) == (26, 0)
    stored = rows(database_url, "select code from ops.regions where level = 'street'")
    assert sorted(code for (code,) in stored) == sorted(names)
    assert load(database_url, "regions", path, "boston_neighborhoods").changed is False


def test_syracuse_with_its_swapped_header(database_url: str, shared_data: Path) -> None:
    path = shared_data / "events/syracuse_potholes_2016.csv.gz"
    assert load(database_url, "regions", path, "syracuse_potholes", squares_m=500).rows_read == 7_538
    report = load(database_url, "events", path, "syracuse_potholes")
    file = pd.read_csv(path, dtype=str)
    twice = int(file.duplicated().sum())
    assert (report.rows_read, report.landed, report.rejected) == (7_538, 7_538 - twice, twice)
    assert [item.flaw for item in report.findings if item.rejected] == [Flaw.DUPLICATE_CODE] * 3
    found = rows(
        database_url,
        "select count(*), count(lon), min(reported_at)::date::text, max(reported_at)::date::text, "
        "count(*) filter (where state = 'closed') from ops.events",
    )
    assert found == [(7_535, 7_535, "2016-04-12", "2016-09-26", 7_535)]
    crews = rows(
        database_url,
        "select d.code, count(*) from ops.events e join ops.departments d on d.id = e.department_id group by 1",
    )
    assert dict(crews) == file.drop_duplicates().VehicleName.value_counts().to_dict()
    assert load(database_url, "events", path, "syracuse_potholes").changed is False


@pytest.mark.parametrize("mapping", [None, "cn_complaint_categories"])
def test_complaint_categories(database_url: str, shared_data: Path, mapping: str | None) -> None:
    path = shared_data / "events/cn_complaint_categories.csv"
    report = load(database_url, "categories", path, mapping)
    file = pd.read_csv(path)
    paths = file.drop_duplicates()
    assert (report.rows_read, report.landed) == (517, len(paths))
    assert report.rejected == 517 - len(paths)
    levels = rows(database_url, "select level, count(*) from ops.categories group by 1 order by 1")
    assert levels[:2] == [(1, 15), (2, file.iloc[:, :2].drop_duplicates().shape[0])]
    assert levels[2] == (3, len(paths))


def test_new_york_agencies_and_their_satisfaction(database_url: str, shared_data: Path) -> None:
    path = shared_data / "events/nyc_satisfaction_by_agency.csv"
    assert load(database_url, "regions", MAPPINGS / "nyc_outline.geojson").landed == 1
    assert load(database_url, "departments", path, "nyc_agencies").landed == 12
    report = load(database_url, "stats", path, "nyc_satisfaction")
    assert (report.landed, report.rejected) == (12, 0)
    found = dict(rows(database_url, "select key, value from ops.region_stats"))
    file = pd.read_csv(path)
    assert sum(value for key, value in found.items() if key.endswith(".responses")) == file.responses.sum()
    assert file.responses.sum() == 71_261
    assert {key: found[f"{key}.disagree_share"] for key in file.agency} == dict(
        zip(file.agency, file.disagree_share, strict=True)
    )
    assert load(database_url, "stats", path, "nyc_satisfaction").changed is False


def test_a_bus_route(database_url: str, shared_data: Path) -> None:
    path = shared_data / "gps/liverpool_bus_route14.csv"
    load(database_url, "regions", path, "liverpool_bus", squares_m=500)
    report = load(database_url, "positions", path, "liverpool_bus")
    file = pd.read_csv(path, dtype=str)
    assert (report.rows_read, report.rejected, report.made["workers"]) == (
        1_533,
        0,
        file.vehicle_id.nunique(),
    )
    counts = rows(
        database_url,
        "select w.code, count(*), count(p.heading_deg) from ops.positions p "
        "join ops.workers w on w.id = p.worker_id group by 1",
    )
    said = file.groupby("vehicle_id").agg(n=("id", "size"), bearings=("bearing", "count"))
    assert {code: (n, bearings) for code, n, bearings in counts} == {
        f"B{vehicle}": (row.n, row.bearings) for vehicle, row in said.iterrows()
    }
    first = rows(database_url, "select min(fixed_at)::text, max(fixed_at)::text from ops.positions")[0]
    assert [text[:19] for text in first] == [file.timestamp.min(), file.timestamp.max()]


def test_requests_in_the_form_of_open311(database_url: str, shared_data: Path) -> None:
    path = shared_data / "payloads/open311_chicago_requests.json"
    load(database_url, "regions", path, "chicago_requests", squares_m=3000)
    report = load(database_url, "events", path, "chicago_requests")
    requests = json.loads(path.read_text(encoding="utf-8"))
    assert (report.rows_read, report.landed, report.rejected) == (50, 50, 0)
    found = rows(
        database_url,
        "select e.code, e.state, e.source, c.code, d.code, e.reported_at, e.closed_at, e.lon is not null "
        "from ops.events e join ops.categories c on c.id = e.category_id "
        "join ops.departments d on d.id = e.department_id",
    )
    assert Counter(state for _, state, *_ in found) == {"closed": 49, "open": 1}
    by_code = {row[0]: row for row in found}
    channels = {"phone": "hotline", "web": "citizen_app", "open311": "citizen_app"}
    for request in requests:
        row = by_code[request["service_request_id"]]
        assert row[1:5] == (
            request["status"],
            channels[request["extended_attributes"]["channel"]],
            request["service_name"],
            request["agency_responsible"],
        )
        assert row[5] == pd.Timestamp(request["requested_datetime"])
        closed = pd.Timestamp(request["updated_datetime"]) if request["status"] == "closed" else None
        assert row[6] == closed
        assert row[7]
    assert load(database_url, "events", path, "chicago_requests").changed is False


@pytest.fixture(scope="module")
def outlined(postgres: PostgresServer, shared_data: Path) -> Iterator[Callable[[str], str]]:
    """Where a county with nothing but its outline is, by its code. It is for copies."""
    with ExitStack() as stack:

        @cache
        def county(code: str) -> str:
            url = stack.enter_context(own_database(postgres))
            counties = shared_data / "cn-boundaries/counties_datav_gcj02.geojson"
            assert load(url, "regions", counties, "cn_county_datav", only={"adcode": code}).landed == 1
            return url

        yield county


@pytest.fixture
def copied(postgres: PostgresServer, outlined: Callable[[str], str]) -> Iterator[Callable[[str], str]]:
    """A copy of a county with its outline, by its code."""
    with ExitStack() as stack:
        yield lambda code: stack.enter_context(own_database(postgres, like=outlined(code)))


@pytest.mark.parametrize("code", PLACES)
def test_a_county_with_its_streets_and_villages(
    copied: Callable[[str], str], shared_data: Path, code: str
) -> None:
    name, streets, villages = PLACES[code]
    database_url = copied(code)
    names = shared_data / "cn-admin/cn_admin_5places.csv"
    report = load(database_url, "regions", names, "cn_admin_villages", only={"area_code": code})
    assert (report.rows_read, report.landed, report.rejected) == (villages, streets + villages, 0)
    levels = "select level, count(*) from ops.regions group by 1"
    assert dict(rows(database_url, levels)) == {"district": 1, "street": streets, "community": villages}
    assert rows(database_url, "select name from ops.regions where level = 'district'") == [(name,)]
    file = pd.read_csv(names, dtype=str)
    own = file[file.area_code == code]
    parents = rows(
        database_url,
        "select r.code, p.code from ops.regions r join ops.region_versions v on v.region_id = r.id "
        "join ops.regions p on p.id = v.parent_id where r.level = 'community'",
    )
    assert dict(parents) == dict(zip(own.village_code, own.street_code, strict=True))
    pieces = rows(
        database_url,
        "select v.geom from ops.regions r join ops.region_versions v on v.region_id = r.id "
        "where r.level = 'community'",
    )
    shapes = shapely.from_wkb([geom for (geom,) in pieces])
    assert shapely.is_valid(shapes).all()
    whole = outline(database_url)
    assert shapely.area(shapes).sum() == pytest.approx(whole.area, rel=1e-6)
    assert overlap(shapely.union_all(shapes), whole) == pytest.approx(1, abs=1e-6)
    again = load(database_url, "regions", names, "cn_admin_villages", only={"area_code": code})
    assert (again.landed, again.updated, again.changed) == (0, 0, False)
    tree = shared_data / "cn-admin/cn_admin_5places.json"
    same = load(database_url, "regions", tree, "cn_admin_tree", only={"areas.code": code})
    assert (same.rows_read, same.unchanged, same.changed) == (villages, streets + villages, False)


@pytest.mark.parametrize(
    ("code", "name", "expected"),
    [("510117", "郫都区", 0.980), ("320614", "海门市", 0.984), ("441900", "东莞市", 0.993)],
)
def test_an_older_drawing_lands_on_the_newer_one(
    copied: Callable[[str], str], shared_data: Path, code: str, name: str, expected: float
) -> None:
    folder = shared_data / "cn-boundaries"
    database_url = copied(code)
    newer = outline(database_url)
    report = load(
        database_url, "regions", folder / "counties_echarts.geojson", "cn_county_echarts", only={"name": name}
    )
    assert (report.landed, report.updated, report.rejected) == (0, 1, 0)
    assert overlap(outline(database_url), newer) == pytest.approx(expected, abs=0.002)


def test_dongguan_in_three_datums_is_one_place(
    outlined: Callable[[str], str], shared_data: Path, postgres: PostgresServer
) -> None:
    """The county in GCJ-02, and its towns in BD-09 and WGS-84: each as it is stored."""
    folder = shared_data / "cn-boundaries"
    county = outline(outlined("441900"))
    raw = json.loads((folder / "counties_datav_gcj02.geojson").read_text(encoding="utf-8"))
    own = next(item for item in raw["features"] if item["properties"]["adcode"] == "441900")
    true = shapely.make_valid(shapely.geometry.shape(own["geometry"]))
    true = shapely.transform(true, lambda xy: np.column_stack(to_wgs84(xy[:, 0], xy[:, 1], Datum.GCJ02)))
    assert overlap(county, true) == pytest.approx(1, abs=1e-6)
    for name, towns in (("bd09", 32), ("wgs84", 33)):
        with own_database(postgres) as url:
            report = load(url, "regions", folder / f"dongguan_towns_{name}.geojson", f"dongguan_towns_{name}")
            assert (report.landed, report.rejected) == (towns, 0)
            assert overlap(outline(url), county) == pytest.approx(0.98, abs=0.005)


def test_a_list_of_names_says_more_of_what_is_on_the_map(
    database_url: str, shared_data: Path, tmp_path: Path
) -> None:
    """What is not there, and has no boundary of its own, is refused."""
    towns = shared_data / "cn-boundaries/dongguan_towns_wgs84.geojson"
    load(database_url, "regions", towns, "dongguan_towns_wgs84")
    path = tmp_path / "names.csv"
    path.write_text(
        "code,name,population,level\n东城街道,东城街道办事处,123456,street\n松山湖科技园,松山湖,1,street\n",
        encoding="utf-8",
    )
    report = load(database_url, "regions", path)
    assert (report.updated, report.rejected) == (1, 1)
    assert [item.flaw for item in report.findings if item.rejected] == [Flaw.NO_SHAPE]
    query = (
        "select r.name, v.population from ops.regions r join ops.region_versions v on v.region_id = r.id "
        "where r.code = '东城街道'"
    )
    assert rows(database_url, query) == [("东城街道办事处", 123_456)]


def test_headers_of_the_real_files_are_recognised(shared_data: Path) -> None:
    frame = pd.read_csv(shared_data / "gps/liverpool_bus_route14.csv", dtype=str, keep_default_na=False)
    sample = [dict(zip(frame.columns, row, strict=True)) for row in frame.head(20).itertuples(index=False)]
    found = guess("positions", frame.columns, sample)
    assert {name: match.column for name, match in found.fields.items()} == {
        "worker": "vehicle_id",
        "fixed_at": "timestamp",
        "lon": "longitude",
        "lat": "latitude",
        "heading_deg": "bearing",
    }
    assert found.certain
    assert not found.missing
    boston = pd.read_csv(shared_data / "events/boston311_2011q3.csv.gz", dtype=str, nrows=20)
    found = guess("events", boston.columns)
    assert found.fields["reported_at"].column == "open_dt"
    assert found.fields["due_at"].confidence is Confidence.SURE
    assert found.missing == ("category",)
