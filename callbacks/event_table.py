"""The table of events: what its script needs beside the rows, which it asks the JSON interface for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output

from callbacks.asked import asked
from callbacks.services import Services
from dashboard.desk import Lists
from dashboard.domain.words import Words
from dashboard.errors import DashboardError
from layouts import ids
from layouts.event_table import BLOCK


def register(app: Dash, services: Services) -> None:
    """Names of stages for rows that change in place, and which categories the filters let through."""

    @app.callback(
        Output(ids.EVENT_TABLE_CONFIG, "data"), Input(ids.DESK_VIEW, "data"), prevent_initial_call=True
    )
    def table(data: Mapping[str, Any] | None) -> dict[str, Any]:
        return config(data, services)

    app.clientside_callback(
        ClientsideFunction("quanyu", "eventTable"),
        Output(ids.EVENT_TABLE_RUNS, "data"),
        Input(ids.EVENT_TABLE_CONFIG, "data"),
    )


def config(data: Mapping[str, Any] | None, services: Services) -> dict[str, Any]:
    """What the table's script needs for a view."""
    try:
        question = asked(data, services)
        chosen = question.view.filters.category
        below = within(services.desk.lists(), chosen) if chosen else None
        lang = str(question.context.lang)
        stages = {
            stage.key: Words(zh=stage.zh, en=stage.en).in_language(lang)
            for stage in services.terms().workflow.stages
        }
    except DashboardError:  # the panel says so itself when it asks for its rows
        return {"stages": {}, "login": "", "categories": None, "block": BLOCK}
    return {"stages": stages, "login": question.viewer.login, "categories": below, "block": BLOCK}


def within(lists: Lists, chosen: Iterable[str]) -> dict[str, bool]:
    """The chosen categories and all below them, by id."""
    codes = set(chosen)
    for _ in range(3):  # as deep as categories go
        codes |= {one.code for one in lists.categories if one.parent in codes}
    return {str(one.id): True for one in lists.categories if one.code in codes}
