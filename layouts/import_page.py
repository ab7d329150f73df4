"""The page of imports: bring a file on the left, its first rows and columns in the middle, what to do on the right.

What changes while one looks on (bytes on their way, rows being read) is painted by `assets/js/import-*.js`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from layouts import ids, import_job
from layouts.context import PageContext
from layouts.desk import page as desk
from layouts.import_views import JobView


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRow:
    """An import on the list. `glyph`: ok, warn, bad, off."""

    id: int
    name: str
    kind: str
    state: str
    glyph: str
    note: str
    when: str
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportsView:
    """All that the page shows. `kinds`: (key, name) in the order in which a district brings them."""

    kinds: Sequence[tuple[str, str]]
    kind: str
    limit_bytes: int
    history: Sequence[HistoryRow]
    job: JobView | None


def layout(context: PageContext, view: ImportsView) -> html.Div:
    """The page at `/admin/import` and `/admin/import/<number>`."""
    body = [
        html.Div(
            [
                html.Div([_upload(context, view), _history_panel(context, view)], className="im-left"),
                html.Div(job(context, view), id=ids.IMPORT_JOB, className="im-job"),
            ],
            className="im",
        ),
        dcc.Store(id=ids.IMPORT_ASK),
        dcc.Store(id=ids.IMPORT_STAMP),
        dcc.Store(id=ids.IMPORT_RUNS),
    ]
    return desk(context, body, here="import", name="im-page")


def blank(context: PageContext) -> html.Div:
    """The page with all components that callbacks name."""
    shown = import_job.blank(context)
    return html.Div(
        [layout(context, ImportsView(kinds=(), kind="", limit_bytes=0, history=(), job=None)), shown]
    )


def job(context: PageContext, view: ImportsView) -> list[Any]:
    """The middle and the right of the page; without an import, what can be brought and in which order."""
    if view.job is None:
        return [_steps(context, view), import_job.shown_store(None)]
    return import_job.layout(context, view.job)


def history(context: PageContext, rows: Sequence[HistoryRow]) -> Component:
    """The imports so far, the newest first."""
    if not rows:
        return html.P(context.t("import.no_history"), className="none")
    return html.Div([_history_row(row) for row in rows], className="im-list")


def _history_row(row: HistoryRow) -> html.A:
    return html.A(
        [
            html.Div(
                [html.Span(row.name, className="ell grow"), html.Span(row.when, className="t3")],
                className="im-l1",
            ),
            html.Div(
                [
                    html.I(className=f"st {row.glyph}"),
                    html.Span(row.state, className="t2"),
                    html.Span(row.kind, className="tag"),
                    html.Span(row.note, className="t3 ell grow r"),
                ],
                className="im-l2",
            ),
        ],
        href=f"/admin/import/{row.id}",
        className="im-row on" if row.chosen else "im-row",
        title=row.name,
    )


def _upload(context: PageContext, view: ImportsView) -> html.Section:
    named: dict[str, Any] = {
        "data-limit": str(view.limit_bytes),
        "aria-label": context.t("import.drop_label"),
    }
    options = [html.Option(name, value=key, selected=key == view.kind) for key, name in view.kinds]
    kind = html.Label(
        [
            html.Span(context.t("import.kind"), className="k"),
            html.Select(options, id=ids.IMPORT_KIND, className="inp"),
        ],
        className="fld",
    )
    drop = html.Div(id=ids.IMPORT_DROP, className="drop", **named)
    body = html.Div([kind, drop, html.P(context.t("import.accepted"), className="hint")], className="im-body")
    return html.Section([html.Header(html.H2(context.t("import.new"))), body], className="panel")


def _history_panel(context: PageContext, view: ImportsView) -> html.Section:
    head = html.Header([html.H2(context.t("import.history"))])
    body = html.Div(history(context, view.history), id=ids.IMPORT_HISTORY, className="im-scroll")
    return html.Section([head, body], className="panel grow-y")


def _steps(context: PageContext, view: ImportsView) -> html.Section:
    """What there is to bring, in its order, for a district that begins."""
    rows = [
        html.Li(
            [
                html.B(str(number), className="nd"),
                html.Div(
                    [
                        html.B(name),
                        html.Span(context.t(f"import_about.{key}"), className="t2"),
                    ]
                ),
            ]
        )
        for number, (key, name) in enumerate(view.kinds, start=1)
    ]
    head = html.Header(
        [html.H2(context.t("import.order")), html.Span(context.t("import.order_sub"), className="sub")]
    )
    return html.Section([head, html.Ol(rows, className="im-steps")], className="panel im-wide")
