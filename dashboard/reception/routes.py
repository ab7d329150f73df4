"""Everything that other machines send, put together: the parts that run and the addresses below /ingest."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from starlette.routing import Route

from dashboard.config import Settings
from dashboard.reception.calls import AT_ONCE, Answer, Bodies, Call, Endpoint, Handle
from dashboard.reception.casework import Casework
from dashboard.reception.citizens import Open311, refusal_document
from dashboard.reception.description import OPEN311
from dashboard.reception.filing import Desk, EventsIn
from dashboard.reception.gate import Gate
from dashboard.reception.rates import Rates
from dashboard.reception.tracking import Tracking
from dashboard.reception.writer import Writer
from data_access.engine import make_engine

THREADS: Final = 4
_GET: Final = frozenset({"GET", "HEAD"})
_POST: Final = frozenset({"POST"})


class Reception:
    """The parts of one process. Nothing connects before it is asked something; `running` holds the writer."""

    def __init__(self, settings: Settings) -> None:
        self.engine = make_engine(
            settings.database_url, pool_size=THREADS, max_overflow=2, application="quanyu reception"
        )
        self.writer = Writer(
            settings.database_url,
            off_shift=settings.positions_outside_shifts,
            most_rows=settings.ingest_queue,
        )
        self.gate = Gate(
            self.engine,
            Rates(device_rate=settings.ingest_device_rate, system_rate=settings.ingest_system_rate),
        )
        self.tracking = Tracking(self.gate, self.writer)
        self.desk = Desk(self.gate)
        self.casework = Casework(self.engine)
        self.events = EventsIn(self.gate, self.desk, self.casework)
        self.open311 = Open311(self.gate, self.desk, self.casework)
        self.most_bytes = settings.ingest_body_kb * 1000
        self.bodies = Bodies(AT_ONCE * self.most_bytes)

    @contextmanager
    def running(self) -> Iterator[None]:
        """While this is open, what comes is written."""
        try:
            with self.writer:
                yield
        finally:
            self.engine.dispose()


def routes(reception: Reception) -> list[Route]:
    """The routes of the web process below /ingest."""

    def route(path: str, handle: Handle, methods: frozenset[str]) -> Route:
        return Route(
            path,
            Endpoint(handle, methods=methods, most_bytes=reception.most_bytes, bodies=reception.bodies),
        )

    tracking = reception.tracking
    return [
        route("/ingest/events", reception.events.events, _POST),
        route("/ingest/positions", tracking.positions, _POST),
        route("/ingest/osmand", tracking.osmand, _GET | _POST),
        route("/ingest/owntracks", tracking.owntracks, _POST),
        route("/ingest/overland", tracking.overland, _POST),
        *open311_routes(reception),
    ]


def open311_routes(reception: Reception) -> list[Route]:
    """The routes of Open311 GeoReport v2, each without and with its form as the ending."""
    open311 = reception.open311
    table: list[tuple[str, Handle, frozenset[str]]] = [
        ("services", open311.services, _GET),
        ("services/{code:path}", open311.service, _GET),
        ("discovery", open311.discovery, _GET),
        ("requests/{code:path}", open311.request, _GET),
        ("tokens/{token:path}", open311.token, _GET),
        ("import", open311.told, _POST),
    ]

    def endpoint(handle: Handle, methods: frozenset[str]) -> Endpoint:
        return Endpoint(
            handle,
            methods=methods,
            most_bytes=reception.most_bytes,
            bodies=reception.bodies,
            refuse=refusal_document,
        )

    async def requests(call: Call) -> Answer:
        return await (open311.create(call) if call.method == "POST" else open311.requests(call))

    table.append(("requests", requests, _GET | _POST))
    return [
        Route(f"{OPEN311}/{path}{ending}", endpoint(handle, methods))
        for path, handle, methods in table
        for ending in (".json", ".xml", "")
    ]
