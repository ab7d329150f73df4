"""Indicators of any region and window: value, n and d of each.

Owns the question; which rows count is in `history`, how a reading follows from counts in `tallies`, and what an
indicator is in `dashboard.domain.indicators`.

Filters hold for events, for feedback about them and for orders about them. Workers on duty, their shifts, patrols and
visits are not events: `on_duty`, `on_duty_rate`, `attendance_rate`, `visit_rate` and `coverage` are the same whatever
is filtered.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine

from dashboard.domain.atlas import Drawn
from dashboard.domain.filters import NO_FILTERS, Filters
from dashboard.domain.indicators import INDICATORS, Group, Indicator, Reading
from dashboard.domain.policy import Scope
from dashboard.domain.terms import Terms, terms_from
from dashboard.domain.windows import Window, today
from data_access.queries.filtering import sieve_of
from data_access.queries.history import asked, tallied_each
from data_access.queries.placing import AS_ONE, WHOLE
from data_access.queries.regions import RegionNode, region_path
from data_access.queries.selection import Selection, whole_ground
from data_access.queries.session import district_settings
from data_access.queries.tallies import Tally, readings_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """Readings of one region over one window, in the order of the indicators."""

    region: RegionNode
    window: Window
    readings: tuple[Reading, ...]
    holidays_known: bool


def district_terms(engine: Engine) -> Terms:
    """The district's own terms, from its settings."""
    with engine.connect() as conn:
        return terms_from(district_settings(conn))


def measure(
    engine: Engine,
    code: str,
    scope: Scope,
    *,
    now: datetime,
    window: Window | None = None,
    keys: Collection[str] | None = None,
    filters: Filters = NO_FILTERS,
    drawn: Drawn = Drawn.THEN,
) -> Measurement:
    """All indicators, or those of `keys`, of a region and all below it; today unless a window is given.

    `filters`: of which events. `drawn`: on the map of then each row counts for the region that held it, on the map
    of now for the one that holds its point today. RegionUnknown where the region is absent or outside the scope;
    on the map of then one that is no more is still there.
    """
    (found,) = measure_each(
        engine,
        code,
        scope,
        now=now,
        windows=None if window is None else [window],
        keys=keys,
        filters=filters,
        drawn=drawn,
    )
    return found


def measure_each(
    engine: Engine,
    code: str,
    scope: Scope,
    *,
    now: datetime,
    windows: Sequence[Window] | None,
    keys: Collection[str] | None = None,
    filters: Filters = NO_FILTERS,
    drawn: Drawn = Drawn.THEN,
) -> list[Measurement]:
    """The same of several windows, all seen at one moment."""
    return asked(
        engine,
        lambda conn: measured(
            engine, conn, code, scope, now=now, windows=windows, keys=keys, filters=filters, drawn=drawn
        ),
    )


def measured(
    engine: Engine,
    conn: Connection,
    code: str,
    scope: Scope,
    *,
    now: datetime,
    windows: Sequence[Window] | None,
    keys: Collection[str] | None = None,
    filters: Filters = NO_FILTERS,
    drawn: Drawn = Drawn.THEN,
) -> list[Measurement]:
    """The same on a connection of the caller's, who asks more of the same moment (see `history.asked`)."""
    wanted = wanted_of(keys)
    terms = terms_from(district_settings(conn))
    path = region_path(conn, code, scope, now, former=drawn is Drawn.THEN)
    ground = whole_ground(conn, path, drawn, now)
    sieve = sieve_of(conn, scope.narrowed(filters))
    selections = [
        Selection(ground=ground, window=window, now=now, terms=terms, sieve=sieve)
        for window in windows or [today(now, terms.zone)]
    ]
    tallies = tallied_each(engine, conn, selections, AS_ONE, groups_of(wanted))
    return [
        Measurement(
            region=path.region,
            window=selection.window,
            readings=readings_of(found.get(WHOLE, Tally()), wanted),
            holidays_known=terms.schedule.known(selection.window.start, selection.window.end),
        )
        for selection, found in zip(selections, tallies, strict=True)
    ]


def wanted_of(keys: Collection[str] | None) -> list[Indicator]:
    """The indicators of these keys, in their order; all without."""
    return [indicator for indicator in INDICATORS if keys is None or indicator.key in keys]


def groups_of(wanted: Collection[Indicator]) -> list[Group]:
    """What must be counted for these indicators."""
    return list(dict.fromkeys(indicator.group for indicator in wanted))
