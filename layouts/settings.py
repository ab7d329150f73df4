"""The page of settings: each with the value that holds, a field for another, and what that would change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.domain.board_settings import BoardSetting, Group, Kind
from layouts import ids
from layouts.context import PageContext
from layouts.desk import page


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One setting. `holds`: its value as shown; `typed`: what stands in the field; `effect`: before and after, where
    that was asked; `kept`: it was stored just now."""

    setting: BoardSetting
    holds: str
    typed: str
    effect: tuple[str, str] | None = None
    kept: bool = False
    said: str = ""


def layout(context: PageContext, lines: Sequence[Line], said: str = "") -> html.Div:
    """The page at `/admin/settings`."""
    inner = [body(context, lines, said), dcc.Store(id=ids.ADMIN_SETTINGS_ASK)]
    return page(context, inner, here="settings", name="ad")


def body(context: PageContext, lines: Sequence[Line], said: str = "") -> html.Div:
    """What changes when something was tried or kept."""
    parts: list[Component] = [html.P(context.t("setting.about"), className="t2")]
    if said:
        parts.append(html.P([html.I(className="st bad"), " ", said], className="ad-said", role="alert"))
    for group in Group:
        own = [_line(context, line) for line in lines if line.setting.group is group]
        head = html.Header(html.H2(context.t(f"setting_group.{group}")))
        parts.append(html.Section([head, *own], className="panel"))
    return html.Div(parts, id=ids.ADMIN_SETTINGS_BODY, className="ad-body")


def _line(context: PageContext, line: Line) -> html.Form:
    setting = line.setting
    unit = context.t(f"setting_unit.{setting.unit}") if setting.unit else _percent(setting)
    holds = context.t("setting.holds", value=f"{line.holds}{unit and f' {unit}'}")
    inner: list[Component] = [
        html.Label(
            [
                html.Span(context.t(f"setting.{setting.key}"), className="ad-name"),
                _field(context, line),
            ],
            className="ad-setting",
        ),
        html.Span(holds, className="t3 num"),
        html.Span([_button(context, "setting-try"), _button(context, "setting-keep")], className="ad-ends"),
    ]
    if line.said:
        inner.append(html.P([html.I(className="st bad"), " ", line.said], className="ad-said", role="alert"))
    if line.effect is not None:
        inner.append(_effect(context, line.effect, kept=line.kept))
    form: dict[str, Any] = {"data-admin": "setting-try", "data-about": setting.key}
    return html.Form(inner, className="ad-line", **form)


def _field(context: PageContext, line: Line) -> Component:
    if line.setting.kind is Kind.FLAG:
        options = [
            html.Option(context.t(f"setting.{word}"), value=value, selected=value == line.typed)
            for word, value in (("on", "1"), ("off", "0"))
        ]
        return html.Select(options, name="value", className="inp")
    return dcc.Input(
        name="value", value=line.typed, type="text", className="inp num", maxLength=20, autoComplete="off"
    )


def _effect(context: PageContext, effect: tuple[str, str], *, kept: bool) -> html.Div:
    before, after = effect
    lines = [
        html.P([html.Span(context.t("setting.before"), className="k"), " ", before]),
        html.P([html.Span(context.t("setting.after"), className="k"), " ", html.B(after)]),
    ]
    if kept:
        lines.insert(0, html.P([html.I(className="st ok"), " ", context.t("setting.kept")]))
    return html.Div(lines, className="ad-effect", role="status")


def _button(context: PageContext, act: str) -> html.Button:
    kind = "btn pri" if act == "setting-keep" else "btn"
    return html.Button(
        context.t(f"setting.{act.partition('-')[2]}"), className=kind, type="submit", value=act
    )


def _percent(setting: BoardSetting) -> str:
    return "%" if setting.kind is Kind.PERCENT else ""
