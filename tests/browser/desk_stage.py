"""A street in trouble, for tests of the desk: late events with texts, workers near them, two departments.

Street 510117001 has twelve late events, the first of them the latest, and three in time; street 510117002 has one
event. All over the tests' own PostgreSQL and Valkey, through relay and web process.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import psycopg

from tests import builders
from tests.browser.live_wall import RunningRelay, live_wall

STREET: Final = "510117001"
GRIDS: Final = tuple(f"{STREET}{community:03d}{grid:04d}" for community in (1, 2) for grid in (1, 2))
LATE: Final = 12
WORST: Final = "E-LATE-00"
HOSTILE: Final = "<img src=x onerror=window.broken=1> 消防通道堵塞"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A running site with that street. `ids`: of regions, categories, departments and workers by code."""

    base: str
    conn: builders.Conn
    relay: RunningRelay
    ids: dict[str, int]

    def count(self, table: str) -> int:
        """Rows of a table."""
        row = self.conn.execute(f"select count(*) from {table}").fetchone()
        assert row is not None
        return int(row[0])


@contextmanager
def desk_stage(database_url: str, redis_url: str, data_dir: Path | None = None) -> Iterator[Stage]:
    """The site, running. `data_dir`: where files go."""
    with psycopg.connect(database_url, autocommit=True) as conn:
        ids = builders.make_district(conn)
        people(conn, ids)
        events(conn, ids)
        with live_wall(database_url, redis_url, data_dir) as (base, relay):
            yield Stage(base=base, conn=conn, relay=relay, ids=ids)


def people(conn: builders.Conn, ids: dict[str, int]) -> None:
    """Two departments, and a worker on duty in each grid of the street; the second stands beside the worst event."""
    for code, name in (("D1", "综合执法队"), ("D2", "市政所")):
        row = conn.execute(
            "insert into ops.departments (code, name, name_en) values (%s, %s, %s) returning id",
            (code, name, f"Department {code}"),
        ).fetchone()
        assert row is not None
        ids[code] = int(row[0])
    for place, grid in enumerate(GRIDS):
        worker = builders.insert_worker(conn, code=f"W{place}", name=f"网格员{place}", region_id=ids[grid])
        builders.insert_shift(conn, worker)
        builders.put_position(conn, worker, 103.8005 + place * builders.STEP, 30.7031)
        ids[f"W{place}"] = worker


def events(conn: builders.Conn, ids: dict[str, int]) -> None:
    """The events of both streets."""
    now = datetime.now(UTC)
    for place in range(LATE):
        number = builders.insert_event(
            conn,
            code=f"E-LATE-{place:02d}",
            text=HOSTILE if place == 0 else f"第{place}件 路灯不亮",
            address=f"测试路 {place} 号",
            reporter="王某某 13800001111",
            region_id=ids[GRIDS[1] if place == 0 else GRIDS[place % 4]],
            lon=103.8112 if place == 0 else 103.802 + place * 0.002,
            lat=30.703,
            department_id=ids["D1"],
            stage="handle",
            severity=2,
            reported_at=now - timedelta(hours=60 - place),
            accepted_at=now - timedelta(hours=59.9 - place),
            filed_at=now - timedelta(hours=59.8 - place),
            dispatched_at=now - timedelta(hours=59.7 - place),
            due_at=now - timedelta(hours=30 - place),
            warn_at=now - timedelta(hours=36 - place),
        )
        conn.execute(
            "insert into ops.event_steps (event_id, stage, action, at, actor, photos) values"
            " (%s, 'report', 'enter', %s, '网格员1', %s), (%s, 'dispatch', 'done', %s, '指挥中心', null)",
            (number, now - timedelta(hours=60), ["photo/0001.jpg"], number, now - timedelta(hours=59)),
        )
    for place in range(3):
        builders.insert_event(conn, code=f"E-SOON-{place}", region_id=ids[GRIDS[place]], text="垃圾满溢")
    builders.insert_event(conn, code="E-OTHER", region_id=ids["5101170020010001"])
