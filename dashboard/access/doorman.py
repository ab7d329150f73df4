"""Who is behind a request: a person by a session, a wall by its token, on loopback the demo, or nobody.

Owns the book of those whom this process knows, and the streams that they have open. The database is asked once about
each, and again when a right has changed anywhere: one small question a second says so, and streams whose viewer lost
something end then. While the database is away nobody can lose a right, and who was known stays known for a while.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
from collections import Counter
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from time import monotonic
from typing import Any, Final, ParamSpec, TypeVar

import anyio
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from dashboard.access.door import client_of, local
from dashboard.access.tickets import IDLE, KIOSK, SESSION, carried, digest
from dashboard.access.viewers import viewer_of_kiosk, viewer_of_user
from dashboard.domain.audit import Entry, Outcome
from dashboard.domain.policy import DEMO, NOBODY, Act, Viewer
from data_access.queries.access import access_version, kiosk_by_digest, user_by_session
from data_access.writes.access import kiosk_seen, session_seen
from data_access.writes.audit import add

log = logging.getLogger(__name__)

LOOK_S: Final = 1.0
TRUST_S: Final = 4.0
"""Without a look at the rights for so long, everybody is asked about again."""
GRACE_S: Final = 300.0
"""How long somebody stays known while the database is away."""
TOUCH_S: Final = 60.0
THREADS: Final = 4
MOST_KNOWN: Final = 50_000
MOST_WAITING: Final = 2_000
"""So many different refusals wait for the record; what comes beyond is counted."""

Key = tuple[str, bytes]
Asked = ParamSpec("Asked")
Found = TypeVar("Found")


@dataclass(slots=True, kw_only=True)
class _Known:
    viewer: Viewer
    ends_at: datetime | None
    asked_s: float
    touched_s: float = 0.0


class Doorman:
    """Call it with an ASGI scope. `demo`: requests from this machine alone need no sign-in."""

    def __init__(
        self, engine: Engine, *, demo: bool = False, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._engine = engine
        self._demo = demo
        self._clock = clock
        self._known: dict[Key, _Known] = {}
        self._streams: dict[Key, dict[object, Callable[[], None]]] = {}
        self._limiter: anyio.CapacityLimiter | None = None
        self._version: int | None = None
        self._looked_s = -TRUST_S
        self._refused: Counter[tuple[str, str, str, str]] = Counter()
        self._overflow = 0
        self._away = False

    async def __call__(self, scope: MutableMapping[str, Any]) -> Viewer:
        address = client_of(scope)
        for key in keys_of(scope):
            viewer = await self._viewer(key)
            if viewer.known:
                return replace(viewer, address=address)
        if self._demo and local(scope):
            return replace(DEMO, address=address)
        return replace(NOBODY, address=address)

    def watch(self, scope: Mapping[str, Any], stop: Callable[[], None]) -> Callable[[], None]:
        """Have a stream stopped when its viewer loses or gains something. Returns what ends the watch."""
        key = next(iter(keys_of(scope)), None)
        if key is None:
            return lambda: None
        token = object()
        self._streams.setdefault(key, {})[token] = stop

        def forget() -> None:
            streams = self._streams.get(key, {})
            streams.pop(token, None)
            if not streams:
                self._streams.pop(key, None)

        return forget

    def refused(self, viewer: Viewer, path: str, status: int) -> None:
        """Have a refusal put on record, with equal ones of the same second in one line."""
        line = (viewer.login, viewer.address, path[:300], str(status))
        if line in self._refused or len(self._refused) < MOST_WAITING:
            self._refused[line] += 1
        else:
            self._overflow += 1

    async def run(self, stop: asyncio.Event) -> None:
        """Look every second whether a right has changed, and write refusals down, until `stop`."""
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), LOOK_S)
            try:
                await self._look()
                await self._write_down()
                self._away = False
            except Exception as error:
                if not self._away:
                    extra = {"action": "access", "error": type(error).__name__}
                    log.warning("Rights could not be looked at", extra=extra, exc_info=True)
                self._away = True

    async def _look(self) -> None:
        version = await self._in_thread(self._read_version)
        self._looked_s = monotonic()
        changed = version != self._version
        if changed:
            self._version = version
            before, self._known = self._known, {}
        else:
            before = self._known
        for key in list(self._streams):
            known = before.get(key)
            over = known is not None and self._over(known)
            if changed or over or known is None:
                viewer = await self._viewer(key)
                same = known is not None and viewer == known.viewer and viewer.may(Act.SEE_WALL)
                if not same or over:
                    self._stop_streams(key)
            else:
                self._touch(key, known)

    def _stop_streams(self, key: Key) -> None:
        for stop in list(self._streams.pop(key, {}).values()):
            stop()

    async def _viewer(self, key: Key) -> Viewer:
        known, now_s = self._known.get(key), monotonic()
        looked = max(self._looked_s, known.asked_s if known is not None else 0.0)
        if known is not None and now_s - looked < TRUST_S and not self._over(known):
            self._touch(key, known)
            return known.viewer
        version = self._version
        try:
            found = await self._in_thread(self._read, key)
        except SQLAlchemyError:
            if known is not None and now_s - known.asked_s < GRACE_S:
                return known.viewer
            raise
        if found is None:
            self._known.pop(key, None)
            return NOBODY
        if version == self._version:  # else it may be from before the change
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            self._known[key] = found
        return found.viewer

    def _over(self, known: _Known) -> bool:
        return known.ends_at is not None and known.ends_at <= self._clock()

    def _read_version(self) -> int:
        with self._engine.connect() as conn:
            return access_version(conn)

    def _read(self, key: Key) -> _Known | None:
        kind, hashed = key
        now = self._clock()
        with self._engine.begin() as conn:
            if kind == KIOSK:
                kiosk = kiosk_by_digest(conn, hashed)
                if kiosk is None:
                    return None
                kiosk_seen(conn, kiosk.id)
                return _Known(viewer=viewer_of_kiosk(kiosk, ""), ends_at=None, asked_s=monotonic())
            found = user_by_session(conn, hashed, now, now - IDLE)
            if found is None:
                return None
            user, session = found
            session_seen(conn, hashed, now)
            viewer = viewer_of_user(user, "")
            return _Known(
                viewer=viewer, ends_at=session.expires_at, asked_s=monotonic(), touched_s=monotonic()
            )

    def _touch(self, key: Key, known: _Known) -> None:
        """Note now and then that a session is in use."""
        if key[0] != SESSION or monotonic() - known.touched_s < TOUCH_S:
            return
        known.touched_s = monotonic()
        asyncio.get_running_loop().run_in_executor(None, self._note_use, key[1])

    def _note_use(self, hashed: bytes) -> None:
        with contextlib.suppress(SQLAlchemyError), self._engine.begin() as conn:
            session_seen(conn, hashed, self._clock())

    async def _write_down(self) -> None:
        if not self._refused:
            return
        taken, self._refused = self._refused, Counter()
        overflow, self._overflow = self._overflow, 0
        entries = [
            Entry(
                actor=actor,
                what="request.refused",
                about=path,
                outcome=Outcome.REFUSED,
                address=address or None,
                details={"status": int(status), "times": times},
            )
            for (actor, address, path, status), times in taken.items()
        ]
        if overflow:
            details = {"times": overflow}
            entries.append(
                Entry(actor="", what="request.refused", about="", outcome=Outcome.REFUSED, details=details)
            )
        try:
            await self._in_thread(self._add, entries)
        except SQLAlchemyError:
            self._refused.update(taken)
            self._overflow += overflow
            raise

    def _add(self, entries: list[Entry]) -> None:
        with self._engine.begin() as conn:
            add(conn, entries)

    async def _in_thread(
        self, call: Callable[Asked, Found], *values: Asked.args, **named: Asked.kwargs
    ) -> Found:
        if self._limiter is None:
            self._limiter = anyio.CapacityLimiter(THREADS)
        return await anyio.to_thread.run_sync(
            functools.partial(call, *values, **named), limiter=self._limiter
        )


def keys_of(scope: Mapping[str, Any]) -> list[Key]:
    """The tickets of a request, a person's before a wall's."""
    found: list[Key] = []
    for name in (SESSION, KIOSK):
        token = carried(scope, name)
        if token is not None:
            found.append((name, digest(token)))
    return found
