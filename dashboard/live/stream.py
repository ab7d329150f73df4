"""The address of the event stream, in raw ASGI.

Owns one request's life: what it may see, where it goes on from, how it takes the bytes, and its end. While
it is open it holds nothing but a wait for the disconnect; writing is `fanout`'s.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import parse_qs

from dashboard.domain.policy import Scope
from dashboard.errors import DashboardError
from dashboard.live.hub import Hub
from dashboard.live.refusals import BadQuestion, Headers, NoDataYet, NoRoom, ReadingOnly, refusal
from dashboard.live.sse import Position, accepts_gzip, parse_position
from dashboard.live.streams import Form, Stream
from dashboard.live.transports import Receive, Send, SendTransport, Transport, straight_transport

ScopeOf = Callable[[Mapping[str, Any]], Scope]
Watch = Callable[[Mapping[str, Any], Callable[[], None]], Callable[[], None]]
"""Have a stream stopped when its viewer's rights change; returns what ends the watch."""
POSITION_WORDS: Final = "epoch:offset, two whole numbers, such as 7:123"


class StreamEndpoint:
    """ASGI application of GET /live/stream?from=epoch:offset&plain=1."""

    def __init__(self, hub: Hub, scope_of: ScopeOf, headers: Headers, watch: Watch | None = None) -> None:
        self._hub = hub
        self._scope_of = scope_of
        self._headers = headers
        self._watch = watch

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        try:
            at, plain = self._question(scope)
        except DashboardError as error:
            status, headers, body = refusal(error, scope)
            headers += self._headers
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": body, "more_body": False})
            return
        packed = not plain and accepts_gzip(scope["headers"])
        viewer = self._scope_of(scope)
        await self._begin(send, packed)
        await self._stay(viewer, packed, at, receive, send, scope)

    async def _begin(self, send: Send, packed: bool) -> None:
        headers = [
            (b"content-type", b"text/event-stream; charset=utf-8"),
            (b"cache-control", b"no-store, no-transform"),
            (b"vary", b"accept-encoding, cookie"),
            (b"x-accel-buffering", b"no"),
            *self._headers,
        ]
        if packed:
            headers.append((b"content-encoding", b"gzip"))
        await send({"type": "http.response.start", "status": 200, "headers": headers})

    async def _stay(
        self,
        viewer: Scope,
        packed: bool,
        at: Position | None,
        receive: Receive,
        send: Send,
        scope: Mapping[str, Any],
    ) -> None:
        """Until the client goes away or the fan-out stops it, by cancelling this task."""
        straight = straight_transport(send)
        transport: Transport = straight if straight is not None else SendTransport(send)
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a stream lives in a task of its server")
        form = Form(scope=viewer, packed=packed, chunked=straight is not None)
        stream = self._hub.fanout.join(form, transport, task.cancel, at)
        forget = None if self._watch is None else self._watch(scope, stream.stop)
        try:
            while (await receive())["type"] != "http.disconnect":
                pass
        except asyncio.CancelledError:
            if not stream.ended:
                raise
            task.uncancel()
            await self._end(stream, send)
        finally:
            self._hub.fanout.leave(stream)
            if forget is not None:
                forget()

    async def _end(self, stream: Stream, send: Send) -> None:
        """Say goodbye, unless nobody is taking what was sent before."""
        self._hub.fanout.leave(stream)
        if stream.transport.get_write_buffer_size() > 0:
            stream.transport.abort()
        else:
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _question(self, scope: Mapping[str, Any]) -> tuple[Position | None, bool]:
        """What is asked for; a DashboardError where it cannot be given."""
        if scope["method"] != "GET":
            raise ReadingOnly
        asked = read_question(scope)
        if self._hub.mirror is None or self._hub.fanout.closing:
            raise NoDataYet
        if len(self._hub.fanout) >= self._hub.fanout.most:
            raise NoRoom
        return asked


def read_question(scope: Mapping[str, Any]) -> tuple[Position | None, bool]:
    """Where to go on from, and whether plain text is asked for. Last-Event-ID is newer than the address."""
    try:
        asked = parse_qs(scope["query_string"].decode("ascii"), keep_blank_values=True, max_num_fields=10)
    except ValueError as error:
        raise BadQuestion(name="?", expected="a query string") from error
    plain = asked.get("plain", ["0"])[-1]
    if plain not in ("0", "1"):
        raise BadQuestion(name="plain", expected="0 | 1")
    known = [value.decode("latin-1") for name, value in scope["headers"] if name == b"last-event-id"]
    text = known[-1] if known and known[-1] else asked.get("from", [None])[-1]
    if text is None:
        return None, plain == "1"
    try:
        return parse_position(text), plain == "1"
    except ValueError as error:
        raise BadQuestion(name="from", expected=POSITION_WORDS) from error
