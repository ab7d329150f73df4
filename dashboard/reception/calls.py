"""A request as reception reads it, and the answer that goes back: raw ASGI, bounded in size and time.

Owns reading bodies, JSON and forms within limits. What a body means is for its protocol.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl

from pydantic_core import from_json

from dashboard.access.door import LANG_KEY, Receive, Send
from dashboard.reception.refusals import (
    Busy,
    Encoded,
    NotForm,
    NotJson,
    Refused,
    TooLarge,
    TooSlow,
    WrongMethod,
)

BODY_S: Final = 30.0
SMALL: Final = 16_000
"""Bytes of a phone's report, and more than that."""
AT_ONCE: Final = 64
"""So many of the largest requests may be in memory at once."""
MOST_FIELDS: Final = 500
MOST_QUERY: Final = 20_000
JSON: Final = b"application/json; charset=utf-8"
Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request, whole."""

    method: str
    path: str
    lang: str
    headers: Mapping[bytes, bytes]
    query: Mapping[str, str]
    body: bytes
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def content_type(self) -> str:
        """What the body says it is, without its parameters."""
        return self.headers.get(b"content-type", b"").decode("latin-1").partition(";")[0].strip().lower()

    def json(self) -> Any:  # noqa: ANN401 - JSON
        """The body as JSON. Raises NotJson."""
        return parse_json(self.body)

    def form(self) -> list[tuple[str, str]]:
        """The body as a form's fields, in their order. Raises NotForm."""
        try:
            text = self.body.decode("utf-8")
            return parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
        except ValueError as error:
            raise NotForm(reason=type(error).__name__) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What goes back."""

    status: int
    body: bytes
    content_type: bytes = JSON
    headers: Headers = field(default_factory=list)


class Bodies:
    """How much of requests is in memory at once, of one process: who says nothing of himself yet can send a lot."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self.held = 0

    def take(self, more: int, size: int) -> None:
        """More of a request that is now so large has come. Raises Busy; small requests are always taken."""
        if size > SMALL and self.held + more > self._most_bytes:
            raise Busy
        self.held += more


Handle = Callable[[Call], Awaitable[Answer]]
Refuse = Callable[[Refused, Call | None, str], Answer]


def parse_json(body: bytes) -> Any:  # noqa: ANN401 - JSON
    """JSON that anybody may have written. Raises NotJson."""
    with contextlib.suppress(ValueError):
        # in half the time; what it cannot read, such as half a character, the other may
        return from_json(body)
    try:
        return json.loads(body)
    except RecursionError as error:
        raise NotJson(reason="nesting") from error
    except ValueError as error:
        raise NotJson(reason=f"{getattr(error, 'msg', type(error).__name__)}"[:100]) from error


def json_answer(value: Any, status: int = 200, headers: Headers | None = None) -> Answer:  # noqa: ANN401 - JSON
    """A value as JSON."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Answer(status=status, body=text.encode("utf-8", "replace"), headers=headers or [])


def refusal_answer(error: Refused, _call: Call | None, lang: str) -> Answer:
    """A refusal in the form of all our JSON interfaces."""
    return json_answer({"error": error.body(lang)}, error.status, error.headers())


class Endpoint:
    """ASGI application of one address."""

    def __init__(
        self,
        handle: Handle,
        *,
        methods: frozenset[str],
        most_bytes: int,
        bodies: Bodies,
        refuse: Refuse = refusal_answer,
    ) -> None:
        self._handle = handle
        self._bodies = bodies
        self._methods = methods
        self._most_bytes = most_bytes
        self._refuse = refuse

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        lang = scope.get(LANG_KEY, "zh")
        call: Call | None = None
        body: list[bytes] = []
        try:
            call = await self._call(scope, receive, lang, body)
            if call is None:
                return
            answer = await self._handle(call)
        except Refused as error:
            answer = self._refuse(error, call, lang)
        finally:
            self._bodies.held -= sum(map(len, body))
        headers = [
            (b"content-type", answer.content_type),
            (b"content-length", str(len(answer.body)).encode()),
            (b"cache-control", b"no-store"),
            *answer.headers,
        ]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        content = b"" if scope["method"] == "HEAD" else answer.body
        await send({"type": "http.response.body", "body": content})

    async def _call(
        self, scope: Mapping[str, Any], receive: Receive, lang: str, chunks: list[bytes]
    ) -> Call | None:
        """The whole request, its body in `chunks` as it comes; None where the client went away."""
        if scope["method"] not in self._methods:
            raise WrongMethod
        headers = dict(scope["headers"])
        if headers.get(b"content-encoding", b"identity").lower() != b"identity":
            raise Encoded
        body = b""
        if scope["method"] not in ("GET", "HEAD"):
            found = await self._body(headers, receive, chunks)
            if found is None:
                return None
            body = found
        return Call(
            method=scope["method"],
            path=scope["path"],
            lang=lang,
            headers=headers,
            query=_query(scope["query_string"]),
            body=body,
            parameters=scope.get("path_params", {}),
        )

    async def _body(
        self, headers: Mapping[bytes, bytes], receive: Receive, chunks: list[bytes]
    ) -> bytes | None:
        announced = headers.get(b"content-length", b"0")
        if announced.isdigit() and int(announced[:18]) > self._most_bytes:
            raise TooLarge(limit=self._most_bytes)
        size = 0
        try:
            async with asyncio.timeout(BODY_S):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        return None
                    chunk = message.get("body", b"")
                    size += len(chunk)
                    if size > self._most_bytes:
                        raise TooLarge(limit=self._most_bytes)
                    self._bodies.take(len(chunk), size)
                    chunks.append(chunk)
                    if not message.get("more_body", False):
                        return b"".join(chunks)
        except TimeoutError:
            raise TooSlow from None


def _query(text: bytes) -> dict[str, str]:
    """The first value of each parameter. Raises NotForm."""
    if not text:
        return {}
    if len(text) > MOST_QUERY:
        raise TooLarge(limit=MOST_QUERY)
    try:
        pairs = parse_qsl(text.decode("latin-1"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise NotForm(reason=type(error).__name__) from error
    found: dict[str, str] = {}
    for key, value in pairs:
        found.setdefault(key, value)
    return found
