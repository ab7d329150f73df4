"""The door of the web process: what every request passes, in ASGI, before anything else sees it.

Owns which host names we answer to, that other sites cannot act in a viewer's name, that nobody gets further than
the policy lets them, the viewer's language, and the headers that keep a browser safe. Who the viewer is, is settled
here once and carried in the ASGI scope; how a person is told no is for `refusal_pages`.
The stream's `send` is passed on untouched (its headers are the same): what wraps it would stand between
frames and socket.
"""

from __future__ import annotations

import ipaddress
import logging
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from sqlalchemy.exc import SQLAlchemyError

from dashboard.access.refusal_pages import refusal_of
from dashboard.domain.messages import dump
from dashboard.domain.permits import Entry, named, need_of, permitted
from dashboard.domain.policy import DEMO, NOBODY, Scope, Viewer

log = logging.getLogger(__name__)

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]
Recognise = Callable[[MutableMapping[str, Any]], Viewer | Awaitable[Viewer]]
Note = Callable[[Viewer, str, int], None]

VIEWER_KEY: Final = "quanyu.viewer"
REFUSED_KEY: Final = "quanyu.refused"
LANG_KEY: Final = "quanyu.lang"
ANY_HOST: Final = "*"
_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
METRICS: Final = "/metrics"
TLS_ONLY: Final = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")
_FORWARDED: Final = (b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-real-ip", b"via")
_COOKIES: Final = re.compile(r"quanyu_(session|kiosk)=")
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
        refused: Note | None = None,
    ) -> None:
        self._app = app
        self._headers = headers
        self._hosts = frozenset(host.lower() for host in allowed_hosts)
        self._viewer = viewer
        self._streams = streams
        self._refused = refused

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sent = {name: value.decode("latin-1") for name, value in scope["headers"]}
        host = sent.get(b"host", "")
        if not self._answers_to(host):
            await refuse(send, 421, "This server does not answer to that name. Set QUANYU_ALLOWED_HOSTS.")
            return
        send_safely = self._with_headers(send, scope)
        scope[LANG_KEY] = language(sent.get(b"cookie", ""), sent.get(b"accept-language", ""))
        if scope["method"] not in _READING and not _same_site(sent, host):
            await refuse(send_safely, 403, "This request came from another site.")
            return
        viewer = await self._who(scope)
        if viewer is None:
            await refuse(send_safely, 503, "The database does not answer. Try again in a moment.")
            return
        scope[VIEWER_KEY] = viewer
        scope[REFUSED_KEY] = self._refused
        if not permitted(viewer, need_of(scope["path"])) and not measuring(scope):
            await self._turn_away(viewer, scope, send_safely)
            return
        if scope["path"] in self._streams:
            await self._app(scope, receive, send)
        else:
            await self._app(scope, receive, send_safely)

    async def _who(self, scope: MutableMapping[str, Any]) -> Viewer | None:
        """Who is asking; None where that cannot be found out now."""
        if need_of(scope["path"]) is Entry.OPEN and scope["method"] in _READING:
            return NOBODY
        try:
            found = self._viewer(scope)
            return found if isinstance(found, Viewer) else await found
        except SQLAlchemyError as error:
            log.warning(
                "Nobody knows who is asking", extra={"action": "access", "error": type(error).__name__}
            )
            return None

    async def _turn_away(self, viewer: Viewer, scope: MutableMapping[str, Any], send: Send) -> None:
        status, headers, body = refusal_of(viewer, scope)
        if self._refused is not None:
            self._refused(viewer, scope["path"], status)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _note_absent(self, scope: Mapping[str, Any]) -> None:
        """Whoever does not see everything is told of what lies outside as of what does not exist: on record it is a
        refusal, with the region that was asked for."""
        viewer, path = viewer_of(scope), scope["path"]
        if self._refused is None or not limited(viewer) or not named(path):
            return
        region = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("region", [""])[0]
        self._refused(viewer, f"{path}?region={region}" if region else path, 404)

    def _answers_to(self, host: str) -> bool:
        name = host_name(host)
        return ANY_HOST in self._hosts or name in self._hosts or is_loopback(name)

    def _with_headers(self, send: Send, scope: Mapping[str, Any]) -> Send:
        wanted = [*self._headers, TLS_ONLY] if scope.get("scheme") == "https" else self._headers

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                if message["status"] == 404:
                    self._note_absent(scope)
                own = list(message.get("headers", []))
                stated = {name.lower() for name, _ in own}
                message["headers"] = own + [item for item in wanted if item[0] not in stated]
            await send(message)

        return with_headers


def viewer_of(scope: Mapping[str, Any]) -> Viewer:
    """Who is behind a request, as the door found; nobody where no door was passed."""
    found = scope.get(VIEWER_KEY)
    return found if isinstance(found, Viewer) else NOBODY


def limited(viewer: Viewer) -> bool:
    """Whether there may be things that a known viewer does not see."""
    return viewer.known and not viewer.scope.everything


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
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'self'",
    }
    text = "; ".join(f"{name} {value}" for name, value in policy.items())
    return [
        (b"content-security-policy", text.encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"x-frame-options", b"SAMEORIGIN"),
        (b"referrer-policy", b"same-origin"),
        (b"cross-origin-opener-policy", b"same-origin"),
        (b"cross-origin-resource-policy", b"same-origin"),
        (b"permissions-policy", b"geolocation=(), camera=(), microphone=()"),
    ]


def _same_site(sent: Mapping[bytes, str], host: str) -> bool:
    """Whether a request that changes something comes from our own pages, or from no page at all. One that carries a
    cookie of ours must say where it comes from, as every browser does."""
    site, origin = sent.get(b"sec-fetch-site"), sent.get(b"origin")
    if site not in (None, "same-origin", "none"):
        return False
    if origin is None:
        return site is not None or not _COOKIES.search(sent.get(b"cookie", ""))
    try:
        return urlsplit(origin).netloc.lower() == host.lower()
    except ValueError:  # no browser sends such an origin
        return False


def client_of(scope: Mapping[str, Any]) -> str:
    """The address that a request comes from, as the proxy before us says where there is one that we trust."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def local(scope: Mapping[str, Any]) -> bool:
    """Whether a request comes from this machine itself: not through a proxy, and by a name of this machine."""
    headers = dict(scope["headers"])
    if any(name in headers for name in _FORWARDED):
        return False
    return is_loopback(client_of(scope)) and is_loopback(
        host_name(headers.get(b"host", b"").decode("latin-1"))
    )


def measuring(scope: Mapping[str, Any]) -> bool:
    """Whether this is the machine's own monitoring, which has no session."""
    return scope["path"] == METRICS and local(scope)


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
