"""The addresses of signing in: `/login`, `/logout`, `/password`, `/sessions`, and `/kiosk` for walls.

They are plain pages without any script, so that they work before anything else does. Owns what they show and their
cookies; leaves the rules to `users` and `kiosk`.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from html import escape
from typing import Final, TypeVar
from urllib.parse import quote, unquote

import anyio
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from dashboard.access import kiosk, session_list, tickets, users
from dashboard.access.door import client_of, viewer_of
from dashboard.access.forms import Tries, own_address, read_form
from dashboard.access.oidc import SingleSignOn
from dashboard.access.refusal_pages import LANG_KEY, document
from dashboard.errors import DashboardError
from dashboard.i18n import Lang, text

HASHING: Final = 2
"""Passwords that are compared at once: each takes 64 MB for a moment."""
NO_STORE: Final = {"Cache-Control": "no-store"}
Found = TypeVar("Found")
Handler = Callable[[Request], Awaitable[Response]]


class AccessPages:
    """The pages and their routes. `sso`: the provider that signs people in too, where there is one."""

    def __init__(
        self, engine: Engine, clock: Callable[[], datetime], *, sso: SingleSignOn | None = None
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._sso = sso
        self._tries = Tries()
        self._limiter: anyio.CapacityLimiter | None = None

    def routes(self) -> list[Route]:
        """For the web process to mount."""
        table: tuple[tuple[str, Handler, str], ...] = (
            ("/login", self.login_page, "GET"),
            ("/login", self.login, "POST"),
            ("/logout", self.logout, "POST"),
            ("/password", self.password_page, "GET"),
            ("/password", self.password, "POST"),
            ("/sessions", self.sessions_page, "GET"),
            ("/sessions", self.end_sessions, "POST"),
            ("/login/sso", self.send_off, "GET"),
            ("/login/callback", self.come_back, "GET"),
            ("/kiosk", self.kiosk_page, "GET"),
            ("/kiosk/enter", self.kiosk_enter, "POST"),
        )
        return [Route(path, _answered(handler), methods=[method]) for path, handler, method in table]

    async def login_page(self, request: Request) -> Response:
        """The form."""
        return self._login_form(request, own_address(request.query_params.get("next", "/")), "")

    async def login(self, request: Request) -> Response:
        """Name and password came."""
        form = await read_form(request)
        onward = own_address(form.get("next", "/"))
        try:
            self._tries.take(client_of(request.scope))
            sign_in = functools.partial(
                users.sign_in,
                self._engine,
                form.get("login", ""),
                form.get("password", ""),
                self._clock(),
                address=client_of(request.scope),
                agent=request.headers.get("user-agent", ""),
            )
            ticket = await self._hashing(sign_in)
        except DashboardError as error:
            return self._login_form(request, onward, error.sentence(_lang(request)), 401)
        self._tries.give_back(client_of(request.scope))
        answer = RedirectResponse(onward, 303, NO_STORE)
        _give(answer, request, tickets.SESSION, ticket.token, tickets.LIFE)
        return answer

    async def send_off(self, request: Request) -> Response:
        """To the organisation's own sign-in."""
        if self._sso is None:
            return RedirectResponse("/login", 303, NO_STORE)
        onward = own_address(request.query_params.get("next", "/"))
        address, errand = await anyio.to_thread.run_sync(self._sso.send_off, _callback(request))
        answer = RedirectResponse(address, 303, NO_STORE)
        _give(
            answer, request, tickets.SSO, f"{errand.text()}.{quote(onward, safe='')[:200]}", tickets.SSO_LIFE
        )
        return answer

    async def come_back(self, request: Request) -> Response:
        """From there, with a code."""
        kept = tickets.carried(request.scope, tickets.SSO) or ""
        if self._sso is None or not kept:
            return RedirectResponse("/login", 303, NO_STORE)
        try:
            welcome = functools.partial(
                self._sso.welcome,
                _callback(request),
                dict(request.query_params),
                kept,
                self._clock(),
                address=client_of(request.scope),
                agent=request.headers.get("user-agent", ""),
            )
            ticket = await anyio.to_thread.run_sync(welcome)
        except DashboardError as error:
            return self._login_form(request, "/", error.sentence(_lang(request)), 401)
        answer = RedirectResponse(own_address(unquote(kept.split(".", 3)[3])), 303, NO_STORE)
        _give(answer, request, tickets.SSO, "", None)
        _give(answer, request, tickets.SESSION, ticket.token, tickets.LIFE)
        return answer

    async def logout(self, request: Request) -> Response:
        """The session is over."""
        token = tickets.carried(request.scope, tickets.SESSION)
        if token is not None:
            viewer = viewer_of(request.scope)
            await anyio.to_thread.run_sync(session_list.end_own, self._engine, viewer, tickets.digest(token))
        answer = RedirectResponse("/login", 303, NO_STORE)
        _give(answer, request, tickets.SESSION, "", None)
        answer.headers["Clear-Site-Data"] = '"cache", "storage"'
        return answer

    async def password_page(self, request: Request) -> Response:
        """The form for another password."""
        return self._password_form(request, "")

    async def password(self, request: Request) -> Response:
        """Another password came."""
        form, viewer = await read_form(request), viewer_of(request.scope)
        token = tickets.carried(request.scope, tickets.SESSION)
        keep = None if token is None else tickets.digest(token)
        try:
            self._tries.take(client_of(request.scope))
            if form.get("new") != form.get("again"):
                return self._password_form(request, text(Lang.chosen(_lang(request)), "access.differ"), 400)
            change = functools.partial(
                users.change_password,
                self._engine,
                viewer,
                form.get("old", ""),
                form.get("new", ""),
                self._clock(),
                keep=keep,
            )
            await self._hashing(change)
        except DashboardError as error:
            return self._password_form(request, error.sentence(_lang(request)), 400)
        self._tries.give_back(client_of(request.scope))
        return RedirectResponse("/", 303, NO_STORE)

    async def sessions_page(self, request: Request) -> Response:
        """Where the user is signed in."""
        token = tickets.carried(request.scope, tickets.SESSION)
        rows = await anyio.to_thread.run_sync(
            session_list.own, self._engine, viewer_of(request.scope), self._clock()
        )
        own = None if token is None else tickets.digest(token)
        return _page(request, "sessions_title", session_list.table(rows, own, Lang.chosen(_lang(request))))

    async def end_sessions(self, request: Request) -> Response:
        """End one session of the user's, or all."""
        form, viewer = await read_form(request), viewer_of(request.scope)
        number = form.get("number", "")
        await anyio.to_thread.run_sync(
            session_list.end,
            self._engine,
            viewer,
            int(number) if number.isdecimal() and len(number) < 19 else None,
        )
        return RedirectResponse("/sessions", 303, NO_STORE)

    async def kiosk_page(self, request: Request) -> Response:
        """A wall opens `/kiosk#TOKEN`: the token stays in the browser, a script hands it in."""
        head = '<script src="/assets/js/kiosk-door.js" defer></script>'
        lang = Lang.chosen(_lang(request))
        waiting, failed = _t(lang, "kiosk_wait"), _t(lang, "kiosk_failed")
        body = f'<p id="kiosk-door" data-failed="{failed}">{waiting}</p>'
        return HTMLResponse(document(lang, text(lang, "access.kiosk_title"), body, head), headers=NO_STORE)

    async def kiosk_enter(self, request: Request) -> Response:
        """A wall's token came; it becomes a cookie that no script reads."""
        self._tries.take(client_of(request.scope))
        token = (await read_form(request)).get("token", "")
        found = await anyio.to_thread.run_sync(kiosk.enter, self._engine, token, client_of(request.scope))
        if not found:
            return Response(status_code=401, headers=NO_STORE)
        self._tries.give_back(client_of(request.scope))
        answer = Response(status_code=204, headers=NO_STORE)
        _give(answer, request, tickets.KIOSK, token, tickets.KIOSK_LIFE)
        return answer

    async def _hashing(self, call: Callable[[], Found]) -> Found:
        if self._limiter is None:
            self._limiter = anyio.CapacityLimiter(HASHING)
        return await anyio.to_thread.run_sync(call, limiter=self._limiter)

    def _login_form(self, request: Request, onward: str, said: str, status: int = 200) -> Response:
        lang = Lang.chosen(_lang(request))
        sso = (
            f'<p><a class="btn" href="/login/sso?next={quote(onward, safe="")}">{_t(lang, "sso")}</a></p>'
            if self._sso
            else ""
        )
        fields = _field(lang, "login", "text", "username", autofocus=True) + _field(
            lang, "password", "password", "current-password"
        )
        hidden = f'<input type="hidden" name="next" value="{escape(onward)}">'
        body = f"{_said(said)}{_form('/login', fields + hidden, _t(lang, 'enter'))}{sso}"
        return _page(request, "title", body, status)

    def _password_form(self, request: Request, said: str, status: int = 200) -> Response:
        lang, viewer = Lang.chosen(_lang(request)), viewer_of(request.scope)
        why = f"<p>{_t(lang, 'change')}</p>" if viewer.must_change else ""
        fields = (
            _field(lang, "old", "password", "current-password", autofocus=True)
            + _field(lang, "new", "password", "new-password")
            + _field(lang, "again", "password", "new-password")
        )
        return _page(
            request,
            "password_title",
            why + _said(said) + _form("/password", fields, _t(lang, "keep")),
            status,
        )


def _callback(request: Request) -> str:
    """Where the provider sends the browser back to: this very address, whose host the door has checked."""
    return f"{request.url.scheme}://{request.url.netloc}/login/callback"


def _answered(handler: Handler) -> Handler:
    async def answered(request: Request) -> Response:
        try:
            return await handler(request)
        except DashboardError as error:
            return _page(request, "title", _said(error.sentence(_lang(request))), 400)
        except SQLAlchemyError:
            lang = Lang.chosen(_lang(request))
            return _page(request, "title", _said(text(lang, "access.away")), 503)

    return answered


def _lang(request: Request) -> str:
    return str(request.scope.get(LANG_KEY, "zh"))


def _t(lang: Lang, key: str) -> str:
    return escape(text(lang, f"access.{key}"))


def _page(request: Request, title: str, body: str, status: int = 200) -> Response:
    lang = Lang.chosen(_lang(request))
    return HTMLResponse(document(lang, text(lang, f"access.{title}"), body), status, NO_STORE)


def _said(sentence: str) -> str:
    return (
        f'<p class="ac-said" role="alert"><i class="st bad"></i> {escape(sentence)}</p>' if sentence else ""
    )


def _field(lang: Lang, name: str, kind: str, complete: str, *, autofocus: bool = False) -> str:
    focus = " autofocus" if autofocus else ""
    return (
        f'<label>{_t(lang, name)}<input name="{name}" type="{kind}" autocomplete="{complete}" '
        f'maxlength="200" required{focus}></label>'
    )


def _form(address: str, fields: str, submit: str) -> str:
    button = f'<button class="btn pri" type="submit">{submit}</button>'
    return f'<form method="post" action="{address}">{fields}{button}</form>'


def _give(answer: Response, request: Request, name: str, value: str, life: timedelta | None) -> None:
    answer.headers.append("set-cookie", tickets.cookie(request.scope, name, value, life))
