"""The door of the web process: what every request passes, in ASGI, before anything else sees it.

Owns which host names we answer to, that other sites cannot act in a viewer's name, the viewer's language, and
the headers that keep a browser safe. Who the viewer is, is settled here once and carried in the ASGI scope.
The stream's `send` is passed on untouched (its headers are the same): what wraps it would stand between
frames and socket.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from typing import Any, Final
from urllib.parse import urlsplit

from dashboard.domain.messages import dump
from dashboard.domain.policy import DEMO, NOBODY, Scope, Viewer

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]
Recognise = Callable[[MutableMapping[str, Any]], Viewer]

VIEWER_KEY: Final = "quanyu.viewer"
LANG_KEY: Final = "quanyu.lang"
ANY_HOST: Final = "*"
_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_LOOPBACK_NAMES: Final = frozenset({"localhost"})


def everybody(_scope: MutableMapping[str, Any]) -> Viewer:
    """The viewer of a server without sign-in, which is why it listens on loopback: sees all."""
    return DEMO


class Door:
    """ASGI middleware around the whole web process. `streams`: paths whose `send` stays untouched."""

    def __init__(
        self,
        app: App,
        *,
        headers: Headers,
        allowed_hosts: Iterable[str] = (),
        viewer: Recognise = everybody,
        streams: frozenset[str] = frozenset(),
    ) -> None:
        self._app = app
        self._headers = headers
        self._hosts = frozenset(host.lower() for host in allowed_hosts)
        self._viewer = viewer
        self._streams = streams

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sent = {name: value.decode("latin-1") for name, value in scope["headers"]}
        host = sent.get(b"host", "")
        if not self._answers_to(host):
            await refuse(send, 421, "This server does not answer to that name. Set QUANYU_ALLOWED_HOSTS.")
            return
        if scope["method"] not in _READING and not _same_site(sent.get(b"origin"), host):
            await refuse(send, 403, "This request came from another site.")
            return
        scope[VIEWER_KEY] = self._viewer(scope)
        scope[LANG_KEY] = language(sent.get(b"cookie", ""), sent.get(b"accept-language", ""))
        if scope["path"] in self._streams:
            await self._app(scope, receive, send)
        else:
            await self._app(scope, receive, self._with_headers(send))

    def _answers_to(self, host: str) -> bool:
        name = host_name(host)
        return ANY_HOST in self._hosts or name in self._hosts or is_loopback(name)

    def _with_headers(self, send: Send) -> Send:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = list(message.get("headers", []))
                stated = {name.lower() for name, _ in own}
                message["headers"] = own + [item for item in self._headers if item[0] not in stated]
            await send(message)

        return with_headers


def viewer_of(scope: Mapping[str, Any]) -> Viewer:
    """Who is behind a request, as the door found; nobody where no door was passed."""
    found = scope.get(VIEWER_KEY)
    return found if isinstance(found, Viewer) else NOBODY


def scope_of(scope: Mapping[str, Any]) -> Scope:
    """What the viewer of a request may see."""
    return viewer_of(scope).scope


def host_name(host: str) -> str:
    """The name in a Host header, without port, lower case; "" for what is no host."""
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


def is_loopback(name: str) -> bool:
    """Whether a host name can only mean this machine."""
    if name in _LOOPBACK_NAMES:
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def language(cookie: str, accepted: str) -> str:
    """ "zh" or "en": the cookie `lang`, else the browser's first wish of the two, else Chinese."""
    for item in cookie.split(";"):
        name, _, value = item.strip().partition("=")
        if name == "lang" and value in ("zh", "en"):
            return value
    wishes: list[tuple[float, str]] = []
    for item in accepted.split(","):
        name, _, weight = item.strip().partition(";q=")
        try:
            wishes.append((-float(weight or 1), name[:2].lower()))
        except ValueError:
            continue
    ranked = sorted(wishes, key=lambda wish: wish[0])
    return next((name for weight, name in ranked if weight and name in ("zh", "en")), "zh")


def safe_headers(script_hashes: Iterable[str]) -> Headers:
    """Headers of every answer. Scripts come from this server or have one of the hashes."""
    policy = {
        "default-src": "'self'",
        "script-src": " ".join(["'self'", *script_hashes]),
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "connect-src": "'self'",
        "worker-src": "'self'",
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'self'",
    }
    text = "; ".join(f"{name} {value}" for name, value in policy.items())
    return [
        (b"content-security-policy", text.encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"x-frame-options", b"SAMEORIGIN"),
        (b"referrer-policy", b"same-origin"),
        (b"permissions-policy", b"geolocation=(), camera=(), microphone=()"),
    ]


def _same_site(origin: str | None, host: str) -> bool:
    """Whether a request that changes something comes from our own pages, or from no page at all."""
    if origin is None:
        return True
    try:
        return urlsplit(origin).netloc.lower() == host.lower()
    except ValueError:  # no browser sends such an origin
        return False


async def refuse(send: Send, status: int, sentence: str, *, last: bool = False) -> None:
    """Answer a request with one sentence. `last`: the connection ends with it."""
    body = dump({"error": {"code": "refused", "message": sentence}}).encode()
    headers = [
        (b"content-type", b"application/json; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    if last:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
