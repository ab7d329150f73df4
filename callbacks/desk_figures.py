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
DRAWN: Final = (
    ("figures", ids.DESK_FIGURES),
    ("courses", ids.DESK_COURSES),
    ("ranking", ids.DESK_RANKED),
    ("crew", ids.DESK_CREWED),
    ("every", ids.DESK_EVERY),
)
"""What the page's scripts draw, and the store that it is in."""


def register(app: Dash, services: Services) -> None:
    """The figures follow the view and the stream."""
    for name, store in DRAWN:
        app.clientside_callback(ClientsideFunction("quanyu", name), Input(store, "data"))

    @app.callback(
        Output(ids.DESK_FIGURES, "data"), Input(ids.DESK_VIEW, "data"), Input(ids.DESK_NUDGE, "data")
    )
    def figures(data: Mapping[str, Any] | None, _nudge: object) -> dict[str, Any]:
        return told(lambda: _row(asked(data, services), services))

    @app.callback(
        Output(ids.DESK_COURSES, "data"),
        Input(ids.DESK_VIEW, "data"),
        Input(ids.DESK_STEP, "data"),
        Input(ids.DESK_NUDGE_SLOW, "data"),
    )
    def courses(
        data: Mapping[str, Any] | None, step: Mapping[str, Any] | None, _nudge: object
    ) -> dict[str, Any]:
        return told(lambda: _courses(asked(data, services), step or {}, services))

    @app.callback(
        Output(ids.DESK_EVERY, "data"),
        Input(ids.DESK_EVERY_OPEN, "n_clicks"),
        State(ids.DESK_VIEW, "data"),
        prevent_initial_call=True,
    )
    def all_of_them(clicks: int | None, data: Mapping[str, Any] | None) -> dict[str, Any]:
        return told(lambda: _every(asked(data, services), services)) | {"n": clicks}


def _maker(question: Asked, services: Services) -> CardMaker:
    found = services.desk.figures(question.code, question.scope, question.view)
    return CardMaker(question.context, question.view, found, services.terms())


def _row(question: Asked, services: Services) -> dict[str, Any]:
    maker = _maker(question, services)
    keys = [question.view.on_time_key if key == "on_time" else key for key in ROW]
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
    maker = _maker(question, services)
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
