"""The panels of a region's page as tables: figures, trends, ranking, workers on shift, the map's areas.

Each holds the readings that the panel shows, all rows of it, with n and d of every rate.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Final

from dashboard.desk import Point, chart_keys
from dashboard.desk_map import FIRST
from dashboard.domain.indicators import BY_KEY, Reading, Unit
from dashboard.domain.policy import Act
from dashboard.domain.ranks import shared_places
from dashboard.exports.asking import Asked, about, moment, window_words
from dashboard.exports.sheet import Column, Kind, Row, Sheet, Value, share
from dashboard.i18n import Lang
from data_access.queries.event_points import COLOURS, UNITS

PLACES: Final = ("points", "heat")
"""Layers of events, not of areas."""
KINDS: Final = {Unit.COUNT: Kind.COUNT, Unit.RATE: Kind.RATE, Unit.HOURS: Kind.NUMBER}


class Panel(StrEnum):
    """Panels whose tables are small enough to be made while somebody waits."""

    FIGURES = "figures"
    TRENDS = "trends"
    RANKING = "ranking"
    CREW = "crew"
    MAP = "map"


def panel_sheet(panel: Panel, ask: Asked) -> Sheet:
    """A panel as a table. RegionUnknown."""
    makers: dict[Panel, Callable[[Asked], Sheet]] = {
        Panel.FIGURES: figures,
        Panel.TRENDS: trends,
        Panel.RANKING: ranking,
        Panel.CREW: crew,
        Panel.MAP: areas,
    }
    return makers[panel](ask)


def figures(ask: Asked) -> Sheet:
    """All indicators of the region: value, n and d, target, and the same of what it is compared with."""
    found = ask.desk.figures(ask.code, ask.scope, ask.view)
    before = {one.key: one for one in found.before}
    rows: list[Row] = []
    for reading in found.now:
        one, was = BY_KEY[reading.key], before[reading.key]
        rows.append(
            (
                indicator_name(ask, one.key),
                ask.t(f"export.unit_{one.unit}"),
                _mixed(reading),
                reading.n,
                reading.d,
                ask.words(reading.reason) if reading.value is None else None,
                _target(ask, one.key),
                _mixed(was),
                was.n,
                was.d,
                ask.words(one.formula),
                one.key,
            )
        )
    columns = [
        _column(ask, "indicator", width=26),
        _column(ask, "unit", width=10),
        _column(ask, "value", width=10),
        _column(ask, "n", Kind.COUNT),
        _column(ask, "d", Kind.COUNT),
        _column(ask, "reason", width=20),
        _column(ask, "target", width=10),
        _column(ask, "before", width=10),
        _column(ask, "before_n", Kind.COUNT),
        _column(ask, "before_d", Kind.COUNT),
        _column(ask, "definition", width=60),
        _column(ask, "key", width=18),
    ]
    compared = (ask.t("desk.by_compare"), window_words(ask, found.before_window))
    head = about(ask, ask.t("export.figures"), as_of=found.at, more=[compared])
    return Sheet(about=head, columns=columns, rows=rows)


def trends(ask: Asked) -> Sheet:
    """A row for each step of the charts: what was read in it, and in the earlier step beside it."""
    found, keys = ask.desk.courses(ask.code, ask.scope, ask.view), chart_keys(ask.view)
    columns = [_column(ask, "from", Kind.MOMENT, width=19), _column(ask, "to", Kind.MOMENT, width=19)]
    for key in keys:
        name = indicator_name(ask, key)
        for suffix in ("", "before_"):
            head = name if not suffix else ask.t("export.earlier", name=name)
            columns.append(Column(name=head, kind=KINDS[BY_KEY[key].unit], width=14))
            if BY_KEY[key].unit is Unit.RATE:
                columns += [
                    Column(name=f"{head} {ask.t('export.n')}", kind=Kind.COUNT),
                    Column(name=f"{head} {ask.t('export.d')}", kind=Kind.COUNT),
                ]
    return Sheet(
        about=about(
            ask,
            ask.t("export.trends"),
            keys=keys,
            as_of=found.at,
            more=[(ask.t("course.steps"), ask.t(f"course.sub_{found.step}", n=len(found.points)))],
        ),
        columns=columns,
        rows=[_step(point, keys) for point in found.points],
    )


def _step(point: Point, keys: Sequence[str]) -> Row:
    row: list[Value] = [point.start, point.end]
    for key in keys:
        for readings in (point.now, point.before):
            reading = next((one for one in readings if one.key == key), None)
            row.append(None if reading is None else cell(reading))
            if BY_KEY[key].unit is Unit.RATE:
                row += [None, None] if reading is None else [reading.n, reading.d]
    return row


def ranking(ask: Asked) -> Sheet:
    """The regions below in the panel's order: the lowest share first, those with too few to compare at the end. Places
    count from the best; equal shares have the same.
    """
    found, key = ask.desk.ranking(ask.code, ask.scope, ask.view), ask.view.on_time_key
    least = ask.terms.ranking_min_n
    ranked = [one for one in found.rows if not one.few(key, least)]
    places = shared_places([one.reading(key) for one in ranked])
    place_of = {one.code: place for one, place in zip(ranked, places, strict=True)}
    rows: list[Row] = []
    for one in sorted(found.rows, key=lambda one: one.place(key, least)):
        rate, few = one.reading(key), one.code not in place_of
        rows.append(
            (
                place_of.get(one.code),
                one.code,
                ask.words(one.name),
                ask.t("kind.exclusive") if one.exclusive else None,
                cell(rate),
                rate.n,
                rate.d,
                one.reading("open").n,
                one.reading("overdue_open").n,
                ask.t("export.few", least=least) if few else None,
            )
        )
    columns = [
        _column(ask, "place", Kind.COUNT, width=6),
        _column(ask, "code", width=16),
        _column(ask, "name", width=20),
        _column(ask, "kind"),
        Column(name=indicator_name(ask, key), kind=Kind.RATE, width=14),
        _column(ask, "n", Kind.COUNT),
        _column(ask, "d", Kind.COUNT),
        Column(name=indicator_name(ask, "open"), kind=Kind.COUNT),
        Column(name=indicator_name(ask, "overdue_open"), kind=Kind.COUNT),
        _column(ask, "reason", width=24),
    ]
    level = ask.t(f"region.level_{found.level}") if found.level else ""
    title = ask.t("ranking.title", level=level)
    return Sheet(about=about(ask, title, keys=(key, "open", "overdue_open")), columns=columns, rows=rows)


def crew(ask: Asked) -> Sheet:
    """All workers on shift now; names for those who may see them."""
    found, named = ask.desk.everybody(ask.code, ask.scope), ask.viewer.may(Act.SEE_PERSONAL)
    rows: list[Row] = [
        (
            one.code,
            *((ask.words(one.name),) if named else ()),
            ask.words(one.parent),
            ask.words(one.region),
            ask.t(f"crew.{one.doing}"),
            None if one.still_s is None else int(one.still_s // 60),
            one.reported,
            None if one.fix_age_s is None else int(one.fix_age_s),
            one.accuracy_m,
            one.battery_pct,
        )
        for one in found.members
    ]
    columns = [
        _column(ask, "code", width=16),
        *((_column(ask, "person"),) if named else ()),
        _column(ask, "parent", width=18),
        _column(ask, "grid", width=18),
        _column(ask, "doing"),
        _column(ask, "still_min", Kind.COUNT),
        _column(ask, "reported_today", Kind.COUNT),
        _column(ask, "fix_age_s", Kind.COUNT),
        _column(ask, "accuracy_m", Kind.NUMBER),
        _column(ask, "battery_pct", Kind.COUNT),
    ]
    on_shift = (ask.t("crew.doing"), ask.t("crew.sub", n=found.on_duty, all=found.rostered))
    head = about(
        ask,
        ask.t("export.crew"),
        as_of=found.at,
        more=[on_shift],
        keys=("on_duty",),
        filtered=False,
        timed=False,
    )
    return Sheet(about=head, columns=columns, rows=rows)


def areas(ask: Asked) -> Sheet:
    """The regions that the map fills, by the indicator of its layer."""
    if ask.view.layer in PLACES:
        return spots(ask)
    key = ask.view.layer if ask.view.layer in BY_KEY else FIRST
    found = ask.map.areas(ask.code, ask.scope, ask.view, key)
    land = {one.code: one for one in ask.map.land(ask.code, ask.scope).regions}
    unit = BY_KEY[key].unit
    rows: list[Row] = []
    for one in found.areas:
        region = land.get(one.code)
        above = None if region is None or region.parent_code is None else land.get(region.parent_code)
        rows.append(
            (
                one.code,
                one.code if region is None else ask.named(region),
                None if above is None else ask.named(above),
                measured(unit, one.value, one.n, one.d),
                one.n,
                one.d,
                one.late,
            )
        )
    name = indicator_name(ask, key)
    columns = [
        _column(ask, "code", width=16),
        _column(ask, "name", width=20),
        _column(ask, "parent", width=20),
        Column(name=name, kind=KINDS[unit], width=14),
        _column(ask, "n", Kind.COUNT),
        _column(ask, "d", Kind.COUNT),
        Column(name=indicator_name(ask, "overdue_open"), kind=Kind.COUNT),
    ]
    level = ask.t(f"region.level_{found.level}")
    head = about(ask, ask.t("export.map", level=level, name=name), keys=dict.fromkeys((key, "overdue_open")))
    return Sheet(about=head, columns=columns, rows=rows)


def spots(ask: Asked) -> Sheet:
    """The events of the map by their places: each of them, or cells of a mesh with how many of each colour."""
    found = ask.map.points(ask.code, ask.scope, ask.view)
    rows: list[Row] = [
        (
            one.x / UNITS,
            one.y / UNITS,
            one.code,
            one.region_code,
            1,
            *(int(one.colour == colour) for colour in COLOURS),
        )
        for one in found.spots
    ]
    rows += [
        (one.x / UNITS, one.y / UNITS, None, None, one.n, one.red, one.yellow, one.green, one.closed)
        for one in found.cells
    ]
    columns = [
        _column(ask, "lon", Kind.NUMBER),
        _column(ask, "lat", Kind.NUMBER),
        _column(ask, "event", width=18),
        _column(ask, "region_code", width=16),
        _column(ask, "events", Kind.COUNT),
        *(_column(ask, f"colour_{colour}", Kind.COUNT) for colour in COLOURS),
    ]
    placed = ask.t("export.placed", n=found.total, unplaced=found.unplaced)
    more = [(ask.t("export.events"), placed)]
    if found.since is not None:
        more.append((ask.t("export.cut"), ask.t("export.since", at=moment(ask, found.since))))
    return Sheet(about=about(ask, ask.t("export.points"), more=more), columns=columns, rows=rows)


def indicator_name(ask: Asked, key: str) -> str:
    """An indicator's name in the viewer's language."""
    return BY_KEY[key].zh if ask.lang is Lang.ZH else BY_KEY[key].en


def cell(reading: Reading) -> Value:
    """A reading as its column holds it."""
    return measured(BY_KEY[reading.key].unit, reading.value, reading.n, reading.d)


def measured(unit: Unit, value: float | None, n: int | None, d: int | None) -> float | int | None:
    """A value of a unit: rates cut, counts whole, hours to the ten-thousandth."""
    match unit:
        case Unit.RATE:
            return share(n, d)
        case Unit.COUNT:
            return None if value is None else int(value)
    return None if value is None else round(value, 4)


def _mixed(reading: Reading) -> Value:
    """A value in a column of several units: rates with their sign."""
    value = cell(reading)
    if BY_KEY[reading.key].unit is Unit.RATE:
        return None if not isinstance(value, float) else f"{value:.1%}"
    return value


def _target(ask: Asked, key: str) -> Value:
    target = ask.terms.targets.get(key, BY_KEY[key].target)
    if target is None:
        return None
    return f"{target:.1%}" if BY_KEY[key].unit is Unit.RATE else target


def _column(ask: Asked, key: str, kind: Kind = Kind.TEXT, *, width: int = 12) -> Column:
    return Column(name=ask.t(f"export.{key}"), kind=kind, width=width)
