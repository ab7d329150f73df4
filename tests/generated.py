"""A small generated district with every irregularity that the indicators must survive, loaded by COPY.

Seeded and reproducible. Times lie around `NOW`; some events are void, duplicates, reopened, without limit or
position, reported in the future or closed in the second in which they were reported.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import psycopg
import shapely

NOW = datetime(2025, 10, 15, 6, 32, 8, tzinfo=UTC)
"""A Wednesday afternoon in Shanghai, a week after National Day."""

STREETS, COMMUNITIES, GRIDS = 3, 2, 3
WEST, SOUTH, STEP = 103.8, 30.7, 0.01
HOUR = timedelta(hours=1)

SETTINGS: dict[str, Any] = {
    "timezone": "Asia/Shanghai",
    "workflow": "seven",
    "satisfied_from": 3,
    "repeat": {"radius_m": 120, "days": 4},
}


def fill(database_url: str, *, seed: int = 1, events: int = 1500) -> None:
    """Load the district into an empty, migrated database."""
    rng = np.random.default_rng(seed)
    with psycopg.connect(database_url) as conn:
        conn.execute("set local quanyu.bulk = 'on'")
        for key, value in SETTINGS.items():
            conn.execute("insert into board.settings values (%s, %s)", (key, json.dumps(value)))
        grids = _regions(conn)
        _taxonomy(conn)
        workers = _people(conn, rng, grids)
        _events(conn, rng, grids, workers, events)
        _voices(conn, rng, events)
        _duties(conn, np.random.default_rng([seed, 1]), grids)
        conn.execute("insert into board.outbox (kind) values ('resync')")
    with psycopg.connect(database_url, autocommit=True) as conn:
        own = conn.execute("select schemaname, tablename from pg_tables where schemaname in ('ops', 'board')")
        tables = ", ".join(".".join(row) for row in own.fetchall())
        conn.execute(f"analyze {tables}".encode())


def _regions(conn: psycopg.Connection[Any]) -> list[int]:
    rows: list[tuple[Any, ...]] = []
    grids: list[int] = []
    column = 0

    def add(code: str, level: str, parent: int | None, west: float, width: float) -> int:
        shape = shapely.box(west, SOUTH, west + width, SOUTH + STEP)
        rows.append((len(rows) + 1, code, level, parent, shape.wkb, west + width / 2, SOUTH + STEP / 2))
        return len(rows)

    whole = STREETS * COMMUNITIES * GRIDS * STEP
    root = add("D", "district", None, WEST, whole)
    for s in range(STREETS):
        wide = whole / STREETS
        street = add(f"D{s + 1}", "street", root, WEST + s * wide, wide)
        for c in range(COMMUNITIES):
            community = add(
                f"D{s + 1}-{c + 1}", "community", street, WEST + s * wide + c * wide / 2, wide / 2
            )
            for g in range(GRIDS):
                code = f"D{s + 1}-{c + 1}-{g + 1}"
                grids.append(add(code, "grid", community, WEST + column * STEP, STEP))
                column += 1
    grids.append(add("D3-9", "grid", 20, WEST, STEP))  # a grid directly below a street
    _copy(conn, "ops.regions (id, code, level, name)", [(r[0], r[1], r[2], f"区{r[1]}") for r in rows])
    versions = [(r[0], r[3], r[4], r[5], r[6]) for r in rows]
    _copy(conn, "ops.region_versions (region_id, parent_id, geom, label_lon, label_lat)", versions)
    return grids


def _taxonomy(conn: psycopg.Connection[Any]) -> None:
    rows: list[tuple[Any, ...]] = [(1, "A", None, 1, 1, "市容"), (2, "B", None, 1, 2, "设施")]
    rows += [(3 + n, f"X{n}", 1 + n % 2, 2, 1 + n % 2, f"小类{n}") for n in range(4)]
    _copy(conn, "ops.categories (id, code, parent_id, level, top_id, name)", rows)
    _copy(conn, "ops.departments (id, code, name)", [(n, f"B{n}", f"部门{n}") for n in range(1, 5)])


def _people(conn: psycopg.Connection[Any], rng: np.random.Generator, grids: list[int]) -> int:
    workers, shifts, fixes = [], [], []
    for n, grid in enumerate(grids * 2):
        role = "grid_worker" if n % 7 else "leader"
        workers.append((n + 1, f"W{n + 1}", f"员{n + 1}", role, grid))
        for day in (-1, 0):
            start = (
                NOW.replace(hour=22, minute=0, second=0)
                + (day - 1) * 24 * HOUR
                + int(rng.integers(3)) * 4 * HOUR
            )
            late = timedelta(minutes=float(rng.integers(-5, 20)))
            checked_in = None if rng.random() < 0.15 else start + late
            out = None if checked_in is None or rng.random() < 0.6 else checked_in + 5 * HOUR
            cancelled = bool(rng.random() < 0.3)
            shifts.append((n + 1, start, start + 8 * HOUR, checked_in, out, cancelled))
            for step in range(int(rng.integers(0, 60))):
                at = start + timedelta(minutes=9.0 * step)
                west = WEST + (grids.index(grid)) * STEP
                lon = float(west + rng.uniform(-0.1, 1.1) * STEP)
                fixes.append((n + 1, at, lon, float(SOUTH + rng.uniform(0, 1) * STEP)))
    _copy(conn, "ops.workers (id, code, name, role, region_id)", workers)
    columns = "worker_id, starts_at, ends_at, checked_in_at, checked_out_at, cancelled"
    _copy(conn, f"ops.shifts ({columns})", shifts)
    _copy(conn, "ops.positions (worker_id, fixed_at, lon, lat)", fixes)
    return len(workers)


EVENT_COLUMNS = (
    "id, code, source, category_id, severity, region_id, lon, lat, worker_id, stage, state, reported_at, "
    "dispatched_at, signed_at, closed_at, due_at, warn_at, sign_due_at, first_contact, rework, escalation, "
    "duplicate_of, changed_at, department_id"
)
SOURCES = ("grid_worker", "hotline", "citizen_app", "sensor", "department")


def _events(
    conn: psycopg.Connection[Any], rng: np.random.Generator, grids: list[int], workers: int, count: int
) -> None:
    rows, steps = [], []
    for n in range(1, count + 1):
        reported = NOW - timedelta(
            seconds=float(rng.uniform(-600, 40 * 86400)) if n % 3 else float(rng.uniform(0, 36000))
        )
        region = int(rng.choice(grids)) if rng.random() < 0.93 else int(rng.integers(1, 6))
        hours = float(rng.choice([1, 4, 24, 72, 240]))
        due = None if rng.random() < 0.08 else reported + hours * HOUR
        warn = None if due is None else reported + hours * 0.75 * HOUR
        dispatched = None if rng.random() < 0.2 else reported + float(rng.exponential(0.5)) * HOUR
        sign_due = None if dispatched is None or rng.random() < 0.1 else dispatched + 2 * HOUR
        signed = (
            None
            if dispatched is None or rng.random() < 0.3
            else dispatched + float(rng.exponential(1.5)) * HOUR
        )
        taken = 0.0 if rng.random() < 0.03 else float(rng.exponential(hours * 0.6))
        done = reported + taken * HOUR
        state = "closed" if done <= NOW and rng.random() < 0.9 else "open"
        closed = done if state == "closed" or (done <= NOW and rng.random() < 0.1) else None
        if rng.random() < 0.05:
            state = "void"
        twin = int(rng.integers(1, n)) if n > 1 and rng.random() < 0.06 else None
        placed = rng.random() < 0.95
        rows.append((
            n, f"E{n}", str(rng.choice(SOURCES)), int(rng.integers(3, 7)), int(rng.integers(1, 4)), region,
            float(WEST + rng.uniform(0, STEP * 8)) if placed else None,
            float(SOUTH + rng.uniform(0, STEP)) if placed else None,
            int(rng.integers(1, workers + 1)), _stage(n, state), state, reported,
            dispatched, signed, closed, due, warn, sign_due,
            bool(rng.random() < 0.4), int(rng.random() < 0.1), int(rng.integers(0, 3)), twin, reported,
            None if n % 5 == 0 else 1 + n * 7 % 4,
        ))  # fmt: skip
        if rng.random() < 0.25:
            stage = str(rng.choice(["dispatch", "handle", "verify"]))
            steps += [(n, stage, "return", reported + HOUR)] * int(rng.integers(1, 3))
    _copy(conn, f"ops.events ({EVENT_COLUMNS})", rows)
    _copy(conn, "ops.event_steps (event_id, stage, action, at)", steps)


def _stage(n: int, state: str) -> str:
    stages = ("evaluate", "done", "done") if state == "closed" else ("report", "dispatch", "handle", "verify")
    return stages[n % len(stages)]


def _voices(conn: psycopg.Connection[Any], rng: np.random.Generator, events: int) -> None:
    asked, orders = [], []
    for _ in range(events // 2):
        at = NOW - timedelta(seconds=float(rng.uniform(0, 20 * 86400)))
        answered = (
            None if rng.random() < 0.3 else min(at + float(rng.exponential(30)) * HOUR, NOW - HOUR / 60)
        )
        resolved = None if answered is None else bool(rng.random() < 0.8)
        satisfaction = None if answered is None or rng.random() < 0.1 else int(rng.integers(1, 6))
        asked.append((int(rng.integers(1, events + 1)), at, answered, resolved, satisfaction))
    for _ in range(events // 8):
        at = NOW - timedelta(seconds=float(rng.uniform(0, 20 * 86400)))
        event = int(rng.integers(1, events + 1)) if rng.random() < 0.8 else None
        region = int(rng.integers(1, 25)) if event is None or rng.random() < 0.3 else None
        closed = at + float(rng.exponential(24)) * HOUR if rng.random() < 0.7 else None
        orders.append((event, str(rng.choice(["reminder", "order"])), region, at, closed))
    _copy(conn, "ops.feedback (event_id, asked_at, answered_at, resolved, satisfaction)", asked)
    _copy(conn, "ops.supervision (event_id, kind, region_id, issued_at, closed_at)", orders)


def _duties(conn: psycopg.Connection[Any], rng: np.random.Generator, grids: list[int]) -> None:
    """Reasons put to shifts, and visits of periods around now."""
    marks = ("absent", "absent", "late", "early")
    reasons = [
        (
            int(rng.integers(1, len(grids) * 4 + 1)),
            marks[n % 4],
            f"原因{n}" if rng.random() < 0.7 else None,
            "s",
            NOW,
        )
        for n in range(len(grids) * 2)
    ]
    _copy(conn, "board.excuses (shift_id, mark, reason, actor, at)", reasons)
    firsts = {
        "week": [date(2025, 9, 29), date(2025, 10, 6), date(2025, 10, 13)],
        "two_weeks": [date(2025, 9, 22), date(2025, 10, 6)],
        "month": [date(2025, 8, 1), date(2025, 9, 1), date(2025, 10, 1)],
        "quarter": [date(2025, 7, 1), date(2025, 10, 1)],
        "half_year": [date(2025, 1, 1), date(2025, 7, 1)],
    }
    visits = []
    for grid in grids:
        for tier, days in firsts.items():
            for first in days:
                due = int(rng.integers(0, 9))
                done = int(rng.integers(0, due + 1))
                visits.append((grid, tier, first, due, done, due - done))
    _copy(conn, "ops.visits (region_id, tier, period_start, due, done, overdue)", visits)


def _copy(conn: psycopg.Connection[Any], target: str, rows: Iterable[tuple[Any, ...]]) -> None:
    with conn.cursor().copy(f"copy {target} from stdin") as copy:
        for row in rows:
            copy.write_row(row)
