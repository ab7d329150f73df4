"""The right of the page of imports: options, what to do next, how far it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html

from layouts import ids
from layouts.context import PageContext
from layouts.import_views import JobView

NO_TIMES = ("regions", "departments", "workers", "overlays")


def actions(context: PageContext, view: JobView) -> list[Any]:
    """The panels, by what the import waits for."""
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
            _select(
                context,
                "missing",
                [
                    (name, context.t(f"import.missing_{name or 'ask'}"))
                    for name in ("", "covered", "keep", "close")
                ],
                chosen.get("missing", ""),
                held=held,
            ),
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
