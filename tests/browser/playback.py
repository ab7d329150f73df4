"""The wall without its backend: the same Dash app, served with a generated snapshot and a live stream of frames.

    python -m tests.browser.playback [--port 8061] [--grids 589] [--workers 638]

Answers `/live/*` as the contract says. Tests take hold of `Playback` and send, hold back or break things.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, cast

import uvicorn
from a2wsgi import WSGIMiddleware
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import callbacks
from dashboard.access.door import VIEWER_KEY
from dashboard.bundle import BundledDash
from dashboard.domain.policy import DEMO
from tests.browser import district, picture
from tests.browser.desk import DeskServices, NoImports

ROOT = Path(__file__).resolve().parents[2]
EPOCH = 7
MAP_VERSION = "playback1"


def now_ms() -> int:
    """Now, ms since 1970."""
    return time.time_ns() // 1_000_000


@dataclass(slots=True)
class Playback:
    """What is served. `beating`, `moving`, `happening`: which frames are made; `serving`: whether /live answers.
    `settings` replaces parts of the district, `posture` is what beats tell, `answer` the whole snapshot.
    """

    made: district.District
    frames: list[tuple[int, str, str]] = field(default_factory=list)
    offset: int = 100
    beating: bool = True
    moving: bool = True
    happening: bool = True
    serving: bool = True
    release: str = "0.1.0"
    posture: str = "normal"
    streams: int = 0
    feeds: dict[str, int | None] = field(default_factory=dict)
    held: dict[str, int] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    answer: dict[str, Any] | None = None

    def push(self, kind: str, *parts: dict[str, Any]) -> int:
        """Sends one frame to every open stream; gives its offset."""
        self.offset += 1
        data = "".join(
            f"data: {json.dumps(part, ensure_ascii=False, separators=(',', ':'))}\n" for part in parts
        )
        self.frames.append((self.offset, kind, f"id: {EPOCH}:{self.offset}\nevent: {kind}\n{data}\n"))
        del self.frames[:-600]
        return self.offset

    def beat(self) -> None:
        """A beat with the feeds' ages; where nothing is made up, all feeds are fresh but those held back."""
        if not self.happening:
            self.feeds = dict.fromkeys(self.feeds, now_ms())
        self.push(
            "beat",
            {
                "s": "",
                "now": now_ms(),
                "feeds": self.feeds | self.held,
                "release": self.release,
                "map_version": MAP_VERSION,
                "workers": 0,
                "posture": {"now": self.posture, "since": now_ms() - 60_000},
            },
        )

    def report(self, code: str | None = None, **changes: Any) -> dict[str, Any]:
        """A new event in a grid, and the counters that it raises."""
        made = self.made
        grid = code or made.seed.choice(made.grids)
        record = (
            district.event(made, 1_000_000 + self.offset, grid, stage="report", now_ms=now_ms()) | changes
        )
        made.events[record["id"]] = record
        touched: dict[str, set[str]] = {}
        for key in (
            "open",
            "reported",
            "stage.report",
            f"source.{record['src']}",
            f"category.{record['top']}",
        ):
            for at in district.bump(made, grid, key, 1):
                touched.setdefault(at, set()).add(key)
        self.push("event", {"s": made.street_of[grid], "e": record})
        self.push("counts", *self.counts(touched))
        self.feeds["event"] = now_ms()
        return record

    def counts(self, touched: dict[str, set[str]]) -> list[dict[str, Any]]:
        """Parts of a counts frame for the counters touched."""
        parts: dict[str, dict[str, dict[str, int]]] = {}
        for code, keys in touched.items():
            street = self.made.street_of[code]
            parts.setdefault(street, {})[code] = {key: self.made.counts[code][key] for key in keys}
        return [{"s": street, "c": codes} for street, codes in sorted(parts.items())]

    def move(self, share: float = 1.0) -> None:
        """Fixes of a share of the workers."""
        parts: dict[str, list[list[int]]] = {}
        for worker in self.made.workers:
            if worker["flag"] in (2, 4) or self.made.seed.random() > share:
                continue
            district.walk(self.made, worker, 1)
            row = [worker["id"], 0, round(worker["dx"]), round(worker["dy"]), worker["flag"]]
            parts.setdefault(self.made.street_of[worker["grid"]], []).append(row)
        at = now_ms()
        self.feeds["position"] = at
        if parts:
            self.push("move", *({"s": street, "at": at, "m": rows} for street, rows in sorted(parts.items())))

    def snapshot(self) -> dict[str, Any]:
        """The snapshot as of now."""
        head = {
            "v": 1,
            "epoch": EPOCH,
            "offset": self.offset,
            "map_version": MAP_VERSION,
            "release": self.release,
            "feeds": self.feeds | self.held,
        }
        return head | picture.picture(self.made, now_ms(), self.settings)

    async def run(self) -> None:
        """Makes frames while the server runs: moves each second, an event every few, a beat every two."""
        tick = 0
        while True:
            if self.happening and tick % 4 == 0:
                self.report()
                self.feeds |= {"hotline": now_ms() - 9000, "sensor": now_ms() - 6000}
            if self.moving:
                self.move()
            if self.beating and tick % 2 == 0:
                self.beat()
            tick += 1
            await asyncio.sleep(1)

    async def stream(self, start: int) -> AsyncIterator[str]:
        """Frames behind an offset, and what comes."""
        self.streams += 1
        last = start
        try:
            while self.serving:
                for offset, _, text in list(self.frames):
                    if offset > last:
                        last = offset
                        yield text
                await asyncio.sleep(0.02)
        finally:
            self.streams -= 1


def create(playback: Playback) -> ASGIApp:
    """The ASGI app around a playback."""
    dash = BundledDash()
    callbacks.register(dash, DeskServices(), NoImports())
    hashes = " ".join(dash.csp_hashes())
    policy = (
        f"default-src 'self'; script-src 'self' {hashes}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "connect-src 'self'; worker-src 'self'; object-src 'none'; base-uri 'none'"
    )

    async def snapshot(request: Request) -> Response:
        if not playback.serving:
            return Response(status_code=503)
        text = json.dumps(playback.answer or playback.snapshot(), ensure_ascii=False).encode()
        return Response(
            gzip.compress(text, 5), media_type="application/json", headers={"content-encoding": "gzip"}
        )

    async def stream(request: Request) -> Response:
        if not playback.serving:
            return Response(status_code=503)
        start = int(request.query_params.get("from", f"0:{playback.offset}").split(":")[1])
        return StreamingResponse(playback.stream(start), media_type="text/event-stream")

    async def geometry(request: Request) -> Response:
        text = json.dumps({"type": "FeatureCollection", "features": playback.made.features}).encode()
        return Response(
            gzip.compress(text, 5), media_type="application/json", headers={"content-encoding": "gzip"}
        )

    async def trails(request: Request) -> Response:
        return JSONResponse(
            {"at": now_ms(), "t": {str(w["id"]): w["trail"] for w in playback.made.workers if w["flag"] != 4}}
        )

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        task = asyncio.create_task(playback.run())
        yield
        task.cancel()

    app = Starlette(
        routes=[
            *(one.route() for one in dash.bundles),
            Route("/live/snapshot", snapshot),
            Route("/live/stream", stream),
            Route("/live/map/{version}", geometry),
            Route("/live/trails", trails),
            Mount("/", cast(ASGIApp, WSGIMiddleware(cast(Any, dash.server)))),
        ],
        lifespan=lifespan,
    )
    return _guarded(app, policy)


def _guarded(app: Starlette, policy: str) -> ASGIApp:
    """The app with a content security policy on every answer; everybody is the demo's viewer."""

    async def guard(scope: Scope, receive: Receive, send: Send) -> None:
        async def with_policy(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"content-security-policy", policy.encode())]
            await send(message)

        scope[VIEWER_KEY] = DEMO
        await app(scope, receive, with_policy)

    return guard


@dataclass(slots=True)
class Server:
    """A running playback: use as a context manager."""

    playback: Playback
    port: int = 0
    server: uvicorn.Server | None = None
    thread: threading.Thread | None = None

    @property
    def base(self) -> str:
        """Address of the wall."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        config = uvicorn.Config(
            create(self.playback), port=self.port, log_level="warning", ws="none", timeout_graceful_shutdown=1
        )
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, name="playback", daemon=True)
        self.thread.start()
        deadline = time.monotonic() + 20
        while not self.server.started and time.monotonic() < deadline:
            time.sleep(0.02)
        self.port = self.server.servers[0].sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        self.playback.serving = False
        if self.server and self.thread:
            self.server.should_exit = True
            self.thread.join(10)


def playback(**size: int) -> Playback:
    """A playback of a district of that size (see `district.build`), with all feeds fresh."""
    now = now_ms()
    feeds: dict[str, int | None] = {
        "event": now,
        "position": now,
        "hotline": now - 9000,
        "sensor": now - 6000,
    }
    return Playback(made=district.build(now_ms=now, **size), feeds=feeds)


def main() -> None:
    """Serves until interrupted."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=8061)
    parser.add_argument("--grids", type=int, default=589)
    parser.add_argument("--streets", type=int, default=14)
    parser.add_argument("--workers", type=int, default=638)
    given = parser.parse_args()
    made = playback(grids=given.grids, streets=given.streets, workers=given.workers)
    uvicorn.run(create(made), port=given.port, log_level="warning", timeout_graceful_shutdown=1)


if __name__ == "__main__":
    main()
