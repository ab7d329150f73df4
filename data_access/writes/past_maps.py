"""Staged events that were reported on an earlier map: they belong to the region that held their point then, not
to the one that holds it today. Owns this SQL over the staging table."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import psycopg

from dashboard.domain.atlas import Atlas, Plot
from dashboard.domain.model import Level
from data_access.writes.imports import read_now
from data_access.writes.regions import read_regions, read_turns
from data_access.writes.relocations import BATCH

Conn = psycopg.Connection[Any]


def settle_in_time(connection: Conn) -> int:
    """Puts every staged event with a point into the region of its own time; how many went elsewhere."""
    now = read_now(connection)
    turns = [turn for turn in read_turns(connection) if turn <= now]
    if not turns:
        return 0
    maps = _Maps(connection, turns)
    connection.execute("drop table if exists import_moved")
    connection.execute("create temp table import_moved (row_no bigint, region_id bigint) on commit drop")
    for rows in _batches(connection, turns[-1]):
        moved = list(maps.moved(rows))
        with connection.cursor().copy("copy import_moved from stdin") as stream:
            for row in moved:
                stream.write_row(row)
    return connection.execute(
        "update import_stage s set region_id = m.region_id from import_moved m where m.row_no = s.row_no"
    ).rowcount


class _Maps:
    """The maps before the turns, each read when it is first needed."""

    def __init__(self, connection: Conn, turns: list[datetime]) -> None:
        self._connection, self._turns = connection, turns
        self._known: dict[int, Atlas] = {}

    def moved(self, rows: list[tuple[Any, ...]]) -> Iterator[tuple[int, int]]:
        """Number and region of the rows whose region was another then. A point that no region below the district
        held then says nothing."""
        by_map: defaultdict[int, list[tuple[Any, ...]]] = defaultdict(list)
        for row in rows:
            by_map[bisect_right(self._turns, row[3])].append(row)
        for place, found in by_map.items():
            lons = np.array([row[1] for row in found], dtype=np.float64)
            lats = np.array([row[2] for row in found], dtype=np.float64)
            for row, region_id in zip(found, self._map(place).locate(lons, lats).tolist(), strict=True):
                if region_id not in (0, row[4]):
                    yield row[0], region_id

    def _map(self, place: int) -> Atlas:
        """The map before the turn of that place; before the first map of all, the first."""
        if place not in self._known:
            turn = self._turns[place]
            regions = read_regions(self._connection, turn - timedelta(microseconds=1))
            self._known[place] = Atlas(
                Plot(id=region.id, code=region.code, level=Level(region.level), geom=region.geom)
                for region in regions or read_regions(self._connection, turn)
            )
        return self._known[place]


def _batches(connection: Conn, before: datetime) -> Iterator[list[tuple[Any, ...]]]:
    with connection.cursor(name="settling") as cursor:
        cursor.execute(
            "select row_no, lon, lat, reported_at, region_id from import_stage "
            "where lon is not null and lat is not null and reported_at < %s",
            (before,),
        )
        while rows := cursor.fetchmany(BATCH):
            yield rows
