"""Real tracks, imported as workers' days: stops, distance and gaps as an independent computation finds them.

The other side reads the files with pandas, measures lines on the ellipsoid with PROJ, and follows the definitions in
docs/tracks.md with plain loops of its own. Of noise it believes the product's verdicts: how good those are, planted
noise tells (tests/unit/test_trail_cleaning.py, benchmarks/trails.py).
"""

from __future__ import annotations

import gzip
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import psycopg
import pyproj
import pytest
import shapely

from dashboard.domain.policy import DEMO
from dashboard.domain.trails.cleaning import Verdict
from dashboard.domain.trails.facts import DayFacts
from dashboard.embedded import PostgresServer
from dashboard.ingest import Report
from dashboard.ingest.wording import Flaw
from dashboard.track_desk import TrackDesk
from data_access.engine import make_engine
from tests.conftest import own_database
from tests.integration.real_cities import load, rows_of

GEOD = pyproj.Geod(ellps="WGS84")
NOW = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
GAP_S, STOP_M, STOP_S, STEP_M = 300.0, 50.0, 300.0, 10.0
GEOLIFE = "gps/geolife_beijing_2009-03-11_13.csv.gz"
WALKERS_AGAIN = 8
BUS = "gps/liverpool_bus_route14.csv"


@dataclass
class Plain:
    """What a day comes to, by plain loops."""

    fixes: int
    metres: float
    gaps: int
    gap_s: float
    stops: int
    stop_s: float


def metres(a: tuple[float, float, float], b: tuple[float, float, float]) -> float:
    """By the spherical law of haversines."""
    north, east = math.radians(b[2] - a[2]) / 2, math.radians(b[1] - a[1]) / 2
    half = (
        math.sin(north) ** 2
        + math.cos(math.radians(a[2])) * math.cos(math.radians(b[2])) * math.sin(east) ** 2
    )
    return 2 * 6_371_000 * math.asin(math.sqrt(half))


def plain(fixes: list[tuple[float, float, float]]) -> Plain:
    """(second, lon, lat) in time, all of them believed."""
    pieces: list[list[tuple[float, float, float]]] = [[]]
    found = Plain(fixes=len(fixes), metres=0.0, gaps=0, gap_s=0.0, stops=0, stop_s=0.0)
    for before, fix in zip([None, *fixes[:-1]], fixes, strict=True):
        if before is not None and fix[0] - before[0] > GAP_S:
            found.gaps += 1
            found.gap_s += fix[0] - before[0]
            pieces.append([])
        pieces[-1].append(fix)
    for piece in pieces:
        line: list[tuple[float, float, float]] = []
        first = 0
        while first < len(piece):
            last = first
            while last + 1 < len(piece) and metres(piece[first], piece[last + 1]) <= STOP_M:
                last += 1
            if piece[last][0] - piece[first][0] >= STOP_S:
                stay = np.array(piece[first : last + 1])
                found.stops += 1
                found.stop_s += piece[last][0] - piece[first][0]
                line.append((piece[first][0], float(stay[:, 1].mean()), float(stay[:, 2].mean())))
                first = last + 1
            else:
                line.append(piece[first])
                first += 1
        steps = line[:1]
        for spot in line[1:]:
            if metres(steps[-1], spot) >= STEP_M:
                steps.append(spot)
        found.metres += float(GEOD.line_length([spot[1] for spot in steps], [spot[2] for spot in steps]))
    return found


def told(facts: DayFacts) -> Plain:
    return Plain(
        fixes=len(facts.sound),
        metres=facts.distance_m,
        gaps=len(facts.gaps),
        gap_s=sum(gap.lasted_s for gap in facts.gaps),
        stops=len(facts.stops),
        stop_s=sum(stop.lasted_s for stop in facts.stops),
    )


def agree(ours: list[Plain], theirs: list[Plain]) -> None:
    """Within 1 %, over all days together and in nearly each."""
    for name in ("fixes", "metres", "gaps", "gap_s", "stops", "stop_s"):
        mine, yours = (np.array([getattr(one, name) for one in side], dtype=float) for side in (ours, theirs))
        assert mine.sum() == pytest.approx(yours.sum(), rel=0.01), name
        near = np.abs(mine - yours) <= 0.01 * np.maximum(yours, 1)
        assert near.mean() >= 0.9, (name, mine[~near], yours[~near])


def despiked(frame: pd.DataFrame) -> list[tuple[float, float, float]]:
    """A file's rows as fixes, without what is told twice and without single fixes that fly off and come back."""
    rows = frame.drop_duplicates("at").sort_values("at")
    fixes = list(zip(rows["at"], rows.lon, rows.lat, strict=True))
    return [(float(at), float(lon), float(lat)) for at, lon, lat in fixes]


def believed(frame: pd.DataFrame, facts: DayFacts) -> list[tuple[float, float, float]]:
    """The file's fixes, without those whose moments the product found to be noise."""
    gone = facts.cleaned.verdict != Verdict.SOUND
    noise = set((facts.cleaned.track.at_us[gone] // 1_000_000).tolist())
    noise -= set((facts.sound.at_us // 1_000_000).tolist())
    return despiked(frame[~frame["at"].astype("int64").isin(noise)])


def days_of(url: str, zone: str) -> dict[tuple[str, str], DayFacts]:
    """The facts of every worker and day that has a shift, through the desk that pages and interface use."""
    engine = make_engine(url)
    try:
        with psycopg.connect(url) as connection:
            listed = connection.execute(
                "select distinct w.code, (s.starts_at at time zone %s)::date from ops.shifts s"
                " join ops.workers w on w.id = s.worker_id order by 1, 2",
                (zone,),
            ).fetchall()
        desk = TrackDesk(engine, lambda: NOW)
        return {(code, day.isoformat()): desk.day(DEMO, code, day).facts for code, day in listed}
    finally:
        engine.dispose()


@pytest.fixture(scope="module")
def geolife(postgres: PostgresServer, shared_data: Path) -> Iterator[tuple[str, Report, Report]]:
    """The database of those walkers, and the reports of its squares and of its fixes. Nobody changes it."""
    with own_database(postgres) as url:
        squares = load(url, "regions", shared_data / GEOLIFE, "geolife", squares_m=1000)
        yield url, squares, load(url, "positions", shared_data / GEOLIFE, "geolife")


@pytest.mark.timeout(600)
def test_geolife_days_agree_with_plain_loops(geolife: tuple[str, Report, Report], shared_data: Path) -> None:
    found = days_of(geolife[0], "Asia/Shanghai")
    assert len(found) > 50
    file = pd.read_csv(shared_data / GEOLIFE, dtype={"user": str})
    moment = pd.to_datetime(file.time_utc, utc=True)
    file["at"] = (moment - pd.Timestamp(0, tz="UTC")).dt.total_seconds()
    file["day"] = moment.dt.tz_convert(ZoneInfo("Asia/Shanghai")).dt.strftime("%Y-%m-%d")
    ours, theirs, raw = [], [], []
    for (user, day), frame in file.groupby(["user", "day"]):
        facts = found.get((f"G{user}", str(day)))
        if facts is None:
            continue
        received = set(
            (facts.cleaned.track.at_us // 1_000_000).tolist()
        )  # the import refuses what lies far off
        rows = frame[frame["at"].astype("int64").isin(received)]
        ours.append(told(facts))
        theirs.append(plain(believed(rows, facts)))
        raw.append(len(rows))
    assert sum(one.fixes for one in theirs) > 190_000
    agree(ours, theirs)
    # cleaning takes little of these tracks, and what it takes are not the places where people were
    assert sum(one.fixes for one in ours) >= 0.98 * sum(raw)


@pytest.mark.timeout(600)
def test_geolife_becomes_workers_on_squares(
    geolife: tuple[str, Report, Report], shared_data: Path, tmp_path: Path
) -> None:
    path, (database_url, squares, report) = shared_data / GEOLIFE, geolife
    assert (squares.rows_read, squares.rejected) == (209_084, 0)
    assert (report.rows_read, report.made["workers"]) == (209_084, 31)
    assert report.landed + report.rejected == 209_084
    assert report.counts[Flaw.TWO_PLACES, True] == 2
    assert set(report.counts) == {
        (Flaw.TWO_PLACES, True),
        (Flaw.OUTSIDE_DISTRICT, True),
        (Flaw.TOO_FAST, False),
    }
    file = pd.read_csv(path, dtype={"user": str})
    kept = rows_of(
        database_url,
        "select w.code, count(*) as n, min(p.fixed_at) as first from ops.positions p "
        "join ops.workers w on w.id = p.worker_id group by 1 order by 1",
    )
    outside = rows_of(
        database_url,
        "select v.geom from ops.regions r join ops.region_versions v on v.region_id = r.id where level = 'district'",
    )
    west, south, east, north = shapely.from_wkb(outside.geom[0]).bounds
    margin_lat, margin_lon = 2000 / 111_195, 2000 / 85_100
    near = file[
        file.lon.between(west - margin_lon, east + margin_lon)
        & file.lat.between(south - margin_lat, north + margin_lat)
    ]
    assert kept.code.tolist() == ["G" + user for user in sorted(file.user.unique())]
    assert abs(len(near) - report.landed) < 0.002 * len(file)
    first = pd.to_datetime(near.groupby("user").time_utc.min()).tolist()
    assert (kept["first"] == first).mean() > 0.9
    levels = rows_of(
        database_url, "select r.level from ops.workers w join ops.regions r on r.id = w.region_id"
    )
    assert (levels.level == "grid").all()
    assert kept.n.sum() == report.landed
    some = kept[:WALKERS_AGAIN]
    lines = gzip.decompress(path.read_bytes()).decode().splitlines(keepends=True)
    users = ("user", *some.code.str.removeprefix("G"))
    part = tmp_path / "part.csv"
    part.write_text("".join(line for line in lines if line.startswith(tuple(f"{user}," for user in users))))
    again = load(database_url, "positions", part, "geolife")
    assert (again.landed, again.updated, again.unchanged) == (0, 0, some.n.sum())


@pytest.fixture(scope="module")
def buses(postgres: PostgresServer, shared_data: Path) -> Iterator[str]:
    """The route's buses. Nobody changes them."""
    with own_database(postgres) as url:
        load(url, "regions", shared_data / BUS, "liverpool_bus", squares_m=500)
        load(url, "positions", shared_data / BUS, "liverpool_bus")
        yield url


@pytest.mark.timeout(300)
def test_the_bus_agrees_with_plain_loops(buses: str, shared_data: Path) -> None:
    found = days_of(buses, "Europe/London")
    file = pd.read_csv(shared_data / BUS, dtype={"vehicle_id": str})
    moment = pd.to_datetime(file.timestamp, utc=True, format="ISO8601")
    file["at"] = (moment - pd.Timestamp(0, tz="UTC")).dt.total_seconds()
    file = file.rename(columns={"longitude": "lon", "latitude": "lat"})
    assert len(found) == file.vehicle_id.nunique()
    ours, theirs, raw = [], [], []
    for vehicle, frame in file.groupby("vehicle_id"):
        facts = found[f"B{vehicle}", "2026-01-26"]
        ours.append(told(facts))
        theirs.append(plain(believed(frame, facts)))
        raw.append(plain(despiked(frame)))
    agree(ours, theirs)
    # hardly anything of these buses is noise, and without the verdicts it comes to the same
    assert sum(one.fixes for one in ours) >= 0.98 * sum(one.fixes for one in raw)
    assert sum(one.metres for one in ours) == pytest.approx(sum(one.metres for one in raw), rel=0.02)


@pytest.fixture
def database_of_buses(postgres: PostgresServer, buses: str) -> Iterator[str]:
    """A copy of the route's buses."""
    with own_database(postgres, like=buses) as url:
        yield url


def test_only_who_has_a_shift_has_a_day(database_of_buses: str, shared_data: Path) -> None:
    database_url = database_of_buses
    with psycopg.connect(database_url, autocommit=True) as connection:
        codes = connection.execute("select code from ops.workers order by 1").fetchall()
        made = connection.execute("select count(*) from ops.shifts where kind = 'track'").fetchone()
        assert made == (len(codes),)
        load(database_url, "positions", shared_data / BUS, "liverpool_bus")
        assert connection.execute("select count(*) from ops.shifts").fetchone() == made
        connection.execute("update ops.shifts set cancelled = true")
    engine = make_engine(database_url)
    seen = TrackDesk(engine, lambda: NOW).day(DEMO, codes[0][0], date(2026, 1, 26))
    engine.dispose()
    assert (len(seen.day.track), seen.facts.distance_m) == (0, 0.0)
