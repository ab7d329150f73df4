"""Devices and gateways that send positions over HTTP, in a process of their own.

Run as `python -m benchmarks.senders HOST:PORT FOLDER`. FOLDER holds `tokens.txt`: the gateway's token, then a line
`code token lon lat` for each device. Each line on stdin is a job, answered by a line of JSON:

    {"job": "paced", "rate": 2000, "each": 5, "seconds": 30}     every device in its turn, `each` fixes a request
    {"job": "flood", "rows": 200000, "each": 2000, "lanes": 4, "devices": 0}

A paced job sends by the clock, whatever the server does: a delay runs from the moment at which the request was due.
What 429 and 503 refuse is sent again, no sooner than the answer says and each time a little later. Every fix that was
answered 2xx goes to `accepted.bin`: worker's place and microseconds, 64 bits each.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from array import array
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import uvloop

from benchmarks.delays import summary

TICK_S = 0.002
MOST_LANES = 256
RETRIES = 12
WALK_US = 1.2 / 102_000 / 1_000_000
"""Degrees of longitude in a microsecond, at 1.2 m/s in the south of China."""
TURN_US = 240_000_000
"""So long each device walks east, and then west again: it stays in its grid."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """One request: its bytes, and which fixes it holds."""

    request: bytes
    workers: Sequence[int]
    at_us: Sequence[int]


@dataclass(slots=True)
class Tally:
    """What came of a job."""

    delays_ns: list[int] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    accepted: int = 0
    given_up: int = 0
    without_retry_after: int = 0


class Lane:
    """One kept-alive connection; a request at a time."""

    def __init__(self, host: str, port: int) -> None:
        self._place = (host, port)
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ask(self, request: bytes) -> tuple[int, float, bytes]:
        """Status, seconds of Retry-After (-1: none), body. Status 0 where the connection broke."""
        try:
            if self._writer is None:
                self._reader, self._writer = await asyncio.open_connection(*self._place)
            assert self._reader is not None
            self._writer.write(request)
            head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
            body = await self._reader.readexactly(int(_header(head, b"content-length") or 0))
        except (OSError, asyncio.IncompleteReadError):
            self.close()
            return 0, -1.0, b""
        if b"connection: close" in head:
            self.close()
        return int(head[9:12]), float(_header(head, b"retry-after") or -1), body

    def close(self) -> None:
        """Let the connection go."""
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None


class Fleet:
    """All devices, their gateway, and where they are."""

    def __init__(self, place: str, folder: Path) -> None:
        host, _, port = place.partition(":")
        self._host, self._port = host, int(port)
        gateway, *lines = (folder / "tokens.txt").read_text(encoding="ascii").splitlines()
        self._gateway = gateway
        self._devices = [line.split() for line in lines]
        self._accepted = folder / "accepted.bin"
        self._at = [(float(lon), float(lat)) for _, _, lon, lat in self._devices]
        self._last_us = [0] * len(self._devices)
        self._idle: asyncio.LifoQueue[Lane] = asyncio.LifoQueue()
        for _ in range(MOST_LANES):
            self._idle.put_nowait(Lane(self._host, self._port))

    async def paced(self, *, rate: float, each: int, seconds: float) -> dict[str, Any]:
        """Requests by the clock."""
        tally = Tally()
        gap_s = each / rate
        begun, number = time.monotonic(), 0
        underway: set[asyncio.Task[None]] = set()
        while (due := begun + number * gap_s) < begun + seconds:
            if due > time.monotonic():
                await asyncio.sleep(TICK_S)
                continue
            worker = number % len(self._devices)
            parcel = self._parcel([worker] * each, self._devices[worker][1], spacing_us=round(gap_s * 1e6))
            task = asyncio.create_task(self._deliver(parcel, round(due * 1e9), tally))
            underway.add(task)
            task.add_done_callback(underway.discard)
            number += 1
        await asyncio.gather(*underway)
        return self._report(tally, time.monotonic() - begun)

    async def flood(self, *, rows: int, each: int, lanes: int, devices: int = 0) -> dict[str, Any]:
        """Requests as fast as they are answered, made before the clock starts: by the gateway for everybody, or by
        so many devices in turn."""
        parcels = []
        for number in range(rows // each):
            if devices:
                workers, token = [number % devices] * each, self._devices[number % devices][1]
            else:
                workers = [(number * each + place) % len(self._devices) for place in range(each)]
                token = self._gateway
            parcels.append(self._parcel(workers, token, spacing_us=0))
        parcels.reverse()
        tally = Tally()
        begun = time.monotonic()

        async def drain() -> None:
            while parcels:
                await self._deliver(parcels.pop(), time.monotonic_ns(), tally)

        await asyncio.gather(*(drain() for _ in range(lanes)))
        return self._report(tally, time.monotonic() - begun)

    async def _deliver(self, parcel: Parcel, due_ns: int, tally: Tally) -> None:
        """One request until it is answered for good."""
        for again in range(RETRIES + 1):
            lane = await self._idle.get()
            status, retry_s, body = await lane.ask(parcel.request)
            self._idle.put_nowait(lane)
            tally.statuses[str(status)] += 1
            if status == 200:
                self._book(parcel, json.loads(body), due_ns, tally)
                return
            if status in (429, 503):
                tally.without_retry_after += retry_s < 0
                await asyncio.sleep(max(retry_s, TICK_S) * random.uniform(1, 1 + min(again, 8)))
            elif status:
                print(f"{status}: {body[:300]!r}", file=sys.stderr, flush=True)
                break
        tally.given_up += 1

    def _book(self, parcel: Parcel, answer: dict[str, Any], due_ns: int, tally: Tally) -> None:
        tally.delays_ns.append(time.monotonic_ns() - due_ns)
        if answer["accepted"] != len(parcel.workers):
            tally.statuses["200 in part"] += 1
            return
        tally.accepted += len(parcel.workers)
        pairs = array("q")
        for pair in zip(parcel.workers, parcel.at_us, strict=True):
            pairs.extend(pair)
        with self._accepted.open("ab") as file:
            pairs.tofile(file)

    def _parcel(self, workers: Sequence[int], token: str, *, spacing_us: int) -> Parcel:
        """Fixes up to now: each device as much further as it walked since its last one, each at a moment of its own."""
        now_us = time.time_ns() // 1000
        times, rows = [], []
        for place, worker in enumerate(workers):
            at_us = max(now_us - (len(workers) - place) * spacing_us, self._last_us[worker] + 1000)
            walked_us = at_us - self._last_us[worker] if self._last_us[worker] else 0
            self._last_us[worker] = at_us
            lon, lat = self._at[worker]
            lon += walked_us * WALK_US * (1 if at_us // TURN_US % 2 else -1)
            self._at[worker] = (lon, lat)
            moment = datetime.fromtimestamp(at_us // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
            rows.append(
                f'{{"worker":"{self._devices[worker][0]}","time":"{moment}.{at_us % 1_000_000:06}Z","lon":{lon:.6f},'
                f'"lat":{lat:.6f},"accuracy_m":5.0,"speed_mps":1.2,"heading_deg":90.0,"battery_pct":80}}'
            )
            times.append(at_us)
        body = ('{"positions":[' + ",".join(rows) + "]}").encode()
        head = (
            f"POST /ingest/positions HTTP/1.1\r\nhost: {self._host}:{self._port}\r\nauthorization: Bearer {token}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        return Parcel(head.encode() + body, workers, times)

    @staticmethod
    def _report(tally: Tally, lasted_s: float) -> dict[str, Any]:
        return {
            "accepted": tally.accepted,
            "lasted_s": lasted_s,
            "statuses": dict(tally.statuses),
            "given_up": tally.given_up,
            "without_retry_after": tally.without_retry_after,
            **summary(tally.delays_ns),
        }


def _header(head: bytes, name: bytes) -> bytes:
    _, found, rest = head.partition(b"\r\n" + name + b":")
    return rest.partition(b"\r\n")[0].strip() if found else b""


async def work(fleet: Fleet) -> None:
    """Jobs until stdin ends."""
    loop = asyncio.get_running_loop()
    jobs: dict[str, Callable[..., Awaitable[dict[str, Any]]]] = {"paced": fleet.paced, "flood": fleet.flood}
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        order = cast(dict[str, Any], json.loads(line))
        found = await jobs[order.pop("job")](**order)
        print(json.dumps(found), flush=True)


def main() -> None:
    fleet = Fleet(sys.argv[1], Path(sys.argv[2]))
    print("ready", flush=True)
    uvloop.run(work(fleet))


if __name__ == "__main__":
    main()
