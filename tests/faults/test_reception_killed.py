"""The web process killed while positions and events pour in: what was answered 2xx is in the database."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import psycopg

from dashboard.embedded import PostgresServer
from tests.integration.streaming import eventually
from tests.reception_site import LAT, LON, Site, open_site

SENDERS = 8
ENOUGH = 150


class Sender(threading.Thread):
    """A phone or a system that sends one thing after the other and notes what was answered 2xx."""

    def __init__(self, site: Site, number: int, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self._site, self._number, self._stopping = site, number, stop
        self.worker, self._token = site.new_worker(f"K{number}")
        self.fixes: list[datetime] = []
        self.codes: list[str] = []
        self.unanswered = 0

    def run(self) -> None:
        serial = 0
        while not self._stopping.is_set():
            serial += 1
            try:
                if self._number % 2:
                    self._fixes(serial)
                else:
                    self._event(serial)
            except OSError:
                self.unanswered += 1
                time.sleep(0.02)
            except Exception:  # noqa: BLE001 - an answer that was cut off is none
                self.unanswered += 1

    def _fixes(self, serial: int) -> None:
        start = datetime.now(UTC) - timedelta(minutes=5)
        times = [start + timedelta(microseconds=serial * 1000 + place) for place in range(5)]
        rows = [{"time": at.isoformat(), "lon": LON, "lat": LAT + serial * 1e-6} for at in times]
        told = self._site.post("/ingest/positions", {"positions": rows}, self._token)
        if told.status == 200:
            assert told.json()["accepted"] == 5
            self.fixes += times

    def _event(self, serial: int) -> None:
        code = f"K{self._number}-{serial}"
        told = self._site.post("/ingest/events", {"code": code, "category": "A01"}, self._site.hotline)
        if told.status == 201:
            self.codes.append(code)


def test_what_was_answered_is_there_after_kill_9(postgres: PostgresServer, tmp_path: Path) -> None:
    stop = threading.Event()
    with open_site(postgres, "test_reception_killed", tmp_path, QUANYU_INGEST_DEVICE_RATE="10000") as site:
        senders = [Sender(site, number, stop) for number in range(SENDERS)]
        for sender in senders:
            sender.start()
        for _ in range(2):
            enough = answered(senders) + ENOUGH
            eventually(partial(more_than, senders, enough), 60)
            site.process.kill()
            site.process.wait()
            site.restart()
        eventually(partial(more_than, senders, answered(senders) + ENOUGH), 60)
        site.process.kill()
        site.process.wait()
        stop.set()
        for sender in senders:
            sender.join(30)
    assert sum(sender.unanswered for sender in senders) > 0
    with psycopg.connect(site.url) as conn:
        for sender in senders:
            kept = conn.execute(
                "select count(distinct fixed_at) from ops.positions where worker_id = %s and fixed_at = any(%s)",
                (sender.worker, sender.fixes),
            ).fetchone()
            assert kept == (len(set(sender.fixes)),)
            there = conn.execute(
                "select count(*), count(s.id) from ops.events e"
                " left join ops.event_steps s on s.event_id = e.id and s.action = 'assign'"
                " where e.code = any(%s)",
                (sender.codes,),
            ).fetchone()
            assert there == (len(sender.codes), len(sender.codes))


def answered(senders: list[Sender]) -> int:
    """How many requests were answered 2xx."""
    return sum(len(sender.fixes) // 5 + len(sender.codes) for sender in senders)


def more_than(senders: list[Sender], number: int) -> bool:
    """Whether more than so many requests were answered 2xx."""
    return answered(senders) > number
