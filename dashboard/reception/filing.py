"""The address for events in our own form: POST /ingest/events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

import anyio

from dashboard.reception import reports
from dashboard.reception.calls import Answer, Call, json_answer
from dashboard.reception.casework import Casework, Filing
from dashboard.reception.gate import Gate
from dashboard.reception.refusals import BadText, Busy, TokenUnknown
from data_access.queries.tokens import Token

THREADS: Final = 4
MOST_WAITING: Final = 64
LONGEST_KEY: Final = 200

Found = TypeVar("Found")


class Desk:
    """Runs the blocking part of taking events in: a few at once, a bounded number waiting."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._limiter: anyio.CapacityLimiter | None = None
        self._waiting = 0

    async def run(self, token: Token | None, work: Callable[[], Found]) -> Found:
        """The result of `work`, from a thread. Raises Busy, and what `work` raises."""
        if self._limiter is None:
            self._limiter = anyio.CapacityLimiter(THREADS)
        if self._waiting >= MOST_WAITING:
            raise Busy
        self._waiting += 1
        try:
            return await anyio.to_thread.run_sync(work, limiter=self._limiter)
        except TokenUnknown:
            if token is not None:
                self._gate.forget(token)
            raise
        finally:
            self._waiting -= 1


class EventsIn:
    """Takes events in."""

    def __init__(self, gate: Gate, desk: Desk, casework: Casework) -> None:
        self._gate = gate
        self._desk = desk
        self._casework = casework

    async def events(self, call: Call) -> Answer:
        """POST /ingest/events."""
        token = await self._gate.admit(call)
        key = call.headers.get(b"idempotency-key", b"").decode("latin-1").strip()
        if len(key) > LONGEST_KEY or not key.isprintable():
            raise BadText(field="Idempotency-Key", limit=LONGEST_KEY)
        data = reports.items(call.json())
        filing = Filing(
            token=token, data=data, lang=call.lang, channel="events", key=key or None, body=call.body
        )
        filed = await self._desk.run(token, lambda: self._casework.file(filing))
        headers = [(b"idempotency-replayed", b"true")] if filed.replayed else []
        return json_answer(filed.body, filed.status, headers)
