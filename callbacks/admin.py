"""The pages of administration: what is asked comes in one store, what is shown goes out as one body."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from dash import Dash, Input, Output, State, no_update
from dash.development.base_component import Component

from callbacks import request
from callbacks.services import Services
from dashboard.administration import Wish
from dashboard.domain.policy import NOBODY, Viewer
from dashboard.errors import DashboardError
from data_access.queries.access import Kiosk, User
from data_access.queries.audit import AuditQuestion, Verdict
from data_access.queries.tokens import ListedToken
from layouts import admin, ids
from layouts.admin import AdminView, RecordView, Row
from layouts.context import PageContext
from layouts.desk import sentence

PATH: Final = "/admin"
AUDIT_PATH: Final = "/admin/audit"


def register(app: Dash, services: Services) -> None:
    """Both pages' callbacks."""

    @app.callback(
        Output(ids.ADMIN_BODY, "children"),
        Input(ids.ADMIN_ASK, "data"),
        State(ids.URL, "pathname"),
        prevent_initial_call=True,
    )
    def obey(ask: Mapping[str, Any] | None, _path: str) -> Any:  # noqa: ANN401 - or nothing new
        if not ask:
            return no_update
        context, said, once = request.context(), "", ""
        try:
            once = services.administration.obey(_viewer(context), _wish(ask))
        except DashboardError as error:
            said = error.sentence(str(context.lang))
        return admin.body(context, _view(context, services, said, once)).children

    @app.callback(Output(ids.AUDIT_BODY, "children"), Input(ids.AUDIT_ASK, "data"), prevent_initial_call=True)
    def look(ask: Mapping[str, Any] | None) -> Any:  # noqa: ANN401 - or nothing new
        if not ask:
            return no_update
        context, wish = request.context(), _wish(ask)
        verdict = services.administration.chain(_viewer(context)) if wish.act == "verify" else None
        return admin.record_body(context, _record(context, services, wish, verdict)).children


def render(context: PageContext, services: Services, path: str) -> Component:
    """The page of an address below `/admin`. DashboardError."""
    if path.rstrip("/") not in (PATH, AUDIT_PATH):
        return sentence(context, context.t("region.unknown"))
    if path.rstrip("/") == AUDIT_PATH:
        wish = Wish(act="search", about="", fields={})
        return admin.record_layout(context, _record(context, services, wish, None))
    return admin.layout(context, _view(context, services, "", ""))


def _viewer(context: PageContext) -> Viewer:
    return NOBODY if context.viewer is None else context.viewer


def _wish(ask: Mapping[str, Any]) -> Wish:
    fields = ask.get("fields")
    return Wish(
        act=str(ask.get("act", "")),
        about=str(ask.get("about", "")),
        fields=fields if isinstance(fields, dict) else {},
    )


def _view(context: PageContext, services: Services, said: str, once: str) -> AdminView:
    people, walls, tokens = services.administration.lists(_viewer(context))
    return AdminView(
        users=[_user(context, one) for one in people],
        kiosks=[_kiosk(context, one) for one in walls],
        tokens=[_token(context, one) for one in tokens],
        said=said,
        once=once,
    )


def _user(context: PageContext, one: User) -> Row:
    off = one.disabled_at is not None
    state = "disabled" if off else "must_change" if one.must_change else "fine"
    roles = "、".join(context.t(f"role.{role}") for role in one.roles)
    seen = _moment(one.signed_in_at)
    cells = (one.login, one.name, roles, _codes(context, one.regions), _codes(context, one.departments), seen)
    acts = ("user-password", "user-enable" if off else "user-disable")
    return Row(about=one.login, cells=(*cells, context.t(f"admin.{state}")), acts=acts, off=off)


def _kiosk(context: PageContext, one: Kiosk) -> Row:
    off = one.revoked_at is not None
    cells = (str(one.id), one.name, one.layout, _codes(context, one.regions), one.made_by)
    state = context.t("admin.revoked" if off else "admin.fine")
    return Row(about=str(one.id), cells=(*cells, state), acts=() if off else ("kiosk-revoke",), off=off)


def _token(context: PageContext, one: ListedToken) -> Row:
    off = one.revoked_at is not None
    used = one.used_on.isoformat() if one.used_on else "-"
    state = context.t("admin.revoked" if off else "admin.fine")
    cells = (str(one.id), one.kind, one.bearer, one.name, used, state)
    return Row(about=str(one.id), cells=cells, acts=() if off else ("token-revoke",), off=off)


def _record(context: PageContext, services: Services, wish: Wish, verdict: Verdict | None) -> RecordView:
    asked = {name: wish.text(name) for name in admin.SEARCHED}
    question = AuditQuestion(
        since=_asked_moment(asked["since"]),
        until=_asked_moment(asked["until"]),
        actor=asked["actor"] or None,
        what=asked["what"] or None,
        about=asked["about"] or None,
        outcome=asked["outcome"] or None,
    )
    rows = [
        Row(about="", cells=(_moment(row.at), row.actor, row.what, row.about, row.outcome, row.address or ""))
        for row in services.administration.record(_viewer(context), question)
    ]
    if verdict is None:
        return RecordView(rows=rows, asked=asked)
    key = "admin.holds" if verdict.holds else "admin.broken"
    said = context.t(key, n=f"{verdict.checked:,}", at=verdict.broken_at or 0)
    return RecordView(rows=rows, asked=asked, chain=said, broken=not verdict.holds)


def _codes(context: PageContext, found: Sequence[str] | None) -> str:
    return context.t("admin.all") if found is None else ", ".join(found)


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}Z" if at else "-"


def _asked_moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.astimezone()
