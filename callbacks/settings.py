"""The page of settings: what is asked comes in one store, what is shown goes out as one body."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from dash import Dash, Input, Output, no_update
from dash.development.base_component import Component

from callbacks import request
from callbacks.services import Services
from dashboard.domain.board_settings import Kind
from dashboard.domain.policy import NOBODY
from dashboard.errors import DashboardError
from dashboard.setting_effects import Effect
from dashboard.settings_desk import HeldSetting
from layouts import ids
from layouts import settings as page
from layouts.context import PageContext
from layouts.settings import Line

PATH: Final = "/admin/settings"
KEEP: Final = "setting-keep"


def register(app: Dash, services: Services) -> None:
    """The page's callback."""

    @app.callback(
        Output(ids.ADMIN_SETTINGS_BODY, "children"),
        Input(ids.ADMIN_SETTINGS_ASK, "data"),
        prevent_initial_call=True,
    )
    def obey(ask: Mapping[str, Any] | None) -> Any:  # noqa: ANN401 - or nothing new
        if not ask:
            return no_update
        context = request.context()
        try:
            return page.body(context, asked(context, services, ask)).children
        except DashboardError as error:
            return page.body(context, [], error.sentence(str(context.lang))).children


def render(context: PageContext, services: Services) -> Component:
    """The page. DashboardError."""
    return page.layout(context, lines(services, context))


def asked(context: PageContext, services: Services, ask: Mapping[str, Any]) -> list[Line]:
    """The lines after something was tried or kept. MayNotAdminister, DatabaseAway."""
    key, fields = str(ask.get("about", "")), ask.get("fields")
    typed = str(fields.get("value", "") if isinstance(fields, dict) else "").strip()[:40]
    keep, viewer = ask.get("act") == KEEP, context.viewer or NOBODY
    said, effect = "", None
    try:
        look = services.settings.keep if keep else services.settings.tried
        effect = look(viewer, key, typed)
    except DashboardError as error:
        said = error.sentence(str(context.lang))
    return lines(services, context, key=key, typed=typed, effect=effect, kept=keep and not said, said=said)


def lines(
    services: Services,
    context: PageContext,
    *,
    key: str = "",
    typed: str = "",
    effect: Effect | None = None,
    kept: bool = False,
    said: str = "",
) -> list[Line]:
    """All settings; what was asked stands with the one that it is about. MayNotAdminister."""
    lang, found = str(context.lang), []
    for one in services.settings.held(context.viewer or NOBODY):
        own, holds = one.setting.key == key, _shown(one)
        words = None if effect is None else (effect.before.in_language(lang), effect.after.in_language(lang))
        found.append(
            Line(
                setting=one.setting,
                holds=context.t("setting.on" if one.value else "setting.off") if _flag(one) else holds,
                typed=typed if own else holds,
                effect=words if own else None,
                kept=own and kept,
                said=said if own else "",
            )
        )
    return found


def _shown(one: HeldSetting) -> str:
    value = one.value * 100 if one.setting.kind is Kind.PERCENT else one.value
    return f"{round(value, 4):g}"


def _flag(one: HeldSetting) -> bool:
    return one.setting.kind is Kind.FLAG
