"""The ledger of supervision: what was issued and how it stands, and drafts that wait to be issued."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from layouts import ids
from layouts.components.export_button import export_button
from layouts.components.panel import spoken, word
from layouts.context import PageContext
from layouts.desk import page as desk_page
from layouts.event import drawer


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A value of a filter, and the address of the ledger with it."""

    label: str
    href: str
    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A filter and its values. `menu`: they drop down."""

    label: str
    choices: Sequence[Choice]
    menu: bool = False

    @property
    def chosen(self) -> str:
        """The value that is on."""
        return next((choice.label for choice in self.choices if choice.on), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperRow:
    """A reminder or an order. `glyph`: ok, warn, bad or off; it says the same as `state`."""

    number: str
    kind: str
    event: str
    about: str
    department: str
    region: str
    issued: str
    due: str
    closed: str
    state: str
    glyph: str
    reason: str
    actor: str
    delivery: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftRow:
    """Something that calls for a reminder or an order. `order`: what is sent when it is issued as it stands;
    `preset`: what its dialog starts with.
    """

    code: str
    about: str
    region: str
    act: str
    kind: str
    evidence: str
    until: str
    glyph: str
    order: Mapping[str, Any]
    preset: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A card of the ledger."""

    key: str
    value: str
    unit: str = ""
    note: str = ""
    glyph: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchRow:
    """A street and its numbers, in the order of `WATCHED`."""

    name: str
    href: str
    counts: tuple[int, int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerView:
    """All that the page shows. `place`: the region that it is about; `may`: acts that the viewer may do."""

    title: str
    place: Choice
    figures: Sequence[Figure]
    filters: Sequence[Filter]
    rows: Sequence[PaperRow]
    sub: str
    drafts: Sequence[DraftRow]
    watch: Sequence[WatchRow]
    may: Sequence[str]


COLUMNS = (
    ("state",),
    ("kind",),
    ("event",),
    ("department", "region"),
    ("issued_at", "actor"),
    ("due_at", "closed_at"),
)
"""Columns of the ledger; what shares one stands in two lines."""
WATCHED = ("overdue", "due_2h", "sign_late", "stage_stuck")


def layout(context: PageContext, view: LedgerView) -> html.Div:
    """The page at `/supervision`."""
    body = html.Div([*_live(_parts(context, view), shown(context, view)), drawer(context)], className="sv")
    return desk_page(context, [body], here="supervision", name="sv-main")


def blank() -> html.Div:
    """The parts that callbacks name, by themselves."""
    return html.Div(_live([], {}))


def shown(context: PageContext, view: LedgerView) -> dict[str, Any]:
    """What the page's script paints, and paints again when something was issued or closed: as plain data, for
    thousands of components that change each few seconds would stop the browser.
    """
    return {
        "figures": [asdict(figure) for figure in view.figures],
        "sub": view.sub,
        "rows": [asdict(row) for row in view.rows],
        "drafts": [_draft(context, row, view) for row in view.drafts],
        "watch": [asdict(row) for row in view.watch],
    }


def unreadable(sentence: str) -> dict[str, Any]:
    """What is painted where the ledger cannot be read."""
    return {"failed": sentence}


def _live(body: list[Component], data: dict[str, Any]) -> list[Component]:
    return [
        html.Div(html.Div(body, id=ids.LEDGER, className="sv-parts"), className="sv-col"),
        dcc.Store(id=ids.LEDGER_ASK),
        dcc.Store(id=ids.LEDGER_CONFIG, data=data),
        dcc.Store(id=ids.LEDGER_RUNS),
    ]


def _parts(context: PageContext, view: LedgerView) -> list[Component]:
    return [
        html.Div(
            [
                html.H1(view.title, className="sv-title"),
                html.A(view.place.label, href=view.place.href),
                *[_filter(one) for one in view.filters],
            ],
            className="sv-bar",
        ),
        html.Div([_figure(context, figure) for figure in view.figures], className="sv-kpis"),
        html.Div(
            [
                _ledger(context),
                html.Div([_drafts(context), _watch(context)], className="sv-beside"),
            ],
            className="sv-cols",
        ),
    ]


def _filter(one: Filter) -> Component:
    links = []
    named: dict[str, Any] = {"aria-label": one.label}
    for choice in one.choices:
        current: dict[str, Any] = {"aria-current": "true"} if choice.on else {}
        links.append(html.A(choice.label, href=choice.href, className="on" if choice.on else "", **current))
    if not one.menu:
        return html.Nav(links, className="seg", **named)
    head = html.Summary([html.Span(one.label, className="t3"), html.B(one.chosen)], className="btn")
    return html.Details([head, html.Nav(links, className="sv-menu", **named)])


def _figure(context: PageContext, figure: Figure) -> html.Div:
    named: dict[str, Any] = {"data-kpi": figure.key}
    label = html.Span([html.I(className="st"), context.t(f"ledger.{figure.key}")], className="k")
    return html.Div(
        [label, html.B([html.Span(), html.Span(className="u")]), html.Em()], className="panel sv-kpi", **named
    )


def _ledger(context: PageContext) -> html.Section:
    titles = [" / ".join(context.t(f"ledger.{key}") for key in keys) for keys in COLUMNS]
    return html.Section(
        [
            html.Header(
                [
                    word(context, "ledger.list", html.H2),
                    html.Span(className="sub"),
                    *export_button(context, "papers", "ledger.list"),
                ]
            ),
            html.Div(
                _table([(title, "") for title in titles]),
                className="tb-box",
                tabIndex=0,
                role="region",
                **spoken(context, "ledger.list"),
            ),
            word(context, "ledger.none", html.P, className="none", hidden=True),
        ],
        className="panel sv-list",
    )


def _drafts(context: PageContext) -> html.Section:
    head = [
        word(context, "ledger.drafts", html.H2),
        html.Span(className="sub num"),
        html.Span(context.t("ledger.drafts_sub"), className="sub", title=context.t("ledger.drafts_sub")),
        *export_button(context, "drafts", "ledger.drafts"),
    ]
    box = html.Div(
        html.Ul(className="sv-list-of"),
        className="tb-box",
        tabIndex=0,
        role="region",
        **spoken(context, "ledger.drafts"),
    )
    empty = word(context, "ledger.no_drafts", html.P, className="none", hidden=True)
    return html.Section([html.Header(head), box, empty], className="panel sv-drafts")


def _watch(context: PageContext) -> html.Section:
    heads = [(context.t("ledger.watch_street"), "")]
    heads += [(context.t(f"ledger.watch_{key}"), "r") for key in WATCHED]
    return html.Section(
        [
            html.Header(
                [
                    word(context, "ledger.watch", html.H2),
                    *export_button(context, "watch", "ledger.watch"),
                ]
            ),
            html.Div(_table(heads), className="tb-box"),
        ],
        className="panel sv-watch",
    )


def _table(heads: Sequence[tuple[str, str]]) -> html.Table:
    titles = [html.Th(title, className=name, scope="col") for title, name in heads]
    return html.Table([html.Thead(html.Tr(titles)), html.Tbody()], className="tb")


def _draft(context: PageContext, row: DraftRow, view: LedgerView) -> dict[str, Any]:
    """A draft with the words of its buttons, where the viewer may issue it."""
    may = row.act in view.may
    return asdict(row) | {"issue": context.t("ledger.issue_as", kind=row.kind) if may else ""}
