"""One import on the page: its first rows, which column is which field, what to do, and how far it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dash import dcc, html

from layouts import ids, import_report
from layouts.context import PageContext
from layouts.import_report import ReportView

NO_TIMES = ("regions", "departments", "workers", "overlays")
GLYPHS = {"sure": "ok", "likely": "warn", "": "off", "missing": "bad"}


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRow:
    """A field and where it comes from. `choice`: a value of `options`, which are (value, label) in groups.

    `confidence`: sure, likely, missing (required and not there) or nothing. `samples`: of the first rows."""

    name: str
    label: str
    required: bool
    choice: str
    confidence: str
    samples: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewView:
    """The first rows as the file has them. `note`: what the file says of itself."""

    columns: Sequence[str]
    rows: Sequence[tuple[int, Sequence[str]]]
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JobView:
    """One import. `stamp` as in its progress; `message`: what is wrong, in words; `options` by name."""

    id: int
    name: str
    about: str
    kind: str
    kinds: Sequence[tuple[str, str]]
    state: str
    state_name: str
    glyph: str
    stamp: str
    moving: bool
    running: bool
    cancelling: bool
    landed: bool
    message: str
    preview: PreviewView | None
    fields: Sequence[FieldRow]
    columns: Sequence[tuple[str, str]]
    fixed: dict[str, Sequence[tuple[str, str]]]
    options: dict[str, Any]
    levels: Sequence[tuple[str, str]]
    can_create: bool
    has_mapping: bool
    can_check: bool
    can_import: bool
    report: ReportView | None


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
        html.Div(_actions(context, view), className="im-right"),
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


def _actions(context: PageContext, view: JobView) -> list[Any]:
    panels: list[Any] = []
    if view.moving:
        panels.append(_progress(context, view))
    if not view.landed:
        panels.append(_options(context, view))
    if view.landed:
        panels.append(_done(context, view))
    return panels


def _progress(context: PageContext, view: JobView) -> html.Section:
    state = "cancelling" if view.cancelling else view.state
    told: dict[str, Any] = {"aria-label": view.state_name, "aria-valuemin": "0", "aria-valuemax": "100"}
    bar = html.Div(
        [
            html.Div(html.I(), className="bar"),
            html.Div([html.Span(className="im-rd"), html.Span(className="im-pc")], className="nums"),
        ],
        id=ids.IMPORT_BAR,
        className="im-bar",
        role="progressbar",
        **told,
    )
    stop = html.Button(
        context.t("import.stop"),
        className="btn",
        type="button",
        disabled=view.cancelling,
        hidden=view.state == "uploaded",
        **_asks("cancel"),
    )
    text = html.P(context.t(f"import.now_{state}"), className="t2")
    head = html.Header(html.H2(view.state_name))
    return html.Section([head, html.Div([bar, text, stop], className="im-body")], className="panel")


def _options(context: PageContext, view: JobView) -> html.Section:
    made = import_options(context, view)
    check = _button(context, "check", primary=not view.can_import, able=view.can_check)
    run = _button(context, "import", primary=view.can_import, able=view.can_import)
    drop = html.Button(
        context.t("import.discard"),
        className="btn ghost",
        type="button",
        hidden=view.moving,
        **_asks("discard"),
    )
    foot = html.Footer(
        [
            html.Div(id=ids.IMPORT_MESSAGE, className="im-said", role="status"),
            check,
            run,
            html.P(context.t("import.first_check"), className="hint"),
            drop,
        ]
    )
    form = html.Div(made, id=ids.IMPORT_FORM, className="im-body im-form")
    return html.Section(
        [html.Header(html.H2(context.t("import.options"))), form, foot], className="panel grow-y"
    )


def _button(context: PageContext, name: str, *, primary: bool, able: bool) -> html.Button:
    return html.Button(
        context.t(f"import.do_{name}"),
        className="btn pri" if primary and able else "btn",
        type="button",
        disabled=not able,
        **_asks(name),
    )


def _asks(action: str) -> dict[str, Any]:
    """What the page's script asks for when the element is pressed."""
    return {"data-ask": action}


def import_options(context: PageContext, view: JobView) -> list[Any]:
    """The controls on the right, by kind."""
    held, chosen = view.moving, view.options
    controls: list[Any] = [
        _select(context, "kind", view.kinds, view.kind, held=held),
        _text(context, "crs", chosen.get("crs", ""), held=held, suggestions="im-crs"),
        _text(context, "layer", chosen.get("layer", ""), held=held),
        _select(
            context,
            "encoding",
            [
                ("", context.t("import.auto")),
                ("utf-8", "UTF-8"),
                ("gb18030", "GB18030 / GBK"),
                ("big5", "Big5"),
            ],
            chosen.get("encoding", ""),
            held=held,
        ),
        _reread(context, held=held),
    ]
    if view.kind not in NO_TIMES:
        controls.append(_text(context, "formats", chosen.get("formats", ""), held=held))
    if view.kind == "regions":
        none = ("", context.t("import.by_column"))
        controls += [
            _select(context, "level", [none, *view.levels], chosen.get("level", ""), held=held),
            _text(context, "district_code", chosen.get("district_code", ""), held=held),
            _text(context, "district_name", chosen.get("district_name", ""), held=held),
            _text(context, "valid_from", chosen.get("valid_from", ""), held=held, placeholder="2026-11-20"),
        ]
    if view.can_create:
        controls.append(_switch(context, "create", on=bool(chosen.get("create")), held=held))
    controls.append(_switch(context, "all_or_nothing", on=bool(chosen.get("all_or_nothing")), held=held))
    controls.append(_mapping_file(context, view))
    return controls


def _select(
    context: PageContext, name: str, options: Sequence[tuple[str, str]], value: str, *, held: bool
) -> html.Label:
    made = [html.Option(label, value=key, selected=key == value) for key, label in options]
    marked: dict[str, Any] = {"data-option": name}
    select = html.Select(made, className="inp", disabled="disabled" if held else None, **marked)
    return html.Label([html.Span(context.t(f"import.{name}"), className="k"), select], className="fld")


def _text(
    context: PageContext, name: str, value: str, *, held: bool, placeholder: str = "", suggestions: str = ""
) -> html.Label:
    """A line of text, which the page's script turns into an input: Dash has none without a callback's id."""
    marked: dict[str, Any] = {
        "data-text": name,
        "data-value": value,
        "data-placeholder": placeholder or context.t(f"import.{name}_hint"),
        "data-suggestions": suggestions,
        "data-held": "1" if held else "",
    }
    return html.Label(
        [html.Span(context.t(f"import.{name}"), className="k"), html.Span(className="inp-host", **marked)],
        className="fld",
    )


def _switch(context: PageContext, name: str, *, on: bool, held: bool) -> html.Div:
    marked: dict[str, Any] = {
        "data-switch": name,
        "role": "switch",
        "aria-checked": "true" if on else "false",
        "aria-label": context.t(f"import.{name}"),
    }
    button = html.Button(html.I(), type="button", className="tog", disabled=held, **marked)
    words = html.Div(
        [
            html.Span(context.t(f"import.{name}"), className="t1"),
            html.Span(context.t(f"import.{name}_hint"), className="hint"),
        ]
    )
    return html.Div([words, button], className="fld row")


def _reread(context: PageContext, *, held: bool) -> html.Div:
    again = html.Button(
        context.t("import.reread"), type="button", className="btn sm", disabled=held, **_asks("reread")
    )
    return html.Div(
        [html.Span(context.t("import.reread_hint"), className="hint"), again], className="fld row"
    )


def _mapping_file(context: PageContext, view: JobView) -> html.Div:
    name = view.options.get("toml_name") if view.options.get("toml") else ""
    marked: dict[str, Any] = {
        "data-toml": "1",
        "data-name": name or "",
        "data-held": "1" if view.moving else "",
    }
    links = []
    if view.has_mapping:
        links.append(html.A(context.t("import.take_mapping"), href=f"/admin/imports/{view.id}/mapping.toml"))
    return html.Div(
        [
            html.Span(context.t("import.mapping"), className="k"),
            html.Div(className="toml-host", **marked),
            html.Span([context.t("import.mapping_hint"), " ", *links], className="hint"),
        ],
        className="fld",
    )


def _done(context: PageContext, view: JobView) -> html.Section:
    links: list[Any] = [html.A(context.t("import.next"), href="/admin/import", className="btn pri")]
    links.append(html.A(context.t("import.see_wall"), href="/", className="btn"))
    if view.has_mapping:
        links.append(
            html.A(
                context.t("import.take_mapping"),
                href=f"/admin/imports/{view.id}/mapping.toml",
                className="btn",
            )
        )
    head = html.Header(html.H2(context.t("import.finished")))
    return html.Section([head, html.Div(links, className="im-body im-links")], className="panel")
