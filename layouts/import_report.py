"""What an import did, or would do: counts, kinds of fault, and the rows with reason and remedy as a grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import dash_ag_grid as dag
from dash import html

from dashboard import i18n
from dashboard.i18n import Lang
from layouts import ids
from layouts.context import PageContext

THEME: Final = (
    "themeQuartz.withParams({backgroundColor: 'var(--surface-1)', foregroundColor: 'var(--text-1)',"
    " headerBackgroundColor: 'var(--surface-2)', headerTextColor: 'var(--text-3)',"
    " borderColor: 'var(--line-1)', rowHoverColor: 'var(--surface-2)', accentColor: 'var(--accent)',"
    " selectedRowBackgroundColor: 'var(--accent-wash)', fontFamily: 'var(--font-ui)', fontSize: '.8125rem',"
    " headerFontSize: '.75rem', rowHeight: '2rem', headerHeight: '1.875rem', wrapperBorder: false,"
    " wrapperBorderRadius: 0, browserColorScheme: 'dark', spacing: '.375rem', cellHorizontalPadding: '.75rem',"
    " headerFontWeight: 400})"
)
"""The grid in the product's tokens; its sizes follow the page's."""
WIDTHS: Final = {"row": 72, "verdict": 84, "field": 130, "value": 140, "reason": 190, "remedy": 170}
GRID: Final = "grid."
ROW_REM: Final = 2.0
MOST_REM: Final = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRow:
    """A kind of fault. `rejected`: it keeps its rows out."""

    reason: str
    count: int
    rejected: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportView:
    """A report. `figures`: (key, number); `notes`: lines below them; `findings`: cells by column."""

    id: int
    check: bool
    ended: str
    figures: Sequence[tuple[str, int]]
    notes: Sequence[str]
    faults: Sequence[FaultRow]
    findings: Sequence[dict[str, Any]]
    total: int
    has_csv: bool


def layout(context: PageContext, view: ReportView) -> html.Section:
    """The panel of a report."""
    title = "import.check_result" if view.check else "import.result"
    head = html.Header(
        [
            html.H2(context.t(title)),
            html.Span(view.ended, className="sub"),
            html.Span(_csv(context, view), className="end"),
        ]
    )
    cards = html.Div([_card(context, key, value) for key, value in view.figures], className="im-figs")
    notes = [html.P(line, className="t2 im-note") for line in view.notes]
    body: list[Any] = [head, cards, *notes]
    if view.faults:
        body += [_faults(context, view), _grid(context, view)]
    else:
        good = html.P([html.I(className="st ok"), context.t("import.no_faults")], className="im-good")
        body.append(good)
    return html.Section(body, className="panel im-report")


def verdict(*, rejected: bool, check: bool) -> str:
    """The word for what becomes of a row with a fault."""
    if rejected:
        return "import.rejected"
    return "import.can_land" if check else "import.landed"


def blank(context: PageContext) -> dag.AgGrid:
    """The grid by itself, for those who name it."""
    return _table(context, [])


def _csv(context: PageContext, view: ReportView) -> list[Any]:
    if not view.has_csv:
        return []
    address = f"/admin/imports/{view.id}/report.csv?lang={context.lang}"
    return [html.A(context.t("import.csv"), href=address, className="btn sm", download="")]


def _card(context: PageContext, key: str, value: int) -> html.Div:
    named: dict[str, Any] = {"data-figure": key}
    tone = "c-bad" if key == "rejected" and value else ""
    return html.Div(
        [html.Span(context.t(f"import.n_{key}"), className="k"), html.B(f"{value:,}", className=tone)],
        className="im-fig",
        **named,
    )


def _faults(context: PageContext, view: ReportView) -> html.Div:
    rows = [
        html.Tr(
            [
                html.Td(html.I(className="st bad" if fault.rejected else "st warn")),
                html.Td(context.t(verdict(rejected=fault.rejected, check=view.check))),
                html.Td(fault.reason),
                html.Td(f"{fault.count:,}", className="r"),
            ]
        )
        for fault in view.faults
    ]
    return html.Div(html.Table(html.Tbody(rows), className="tb im-faults"), className="tb-box", tabIndex=0)


def _grid(context: PageContext, view: ReportView) -> html.Div:
    listed = len(view.findings)
    said = context.t("import.listed", n=f"{listed:,}", all=f"{view.total:,}")
    return html.Div(
        [html.P(said, className="t3 im-note"), _table(context, view.findings)], className="im-grid"
    )


def _table(context: PageContext, findings: Sequence[dict[str, Any]]) -> dag.AgGrid:
    columns = [
        {
            "field": name,
            "headerName": context.t(f"import.g_{name}"),
            "width": width,
            "tooltipField": name,
            "flex": 1 if name in ("reason", "remedy") else None,
            "minWidth": width if name in ("reason", "remedy") else 60,
            "type": "rightAligned" if name == "row" else None,
            "filter": False if name == "row" else None,
        }
        for name, width in WIDTHS.items()
    ]
    return dag.AgGrid(
        id=ids.IMPORT_FINDINGS,
        rowData=list(findings),
        columnDefs=[
            {name: value for name, value in column.items() if value is not None} for column in columns
        ],
        defaultColDef={"resizable": True, "sortable": True, "filter": True},
        dashGridOptions={
            "theme": {"function": THEME},
            "animateRows": False,
            "localeText": {key: context.t(f"{GRID}{key}") for key in _grid_words()},
            "enableCellTextSelection": True,
            "ensureDomOrder": True,
            "tooltipShowDelay": 400,
        },
        style={"height": f"{min(MOST_REM, (len(findings) + 1) * ROW_REM + 1):g}rem", "width": "100%"},
    )


def _grid_words() -> list[str]:
    """Keys of the grid's own words that the catalogues have."""
    return [key.removeprefix(GRID) for key in i18n.catalogue(Lang.ZH) if key.startswith(GRID)]
