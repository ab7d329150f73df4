"""The pages of administration: users with their roles and scopes, walls, tokens of devices, and the record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.domain.policy import ACTS, Act, Role
from dashboard.domain.wall import WallLayout
from layouts import ids
from layouts.components.panel import spoken
from layouts.context import PageContext
from layouts.desk import page


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of a table: its cells as shown, what it is about, and what can be done with it."""

    about: str
    cells: Sequence[str]
    acts: Sequence[str] = ()
    off: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminView:
    """All that the page shows. `said`: what could not be done; `once`: what is shown this once."""

    users: Sequence[Row]
    kiosks: Sequence[Row]
    tokens: Sequence[Row]
    said: str = ""
    once: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordView:
    """The record: `asked` are the fields of the search, `chain` says whether it holds, where that was asked."""

    rows: Sequence[Row]
    asked: dict[str, str]
    chain: str = ""
    broken: bool = False


USER_COLUMNS = ("login", "name", "roles", "regions", "departments", "seen_at", "state")
KIOSK_COLUMNS = ("number", "name", "layout", "regions", "made_by", "state")
TOKEN_COLUMNS = ("number", "kind", "bearer", "name", "used", "state")
RECORD_COLUMNS = ("at", "actor", "what", "about", "outcome", "address")
SEARCHED = ("actor", "what", "about", "outcome", "since", "until")


def layout(context: PageContext, view: AdminView) -> html.Div:
    """The page at `/admin`."""
    return page(context, [body(context, view), dcc.Store(id=ids.ADMIN_ASK)], here="admin", name="ad")


def body(context: PageContext, view: AdminView) -> html.Div:
    """What changes when something was done."""
    return html.Div(
        [
            *_said(context, view),
            _section(context, "users", USER_COLUMNS, view.users, _user_form(context)),
            _roles(context),
            _section(context, "kiosks", KIOSK_COLUMNS, view.kiosks, _kiosk_form(context)),
            _section(context, "tokens", TOKEN_COLUMNS, view.tokens, None),
        ],
        id=ids.ADMIN_BODY,
        className="ad-body",
    )


def record_layout(context: PageContext, view: RecordView) -> html.Div:
    """The page at `/admin/audit`."""
    return page(context, [record_body(context, view), dcc.Store(id=ids.AUDIT_ASK)], here="audit", name="ad")


def record_body(context: PageContext, view: RecordView) -> html.Div:
    """The search, whether the chain holds, and the lines."""
    fields = [_field(context, name, view.asked.get(name, "")) for name in SEARCHED]
    buttons = [
        _submit(context, "search"),
        html.Button(context.t("admin.verify"), className="btn", type="button", **_asks("verify", "")),
        html.A(context.t("admin.download"), href="/admin/audit/export", className="btn"),
    ]
    verdict = (
        [html.P([html.I(className=f"st {'bad' if view.broken else 'ok'}"), " ", view.chain])]
        if view.chain
        else []
    )
    form = html.Form([*fields, *buttons], className="ad-form", **_asks("search", ""))
    table = _table(context, RECORD_COLUMNS, view.rows)
    return html.Div(
        [
            html.Section(
                [html.Header(html.H2(context.t("admin.record"))), form, *verdict, table], className="panel"
            )
        ],
        id=ids.AUDIT_BODY,
        className="ad-body",
    )


def _said(context: PageContext, view: AdminView) -> list[Component]:
    found: list[Component] = []
    if view.said:
        found.append(html.P([html.I(className="st bad"), " ", view.said], className="ad-said", role="alert"))
    if view.once:
        found.append(
            html.P([context.t("admin.once"), " ", html.Code(view.once)], className="ad-once", role="status")
        )
    return found


def _section(
    context: PageContext, key: str, columns: Sequence[str], rows: Sequence[Row], form: Component | None
) -> html.Section:
    head = html.Header([html.H2(context.t(f"admin.{key}")), html.Span(str(len(rows)), className="sub")])
    return html.Section([head, _table(context, columns, rows), *([form] if form else [])], className="panel")


def _table(context: PageContext, columns: Sequence[str], rows: Sequence[Row]) -> Component:
    if not rows:
        return html.P(context.t("admin.none"), className="none")
    head = html.Tr([*[html.Th(context.t(f"admin.{name}")) for name in columns], html.Th("")])
    lines = [
        html.Tr(
            [
                *[html.Td(cell) for cell in row.cells],
                html.Td([_button(context, act, row.about) for act in row.acts], className="r"),
            ],
            className="t3" if row.off else "",
        )
        for row in rows
    ]
    return html.Div(
        html.Table([html.Thead(head), html.Tbody(lines)], className="tb"), className="tb-box", tabIndex=0
    )


def _user_form(context: PageContext) -> html.Details:
    roles = [_check("roles", str(role), context.t(f"role.{role}")) for role in Role if role is not Role.WALL]
    fields = [_field(context, name, "") for name in ("login", "name", "regions", "departments", "worker")]
    form = html.Form(
        [
            *fields,
            _whole(context),
            html.Fieldset([html.Legend(context.t("admin.roles")), *roles]),
            _submit(context, "user-add"),
            html.Button(context.t("admin.user-grant"), className="btn", type="submit", value="user-grant"),
        ],
        className="ad-form",
        **_asks("user-add", ""),
    )
    return html.Details([html.Summary(context.t("admin.user_form")), form])


def _kiosk_form(context: PageContext) -> html.Details:
    fields = [_field(context, name, "") for name in ("name", "regions")]
    form = html.Form(
        [*fields, _layouts(context), _whole(context), _submit(context, "kiosk-add")],
        className="ad-form",
        **_asks("kiosk-add", ""),
    )
    return html.Details([html.Summary(context.t("admin.kiosk_form")), form])


def _layouts(context: PageContext) -> html.Label:
    """What the wall shows."""
    options = [html.Option(context.t(f"layout.{name}"), value=name) for name in WallLayout]
    shown = html.Select(options, name="layout", className="inp")
    return html.Label([html.Span(context.t("admin.layout"), className="k"), shown], className="fld")


def _roles(context: PageContext) -> html.Details:
    """What each role may do, as the policy says: the effect of what is granted."""
    lines = [
        html.Tr(
            [html.Td(context.t(f"role.{role}")), *[html.Td("●" if act in ACTS[role] else "") for act in Act]]
        )
        for role in Role
    ]
    head = html.Tr([html.Th(""), *[html.Th(context.t(f"may.{act}")) for act in Act]])
    table = html.Table([html.Thead(head), html.Tbody(lines)], className="tb ad-roles")
    return html.Details(
        [html.Summary(context.t("admin.role_table")), html.Div(table, className="tb-box", tabIndex=0)]
    )


def _field(context: PageContext, name: str, value: str) -> html.Label:
    field = dcc.Input(name=name, value=value, type="text", className="inp", maxLength=200, autoComplete="off")
    return html.Label([html.Span(context.t(f"admin.{name}"), className="k"), field], className="fld")


def _whole(context: PageContext) -> html.Button:
    return _check("everything", "1", context.t("admin.everything"))


def _check(name: str, value: str, text: str) -> html.Button:
    state: dict[str, Any] = {"data-check": name, "data-value": value, "aria-checked": "false"}
    return html.Button(
        [html.I(className="ad-box"), text], type="button", role="checkbox", className="ad-check", **state
    )


def _submit(context: PageContext, act: str) -> html.Button:
    return html.Button(context.t(f"admin.{act}"), className="btn pri", type="submit", value=act)


def _button(context: PageContext, act: str, about: str) -> html.Button:
    return html.Button(
        context.t(f"admin.{act}"),
        className="btn sm",
        type="button",
        **_asks(act, about),
        **spoken(context, f"admin.{act}"),
    )


def _asks(act: str, about: str) -> dict[str, Any]:
    return {"data-admin": act, "data-about": about}
