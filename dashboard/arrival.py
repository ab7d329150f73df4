"""Connections on which no request arrives: each is closed in time, or whoever opens many would use up all files.

uvicorn itself waits for ever for the first byte of a connection and for the last byte of a request's head, and
takes a head of any size.
"""

from __future__ import annotations

import asyncio
from typing import ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class PunctualProtocol(HttpToolsProtocol):
    """uvicorn's protocol with limits for the head of each request."""

    head_s: ClassVar[float] = 20.0
    """How long it may take, from the connection or from the request's first byte."""
    head_bytes: ClassVar[int] = 512 * 1024
    """How much may have come without a complete head: a few reads of the socket."""
    _come = 0
    _overdue: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_is_here()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._come = 0 if self._overdue is None else self._come + len(data)
        if self._come > self.head_bytes:
            self.transport.abort()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._expect_head()

    def on_headers_complete(self) -> None:
        self._head_is_here()
        super().on_headers_complete()

    def _expect_head(self) -> None:
        self._head_is_here()
        self._overdue = self.loop.call_later(self.head_s, self.transport.abort)

    def _head_is_here(self) -> None:
        if self._overdue is not None:
            self._overdue.cancel()
            self._overdue = None
