"""The button that opens a panel's menu of forms to take it away in; `assets/js/export-menu.js` makes the menu."""

from __future__ import annotations

from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard.domain.policy import Act
from layouts.context import PageContext


def export_button(context: PageContext, panel: str, title: str) -> list[Component]:
    """The button of a panel, by the key of its title; nothing for those who may not take anything away."""
    if context.viewer is None or not context.viewer.may(Act.EXPORT):
        return []
    name = context.t("export.menu", name=context.t(title))
    said: dict[str, Any] = {
        "aria-label": name,
        "aria-haspopup": "menu",
        "aria-expanded": "false",
        "data-export": panel,
        "data-no-picture": "",
    }
    if context.viewer.may(Act.SEE_PERSONAL):
        said["data-personal"] = "1"
    return [html.Button("⋯", type="button", className="ex-open", title=name, **said)]
