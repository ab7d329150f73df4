"""The closed loop of one event: each stage with its clock as a bar, and what happened in it."""

from __future__ import annotations

from typing import Any

from dash import html
from dash.development.base_component import Component

from layouts.components.panel import word
from layouts.context import PageContext
from layouts.event_views import EventView, StageRow, TraceLine

MARKS = {"done": "✓", "now": "", "late": "", "todo": None}


def trace(context: PageContext, view: EventView) -> html.Section:
    """All stages of the district's loop, in order."""
    rows = [_stage(row) for row in view.stages]
    return html.Section([word(context, "one.trace", html.H3), html.Ol(rows, className="tl")])


def _stage(row: StageRow) -> html.Li:
    named: dict[str, Any] = {"data-stage": row.key}
    if row.state in ("now", "late"):
        named["aria-current"] = "step"
    mark = MARKS[row.state]
    node = html.Span(str(row.number) if mark is None else mark, className=f"node {row.state}")
    head = html.Div(
        [html.B(row.name), html.Span(row.who, className="t3 ell"), html.Span(row.when, className="when")],
        className="th",
    )
    body: list[Component] = [head, *_clock(row)]
    if row.lines:
        body.append(html.Ol([_line(line) for line in row.lines], className="su"))
    return html.Li([node, html.Div(body, className="tx")], className=row.state, **named)


def _clock(row: StageRow) -> list[Component]:
    if row.state == "todo" or (not row.limit and not row.used):
        return []
    bar: list[Component] = []
    if row.share is not None:
        within = 100 / row.share if row.share > 1 else 100 * row.share
        parts: list[Component] = [html.I(style={"width": f"{within:.1f}%"})]
        if row.share > 1:
            parts.append(html.Em())
        bar = [html.Div(parts, className="lb over" if row.share > 1 else "lb")]
    glyph = [html.I(className="st bad")] if row.over else []
    used = html.Span([*glyph, row.used], className="use over" if row.over else "use")
    return [*bar, html.Div([html.Span(row.limit), used], className="lm")]


def _line(line: TraceLine) -> html.Li:
    who = [html.Span(line.who, className="t3 who")] if line.who else []
    note = [html.Span(line.note, className="note")] if line.note else []
    return html.Li([html.Time(line.when), html.Span(line.what), *who, *note])
