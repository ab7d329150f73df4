"""The functions of `ops` for field systems that write SQL, beside the same rules in Python."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import psycopg
import pytest

from dashboard.domain.fixes import HIDDEN, NEVER_US, FixFlag, Known, judge
from dashboard.domain.geo import Datum, to_wgs84
from tests.builders import insert_shift, insert_worker, make_district

PLACE = (103.805, 30.705)
Conn = psycopg.Connection[Any]


@pytest.fixture
def conn(database_url: str) -> Iterator[Conn]:
    """A small district."""
    with psycopg.connect(database_url, autocommit=True) as found:
        make_district(found, streets=1, communities=1, grids=2)
        yield found


def number(conn: Conn, query: str) -> int:
    """The one number that a query gives."""
    ((found,),) = conn.execute(query).fetchall()
    return int(found)


def test_sql_and_python_agree_on_the_datums(conn: Conn) -> None:
    chance = np.random.default_rng(3)
    lon = np.append(chance.uniform(73.0, 135.0, 200), [-71.06, 72.0041])
    lat = np.append(chance.uniform(3.0, 54.0, 200), [42.36, 30.0])
    for datum in Datum:
        rows = conn.execute(
            "select w.wgs_lon, w.wgs_lat from unnest(%s::float8[], %s::float8[]) with ordinality"
            " as p (lon, lat, i), ops.wgs84(p.lon, p.lat, %s) w order by i",
            (lon.tolist(), lat.tolist(), str(datum)),
        ).fetchall()
        expected = np.stack(to_wgs84(lon, lat, datum), axis=1)
        assert np.abs(np.array(rows) - expected).max() < 1e-11
    assert conn.execute("select wgs_lon from ops.wgs84(null, 1, 'GCJ-02')").fetchone() == (None,)
    with pytest.raises(psycopg.errors.InvalidParameterValue, match="GCJ-02 and BD-09"):
        conn.execute("select ops.wgs84(1, 1, 'CGCS')")


def test_a_position_by_sql_gets_the_flags_of_one_that_a_phone_sends(conn: Conn) -> None:
    now = datetime.now(UTC)
    worker = insert_worker(conn, code="P")
    insert_shift(conn, worker, starts_at=now - timedelta(hours=2))
    lon, lat = PLACE
    sent = [  # seconds from now, degrees east and north of the place, accuracy
        (-7200.0 + 60, 0.0, 0.0, 5.0),
        (-300.0, 0.0, 0.0, 5.0),
        (-290.0, 0.0001, 0.0, 5.0),
        (-290.0, 0.0001, 0.0, 5.0),
        (-295.0, 0.0, 0.0, 5.0),
        (-280.0, 0.5, 0.0, 5.0),
        (-270.0, 0.0002, 0.0, 2000.0),
        (-260.0, -lon, -lat, 5.0),
        (-250.0, 0.0, 0.0003, 5.0),
        (300.0, 0.0, 0.0, 5.0),
        (-240.0, 0.001, 0.0003, 5.0),
    ]
    answers = [
        conn.execute(
            "select ops.put_position('P', %s, %s, %s, %s)",
            (now + timedelta(seconds=seconds), lon + east, lat + north, accuracy),
        ).fetchone()
        for seconds, east, north, accuracy in sent
    ]
    kept = [row[0] for row in conn.execute("select flags from ops.positions order by ctid")]
    columns = np.array(sent).T
    at_us = np.array([round((now + timedelta(seconds=one)).timestamp() * 1e6) for one in columns[0]])
    nobody = Known(at_us=np.array([NEVER_US]), lon=np.array([np.nan]), lat=np.array([np.nan]))
    expected = judge(
        np.zeros(len(sent), dtype=np.int64),
        at_us,
        lon + columns[1],
        lat + columns[2],
        columns[3],
        said=np.zeros(len(sent), dtype=np.int64),
        now_us=round(now.timestamp() * 1e6),
        known=nobody,
    )
    assert kept == expected.tolist()
    assert [one == ("flagged",) for one in answers] == (expected & HIDDEN != 0).tolist()
    latest = conn.execute(
        "select lon, lat, fixed_at, still_since from ops.latest_positions where worker_id = %s", (worker,)
    ).fetchone()
    assert latest is not None
    assert latest[:2] == pytest.approx((lon + 0.001, lat + 0.0003))
    assert latest[3] == now - timedelta(seconds=240)


def test_a_position_outside_a_shift_is_not_kept(conn: Conn) -> None:
    worker = insert_worker(conn, code="P")
    now = datetime.now(UTC)
    insert_shift(conn, worker, starts_at=now - timedelta(hours=2), checked_out_at=now - timedelta(hours=1))
    put = "select ops.put_position('P', %s, 103.805, 30.705, outside_shifts => %s)"
    assert conn.execute(put, (now, False)).fetchone() == ("off_shift",)
    assert number(conn, "select count(*) from ops.positions") == 0
    assert conn.execute(put, (now, True)).fetchone() == ("taken",)
    assert number(conn, "select flags from ops.positions") == FixFlag.OFF_SHIFT
    assert conn.execute("select ops.put_position('Q', now(), 1, 1)").fetchone() == ("unknown_worker",)
    assert conn.execute("select ops.put_position('P', now(), 181, 1)").fetchone() == ("no_place",)


def test_the_first_position_in_a_shift_is_the_check_in(conn: Conn) -> None:
    worker = insert_worker(conn, code="P")
    now = datetime.now(UTC)
    insert_shift(conn, worker, starts_at=now - timedelta(hours=2), checked_in_at=None)
    put = "select ops.put_position('P', %s, 103.805, 30.705)"
    assert conn.execute(put, (now - timedelta(hours=1),)).fetchone() == ("flagged",)
    assert conn.execute("select checked_in_at from ops.shifts").fetchone() == (None,)
    for seconds in (60, 30):
        assert conn.execute(put, (now - timedelta(seconds=seconds),)).fetchone() == ("taken",)
    assert conn.execute("select checked_in_at from ops.shifts").fetchone() == (now - timedelta(seconds=60),)
