"""The table of events on the region page: its columns and its empty grid, whose rows the page's script asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import dash_ag_grid as dag
from dash import dcc, html

from dashboard import i18n
from dashboard.i18n import Lang
from layouts import ids
from layouts.components.panel import spoken, word
from layouts.context import PageContext
from layouts.import_report import GRID, THEME

BLOCK: Final = 100
"""Rows that are asked for at once."""

WIDER_PX: Final = 24
"""Time left takes more room in English."""
USUAL: Final = "due"
"""The column that rows are in order of where nobody chose another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableColumn:
    """A column. `flex`: its share of what is left; `least_px`: it is never narrower; `drawn`: by which component of
    the page's scripts. Hidden ones can be switched on.
    """

    key: str
    flex: float
    least_px: int
    sortable: bool = True
    hidden: bool = False
    drawn: str = ""
    right: bool = False


COLUMNS: Final[Sequence[TableColumn]] = (
    TableColumn(key="due", flex=1.5, least_px=128, drawn="QuanyuDue"),
    TableColumn(key="code", flex=1.2, least_px=84, drawn="QuanyuCode"),
    TableColumn(key="text", flex=2.2, least_px=76, sortable=False),
    TableColumn(key="category", flex=1.2, least_px=72),
    TableColumn(key="region", flex=1.3, least_px=76, drawn="QuanyuRegion"),
    TableColumn(key="department", flex=1.2, least_px=84, hidden=True),
    TableColumn(key="stage", flex=1, least_px=70),
    TableColumn(key="severity", flex=0.7, least_px=60, hidden=True, drawn="QuanyuSeverity"),
    TableColumn(key="source", flex=1, least_px=72, drawn="QuanyuSource"),
    TableColumn(key="reported", flex=1.1, least_px=94, drawn="QuanyuMoment", right=True),
    TableColumn(key="closed", flex=1.1, least_px=94, hidden=True, drawn="QuanyuMoment", right=True),
)


def panel(context: PageContext) -> html.Section:
    """The panel with an empty grid; its script fills heading, rows and the line of news."""
    head = html.Header(
        [
            word(context, "table.title", html.H2),
            html.Span(className="sub", role="status"),
            html.Span(id=ids.EVENT_TABLE_HEAD, className="end"),
        ]
    )
    return html.Section(
        [
            head,
            html.Div(className="evt-news"),
            html.Div(
                [_grid(context), html.Div(className="evt-state")],
                className="evt-box",
                role="region",
                **spoken(context, "table.label"),
            ),
            dcc.Store(id=ids.EVENT_TABLE_CONFIG),
            dcc.Store(id=ids.EVENT_TABLE_RUNS),
        ],
        id=ids.DESK_TABLE,
        className="panel evt",
    )


def _grid(context: PageContext) -> dag.AgGrid:
    words = {
        key.removeprefix(GRID): text
        for key, text in i18n.catalogue(context.lang).items()
        if key.startswith(GRID)
    }
    return dag.AgGrid(
        id=ids.EVENT_TABLE,
        rowModelType="infinite",
        columnDefs=[_column(context, column) for column in COLUMNS],
        defaultColDef={
            "resizable": True,
            "suppressHeaderMenuButton": True,
            "sortingOrder": ["asc", "desc"],
            "cellClass": "evt-c",
        },
        getRowId="params.data.code",
        dashGridOptions={
            "theme": {
                "function": THEME.replace("cellHorizontalPadding: '.75rem'", "cellHorizontalPadding: '.5rem'")
            },
            "cacheBlockSize": BLOCK,
            # the wrapper's own source of rows is replaced before it answers, and keeps its place in the queue
            "maxConcurrentDatasourceRequests": 3,
            "maxBlocksInCache": 20,
            "infiniteInitialRowCount": 1,
            "blockLoadDebounceMillis": 60,
            "rowSelection": {
                "mode": "singleRow",
                "checkboxes": False,
                "enableClickSelection": False,
            },
            "suppressCellFocus": False,
            "suppressDragLeaveHidesColumns": True,
            "suppressNoRowsOverlay": True,
            "localeText": words,
            "tooltipShowDelay": 400,
            "ensureDomOrder": True,
        },
        dangerously_allow_code=False,
        className="evt-grid",
        style={"height": "100%", "width": "100%"},
    )


def _column(context: PageContext, column: TableColumn) -> dict[str, Any]:
    found: dict[str, Any] = {
        "field": column.key,
        "headerName": context.t(f"table.{column.key}"),
        "flex": column.flex,
        "minWidth": column.least_px + (WIDER_PX if column.key == USUAL and context.lang is Lang.EN else 0),
        "sortable": column.sortable,
        "hide": column.hidden,
    }
    if column.key == USUAL:
        found["sort"] = "asc"
    if column.drawn:
        found["cellRenderer"] = column.drawn
    else:
        found["tooltipField"] = column.key
    if column.right:
        found |= {"headerClass": "evt-right", "cellClass": "evt-c evt-right"}
    return found
