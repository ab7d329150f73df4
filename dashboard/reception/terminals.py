"""The listener for JT/T 808 terminals: a TCP port, one connection a terminal, the same writer as for phones.

Owns the conversation. The protocol has no secret of its own beyond the code that a terminal gets when it
registers: it belongs on a closed network. A terminal is known by its number, which is the name of its worker's
device token (`token add --worker CODE --name NUMBER`); its code is made from the token's hash, and the token
itself is taken for the code as well. Revoking the token ends both.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import logging
import socket
import threading
from typing import Final

from dashboard.config import Settings
from dashboard.ports import listen
from dashboard.reception import jt808
from dashboard.reception.jt808 import BadFrame, Frame, Kind, Result
from dashboard.reception.readings import Reading
from dashboard.reception.refusals import Refused, TokenUnknown
from dashboard.reception.routes import Reception
from dashboard.reception.tokens import digest
from data_access.queries.tokens import Token

log = logging.getLogger(__name__)

MOST_CONNECTIONS: Final = 20_000
SILENCE_S: Final = 900.0
"""Terminals send a heartbeat every few minutes; who is silent for longer is gone."""
STRANGER_S: Final = 30.0
"""So long a connection may take to say who it is."""
GRACE_S: Final = 3.0


def run_terminals(settings: Settings, stop: threading.Event) -> None:
    """Listen until `stop`. Raises PortTaken."""
    sock = listen(settings.host, settings.jt808_port)
    extra = {"action": "jt808", "host": settings.host, "port": settings.jt808_port}
    log.info("Listening for terminals", extra=extra)
    reception = Reception(settings)
    with reception.running():
        asyncio.run(_serve(reception, sock, stop))


class Terminals:
    """The connections of one process."""

    def __init__(self, reception: Reception) -> None:
        self._reception = reception
        self._tasks: set[asyncio.Task[None]] = set()

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until it ends."""
        task = asyncio.current_task()
        if task is None or len(self._tasks) >= MOST_CONNECTIONS:
            writer.close()
            return
        self._tasks.add(task)
        try:
            await Conversation(self._reception, reader, writer).run()
        except (ConnectionError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            self._tasks.discard(task)
            writer.close()
            with contextlib.suppress(ConnectionError, TimeoutError):
                await asyncio.wait_for(writer.wait_closed(), GRACE_S)

    async def end(self) -> None:
        """End all connections."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=GRACE_S)


class Conversation:
    """What one terminal says, and what it is told."""

    def __init__(
        self, reception: Reception, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._reception = reception
        self._reader = reader
        self._writer = writer
        self._token: Token | None = None
        self._terminal = ""
        self._serial = 0

    async def run(self) -> None:
        """Until the terminal goes, falls silent, or its token ends."""
        going = True
        while going:
            patience_s = SILENCE_S if self._token is not None else STRANGER_S
            async with asyncio.timeout(patience_s):
                content = (await self._reader.readuntil(jt808.DELIMITER))[:-1]
            if not content:
                continue
            try:
                frame = jt808.unpack(content)
            except BadFrame:
                continue  # the standard's own answer to bytes that are no frame
            going = await self._heard(frame)
            async with asyncio.timeout(STRANGER_S):  # who takes no answers keeps no connection
                await self._writer.drain()

    async def _heard(self, frame: Frame) -> bool:
        """Answer a frame; False where the connection is over."""
        if not frame.whole:
            return self._say(frame, Result.UNKNOWN)
        if frame.kind in (Kind.REGISTER, Kind.AUTHENTICATE):
            return await (self._register if frame.kind == Kind.REGISTER else self._authenticate)(frame)
        if self._token is None or frame.terminal != self._terminal:
            return self._say(frame, Result.FAILED, going=False)
        if frame.kind in (Kind.LOCATION, Kind.LOCATIONS):
            return await self._located(frame)
        if frame.kind == Kind.LOGOUT:
            return self._say(frame, Result.DONE, going=False)
        return self._say(frame, Result.DONE if frame.kind == Kind.HEARTBEAT else Result.UNKNOWN)

    async def _register(self, frame: Frame) -> bool:
        try:
            known = await self._reception.gate.terminal(frame.terminal)
        except Refused:
            return False
        code = terminal_code(known[0][1], frame.terminal) if known else None
        self._send(jt808.registered(frame, code, self._next()))
        return code is not None

    async def _authenticate(self, frame: Frame) -> bool:
        try:
            code = jt808.code_of(frame)
            known = await self._reception.gate.terminal(frame.terminal)
        except BadFrame:
            return self._say(frame, Result.WRONG, going=False)
        except Refused:
            return self._say(frame, Result.FAILED, going=False)
        for token, kept in known:
            derived = hmac.compare_digest(terminal_code(kept, frame.terminal).encode(), code.encode())
            if derived or hmac.compare_digest(digest(code), kept):
                self._token, self._terminal = token, frame.terminal
                return self._say(frame, Result.DONE)
        return self._say(frame, Result.FAILED, going=False)

    async def _located(self, frame: Frame) -> bool:
        assert self._token is not None
        try:
            found = positions_in(frame)
        except (BadFrame, Refused):
            return self._say(frame, Result.WRONG)
        try:
            self._reception.gate.count(self._token)
            await self._reception.tracking.keep(self._token, found)
        except TokenUnknown:
            return self._say(frame, Result.FAILED, going=False)
        except Refused as error:
            final = error.retry_s is None
            return self._say(frame, Result.WRONG if final else Result.FAILED)
        return self._say(frame, Result.DONE)

    def _say(self, frame: Frame, result: Result, *, going: bool = True) -> bool:
        self._send(jt808.answer(frame, result, self._next()))
        return going

    def _send(self, data: bytes) -> None:
        self._writer.write(data)

    def _next(self) -> int:
        self._serial = (self._serial + 1) & 0xFFFF
        return self._serial


def positions_in(frame: Frame) -> list[Reading]:
    """The readings of a location message. Raises BadFrame."""
    if frame.kind == Kind.LOCATIONS:
        return jt808.locations(frame.body, frame.terminal)
    return [jt808.location(frame.body, frame.terminal)]


def terminal_code(kept: bytes, terminal: str) -> str:
    """The code that a terminal gets when it registers: nobody can make it who does not hold the hash."""
    return hmac.new(kept, f"jt808 {terminal}".encode(), hashlib.sha256).hexdigest()[:24]


async def _serve(reception: Reception, sock: socket.socket, stop: threading.Event) -> None:
    terminals = Terminals(reception)
    server = await asyncio.start_server(
        terminals.connected,
        sock=sock,
        limit=jt808.LONGEST,
    )
    async with server:
        await asyncio.to_thread(stop.wait)
        server.close()
        await terminals.end()
    log.info("No longer listening for terminals", extra={"action": "jt808_end"})
