"""Panels whose rows only the page has, such as the wall's, which live from moment to moment: what is posted becomes a
table, or the words below a picture.

Owns which panels these are and how much of one is taken; what is in the rows is what the page showed its viewer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from dashboard.errors import DashboardError
from dashboard.exports.asking import Asked, about
from dashboard.exports.sheet import Column, Row, Sheet

MOST_BYTES: Final = 4 * 1024 * 1024
MOST_ROWS: Final = 20_000
MOST_COLUMNS: Final = 60
MOST_SUBJECT: Final = 120
MOST_WIDTH: Final = 40


class BadShown(DashboardError):
    """This is no panel that could be taken away: {reason}."""

    zh = "无法导出该面板：{reason_zh}。"


class Shown(StrEnum):
    """Panels that are taken as they stand on their page."""

    KPIS = "kpis"
    LOADS = "loads"
    PIPELINE = "pipeline"
    SOURCES = "sources"
    CATEGORIES = "categories"
    RATES = "rates"
    STREETS = "streets"
    NEWS = "news"
    ALERTS = "alerts"
    ACTIVITIES = "activities"
    STANDINGS = "standings"
    PRESSING = "pressing"
    DRAFTS = "drafts"
    WATCH = "watch"
    PLACE = "place"
    STOPS = "stops"
    HANDLED = "handled"
    COURSE = "course"
    EVENT = "event"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Panel:
    """`title`: key of its words; `defined`: indicators that it shows; `today`: it shows the day under way."""

    title: str
    defined: Sequence[str] = ()
    today: bool = False


PANELS: Final[Mapping[Shown, _Panel]] = {
    Shown.KPIS: _Panel(
        title="kpi.strip",
        defined=("reported", "open", "on_time_due", "satisfaction", "overdue_open", "on_duty"),
        today=True,
    ),
    Shown.LOADS: _Panel(title="map.title", defined=("open", "overdue_open")),
    Shown.PIPELINE: _Panel(title="pipe.title", today=True),
    Shown.SOURCES: _Panel(title="source.title", defined=("reported",), today=True),
    Shown.CATEGORIES: _Panel(title="cat.title", defined=("reported",), today=True),
    Shown.RATES: _Panel(title="trend.title", defined=("on_time_due", "satisfaction")),
    Shown.STREETS: _Panel(title="rank.title", defined=("on_time_due", "open", "overdue_open"), today=True),
    Shown.NEWS: _Panel(title="tick.title", today=True),
    Shown.ALERTS: _Panel(title="alert.title"),
    Shown.ACTIVITIES: _Panel(title="act.title", defined=("on_duty",)),
    Shown.STANDINGS: _Panel(
        title="streets.title",
        defined=("reported", "closed", "open", "overdue_open", "on_time_due", "satisfaction", "on_duty"),
        today=True,
    ),
    Shown.PRESSING: _Panel(title="pressing.title"),
    Shown.DRAFTS: _Panel(title="ledger.drafts"),
    Shown.WATCH: _Panel(title="ledger.watch"),
    Shown.PLACE: _Panel(title="worker.map_name"),
    Shown.STOPS: _Panel(title="worker.stops"),
    Shown.HANDLED: _Panel(title="worker.events"),
    Shown.COURSE: _Panel(title="worker.hours"),
    Shown.EVENT: _Panel(title="one.drawer"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A panel as its page posts it. `at`: when it stood so; `subject`: the event or the worker's day that it is of."""

    panel: Shown
    form: str
    region: str
    subject: str
    at: datetime | None
    columns: Sequence[str]
    rows: Sequence[Row]


def posted_from(body: object) -> Posted:
    """What was posted. BadShown."""
    if not isinstance(body, dict):
        raise BadShown(reason="send an object", reason_zh="应为对象")
    if body.get("panel") not in list(Shown):
        raise BadShown(reason="there is no such panel", reason_zh="没有这个面板")
    columns, rows = _list(body, "columns", MOST_COLUMNS), _list(body, "rows", MOST_ROWS)
    return Posted(
        panel=Shown(body["panel"]),
        form=_text(body.get("form")),
        region=_text(body.get("region") or ""),
        subject=_text(body.get("subject") or "")[:MOST_SUBJECT],
        at=_moment(body.get("at")),
        columns=[_text(name) for name in columns],
        rows=[_row(row, len(columns)) for row in rows],
    )


def shown_sheet(ask: Asked, posted: Posted) -> Sheet:
    """A panel as a table, with what every file says of itself."""
    panel = PANELS[posted.panel]
    at = ask.now if posted.at is None else min(posted.at, ask.now)
    more = [(ask.t("export.subject"), posted.subject)] if posted.subject else []
    head = about(
        ask,
        ask.t(panel.title),
        keys=panel.defined,
        as_of=at,
        more=[*more, (ask.t("export.listed"), ask.t("export.as_shown"))],
        filtered=False,
        timed=panel.today,
    )
    columns = [Column(name=name, width=_width(place, posted)) for place, name in enumerate(posted.columns)]
    return Sheet(about=head, columns=columns, rows=posted.rows)


def _width(place: int, posted: Posted) -> int:
    longest = max((len(str(row[place] or "")) for row in posted.rows[:100]), default=0)
    return max(10, min(MOST_WIDTH, 2 * longest))


def _list(body: Mapping[str, Any], name: str, most: int) -> list[Any]:
    found = body.get(name) or []
    if not isinstance(found, list) or len(found) > most:
        raise BadShown(reason=f"{name} must be a list of at most {most}", reason_zh=f"{name} 最多 {most} 项")
    return found


def _row(row: object, columns: int) -> Row:
    if not isinstance(row, list) or len(row) != columns:
        raise BadShown(reason="each row must fill the columns", reason_zh="每行应与各列对应")
    return [_text(cell) if isinstance(cell, str) else _number(cell) for cell in row]


def _number(cell: object) -> int | float | None:
    if cell is None:
        return None
    if isinstance(cell, bool) or not isinstance(cell, int | float) or not abs(cell) < 1e15:
        raise BadShown(reason="cells are texts, numbers or empty", reason_zh="单元格应为文字、数字或空")
    return cell


def _text(value: object) -> str:
    if not isinstance(value, str) or any(char == "\0" or "\ud800" <= char <= "\udfff" for char in value):
        raise BadShown(reason="texts must be texts", reason_zh="应为文字")
    return value


def _moment(value: object) -> datetime | None:
    found = _number(value)
    if found is None:
        return None
    if not 0 <= found < 4_102_444_800_000:
        raise BadShown(reason="at must be ms since 1970", reason_zh="at 应为 1970 年以来的毫秒数")
    return datetime.fromtimestamp(found / 1000, UTC)
