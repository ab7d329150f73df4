"""Is this process alive, is it ready, and what does it measure: /healthz, /readyz, /metrics.

Owns what counts as late and how it is said. Ready means that a wall opened now would be right and current:
whatever is missing or late is named, with 503. What somebody should look at, though the wall is right, is a
note.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any, Final, Protocol

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dashboard.live.hub import Hub
from dashboard.live.replies import Replies

log = logging.getLogger(__name__)

BEAT_LATE_S: Final = 6.0
"""Three beats."""
WAITING_LATE_S: Final = 10.0
DATABASE_WAIT_S: Final = 3.0
KEPT_S: Final = 1.0
CALLBACK_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Backlog(Protocol):
    """What waits in the outbox: rows, seconds that the oldest has waited, rows nobody could read."""

    @property
    def depth(self) -> int: ...

    @property
    def oldest_s(self) -> float: ...

    @property
    def dead(self) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is late or missing, or worth a note."""

    part: str
    detail: str


class Health:
    """Findings and measurements of one web process. `read_backlog` blocks and is called in a thread."""

    def __init__(
        self,
        hub: Hub,
        replies: Replies,
        *,
        read_backlog: Callable[[], Backlog],
        holidays_known: Callable[[], bool],
        clock: Callable[[], datetime],
    ) -> None:
        self._hub = hub
        self._replies = replies
        self._read_backlog = read_backlog
        self._holidays_known = holidays_known
        self._clock = clock
        self._backlog: Backlog | None = None
        self._known = True
        self._looked_at = float("-inf")
        self._looking: asyncio.Future[None] | None = None
        self.registry = CollectorRegistry()
        self.callback_seconds = Histogram(
            "quanyu_callback_seconds",
            "Time that Dash took for a request, by kind of request.",
            ["kind"],
            registry=self.registry,
            buckets=CALLBACK_BUCKETS,
        )
        ProcessCollector(registry=self.registry)
        self.registry.register(_Measurements(self))

    def observe(self, kind: str, seconds: float) -> None:
        """Note how long Dash took."""
        self.callback_seconds.labels(kind=kind).observe(seconds)

    async def look(self) -> None:
        """Ask the database, at most once a second however many ask us."""
        if self._looked_at + KEPT_S > monotonic():
            return
        if self._looking is None or self._looking.done():
            self._looking = asyncio.ensure_future(self._look())
        await asyncio.shield(self._looking)

    async def _look(self) -> None:
        try:
            async with asyncio.timeout(DATABASE_WAIT_S):
                self._backlog = await asyncio.to_thread(self._read_backlog)
                self._known = await asyncio.to_thread(self._holidays_known)
        except Exception as error:  # noqa: BLE001  (whatever the reason, it does not answer)
            self._backlog = None
            log.warning("The database does not answer", extra={"action": "readyz", "cause": repr(error)})
        self._looked_at = monotonic()

    @property
    def backlog(self) -> Backlog | None:
        """As of the last look, None if the database did not answer."""
        return self._backlog

    @property
    def beat_age_s(self) -> float | None:
        """Seconds since the last beat arrived, None before the first."""
        beat_at = self._hub.following.beat_at
        return None if beat_at is None else max(0.0, (self._clock() - beat_at).total_seconds())

    def late(self) -> list[Finding]:
        """What is late or missing."""
        found: list[Finding] = []
        if self._backlog is None:
            found.append(Finding(part="database", detail="PostgreSQL does not answer"))
        elif self._backlog.oldest_s > WAITING_LATE_S:
            waited = f"the oldest of {self._backlog.depth} changes has waited {self._backlog.oldest_s:.0f} s"
            found.append(Finding(part="outbox", detail=waited))
        if not self._hub.following.connected:
            found.append(Finding(part="redis", detail="Redis does not answer"))
        if self._hub.mirror is None:
            found.append(Finding(part="snapshot", detail="no relay has written one yet"))
        age_s = self.beat_age_s
        if age_s is None or age_s > BEAT_LATE_S:
            detail = "no beat yet" if age_s is None else f"no beat for {age_s:.0f} s"
            found.append(Finding(part="relay", detail=detail))
        return found

    def notes(self) -> list[Finding]:
        """What somebody should look at."""
        found: list[Finding] = []
        if self._backlog is not None and self._backlog.dead:
            detail = f"{self._backlog.dead} changes in board.outbox_dead could not be understood"
            found.append(Finding(part="dead letters", detail=detail))
        if not self._known:
            found.append(Finding(part="calendar", detail="this year's holidays are unknown: weekdays count"))
        if self._hub.mirror is not None and self._hub.mirror.static["district"] is None:
            found.append(Finding(part="district", detail="no regions were imported yet"))
        return found

    def measured(self) -> Iterable[Metric]:
        """This process's numbers, for Prometheus."""
        counts, following = self._hub.fanout.counts, self._hub.following
        frames = CounterMetricFamily("quanyu_frames", "Frames taken in, by kind.", labels=["kind"])
        for kind, number in counts.frames.items():
            frames.add_metric([str(kind)], number)
        yield frames
        clients = GaugeMetricFamily("quanyu_clients", "Open streams, by coding.", labels=["coding"])
        open_streams = {"gzip": 0, "plain": 0}
        for form, number in self._hub.fanout.forms().items():
            open_streams["gzip" if form.packed else "plain"] += number
        for coding, number in open_streams.items():
            clients.add_metric([coding], number)
        yield clients
        drops = CounterMetricFamily("quanyu_drops", "Streams that could not keep up.", labels=["how"])
        for how, number in (("behind", counts.behind), ("reset", counts.resets), ("cut_off", counts.cut_off)):
            drops.add_metric([how], number)
        yield drops
        totals = {
            "deliveries": ("Frames written to streams.", counts.deliveries),
            "delivered_bytes": ("Bytes written to streams.", counts.delivered_bytes),
            "streams_opened": ("Streams opened.", counts.opened),
            "hub_holes": ("Holes seen in the frames.", following.holes),
            "hub_recoveries": ("Times that the newest snapshot was taken.", following.recoveries),
            "hub_connections": ("Subscriptions made.", following.connections),
            "frames_ignored": ("Frames of older leaders, or taken in before.", following.ignored),
            "frames_unreadable": ("Frames that could not be read.", following.unreadable),
        }
        for name, (text, value) in totals.items():
            yield CounterMetricFamily(f"quanyu_{name}", text, value=value)
        yield from self._gauges()

    def _gauges(self) -> Iterable[Metric]:
        following = self._hub.following
        gauges: dict[str, tuple[str, float | None]] = {
            "relay_lag_seconds": (
                "From the relay's stamp of the newest frame to its arrival.",
                following.lag_ms / 1000,
            ),
            "relay_beat_age_seconds": ("Since the last beat arrived.", self.beat_age_s),
            "hub_connected": ("1 while the hub is subscribed.", float(following.connected)),
            "reply_seconds": ("How long the last snapshot, map or trails took.", self._replies.made_s),
        }
        if self._backlog is not None:
            gauges["outbox_depth"] = ("Changes not yet published.", self._backlog.depth)
            gauges["outbox_oldest_seconds"] = ("Age of the oldest of them.", self._backlog.oldest_s)
            gauges["outbox_dead"] = ("Changes that could not be understood.", self._backlog.dead)
        for name, (text, value) in gauges.items():
            if value is not None:
                yield GaugeMetricFamily(f"quanyu_{name}", text, value=value)


class _Measurements(Collector):
    """Reads the process's own counts when asked, instead of counting twice."""

    def __init__(self, health: Health) -> None:
        self._health = health

    def collect(self) -> Iterable[Metric]:
        return self._health.measured()


def routes(health: Health) -> list[Route]:
    """/healthz, /readyz and /metrics."""

    async def healthz(_request: Request) -> Response:
        return JSONResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})

    async def readyz(_request: Request) -> Response:
        await health.look()
        late, notes = health.late(), health.notes()
        body: dict[str, Any] = {
            "status": "late" if late else "ready",
            "late": [{"part": one.part, "detail": one.detail} for one in late],
            "notes": [{"part": one.part, "detail": one.detail} for one in notes],
        }
        return JSONResponse(body, status_code=503 if late else 200, headers={"Cache-Control": "no-store"})

    async def metrics(_request: Request) -> Response:
        await health.look()
        return Response(generate_latest(health.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    table: dict[str, Callable[[Request], Awaitable[Response]]] = {
        "/healthz": healthz,
        "/readyz": readyz,
        "/metrics": metrics,
    }
    return [Route(path, answer, methods=["GET"]) for path, answer in table.items()]
