"""How somebody is told no: people are led to the sign-in or get a short page, programs get a status and a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any, Final
from urllib.parse import quote

from dashboard.domain.messages import dump
from dashboard.domain.policy import Act, Viewer
from dashboard.i18n import Lang, text

LANG_KEY: Final = "quanyu.lang"
PROGRAMS: Final = ("/api/", "/live/", "/_dash", "/_reload", "/metrics")
OWN_DAY: Final = b"/me"
"""Where field workers begin, who may not see the wall."""
Headers = list[tuple[bytes, bytes]]

PAGE: Final = """<!DOCTYPE html>
<html lang="{lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="dark"><title>{title}</title>
<link rel="stylesheet" href="/assets/css/tokens.css"><link rel="stylesheet" href="/assets/css/ui.css">
<link rel="stylesheet" href="/assets/css/access.css"><link rel="icon" href="/assets/icons/mark.svg">
{head}</head><body class="is-desk ac"><main class="ac-card panel">
<p class="ac-brand"><img src="/assets/icons/mark.svg" alt="">{brand}</p>
<h1>{title}</h1>
{body}
</main></body></html>"""


def refusal_of(viewer: Viewer, scope: Mapping[str, Any]) -> tuple[int, Headers, bytes]:
    """Status, headers and body of a refusal."""
    lang = Lang.chosen(scope.get(LANG_KEY))
    page = _wants_page(scope)
    if not viewer.known or viewer.must_change:
        key = "change" if viewer.known else "sign_in"
        if page:
            address = "/password" if viewer.known else f"/login?next={quote(_here(scope), safe='')}"
            return 303, [(b"location", address.encode()), (b"cache-control", b"no-store")], b""
        return _sentence(403 if viewer.known else 401, key, lang)
    if not page:
        return _sentence(403, "denied", lang)
    if scope["path"] == "/" and viewer.worker is not None and viewer.may(Act.SEE_OWN_DAY):
        return 303, [(b"location", OWN_DAY), (b"cache-control", b"no-store")], b""
    back = f'<a class="btn pri" href="/">{escape(text(lang, "access.back"))}</a>'
    body = f"<p>{escape(text(lang, 'access.denied'))}</p><p>{back}</p>"
    return 403, _html(), document(lang, text(lang, "access.denied_title"), body).encode()


def document(lang: Lang, title: str, body: str, head: str = "") -> str:
    """A page of its own around a body, whose values are escaped already."""
    brand = escape(text(lang, "desk.brand"))
    return PAGE.format(lang=lang.html, title=escape(title), brand=brand, body=body, head=head)


def _wants_page(scope: Mapping[str, Any]) -> bool:
    accepted = dict(scope["headers"]).get(b"accept", b"")
    return (
        scope["method"] in ("GET", "HEAD")
        and b"text/html" in accepted
        and not scope["path"].startswith(PROGRAMS)
    )


def _here(scope: Mapping[str, Any]) -> str:
    query = scope.get("query_string", b"").decode("latin-1")
    return f"{scope['path']}?{query}" if query else str(scope["path"])


def _sentence(status: int, key: str, lang: Lang) -> tuple[int, Headers, bytes]:
    body = dump({"error": {"code": key, "message": text(lang, f"access.{key}")}}).encode()
    return (
        status,
        [(b"content-type", b"application/json; charset=utf-8"), (b"cache-control", b"no-store")],
        body,
    )


def _html() -> Headers:
    return [(b"content-type", b"text/html; charset=utf-8"), (b"cache-control", b"no-store")]
