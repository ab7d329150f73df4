"""One import on the page: its report, which column is which field, and its first rows."""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from layouts import ids, import_report
from layouts.context import PageContext
from layouts.import_actions import actions
from layouts.import_views import FieldRow, JobView, PreviewView

GLYPHS = {"sure": "ok", "likely": "warn", "": "off", "missing": "bad"}


def layout(context: PageContext, view: JobView) -> list[Any]:
    """The middle and the right of the page, and what its script needs to know."""
    middle: list[Any] = [_head(view)]
    if view.message:
        middle.append(
            html.Div([html.I(className="st bad"), html.Span(view.message)], className="bn bad im-bn")
        )
    if view.report is not None:
        middle.append(import_report.layout(context, view.report))
    if view.preview is None and not view.message:
        middle.append(_waiting(context))
    if view.preview is not None and not view.landed:
        middle += [_fields(context, view), _preview(context, view.preview)]
    elif view.preview is not None:
        middle.append(_preview(context, view.preview))
    return [
        html.Div(middle, className="im-mid"),
        html.Div(actions(context, view), className="im-right"),
        shown_store(view),
    ]


def shown_store(view: JobView | None) -> dcc.Store:
    """What the page's script follows."""
    data: dict[str, Any] = {"id": 0, "stamp": "", "moving": False, "kept": {}}
    if view is not None:
        kept = {name: view.options.get(name, "") for name in ("toml", "toml_name")}
        data = {"id": view.id, "stamp": view.stamp, "moving": view.moving, "kept": kept}
    return dcc.Store(id=ids.IMPORT_SHOWN, data=data)


def blank(context: PageContext) -> html.Div:
    """Components of a report that callbacks name."""
    return html.Div(import_report.blank(context))


def _head(view: JobView) -> html.Div:
    return html.Div(
        [
            html.H1(view.name, className="ell", title=view.name),
            html.Span(view.about, className="t3"),
            html.Span(className="grow"),
            html.Span([html.I(className=f"st {view.glyph}"), view.state_name], className="im-state"),
        ],
        className="im-head",
    )


def _waiting(context: PageContext) -> html.Section:
    lines = html.Div([html.I(className="skel") for _ in range(8)], className="sk-rows im-sk")
    return html.Section(
        [
            html.Header(
                [
                    html.H2(context.t("import.preview")),
                    html.Span(context.t("import.reading"), className="sub"),
                ]
            ),
            lines,
        ],
        className="panel",
    )


def _fields(context: PageContext, view: JobView) -> html.Section:
    head = html.Header(
        [
            html.H2(context.t("import.fields")),
            html.Span(context.t("import.fields_sub"), className="sub"),
            html.Span(
                [
                    html.Span([html.I(className="st ok"), context.t("import.sure")]),
                    html.Span([html.I(className="st warn"), context.t("import.likely")]),
                ],
                className="end key",
            ),
        ]
    )
    if view.options.get("toml"):
        note = context.t("import.toml_rules", name=view.options.get("toml_name") or "TOML")
        return html.Section([head, html.P(note, className="none")], className="panel")
    columns = ("field", "column", "samples")
    titles = html.Tr([html.Th(context.t(f"import.{name}"), className=f"c-{name}") for name in columns])
    rows = [_field(context, view, row) for row in view.fields]
    table = html.Table([html.Thead(titles), html.Tbody(rows)], className="tb im-map")
    return html.Section([head, html.Div(table, className="tb-box", tabIndex=0)], className="panel")


def _field(context: PageContext, view: JobView, row: FieldRow) -> html.Tr:
    known = row.confidence or ("missing" if row.required and not row.choice else "")
    title = context.t(f"import.conf_{known or 'none'}")
    need = [html.Span(context.t("import.required"), className="tag need")] if row.required else []
    labelled: dict[str, Any] = {"data-field": row.name, "aria-label": row.label}
    select = html.Select(
        [html.Option("—", value="", selected=not row.choice), *_choices(context, view, row)],
        className="inp",
        disabled="disabled" if view.moving else None,
        **labelled,
    )
    return html.Tr(
        [
            html.Td([html.I(className=f"st {GLYPHS[known]}", title=title), html.Span(row.label), *need]),
            html.Td(select),
            html.Td(html.Span(row.samples, className="t3 ell", title=row.samples)),
        ]
    )


def _choices(context: PageContext, view: JobView, row: FieldRow) -> list[Any]:
    """Columns, then values that all rows may share."""
    columns = [html.Option(label, value=value, selected=value == row.choice) for value, label in view.columns]
    fixed = [
        html.Option(context.t("import.all_rows", value=label), value=value, selected=value == row.choice)
        for value, label in view.fixed.get(row.name, ())
    ]
    return [*columns, *fixed]


def _preview(context: PageContext, preview: PreviewView) -> html.Section:
    head = html.Header([html.H2(context.t("import.preview")), html.Span(preview.note, className="sub")])
    if not preview.rows:
        return html.Section([head, html.P(context.t("import.no_rows"), className="none")], className="panel")
    titles = html.Tr(
        [html.Th(context.t("import.row"), className="r"), *(html.Th(name) for name in preview.columns)]
    )
    rows = [
        html.Tr([html.Td(f"{number:,}", className="r t3"), *(html.Td(cell) for cell in cells)])
        for number, cells in preview.rows
    ]
    table = html.Table([html.Thead(titles), html.Tbody(rows)], className="tb im-rows")
    return html.Section([head, html.Div(table, className="tb-box", tabIndex=0)], className="panel")
