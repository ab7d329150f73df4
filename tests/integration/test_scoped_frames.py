"""A supervisor's live picture holds nothing of another street, whatever happens there: real relay, real sign-in."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from dashboard.domain.acts import Order
from dashboard.domain.policy import DEMO, Act, Role
from dashboard.embedded import PostgresServer
from dashboard.relay import run_relay
from data_access.writes.acts import perform
from tests.builders import SOUTH, STEP, WEST, Conn, insert_event, insert_shift, insert_worker, put_position
from tests.integration.streaming import OpenStream, eventually
from tests.leaders import FIRST, SECOND
from tests.signed_site import SignedSite, signed_site

IN, OUT = f"{FIRST}0010001", f"{SECOND}0010001"
SECRETS = (SECOND, "E-OUT", "W-OUT", "SECRET")
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def site(
    postgres: PostgresServer, wire_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SignedSite]:
    log = tmp_path_factory.mktemp("frames") / "log"
    with signed_site(postgres, wire_url, "scoped_frames", log) as made:
        made.user("first", Role.SUPERVISOR, regions=[FIRST])
        made.user("boss", Role.LEADER)
        stop = threading.Event()
        relay = threading.Thread(
            target=run_relay, args=(made.database_url, wire_url, stop), name="relay", daemon=True
        )
        relay.start()
        boss = made.signed_in("boss")
        eventually(lambda: boss.ask("/live/snapshot").status == 200)
        yield made
        stop.set()
        relay.join(20)


@pytest.fixture
def conn(site: SignedSite) -> Iterator[Conn]:
    with psycopg.connect(site.database_url, autocommit=True) as connection:
        yield connection


def happen(site: SignedSite, conn: Conn, ids: dict[str, int]) -> None:
    """Events that come, change, are acted on, cross the border and go, and workers who move, in both streets."""
    now = datetime.now(UTC)
    there = {"region_id": ids[OUT], "text": "SECRET", "address": "SECRET", "reported_at": now - HOUR}
    for code, region in (("E-IN", IN), ("E-OUT", OUT), ("E-OUT-CROSSING", IN)):
        due_at = now - HOUR / 2 if code == "E-OUT" else now + HOUR
        insert_event(
            conn, **(there | {"code": code, "region_id": ids[region], "severity": 3, "due_at": due_at})
        )
    for code, grid, place in (("W-IN", IN, 0), ("W-OUT", OUT, 5)):
        worker = insert_worker(conn, code=code, name="SECRET", region_id=ids[grid])
        insert_shift(conn, worker)
        put_position(conn, worker, WEST + STEP * (place + 0.5), SOUTH + STEP / 2)
    order = Order(act=Act.SUPERVISE, version=1, reason="SECRET", due_at=now + HOUR)
    perform(site.engine, DEMO, "E-OUT", order, now)
    conn.execute("update ops.events set stage = 'handle' where code in ('E-IN', 'E-OUT')")
    conn.execute("update ops.events set region_id = %s where code = 'E-OUT-CROSSING'", (ids[OUT],))
    conn.execute("update ops.events set state = 'closed', closed_at = %s where code = 'E-OUT'", (now,))
    insert_event(conn, code="E-LAST", region_id=ids[IN])


def told(stream: OpenStream, code: str) -> None:
    """The stream has brought an event of that code."""
    stream.until(lambda events: any(code in str(one["data"]) for one in events))


def test_a_supervisor_never_gets_a_byte_of_another_street(site: SignedSite, conn: Conn) -> None:
    ids: dict[str, int] = dict(conn.execute("select code, id from ops.regions").fetchall())
    own, whole = site.signed_in("first"), site.signed_in("boss")
    with own.stream() as mine, whole.stream() as all_of_it:
        happen(site, conn, ids)
        told(all_of_it, "E-LAST")
        told(all_of_it, "W-OUT")
        told(mine, "E-LAST")
        told(mine, "W-IN")
        mine.until(lambda events: {one["event"] for one in events} >= {"event", "counts", "move", "beat"})
        seen = mine.text.decode()
        assert [word for word in SECRETS if word in seen and word != "E-OUT"] == []
        assert all(word in all_of_it.text.decode() for word in (SECOND, "E-OUT", "W-OUT"))
        records = [part["e"] for one in mine.events if one["event"] == "event" for part in one["data"]]
        assert {one["code"] for one in records} == {"E-IN", "E-OUT-CROSSING", "E-LAST"}
        assert {one["r"] for one in records} == {IN}
    for path in ("/live/snapshot", "/live/trails", "/live/map", f"/live/workers/{FIRST}"):
        answer = own.ask(path)
        if answer.status == 307:
            answer = own.ask(answer.headers["location"])
        text = str(answer.json())
        assert [word for word in SECRETS if word in text] == [], path
    assert own.ask(f"/live/workers/{SECOND}").status == 404
    assert SECOND in str(whole.ask("/live/snapshot").json())
