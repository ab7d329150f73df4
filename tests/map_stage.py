"""A district whose map changes: features of an old and a new map, and imports of them into a database."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import shapely
from sqlalchemy import Engine

from dashboard.domain.atlas import Drawn
from dashboard.domain.policy import EVERYTHING, Scope
from dashboard.domain.windows import Window
from dashboard.ingest import Report, run_import
from data_access.engine import make_engine
from data_access.queries.indicators import measure
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


@contextmanager
def map_stage(url: str, folder: Path) -> Iterator[Place]:
    """A database with one category and a time zone."""
    engine = make_engine(url)
    with psycopg.connect(url, autocommit=True, options="-c timezone=UTC") as conn:
        put_setting(conn, "timezone", "Asia/Shanghai")
        conn.execute("insert into ops.categories (code, level, name) values ('A01', 1, '市容')")
        yield Place(url, folder, conn, engine)
    engine.dispose()
