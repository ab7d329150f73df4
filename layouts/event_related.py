"""What stands around one event: photos, workers near it, events like it, answers, reminders and orders."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from dash import html
from dash.development.base_component import Component

from layouts.components.panel import word
from layouts.context import PageContext
from layouts.event_views import AnswerRow, EventView, NearWorker, OtherEvent, SupervisionRow


def photos(context: PageContext, view: EventView) -> html.Section:
    """Photos by reference: they stay in the system that took them."""
    tiles = [
        html.Figure([html.Div(photo.reference, title=photo.reference), html.Figcaption(photo.note)])
        for photo in view.photos
    ]
    return _list(context, "one.photos", html.Div(tiles, className="ph3") if tiles else None, "one.no_photos")


def near(context: PageContext, view: EventView) -> html.Section:
    """The nearest workers on duty, with distance and the age of their fix."""
    rows = html.Ul([_worker(row) for row in view.workers], className="case-list") if view.workers else None
    return _section(context, "one.near", rows or _none(view.no_workers), "case-near")


def others(context: PageContext, view: EventView) -> html.Section:
    """Duplicates, possible repeats and events of the same kind around it."""
    rows = html.Ul([_other(row) for row in view.others], className="case-list") if view.others else None
    return _list(context, "one.others", rows, "one.no_others")


def feedback(context: PageContext, view: EventView) -> html.Section:
    """What whoever reported it answered."""
    rows = html.Ul([_answer(row) for row in view.feedback], className="case-list") if view.feedback else None
    return _list(context, "one.feedback", rows, "one.no_feedback")


def supervision(context: PageContext, view: EventView) -> html.Section:
    """Reminders and orders, with their own due dates."""
    rows = (
        html.Ul([_order(row) for row in view.supervision], className="case-list")
        if view.supervision
        else None
    )
    return _list(context, "one.supervision", rows, "one.no_supervision")


def _list(context: PageContext, title: str, rows: Component | None, empty: str) -> html.Section:
    return _section(context, title, rows or word(context, empty, html.P, className="none"), "")


def _section(context: PageContext, title: str, body: Component, name: str) -> html.Section:
    return html.Section([word(context, title, html.H3), body], className=name)


def _none(sentence: str) -> html.P:
    return html.P(sentence, className="none")


def _worker(row: NearWorker) -> html.Li:
    named: dict[str, Any] = {"data-worker": row.code}
    glyph = "off" if row.stale else "ok"
    name = html.A(row.name, href=row.href) if row.href else html.B(row.name)
    return html.Li(
        [
            html.I(className=f"st {glyph}"),
            name,
            html.Span(row.where, className="t3 ell grow"),
            html.Span(row.distance, className="num"),
            html.Span(row.age, className="t3"),
        ],
        **named,
    )


def _other(row: OtherEvent) -> html.Li:
    named: dict[str, Any] = {"data-event": row.code}
    link = html.A(row.code, href=f"/event/{quote(row.code, safe='')}", **named)
    return html.Li(
        [
            html.I(className=f"st {row.glyph}", title=row.state),
            html.Span(row.kind, className="tag"),
            link,
            html.Span(row.category, className="ell grow"),
            html.Span(row.distance, className="num"),
            html.Span(row.when, className="t3"),
        ]
    )


def _answer(row: AnswerRow) -> html.Li:
    return html.Li(
        [
            html.I(className=f"st {row.glyph}"),
            html.Span(row.text, className="grow"),
            html.Span(row.channel, className="t3"),
            html.Span(row.when, className="t3"),
        ]
    )


def _order(row: SupervisionRow) -> html.Li:
    first = html.Div(
        [
            html.I(className=f"st {row.glyph}"),
            html.B(row.kind),
            html.Span(row.to, className="ell grow"),
            html.Span(row.state, className=f"c-{row.glyph}" if row.glyph == "bad" else "t2"),
        ],
        className="line",
    )
    second = html.Div(
        [
            html.Time(row.when),
            html.Span(row.who),
            html.Span(className="grow"),
            html.Span(row.until),
        ],
        className="line t3",
    )
    reason = [html.P(row.reason, className="t2")] if row.reason else []
    return html.Li([first, second, *reason], className="two")
