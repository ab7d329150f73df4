"""A rig for faults: own servers, relays as processes, a writer that never rests, and one mirror to judge by.

Whatever was done to it, `converge` must find that the mirror equals plain SQL, that no event is missing, and that
frames on the channel never went back, whichever leader sent them.
"""

from __future__ import annotations

import contextlib
import itertools
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import psycopg
import redis

from dashboard.domain.messages import decode_header
from dashboard.embedded import PostgresServer, ValkeyServer
from data_access.bus import FRAMES_CHANNEL, LOG_KEY, SNAPSHOT_KEY, STATUS_KEY
from data_access.listening import unpack_snapshot
from data_access.relay import LOCK
from data_access.schema import ensure_database, migrate
from tests import live_oracle
from tests.builders import (
    insert_event,
    insert_feedback,
    insert_shift,
    insert_worker,
    make_district,
    put_position,
)
from tests.wire import MirrorReader

REPOSITORY: Final = Path(__file__).parents[2]
DEADLINE_S: Final = 40.0
TROUBLES: Final = (redis.RedisError, OSError)


class PlainWire:
    """The wire read with a plain client, so that a test can look at it between two faults."""

    def __init__(self, url: str) -> None:
        self.client: redis.Redis = redis.Redis.from_url(url, protocol=2, socket_timeout=2)

    async def read_log(self, after: tuple[int, int] | None) -> list[bytes]:
        """Frames later than (epoch, offset)."""
        start = "-" if after is None else f"({after[0]}-{after[1]}"
        entries: Any = self.client.xrange(LOG_KEY, start, "+")
        return [fields[b"f"] for _, fields in entries]

    async def snapshot(self) -> dict[str, Any] | None:
        """The newest snapshot."""
        packed: Any = self.client.get(SNAPSHOT_KEY)
        return None if packed is None else unpack_snapshot(packed)


class Tap(threading.Thread):
    """Listens on the channel as hubs do and notes every frame's place."""

    def __init__(self, url: str) -> None:
        super().__init__(name="tap", daemon=True)
        self._url = url
        self._stop_asked = threading.Event()
        self.places: list[tuple[int, int]] = []

    def run(self) -> None:
        while not self._stop_asked.is_set():
            with contextlib.suppress(*TROUBLES):
                self._listen()
            self._stop_asked.wait(0.05)

    def stop(self) -> None:
        """End within a second."""
        self._stop_asked.set()
        self.join(5)

    def _listen(self) -> None:
        with (
            redis.Redis.from_url(self._url, protocol=2, socket_timeout=2) as client,
            client.pubsub() as pubsub,
        ):
            pubsub.subscribe(FRAMES_CHANNEL)
            while not self._stop_asked.is_set():
                message = pubsub.get_message(ignore_subscribe_messages=True, timeout=0.2)
                if message is not None:
                    header = decode_header(message["data"])
                    self.places.append((header.epoch, header.offset))


class Writer(threading.Thread):
    """Writes changes of events all the time, on a connection that it makes anew when it breaks."""

    def __init__(self, url: str, seed: int, pause_s: float = 0.02) -> None:
        super().__init__(name="writer", daemon=True)
        self._url = url
        self._pause_s = pause_s
        self._random = random.Random(seed)
        self._stop_asked = threading.Event()
        self.written = 0

    def run(self) -> None:
        while not self._stop_asked.is_set():
            with contextlib.suppress(psycopg.Error):
                self._write()
            self._stop_asked.wait(0.05)

    def stop(self) -> None:
        """End within a second."""
        self._stop_asked.set()
        self.join(10)

    def _write(self) -> None:
        with psycopg.connect(self._url, autocommit=True, connect_timeout=2) as conn:
            rows = conn.execute("select id from ops.regions where level <> 'district' order by id").fetchall()
            regions = [id_ for (id_,) in rows]
            while not self._stop_asked.wait(self._pause_s):
                self._change(conn, regions)
                self.written += 1

    def _change(self, conn: psycopg.Connection[Any], regions: list[int]) -> None:
        now = datetime.now(UTC)
        due_at = now + timedelta(seconds=self._random.choice([-3600, 2, 3, 86400]))
        region = self._random.choice(regions)
        choice = self._random.random()
        if choice < 0.4:
            severity = self._random.randint(1, 3)
            insert_event(conn, code=f"F{time.time_ns()}", region_id=region, due_at=due_at, severity=severity)
            return
        row = conn.execute("select id from ops.events order by random() limit 1").fetchone()
        if row is None:
            return
        if choice < 0.6:
            conn.execute(
                "update ops.events set region_id = %s, due_at = %s where id = %s", (region, due_at, row[0])
            )
        elif choice < 0.8:
            conn.execute(
                "update ops.events set state = 'closed', closed_at = %s where id = %s", (now, row[0])
            )
        elif choice < 0.9:
            conn.execute("update ops.events set state = 'void' where id = %s", (row[0],))
        else:
            insert_feedback(conn, row[0], answered_at=now, resolved=True, satisfaction=4)


class Rig:
    """Servers that live for all faults; relays, writer and mirror for one."""

    def __init__(self, home: Path) -> None:
        self.postgres = PostgresServer(home / "postgres", scratch=True)
        self.valkey = ValkeyServer(home / "valkey")
        self._log = home / "relays.log"
        self._relays: list[subprocess.Popen[bytes]] = []
        self._number = 0

    def start(self) -> None:
        """Start the servers and make the template of the databases."""
        self.postgres.start()
        self.valkey.start()
        ensure_database(self.postgres.url(), "rig_template")
        migrate(self.postgres.url("rig_template"))

    def stop(self) -> None:
        """Stop the servers."""
        self.valkey.stop()
        self.postgres.stop()

    def open(self, seed: int = 1, *, pause_s: float = 0.02) -> None:
        """A new database with a district and workers, an empty wire, a mirror, a tap and a writer, who rests for so
        long between two changes."""
        self._number += 1
        name = f"rig_{self._number}"
        with psycopg.connect(self.postgres.url(), autocommit=True) as server:
            server.execute(f"create database {name} template rig_template strategy file_copy")
        self.url = self.postgres.url(name)
        with psycopg.connect(self.url, autocommit=True) as conn:
            make_district(conn, streets=3, communities=1, grids=2)
            for column in range(6):
                worker = insert_worker(conn)
                insert_shift(conn, worker)
                put_position(conn, worker, 103.80 + 0.005 * column, 30.705)
        self.wire = PlainWire(self.valkey.url())
        self.wire.client.flushall()
        self.reader = MirrorReader(self.wire)
        self.tap = Tap(self.valkey.url())
        self.tap.start()
        self.writer = Writer(self.url, seed, pause_s)
        self.writer.start()

    def close(self) -> None:
        """End what `open` and the test have started."""
        self.writer.stop()
        for relay in self._relays:
            relay.kill()
            relay.wait()
        self._relays.clear()
        self.tap.stop()
        self.wire.client.close()

    def relay(self) -> subprocess.Popen[bytes]:
        """Start a relay."""
        with self._log.open("ab") as log:
            relay = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.relay_process", self.url, self.valkey.url()],
                cwd=REPOSITORY,
                stdout=log,
                stderr=log,
            )
        self._relays.append(relay)
        return relay

    def leading(self) -> subprocess.Popen[bytes]:
        """Start a relay and wait until it leads and the mirror follows."""
        epoch = self.epoch()
        relay = self.relay()
        self.wait(lambda: self.epoch() > epoch and self.status() is not None, "a leader")
        return relay

    def standby(self) -> subprocess.Popen[bytes]:
        """Start a second relay and wait until it waits for the lock."""
        before = self.sessions()
        relay = self.relay()
        self.wait(lambda: self.sessions() > before, "a standby")
        return relay

    def epoch(self) -> int:
        """The newest epoch on the wire, 0 for none."""
        status = self.status()
        return 0 if status is None else int(status["epoch"])

    def status(self) -> dict[str, Any] | None:
        """What the leader says of itself."""
        import json

        text: Any = self.wire.client.get(STATUS_KEY)
        return None if text is None else dict(json.loads(text))

    def sessions(self) -> int:
        """How many relays are connected."""
        with psycopg.connect(self.url) as conn:
            ((number,),) = conn.execute(
                "select count(*) from pg_stat_activity "
                "where application_name = 'quanyu relay' and datname = current_database()"
            ).fetchall()
        return int(number)

    def cut_leader(self) -> None:
        """Terminate the backend that holds the lock."""
        with psycopg.connect(self.url, autocommit=True) as conn:
            conn.execute(
                "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted "
                "and objsubid = 1 and (classid::bigint << 32) | objid::bigint = %s "
                "and database = (select oid from pg_database where datname = current_database())",
                (LOCK,),
            )

    def frames(self, number: int) -> None:
        """Wait until so many more frames have come over the channel."""
        target = len(self.tap.places) + number
        self.wait(lambda: len(self.tap.places) >= target, f"{number} frames")

    def wait(self, condition: Callable[[], bool], what: str) -> None:
        """Wait until a condition holds; servers may be away in the meantime."""
        deadline = time.monotonic() + DEADLINE_S
        while time.monotonic() < deadline:
            with contextlib.suppress(psycopg.Error, *TROUBLES):
                if condition():
                    return
            time.sleep(0.05)
        raise AssertionError(f"waited {DEADLINE_S} s in vain for {what}\n{self.log_tail()}")

    def converge(self) -> None:
        """Stop writing; the mirror must come to equal SQL, and stay so."""
        self.writer.stop()
        assert self.writer.written > 0
        try:
            self.wait(self._is_settled, "the mirror to equal SQL")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self._difference()}") from None
        with psycopg.connect(self.url) as conn:
            self._judge_events(conn)
        # The last frame may come again where its answer was lost and the wire with it: same place, same content.
        back = [pair for pair in itertools.pairwise(self.tap.places) if pair[1] < pair[0]]
        assert back == [], "frames went back"

    def log_tail(self) -> str:
        """The relays' last words."""
        return self._log.read_text(errors="replace")[-3000:] if self._log.exists() else ""

    def _is_settled(self) -> bool:
        return self._difference() is None

    def _difference(self) -> str | None:
        mirror = self.reader.catch_up()
        if mirror is None:
            return "there is no mirror"
        at = datetime.fromtimestamp(mirror.as_of_ms / 1000, UTC)
        with psycopg.connect(self.url) as conn:
            ((waiting,),) = conn.execute("select count(*) from board.outbox").fetchall()
            expected = live_oracle.counters(conn, at)
            workers = live_oracle.workers(conn, at)
        told = live_oracle.without_zeros(mirror.indicators)
        drawn = {id_: (row[3] + row[6], row[4] + row[7], row[8]) for id_, row in mirror.workers.items()}
        if waiting:
            return f"{waiting} rows wait"
        if told != expected:
            wrong = {code for code in told.keys() | expected.keys() if told.get(code) != expected.get(code)}
            return f"counters differ in {wrong}: {[(told.get(code), expected.get(code)) for code in wrong]}"
        return None if drawn == workers else f"workers differ: {drawn} {workers}"

    def _judge_events(self, conn: psycopg.Connection[Any]) -> None:
        mirror = self.reader.mirror
        assert mirror is not None
        newest = conn.execute(
            "select id, version from ops.events order by changed_at desc, id desc limit 20"
        ).fetchall()
        for event_id, version in newest:
            assert mirror.events[event_id]["v"] == version
        urgent = live_oracle.urgent_events(conn, datetime.fromtimestamp(mirror.as_of_ms / 1000, UTC))
        told = {
            id_: (record["v"], record["late"], record["al"])
            for id_, record in mirror.events.items()
            if record["late"] or record["al"]
        }
        assert told == urgent
