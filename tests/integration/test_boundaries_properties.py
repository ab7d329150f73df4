"""Any sequence of boundary changes, against an oracle that keeps every map and asks each event's point itself.

The oracle is plain Python and shapely over what the test itself did; it reads nothing from the product.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import psycopg
import pytest
import shapely
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dashboard.domain.atlas import Drawn
from dashboard.domain.policy import EVERYTHING
from dashboard.domain.windows import Window
from dashboard.embedded import PostgresServer
from dashboard.ingest import run_import
from dashboard.live.state import LiveState
from data_access.engine import make_engine
from data_access.queries.facts import load_facts
from data_access.queries.indicators import measure
from data_access.queries.regions import region_page
from data_access.queries.session import reading
from data_access.queries.trends import load_trends
from data_access.writes import relocations
from tests.builders import insert_event, put_setting
from tests.conftest import TEMPLATE

CELLS = 8
LON, LAT, STEP = 103.8, 30.7, 0.01
ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime.now(UTC)
TODAY = NOW.astimezone(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
FIRST_DAY, DAYS = -9, 10
"""Events and changes lie in the ten days up to now, so that trends see them too."""


@dataclass(frozen=True)
class Drawing:
    """A map: cuts between streets and between grids, as numbers of cells from the west. Names tell what is the
    same region from one map to the next."""

    streets: tuple[tuple[str, int, int], ...]
    grids: tuple[tuple[str, int, int, str], ...]


@dataclass
class Atlas:
    """All maps of one example, with the day from which each applies."""

    days: list[int] = field(default_factory=list)
    maps: list[Drawing] = field(default_factory=list)

    def at(self, moment: datetime) -> Drawing:
        """The map of a moment; the first one also before it."""
        return self.maps[max(0, bisect_right([start_of(day) for day in self.days], moment) - 1)]

    def grid_of(self, cell: float, moment: datetime) -> tuple[str, str]:
        """Grid and street that hold a place."""
        for name, west, east, street in self.at(moment).grids:
            if west <= cell < east:
                return name, street
        raise AssertionError(cell)

    def street_of(self, grid: str, moment: datetime) -> str:
        """The street that a grid belongs to at a moment: that of the newest map so far which has it."""
        known = [m for day, m in zip(self.days, self.maps, strict=True) if start_of(day) <= moment]
        for drawing in [*reversed(known), *self.maps]:
            for name, _, _, street in drawing.grids:
                if name == grid:
                    return street
        raise AssertionError(grid)


def start_of(day: int) -> datetime:
    return (TODAY + timedelta(days=day)).astimezone(UTC)


@st.composite
def drawings(draw: st.DrawFn, version: int) -> Drawing:
    """Streets that are all there in every map and differ in size; grids that come, go and change streets."""
    cut = draw(st.sampled_from(range(2, CELLS - 1, 2)))
    grids: list[tuple[str, int, int, str]] = []
    for west in range(0, CELLS, 2):
        parts = draw(st.sampled_from([((west, west + 2),), ((west, west + 1), (west + 1, west + 2))]))
        for start, end in parts:
            # the same place is the same grid, whichever street it belongs to; or it gets a new name
            name = f"G{start}-{end}" + (f"v{version}" if draw(st.integers(0, 3)) == 0 else "")
            grids.append((name, start, end, "S1" if start < cut else "S2"))
    return Drawing(streets=(("S1", 0, cut), ("S2", cut, CELLS)), grids=tuple(grids))


@st.composite
def histories(draw: st.DrawFn) -> tuple[Atlas, list[tuple[float, float, bool]]]:
    """Maps with their days, and events: place in cells, time in days from the first, whether it is closed."""
    days = sorted(draw(st.sets(st.integers(FIRST_DAY + 1, 0), min_size=1, max_size=3)))
    atlas = Atlas(days=[-1000, *days], maps=[draw(drawings(version)) for version in range(len(days) + 1)])
    place = st.integers(0, CELLS * 10 - 1).map(lambda tenth: tenth / 10 + 0.05)
    time = st.floats(0.01, DAYS - 1.01)
    events = draw(st.lists(st.tuples(place, time, st.booleans()), min_size=1, max_size=25))
    return atlas, events


def features(drawing: Drawing) -> list[dict[str, Any]]:
    rows = [("D", "district", 0, CELLS, "")]
    rows += [(name, "street", west, east, "D") for name, west, east in drawing.streets]
    rows += [(name, "grid", west, east, street) for name, west, east, street in drawing.grids]
    return [
        {
            "type": "Feature",
            "properties": {"code": code, "level": level, "parent": parent},
            "geometry": shapely.geometry.mapping(
                shapely.box(LON + west * STEP, LAT, LON + east * STEP, LAT + STEP)
            ),
        }
        for code, level, west, east, parent in rows
    ]


@pytest.fixture(scope="module")
def fresh(postgres: PostgresServer) -> Iterator[Any]:
    """Makes a new database each time it is called."""
    made: list[str] = []

    def make() -> str:
        name = f"maps_{len(made)}"
        with psycopg.connect(postgres.url(), autocommit=True) as connection:
            if made:
                connection.execute(f"drop database if exists {made[-1]} with (force)")
            connection.execute(f"create database {name} template {TEMPLATE} strategy file_copy")
        made.append(name)
        return postgres.url(name)

    yield make
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        connection.execute(f"drop database if exists {made[-1]} with (force)")


@settings(
    max_examples=8,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),  # a case is small as it is, and takes seconds
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(history=histories())
def test_no_change_of_boundaries_loses_or_doubles_an_event(
    fresh: Any,
    tmp_path_factory: pytest.TempPathFactory,
    history: tuple[Atlas, list[tuple[float, float, bool]]],
) -> None:
    atlas, events = history
    url: str = fresh()
    folder = tmp_path_factory.mktemp("maps")
    rows = lived(url, folder, atlas, events)
    engine = make_engine(url)
    try:
        codes = {name for drawing in atlas.maps for name, *_ in drawing.grids}
        today = {name for name, *_ in atlas.maps[-1].grids}
        for code in ("D", "S1", "S2", *sorted(codes)):
            for drawn in Drawn:
                if drawn is Drawn.NOW and code not in today | {"D", "S1", "S2"}:
                    continue
                assert counted(engine, code, drawn) == expected(rows, code, drawn), (code, drawn)
        with reading(engine) as conn:
            page = region_page(conn, "D", EVERYTHING, NOW)
        still_open = rows[~rows.closed]
        assert page.open == len(still_open)
        loads = {child.region.code: child.open for child in page.children}
        assert loads == {street: int((still_open.street_today == street).sum()) for street in ("S1", "S2")}
    finally:
        engine.dispose()
    check_wall(url, rows)


def lived(url: str, folder: Path, atlas: Atlas, events: list[tuple[float, float, bool]]) -> pd.DataFrame:
    """Lives the history in the order of its days; returns what the oracle knows of each event."""
    mapping = folder / "m.toml"
    mapping.write_text('[columns]\ncode = "code"\nlevel = "level"\nparent = "parent"\n', encoding="utf-8")
    todo: list[tuple[datetime, Any]] = [
        (start_of(day), drawing) for day, drawing in zip(atlas.days, atlas.maps, strict=True)
    ]
    todo += [(start_of(FIRST_DAY) + timedelta(days=at), (cell, closed)) for cell, at, closed in events]
    told: list[dict[str, Any]] = []
    with psycopg.connect(url, autocommit=True, options="-c timezone=UTC") as conn:
        put_setting(conn, "timezone", "Asia/Shanghai")
        conn.execute("insert into ops.categories (code, level, name) values ('A01', 1, '市容')")
        for moment, what in sorted(todo, key=lambda item: item[0]):
            if isinstance(what, Drawing):
                path = folder / "map.geojson"
                collection = {"type": "FeatureCollection", "features": features(what)}
                path.write_text(json.dumps(collection), encoding="utf-8")
                since = None if moment == start_of(-1000) else moment.isoformat()
                assert run_import(url, "regions", path, mapping=mapping, valid_from=since).rejected == 0
                continue
            cell, closed = what
            grid, street = atlas.grid_of(cell, moment)
            now_grid, now_street = atlas.grid_of(cell, NOW)
            row = conn.execute("select id from ops.regions where code = %s", (grid,)).fetchone()
            assert row is not None
            insert_event(
                conn,
                region_id=row[0],
                reported_at=moment,
                lon=LON + cell * STEP,
                lat=LAT + STEP / 2,
                **({"state": "closed", "closed_at": moment + timedelta(seconds=1)} if closed else {}),
            )
            told.append(
                {
                    "at": moment, "closed": closed, "grid": grid, "street": street,
                    "now_grid": now_grid, "now_street": now_street,
                    "street_today": atlas.street_of(grid, NOW),
                }
            )  # fmt: skip
        with conn.transaction():
            relocations.keep(conn, NOW)
    return pd.DataFrame(told)


def counted(engine: Any, code: str, drawn: Drawn) -> tuple[int, int, int]:
    """Reported, closed and open over all time."""
    window = Window(start=start_of(-1000), end=NOW + timedelta(seconds=1))
    keys = ["reported", "closed", "open"]
    found = measure(engine, code, EVERYTHING, now=NOW, window=window, keys=keys, drawn=drawn)
    n = {reading.key: reading.n for reading in found.readings}
    return n["reported"] or 0, n["closed"] or 0, n["open"] or 0


def expected(rows: pd.DataFrame, code: str, drawn: Drawn) -> tuple[int, int, int]:
    """The same by the oracle: flows by the map of their time, stocks by that of today."""
    if code == "D":
        return len(rows), int(rows.closed.sum()), int((~rows.closed).sum())
    if drawn is Drawn.NOW:
        mine = rows[(rows.now_grid == code) | (rows.now_street == code)]
        return len(mine), int(mine.closed.sum()), int((~mine.closed).sum())
    mine = rows[(rows.grid == code) | (rows.street == code)]
    stock = rows[(rows.grid == code) | (rows.street_today == code)]
    return len(mine), int(mine.closed.sum()), int((~stock.closed).sum())


def check_wall(url: str, rows: pd.DataFrame) -> None:
    """The live counters by today's tree, and the wall's series by the trees of their days."""
    with psycopg.connect(url, autocommit=True, options="-c timezone=UTC") as conn:
        state = LiveState("test")
        state.rebuild(load_facts(conn, NOW, []), NOW)
        state.tick(None, NOW)
        counters = state.snapshot(NOW)["indicators"]
        trends = load_trends(conn, NOW)
    for code in ("D", "S1", "S2"):
        mine = rows if code == "D" else rows[rows.street_today == code]
        assert counters[code]["open"] == int((~mine.closed).sum()), code
        then = rows if code == "D" else rows[rows.street == code]
        yesterday = then[(then["at"] >= start_of(-1)) & (then["at"] < start_of(0))]
        series = trends[code]["yesterday"]["reported"]
        assert series[-1] == len(yesterday), code
