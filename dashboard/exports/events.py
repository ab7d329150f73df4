"""All events of a table as a file, made in the background row by row: a year of a district is no page.

Addresses, texts and names are in it only where its maker may see them and asked for them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from dashboard.domain.colours import Colour
from dashboard.domain.model import Level, State
from dashboard.exports.asking import Asked, about, asked, reads
from dashboard.exports.background import may_personal, noted, question_of, wants_personal, write_table
from dashboard.exports.sheet import About, Column, Kind, Row, Sheet, Value
from dashboard.file_kinds import Made, Making
from data_access.queries.event_export import listed_events, rows_of_events
from data_access.queries.event_rows import EventRow
from data_access.queries.event_set import listing_of
from data_access.queries.event_table import sort_from
from data_access.queries.regions import RegionNode, listed_regions
from data_access.queries.session import reading


@dataclass(frozen=True, slots=True, kw_only=True)
class _Field:
    """One column of the file and where its cells come from."""

    key: str
    value: Callable[[EventRow], Value]
    kind: Kind = Kind.TEXT
    width: int = 12


def make_events(making: Making) -> Made:
    """The events of a question, whole. RegionUnknown, BadFilterError and their like, TooManyEvents, EventsClosed."""
    question = question_of(making)
    ask, personal = asked(question, *reads(making.engine, lambda: making.now)), wants_personal(question)
    view = ask.view
    with reading(making.engine) as conn:
        listed = listed_events(
            conn,
            ask.code,
            ask.scope,
            ask.now,
            ask.window,
            view.filters,
            view.q,
            sort_from(view.sort),
            view.drawn,
            personal=may_personal(ask.viewer),
        )
        total = len(listed.ids)
        making.watch.told(0, total)
        regions = listed_regions(conn, ask.scope, ask.now)
        sheet = event_sheet(ask, rows_of_events(conn, listed.ids, ask.now), total, regions, personal=personal)
        made = write_table(making, question, sheet, total)
    return noted(making, ask.code, "events", made, personal=personal, **view.question())


def events_about(ask: Asked, *, personal: bool | None = None, rows: int | None = None) -> About:
    """What a table of events says about itself. `personal`: whether it holds what people said; None: as on screen."""
    listing = listing_of(ask.scope.narrowed(ask.view.filters))
    more = [(ask.t("export.listed"), ask.t(f"export.listed_{listing}"))]
    if rows is not None:
        more.append((ask.t("export.rows"), f"{rows:,}"))
    if personal is not None:
        said = ask.t("export.personal_in" if personal else "export.masked")
        more.append((ask.t("export.personal_line"), said))
    return about(ask, ask.t("export.events"), more=more)


def event_sheet(
    ask: Asked,
    rows: Iterable[EventRow],
    total: int,
    regions: Iterable[RegionNode],
    *,
    personal: bool,
) -> Sheet:
    """Events as a table. `regions`: those that they may lie in."""
    fields = _fields(ask, _Places(ask, regions), personal=personal)
    return Sheet(
        about=events_about(ask, personal=personal, rows=total),
        columns=[Column(name=ask.t(f"export.{one.key}"), kind=one.kind, width=one.width) for one in fields],
        rows=_rows(rows, fields),
    )


def _rows(rows: Iterable[EventRow], fields: list[_Field]) -> Iterator[Row]:
    values = [one.value for one in fields]
    for row in rows:
        yield [value(row) for value in values]


def _fields(ask: Asked, places: _Places, *, personal: bool) -> list[_Field]:
    state = {State.OPEN: ask.t("case.open"), State.CLOSED: ask.t("case.closed")}
    moment, count = Kind.MOMENT, Kind.COUNT

    def timing(row: EventRow) -> Value:
        return None if row.colour is Colour.NONE else ask.t(f"export.timing_{row.colour}")

    fields = [
        _Field(key="code", value=lambda row: row.code, width=20),
        _Field(key="source", value=lambda row: ask.t(f"source.{row.source}")),
        _Field(key="category", value=lambda row: ask.words(row.category), width=16),
        _Field(key="category_code", value=lambda row: row.category_code),
        _Field(key="severity", value=lambda row: ask.t(f"severity.{row.severity}"), width=8),
        _Field(key="state", value=lambda row: state.get(row.state, str(row.state)), width=8),
        _Field(key="stage", value=lambda row: ask.stage(row.stage)),
        _Field(key="timing", value=timing, width=9),
        _Field(key="street", value=lambda row: places.of(row)[0], width=14),
        _Field(key="community", value=lambda row: places.of(row)[1], width=14),
        _Field(key="grid", value=lambda row: places.of(row)[2], width=14),
        _Field(key="region_code", value=lambda row: row.region_code, width=18),
        _Field(key="department", value=lambda row: ask.words(row.department), width=16),
        _Field(key="reported_at", value=lambda row: row.reported_at, kind=moment, width=19),
        _Field(key="due_at", value=lambda row: row.due_at, kind=moment, width=19),
        _Field(key="closed_at", value=lambda row: row.closed_at, kind=moment, width=19),
        _Field(key="rework", value=lambda row: row.rework, kind=count, width=9),
        _Field(key="escalation", value=lambda row: row.escalation, kind=count, width=9),
        _Field(key="lon", value=lambda row: row.lon, kind=Kind.NUMBER),
        _Field(key="lat", value=lambda row: row.lat, kind=Kind.NUMBER),
    ]
    if personal:
        fields += [
            _Field(key="address", value=lambda row: row.address, width=30),
            _Field(key="text", value=lambda row: row.text, width=50),
            _Field(key="worker", value=lambda row: ask.words(row.worker)),
        ]
    return fields


class _Places:
    """Names of the street, the community and the grid of a region, each found once."""

    def __init__(self, ask: Asked, regions: Iterable[RegionNode]) -> None:
        self._ask = ask
        self._regions = {one.code: one for one in regions}
        self._known: dict[str, tuple[str | None, str | None, str | None]] = {}

    def of(self, row: EventRow) -> tuple[str | None, str | None, str | None]:
        """The three names; of a region that is no more, its own name in the place of the last."""
        found = self._known.get(row.region_code)
        if found is None:
            found = self._known[row.region_code] = self._find(row)
        return found

    def _find(self, row: EventRow) -> tuple[str | None, str | None, str | None]:
        names: dict[Level, str] = {}
        region = self._regions.get(row.region_code)
        if region is None:
            return (None, self._ask.words(row.parent), self._ask.words(row.region))
        while region is not None:
            names[region.level] = self._ask.named(region)
            region = self._regions.get(region.parent_code or "")
        grid = " ".join(names[level] for level in (Level.GRID, Level.MICRO_GRID) if level in names)
        return (names.get(Level.STREET), names.get(Level.COMMUNITY), grid or None)
