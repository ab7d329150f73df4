"""All events of a table as a file, made in the background row by row: a year of a district is no page.

Addresses, texts and names are in it only where its maker may see them and asked for them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from dashboard.domain.colours import Colour, colour_of
from dashboard.domain.model import Level, Source, State
from dashboard.domain.workflow import DONE
from dashboard.exports.asking import Asked, about, asked, reads
from dashboard.exports.background import may_personal, noted, question_of, wants_personal, write_table
from dashboard.exports.sheet import About, Column, Kind, Row, Sheet, Value
from dashboard.file_kinds import Made, Making
from data_access.queries.event_export import (
    Called,
    ListedEvent,
    Names,
    listed_events,
    names_of_events,
)
from data_access.queries.event_set import listing_of
from data_access.queries.event_table import sort_from
from data_access.queries.regions import RegionNode, listed_regions
from data_access.queries.session import reading

SEVERITIES: Final = range(1, 4)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Field:
    """One column of the file and where its cells come from."""

    key: str
    value: Callable[[ListedEvent], Value]
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
            searchable=may_personal(ask.viewer),
            words=personal,
        )
        making.watch.told(0, listed.total)
        names = names_of_events(conn, ask.now, workers=personal)
        regions = listed_regions(conn, ask.scope, ask.now)
        fields = _fields(ask, names, _places(ask, names, regions), personal=personal)
        sheet = Sheet(
            about=events_about(ask, personal=personal, rows=listed.total),
            columns=[
                Column(name=ask.t(f"export.{one.key}"), kind=one.kind, width=one.width) for one in fields
            ],
            rows=_rows(listed.rows, fields),
        )
        made = write_table(making, question, sheet, listed.total)
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


def _rows(rows: Iterable[ListedEvent], fields: list[_Field]) -> Iterator[Row]:
    values = [one.value for one in fields]
    for row in rows:
        yield [value(row) for value in values]


def _fields(ask: Asked, names: Names, places: Mapping[int, _Place], *, personal: bool) -> list[_Field]:
    """The columns. What few rows differ in is put into words once, not row by row."""
    moment, count = Kind.MOMENT, Kind.COUNT
    sources = {str(one): ask.t(f"source.{one}") for one in Source}
    states = {State.OPEN: ask.t("case.open"), State.CLOSED: ask.t("case.closed")}
    timings: dict[Colour, str] = {
        one: ask.t(f"export.timing_{one}") for one in Colour if one is not Colour.NONE
    }
    severities = {one: ask.t(f"severity.{one}") for one in SEVERITIES}
    stages = {one.key: ask.stage(one.key) for one in ask.terms.workflow.stages} | {DONE: ask.stage(DONE)}
    categories = _called(ask, names.categories)
    departments, workers = _called(ask, names.departments), _called(ask, names.workers)

    def timing(row: ListedEvent) -> Value:
        due, warn, closed = row.due_at, row.warn_at, row.closed_at
        return timings.get(colour_of(State(row.state), due, warn, closed, ask.now, row.duplicate))

    fields = [
        _Field(key="code", value=lambda row: row.code, width=20),
        _Field(key="source", value=lambda row: sources.get(row.source, row.source)),
        _Field(key="category", value=lambda row: categories[row.category_id], width=16),
        _Field(key="category_code", value=lambda row: names.categories[row.category_id].code),
        _Field(key="severity", value=lambda row: severities[row.severity], width=8),
        _Field(key="state", value=lambda row: states.get(State(row.state), row.state), width=8),
        _Field(key="stage", value=lambda row: stages.get(row.stage, row.stage)),
        _Field(key="timing", value=timing, width=9),
        _Field(key="street", value=lambda row: places[row.region_id].street, width=14),
        _Field(key="community", value=lambda row: places[row.region_id].community, width=14),
        _Field(key="grid", value=lambda row: places[row.region_id].grid, width=14),
        _Field(key="region_code", value=lambda row: names.regions[row.region_id].code, width=18),
        _Field(key="department", value=lambda row: departments.get(row.department_id), width=16),
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
            _Field(key="worker", value=lambda row: workers.get(row.worker_id)),
        ]
    return fields


def _called(ask: Asked, found: Mapping[int, Called]) -> dict[int | None, str]:
    lang = str(ask.lang)
    return {number: one.name.in_language(lang) for number, one in found.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Names of the street, the community and the grid that a region is or lies in."""

    street: str | None
    community: str | None
    grid: str | None


def _places(ask: Asked, names: Names, regions: Iterable[RegionNode]) -> dict[int, _Place]:
    """Where the regions lie; of one that is no more, its own name in the place of the last."""
    known, lang = {one.code: one for one in regions}, str(ask.lang)
    found: dict[int, _Place] = {}
    for number, one in names.regions.items():
        region, levels = known.get(one.code), dict[Level, str]()
        if region is None:
            community = one.above.in_language(lang) if one.above else None
            found[number] = _Place(street=None, community=community, grid=one.name.in_language(lang))
            continue
        while region is not None:
            levels[region.level] = ask.named(region)
            region = known.get(region.parent_code or "")
        grid = " ".join(levels[level] for level in (Level.GRID, Level.MICRO_GRID) if level in levels)
        found[number] = _Place(
            street=levels.get(Level.STREET), community=levels.get(Level.COMMUNITY), grid=grid or None
        )
    return found
