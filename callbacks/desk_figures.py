"""Figures of a region's page and their course: cards, the small lines in them, trends, the list of all indicators."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from dash import ClientsideFunction, Dash, Input, Output, State

from callbacks.asked import Asked, asked
from callbacks.desk_cards import SPARKED, CardMaker
from callbacks.desk_courses import charts, sparks
from callbacks.failing import told
from callbacks.services import Services
from dashboard.desk import Figures
from dashboard.domain.indicators import INDICATORS
from dashboard.domain.view import View, view_from
from dashboard.i18n import Lang
from layouts import ids
from layouts.desk_figures import Line

ROW: Final = (
    "reported",
    "open",
    "on_time",
    "satisfaction",
    "overdue_open",
    "on_duty_rate",
    "closed",
    "handling_p50",
)
"""The cards in order; the last ones are shown where there is room."""
READ: Final = (*(key for key in ROW if key != "on_time"), "handling_p90")
"""What the cards are made of, beside closing in time by the definition of the view."""
DRAWN: Final = (ids.DESK_FIGURES, ids.DESK_COURSES, ids.DESK_RANKED, ids.DESK_CREWED, ids.DESK_EVERY)
"""Stores of what the page's scripts draw, in the order in which `assets/js/start.js` takes them."""


def register(app: Dash, services: Services) -> None:
    """The figures follow the view and the stream."""
    app.clientside_callback(
        ClientsideFunction("quanyu", "panels"),
        Output(ids.DESK_DRAWN, "data"),
        *(Input(store, "data") for store in DRAWN),
    )

    @app.callback(
        Output(ids.DESK_FIGURES, "data"),
        Input(ids.DESK_VIEW, "data"),
        Input(ids.DESK_NUDGE, "data"),
        prevent_initial_call=True,
    )
    def row(data: Mapping[str, Any] | None, _nudge: object) -> dict[str, Any]:
        return figures(data, services)

    @app.callback(
        Output(ids.DESK_COURSES, "data"),
        Input(ids.DESK_VIEW, "data"),
        Input(ids.DESK_STEP, "data"),
        Input(ids.DESK_NUDGE_SLOW, "data"),
        prevent_initial_call=True,
    )
    def trends(
        data: Mapping[str, Any] | None, step: Mapping[str, Any] | None, _nudge: object
    ) -> dict[str, Any]:
        return courses(data, step, services)

    @app.callback(
        Output(ids.DESK_EVERY, "data"),
        Input(ids.DESK_EVERY_OPEN, "n_clicks"),
        State(ids.DESK_VIEW, "data"),
        prevent_initial_call=True,
    )
    def all_of_them(clicks: int | None, data: Mapping[str, Any] | None) -> dict[str, Any]:
        return told(lambda: _every(asked(data, services), services)) | {"n": clicks}


def figures(data: Mapping[str, Any] | None, services: Services) -> dict[str, Any]:
    """The cards of a view."""
    return told(lambda: _row(asked(data, services), services))


def courses(
    data: Mapping[str, Any] | None, step: Mapping[str, Any] | None, services: Services
) -> dict[str, Any]:
    """The trends of a view, and the small lines of its cards."""
    return told(lambda: _courses(asked(data, services), step or {}, services))


def _maker(question: Asked, found: Figures, services: Services) -> CardMaker:
    return CardMaker(question.context, question.view, found, services.terms())


def _row(question: Asked, services: Services) -> dict[str, Any]:
    view = question.view
    found = services.desk.figures(question.code, question.scope, view, (*READ, view.on_time_key))
    maker = _maker(question, found, services)
    keys = [view.on_time_key if key == "on_time" else key for key in ROW]
    return {"cards": [maker.card(key).shown() for key in keys]}


def _courses(question: Asked, step: Mapping[str, Any], services: Services) -> dict[str, Any]:
    view = _stepped(question.view, step)
    found = services.desk.courses(question.code, question.scope, view)
    terms = services.terms()
    return {
        "charts": charts(question.context, view, found, terms),
        "sparks": sparks(found, SPARKED),
        "step": str(found.step),
        "trend": str(view.trend),
        "compare": str(view.comparison(found.at, terms.zone)),
        "sub": question.context.t(f"course.sub_{found.step}", n=len(found.points)),
    }


def _stepped(view: View, step: Mapping[str, Any]) -> View:
    shown = view_from({name: str(value) for name, value in step.items() if value})
    return replace(view, step=shown.step, trend=shown.trend)


def _every(question: Asked, services: Services) -> dict[str, Any]:
    maker = _maker(question, services.desk.figures(question.code, question.scope, question.view), services)
    lines: list[Line] = []
    for indicator in INDICATORS:
        card = maker.card(indicator.key)
        lines.append(
            Line(
                key=indicator.key,
                name=indicator.zh if question.context.lang is Lang.ZH else indicator.en,
                value=maker.worded(indicator.key),
                before=maker.worded_before(indicator.key),
                target=card.target,
                glyph=card.glyph,
                formula=indicator.formula.in_language(str(question.context.lang)),
            )
        )
    return {"lines": [line.shown() for line in lines], "versus": maker.versus}
