"""The ledger of supervision: what was issued and how it stands, and drafts that wait to be issued."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.domain.messages import dump
from layouts import ids
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
    body = html.Div([*_live(parts(context, view)), drawer(context)], className="sv")
    return desk_page(context, [body], here="supervision", name="sv-main")


def blank() -> html.Div:
    """The parts that callbacks name, by themselves."""
    return html.Div(_live([]))


def _live(body: list[Component]) -> list[Component]:
    return [
        html.Div(html.Div(body, id=ids.LEDGER, className="sv-parts"), className="sv-col"),
        dcc.Store(id=ids.LEDGER_ASK),
        dcc.Store(id=ids.LEDGER_CONFIG, data={"on": True}),
        dcc.Store(id=ids.LEDGER_RUNS),
    ]


def parts(context: PageContext, view: LedgerView) -> list[Component]:
    """What is laid out anew when something was issued or closed."""
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
                _ledger(context, view),
                html.Div([_drafts(context, view), _watch(context, view)], className="sv-beside"),
            ],
            className="sv-cols",
        ),
    ]


def unreadable(sentence: str) -> list[Component]:
    """What stands there where the ledger cannot be read."""
    return [html.P(sentence, className="ph", role="alert")]


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
    mark = [html.I(className=f"st {figure.glyph}")] if figure.glyph else []
    tail = [html.Span(figure.unit, className="u")] if figure.unit else []
    return html.Div(
        [
            html.Span([*mark, context.t(f"ledger.{figure.key}")], className="k"),
            html.B([figure.value, *tail], className="c-bad" if figure.glyph == "bad" else ""),
            html.Em(figure.note),
        ],
        className="panel sv-kpi",
        **named,
    )


def _watch(context: PageContext, view: LedgerView) -> html.Section:
    titles = [html.Th(context.t("ledger.watch_street"), scope="col")]
    titles += [html.Th(context.t(f"ledger.watch_{key}"), className="r", scope="col") for key in WATCHED]
    rows = []
    for row in view.watch:
        name = html.A(row.name, href=row.href) if row.href else html.Span(row.name)
        cells = [html.Td(f"{n:,}", className="r num" if n else "r num t3") for n in row.counts]
        rows.append(html.Tr([html.Td(name), *cells]))
    table = html.Table([html.Thead(html.Tr(titles)), html.Tbody(rows)], className="tb")
    return html.Section(
        [html.Header(word(context, "ledger.watch", html.H2)), html.Div(table, className="tb-box")],
        className="panel sv-watch",
    )


def _ledger(context: PageContext, view: LedgerView) -> html.Section:
    head = html.Header([word(context, "ledger.list", html.H2), html.Span(view.sub, className="sub")])
    if not view.rows:
        return html.Section(
            [head, word(context, "ledger.none", html.P, className="none")], className="panel sv-list"
        )
    titles = [
        html.Th(" / ".join(context.t(f"ledger.{key}") for key in keys), scope="col") for keys in COLUMNS
    ]
    table = html.Table(
        [html.Thead(html.Tr(titles)), html.Tbody([_paper(row) for row in view.rows])], className="tb"
    )
    box = html.Div(table, className="tb-box", tabIndex=0, role="region", **spoken(context, "ledger.list"))
    return html.Section([head, box], className="panel sv-list")


def _paper(row: PaperRow) -> html.Tr:
    state = html.Td(
        [html.I(className=f"st {row.glyph}"), html.Span(row.state)],
        className=f"due c-{row.glyph}",
    )
    event: list[Any] = [html.Span(row.about)]
    if row.event:
        named: dict[str, Any] = {"data-event": row.event}
        event = [html.A(row.event, href=f"/event/{row.event}", **named), html.Span(row.about, className="t2")]
    kind = html.Td([html.Span(row.kind), html.Span(row.number, className="t3")], className="two")
    return html.Tr(
        [
            state,
            kind,
            html.Td(event, className="two", title=row.reason),
            _two(row.department, row.region),
            _two(row.issued, f"{row.actor} · {row.delivery}"),
            _two(row.due, row.closed),
        ]
    )


def _two(first: str, second: str) -> html.Td:
    return html.Td(
        [html.Span(first, className="num"), html.Span(second, className="t3 num", title=second)],
        className="two",
    )


def _drafts(context: PageContext, view: LedgerView) -> html.Section:
    head = html.Header(
        [
            word(context, "ledger.drafts", html.H2),
            html.Span(f"{len(view.drafts):,}", className="sub num"),
            html.Span(context.t("ledger.drafts_sub"), className="sub"),
        ]
    )
    if not view.drafts:
        empty = word(context, "ledger.no_drafts", html.P, className="none")
        return html.Section([head, empty], className="panel sv-drafts")
    rows = html.Ul([_draft(context, row, view) for row in view.drafts], className="sv-list-of")
    return html.Section(
        [
            head,
            html.Div(rows, className="tb-box", tabIndex=0, role="region", **spoken(context, "ledger.drafts")),
        ],
        className="panel sv-drafts",
    )


def _draft(context: PageContext, row: DraftRow, view: LedgerView) -> html.Li:
    named: dict[str, Any] = {"data-event": row.code}
    buttons: list[Component] = []
    if row.act in view.may:
        issue: dict[str, Any] = {"data-issue": row.code, "aria-label": f"{row.kind} {row.code}"}
        edit: dict[str, Any] = {
            "data-edit": row.code,
            "aria-label": f"{context.t('ledger.edit')} {row.code}",
        }
        buttons = [
            html.Button(
                context.t("ledger.issue_as", kind=row.kind), className="btn sm pri", type="button", **issue
            ),
            html.Button(context.t("ledger.edit"), className="btn sm ghost", type="button", **edit),
        ]
    carried: dict[str, Any] = {"data-draft": dump({"order": dict(row.order), "about": dict(row.preset)})}
    return html.Li(
        [
            html.Div(
                [
                    html.I(className=f"st {row.glyph}"),
                    html.A(row.code, href=f"/event/{row.code}", **named),
                    html.B(row.about, className="ell grow", title=row.about),
                ],
                className="line",
            ),
            html.P(row.evidence),
            html.P(" · ".join(one for one in (row.region, row.until) if one), className="t3"),
            html.Div(buttons, className="line sv-do"),
        ],
        **carried,
    )
