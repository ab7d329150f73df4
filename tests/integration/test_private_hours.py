"""Nothing outside a shift: workers stand at one private place while they are off, and no route ever shows it.

The web process and the relay are those that are shipped. Fixes lie before, after and between shifts, without any shift
and in one that is cancelled, as ingest flags them and as a foreign system may write them: without a flag.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

import psycopg
import pytest

from dashboard.domain.fixes import FixFlag
from dashboard.domain.policy import Role
from dashboard.embedded import PostgresServer
from tests.builders import Conn, insert_event, insert_shift, insert_worker, put_position
from tests.described import operations
from tests.integration.access_table import ALLOWED
from tests.integration.streaming import Answer, eventually, web_process
from tests.reception_site import Site
from tests.signed_site import Client, SignedSite, signed_site

HOUR = timedelta(hours=1)
OPEN_LON, OPEN_LAT = 103.80333, 30.70333
HOME_LON, HOME_LAT = 103.84777, 30.70777
"""Where workers are seen at work, and where nobody may ever see them. No border or label lies near either."""
HOME = re.compile(r"103\.?84(777|78\b|8\b)|30\.?70(777|78\b|8\b)|3071\b")
OPEN = re.compile(r"103\.?80333|30\.?70333")
OFF = ("W2", "W3", "W4")
"""Who is not on shift now: gone home, never rostered, on leave."""
GRID = "5101170010010001"


@cache
def now() -> datetime:
    """When the first test of this file began."""
    return datetime.now(UTC)


def today(back: int = 0) -> str:
    """The local day of the small district, which is in Shanghai, or one before."""
    return (now() + timedelta(hours=8, days=-back)).date().isoformat()


@pytest.fixture(scope="module")
def site(
    postgres: PostgresServer, wire_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SignedSite]:
    folder = tmp_path_factory.mktemp("private")
    with signed_site(postgres, wire_url, "private", folder / "web") as made:
        with psycopg.connect(made.database_url, autocommit=True) as conn:
            fill(conn)
        own = {"QUANYU_DATABASE_URL": made.database_url, "QUANYU_REDIS_URL": wire_url}
        with web_process("app.py", "relay", log=folder / "relay", **{**os.environ, **own}):
            made.user("boss", Role.SUPERVISOR)
            yield made


def fill(conn: Conn) -> None:
    workers = {code: insert_worker(conn, code=code) for code in ("W1", *OFF)}
    insert_shift(conn, workers["W1"], starts_at=now() - 2 * HOUR)
    insert_shift(conn, workers["W1"], starts_at=now() - 26 * HOUR, checked_out_at=now() - 22 * HOUR)
    insert_shift(conn, workers["W2"], starts_at=now() - 4 * HOUR, checked_out_at=now() - 0.5 * HOUR)
    insert_shift(conn, workers["W4"], starts_at=now() - 1 * HOUR, checked_in_at=None, cancelled=True)
    fix(conn, workers["W1"], OPEN_LON, OPEN_LAT, [110, 80, 50, 20, 10, 1, 25 * 60, 24 * 60])
    fix(conn, workers["W2"], OPEN_LON, OPEN_LAT, [200, 100])
    off = [125, 180, 300, 20 * 60, 21 * 60, 27 * 60]
    fix(conn, workers["W1"], HOME_LON, HOME_LAT, off)
    fix(conn, workers["W2"], HOME_LON, HOME_LAT, [25, 15, 5, 1, 300])
    for code in ("W3", "W4"):
        fix(conn, workers[code], HOME_LON, HOME_LAT, [55, 25, 5, 1, 24 * 60])
    put_position(conn, workers["W1"], OPEN_LON, OPEN_LAT, fixed_at=now() - HOUR / 60)
    for code in OFF:
        put_position(conn, workers[code], HOME_LON, HOME_LAT, fixed_at=now() - HOUR / 60)
    region = "(select id from ops.regions where code = '5101170010010001')"
    event = insert_event(conn, code="E1", lon=OPEN_LON, lat=OPEN_LAT, worker_id=workers["W1"])
    insert_event(conn, code="E2", worker_id=workers["W2"], lon=OPEN_LON, lat=OPEN_LAT)
    conn.execute(f"update ops.events set region_id = {region} where id = %s", (event,))


def fix(conn: Conn, worker: int, lon: float, lat: float, minutes: Sequence[float]) -> None:
    """Fixes so many minutes ago; at home every second one with the flag that ingest gives it."""
    for place, ago in enumerate(minutes):
        at = now() - timedelta(minutes=ago)
        flags = int(FixFlag.OFF_SHIFT) if lon == HOME_LON and place % 2 else 0
        conn.execute(
            "insert into ops.positions (worker_id, fixed_at, received_at, lon, lat, flags)"
            " values (%s, %s, %s, %s, %s, %s)",
            (worker, at, at, lon, lat, flags),
        )


@pytest.fixture(scope="module")
def boss(site: SignedSite) -> Client:
    """Somebody who sees all that is there to see, once the relay has told the first of it."""
    client = site.signed_in("boss")
    eventually(lambda: "W1" in text_of(client.ask("/live/snapshot")))
    return client


def text_of(answer: Answer) -> str:
    """What an answer says: unpacked, and the parts of an office file."""
    body = answer.body
    if answer.headers.get("content-encoding") == "gzip":
        body = zlib.decompress(body, 31)
    if body.startswith(b"PK"):
        with zipfile.ZipFile(BytesIO(body)) as parts:
            body = b"\n".join(parts.read(name) for name in parts.namelist())
    return body.decode("utf-8", "replace")


def values() -> dict[str, Sequence[str]]:
    """What parameters are asked with."""
    return {
        "region": ("510117", "510117001", GRID),
        "day": (today(), today(1)),
        "month": (today()[:7],),
        "view": ("clean", "raw"),
        "form": ("gpx", "geojson", "csv"),
        "zoom": ("12", "19"),
        "code": ("W1", *OFF),
    }


NEAR = [f"/api/v1/workers?lon={HOME_LON + off}&lat={HOME_LAT}" for off in (0.00003, 0.0002)]


def targets(document: dict[str, Any]) -> Iterator[str]:
    """Every address of the interface that is read, with every value that could bring a fix to light."""
    for operation in operations(document):
        if operation.method != "GET":
            continue
        named = {one["name"]: one for one in operation.parameters}
        held = {name: told for name, told in values().items() if name in named}
        if "/workers/" not in operation.path:
            held.pop("code", None)
        if "attendance" in operation.path:
            held["form"] = ("csv", "xlsx")
        for chosen in itertools.product(*held.values()):
            asked = dict(zip(held, chosen, strict=True))
            if "day" in asked and "month" in asked and chosen[0] != "510117":
                asked.pop("month")
            path = re.sub(r"{code[^}]*}", asked.pop("code", ""), operation.path)
            if "{" not in path and "//" not in path and not path.endswith("/"):
                yield f"{path}?{urlencode(asked)}"


def test_no_address_shows_where_somebody_is_off_shift(boss: Client) -> None:
    document = boss.ask("/api/v1/openapi.json").json()
    paths = [*dict.fromkeys(targets(document)), *ALLOWED, *NEAR]
    paths += [
        f"/live/workers/{GRID}",
        "/live/trails?region=510117001",
        "/api/v1/events/E1",
        "/api/v1/events/E2",
    ]
    paths += [
        f"/export/{name}?region=510117" for name in ("map.geojson", "crew.csv", "crew.xlsx", "ranking.csv")
    ]
    shown = set()
    for path in paths:
        answer = boss.ask(path)
        assert answer.status < 500, path
        text = text_of(answer)
        assert not HOME.search(text), path
        if answer.status == 200 and OPEN.search(text):
            shown.add(path.partition("?")[0])
    assert shown >= {
        "/live/snapshot",
        "/live/trails",
        "/api/v1/workers/W1/track",
        "/api/v1/workers/W1/track/file",
    }


def test_who_is_off_is_near_nothing_and_out_nowhere(boss: Client) -> None:
    for path in (
        *NEAR,
        "/live/snapshot",
        "/live/trails",
        "/api/v1/events/E1",
        "/export/crew.csv?region=510117",
    ):
        text = text_of(boss.ask(path))
        assert not [code for code in OFF if f'"{code}"' in text], path


def test_pages_show_nothing_either(boss: Client) -> None:
    for path, search in (
        ("/worker/W1", f"?day={today(1)}&raw=1"),
        ("/worker/W2", ""),
        ("/worker/W3", f"?day={today()}"),
        ("/worker", f"?region={GRID}&day={today()}"),
        ("/worker", f"?region={GRID}&follow=W2"),
        (f"/region/{GRID}", ""),
        ("/event/E2", ""),
        ("/attendance", f"?region=510117&day={today()}"),
        ("/", ""),
    ):
        body = {
            "output": "page.children",
            "outputs": {"id": "page", "property": "children"},
            "inputs": [{"id": "url", "property": "pathname", "value": path}],
            "changedPropIds": ["url.pathname"],
            "state": [{"id": "url", "property": "search", "value": search}],
        }
        asked = json.dumps(body)
        answer = boss.ask("/_dash-update-component", "POST", asked, content_type="application/json")
        for one in (answer, boss.page(path + search)):
            assert one.status == 200, path
            assert not HOME.search(text_of(one)), path


def test_the_stream_tells_only_who_is_on_shift(site: SignedSite, boss: Client) -> None:
    """The one at work goes home at the end of the shift; those at home walk about."""
    with boss.stream() as stream, psycopg.connect(site.database_url, autocommit=True) as conn:
        ids: dict[str, int] = dict(conn.execute("select code, id from ops.workers").fetchall())
        for code in OFF:
            put_position(conn, ids[code], HOME_LON + 0.00001, HOME_LAT)
        put_position(conn, ids["W1"], OPEN_LON + 0.0004, OPEN_LAT)
        moves: list[list[int]] = []

        def heard(events: list[dict[str, Any]]) -> bool:
            moves[:] = [
                move for one in events if one["event"] == "move" for part in one["data"] for move in part["m"]
            ]
            return any(move[0] == ids["W1"] for move in moves)

        stream.until(heard)
        conn.execute("update ops.shifts set checked_out_at = now() where worker_id = %s", (ids["W1"],))
        put_position(conn, ids["W1"], HOME_LON, HOME_LAT)
        stream.until(lambda events: heard(events) and moves[-1][0] == ids["W1"] and moves[-1][-1] == 9)
        assert {move[0] for move in moves} == {ids["W1"]}
        assert not HOME.search(stream.text.decode())
    for path in ("/live/snapshot", "/live/trails", f"/api/v1/workers/W1/track?day={today()}&view=raw"):
        assert not HOME.search(text_of(boss.ask(path))), path


def test_what_a_phone_sends_off_shift_comes_to_nothing(site: SignedSite, boss: Client) -> None:
    with psycopg.connect(site.database_url, autocommit=True) as conn:
        token = Site.issue(conn, worker="W3")
        before = conn.execute("select count(*) from ops.latest_positions").fetchone()
        conn.execute(
            "delete from ops.latest_positions where worker_id = (select id from ops.workers where code = 'W3')"
        )
        query = urlencode({"lat": HOME_LAT, "lon": HOME_LON, "timestamp": int(datetime.now(UTC).timestamp())})
        bearer = {"authorization": f"Bearer {token}"}
        assert boss.ask(f"/ingest/osmand?{query}", "POST", "", **bearer).status < 500
        rows = conn.execute(
            "select flags from ops.positions p join ops.workers w on w.id = p.worker_id"
            " where w.code = 'W3' and p.received_at > now() - interval '1 minute' and p.fixed_at > %s",
            (now(),),
        ).fetchall()
        after = conn.execute("select count(*) from ops.latest_positions").fetchone()
    assert before is not None and after is not None  # noqa: PT018
    assert after[0] == before[0] - 1
    assert all(flags & FixFlag.OFF_SHIFT for (flags,) in rows)
    for path in ("/live/snapshot", f"/api/v1/workers/W3/track?day={today()}&view=raw"):
        assert not HOME.search(text_of(boss.ask(path))), path
