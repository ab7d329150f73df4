"""Where events lie on today's map, where that is not where they lay. Owns `board.redrawn`, `board.relocations`
and `board.redraws`, all of which can be made again from the map and the events.

An event keeps the region that held it. Asked as drawn now it counts for the region that holds its point
today: that is looked up once, when the map changes, and not by every question. Events that come or move in a
redrawn region afterwards are marked by a trigger and looked up by `keep`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import psycopg
import shapely

from dashboard.domain.atlas import Atlas, Plot
from dashboard.domain.model import Level
from dashboard.domain.redrawing import Version, redrawn

BATCH = 20_000
"""Events that are looked up at once."""

Conn = psycopg.Connection[Any]
Placed = tuple[int, int, float, float]


def keep(connection: Conn, _now: datetime) -> int:
    """Bring everything up to date: look up what is marked, and all again if the map is another. How many
    events were looked up."""
    seen = connection.execute("select map from board.redraws").fetchone()
    if seen is None or seen[0] != _fingerprint(connection):
        return redraw(connection)
    if connection.execute(_ANY_MARKED).fetchone() is None:
        return 0
    return _settle(connection, _Ground(connection))


def redraw(connection: Conn) -> int:
    """Look every event up again whose region was redrawn; how many those were."""
    if connection.execute(_ANY_TURN).fetchone() is None:
        ids: list[int] = []
    else:
        versions = [
            Version(region_id=row[0], since=row[1], until=row[2], geom=bytes(row[3]))
            for row in connection.execute(_VERSIONS).fetchall()
        ]
        ids = sorted(redrawn(versions, _now(connection)))
    connection.execute(_LEAVE, {"ids": ids})
    connection.execute(_REDRAWN, {"ids": ids})
    done = 0
    if ids:
        ground = _Ground(connection)
        done = _look_up(connection, ground, ids)
        _settle(connection, ground)
    else:
        connection.execute("delete from board.relocations")
    connection.execute(_SEEN, {"map": _fingerprint(connection)})
    return done


class _Ground:
    """Today's map."""

    def __init__(self, connection: Conn) -> None:
        rows = connection.execute(_PRESENT).fetchall()
        self._atlas = Atlas(
            Plot(id=id_, code=code, level=Level(level), geom=bytes(geom))
            for id_, code, level, _, geom in rows
        )
        self._root = next((row[0] for row in rows if row[3] is None), 0)
        self._outline = shapely.from_wkb(next((bytes(row[4]) for row in rows if row[3] is None), None))
        shapely.prepare(self._outline)

    def moved(self, events: Sequence[Placed]) -> dict[int, int]:
        """The region that holds each event's point today, by event, where it is not the event's own. A point
        outside the district says nothing."""
        lons = np.array([event[2] for event in events], dtype=np.float64)
        lats = np.array([event[3] for event in events], dtype=np.float64)
        found = self._atlas.locate(lons, lats)
        beyond = found == 0
        if beyond.any() and self._outline is not None:
            inside = shapely.intersects_xy(self._outline, lons[beyond], lats[beyond])
            found[beyond] = np.where(inside, self._root, 0)
        return {
            event[0]: region
            for event, region in zip(events, found.tolist(), strict=True)
            if region not in (0, event[1])
        }


def _settle(connection: Conn, ground: _Ground) -> int:
    """Look up what is marked; how many events that were."""
    done = 0
    while marked := connection.execute(_MARKED, {"limit": BATCH}).fetchall():
        moved = ground.moved(marked)
        connection.execute(_FORGET, {"events": [row[0] for row in marked if row[0] not in moved]})
        connection.execute(_SETTLE, {"events": list(moved), "regions": list(moved.values())})
        done += len(marked)
    return done


def _look_up(connection: Conn, ground: _Ground, ids: list[int]) -> int:
    """Look every placed event of these regions up."""
    done = 0
    connection.execute("set local client_min_messages = warning")
    connection.execute("drop table if exists relocated")
    connection.execute("create temp table relocated (event_id bigint, region_id bigint) on commit drop")
    for events in _batches(connection, ids):
        with connection.cursor().copy("copy relocated from stdin") as stream:
            for row in ground.moved(events).items():
                stream.write_row(row)
        done += len(events)
    connection.execute("analyze relocated")
    connection.execute(_STALE)
    connection.execute(_FRESH)
    return done


def _batches(connection: Conn, ids: list[int]) -> Iterator[list[Placed]]:
    with connection.cursor(name="relocating") as cursor:
        cursor.execute(_PLACED, {"ids": ids})
        while events := cursor.fetchmany(BATCH):
            yield events


def _fingerprint(connection: Conn) -> str:
    row = connection.execute(_FINGERPRINT).fetchone()
    assert row is not None
    return str(row[0])


def _now(connection: Conn) -> datetime:
    row = connection.execute("select now()").fetchone()
    assert row is not None
    moment: datetime = row[0]
    return moment


# A row's xmin changes with every write of it, so that shapes need not be read to see a difference.
_FINGERPRINT = """
select md5(coalesce(string_agg(
  concat_ws(':', id, xmin, valid_from <= now(), valid_to <= now()), ',' order by id), ''))
from ops.region_versions
"""

_ANY_TURN = """
select 1 from ops.region_versions
where (isfinite(valid_from) and valid_from <= now()) or (isfinite(valid_to) and valid_to <= now()) limit 1
"""

_VERSIONS = """
select region_id, nullif(valid_from, '-infinity'), nullif(valid_to, 'infinity'), geom
from ops.region_versions where valid_from <= now() order by id
"""

_PRESENT = """
select r.id, r.code, r.level, v.parent_id, v.geom
from ops.regions r
join ops.region_versions v on v.region_id = r.id and v.valid_from <= now() and now() < v.valid_to
order by r.code
"""

_LEAVE = """
delete from board.redrawn where region_id <> all(%(ids)s::bigint[])
"""

_REDRAWN = """
insert into board.redrawn (region_id, since)
select t.id, case when exists (select from ops.region_versions v
                               where v.region_id = t.id and v.valid_from <= now() and now() < v.valid_to)
                  then now() else 'infinity' end
from unnest(%(ids)s::bigint[]) as t (id)
on conflict (region_id) do update set since = excluded.since
"""

_PLACED = """
select id, region_id, lon, lat from ops.events
where region_id = any(%(ids)s::bigint[]) and lon is not null and lat is not null
"""

# What the trigger marked meanwhile is newer than what was looked up here.
_STALE = """
delete from board.relocations r
where r.region_id is not null and not exists (select from relocated n where n.event_id = r.event_id)
"""

_FRESH = """
insert into board.relocations as r (event_id, region_id)
select event_id, region_id from relocated order by event_id
on conflict (event_id) do update set region_id = excluded.region_id
where r.region_id is distinct from excluded.region_id and r.region_id is not null
"""

_SEEN = """
insert into board.redraws (map, at) values (%(map)s, now())
on conflict (one) do update set map = excluded.map, at = excluded.at
"""

_ANY_MARKED = "select 1 from board.relocations where region_id is null limit 1"

_MARKED = """
select e.id, e.region_id, coalesce(e.lon, 'nan'), coalesce(e.lat, 'nan')
from board.relocations r join ops.events e on e.id = r.event_id
where r.region_id is null order by r.event_id limit %(limit)s for update of r skip locked
"""

_FORGET = """
delete from board.relocations where event_id = any(%(events)s::bigint[])
"""

_SETTLE = """
update board.relocations r set region_id = n.region_id
from unnest(%(events)s::bigint[], %(regions)s::bigint[]) as n (event_id, region_id)
where r.event_id = n.event_id
"""
