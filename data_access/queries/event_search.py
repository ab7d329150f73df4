"""Lists of events with words in them, by the index of words: how many, and which come first.

One index holds an event's pairs of characters together with its region, category, department, source, severity and
days (`board.event_terms`): a search narrows all of them at once. Where a list goes by a clock it is looked through
from its beginning in stretches that grow while little is found, so that a word that stands everywhere is found as
quickly as one that stands nowhere. What the index gives is held against the list's own conditions row by row.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, text

from dashboard.domain.bigrams import Term
from dashboard.domain.model import Source
from dashboard.domain.windows import Window
from dashboard.domain.worktime import EPOCH
from data_access.queries.event_columns import Members
from data_access.queries.event_set import CODED, HOLDS, EventSet, Listing, code_values, joined
from data_access.queries.filtering import Sieve
from data_access.queries.selection import COUNTED

MOST_REGIONS: Final = 400
"""More regions than this are not looked up one by one; the rows say where they lie."""
MOST_CODES: Final = 20_000
FIRST_STRETCH: Final = timedelta(days=4)
GROWTH, GROWTH_EMPTY = 8, 64
"""How much longer the next stretch may be; of a word that was not found at all more is looked at."""
REGION, CATEGORY, DEPARTMENT, SOURCE, SEVERITY = 1, 2, 3, 4, 5
REPORTED_DAY, REPORTED_MONTH, CLOSED_DAY, CLOSED_MONTH, IS_OPEN = 6, 7, 8, 9, 10
"""Kinds of facets, as `board.event_terms` has them."""
SOURCES: Final = (Source.GRID_WORKER, Source.HOTLINE, Source.CITIZEN_APP, Source.SENSOR, Source.DEPARTMENT)
ROOM: Final = "set local work_mem = '64MB'"

TERMS: Final = (
    "board.event_terms(e.address, e.text, e.region_id, e.category_id, e.department_id, e.source, e.severity, "
    "e.state, e.reported_at, e.closed_at)"
)
# The index's own conditions stand apart: nothing else may be tempted to work the terms out row by row.
HITS: Final = """
with hits as materialized (select e.* from ops.events e where {counted} and {indexed})
select array_agg(id),
       array_agg(case when isfinite(at) then (extract(epoch from at) * 1000000)::bigint end)
from (
  select e.id, {clock} as at from hits e
  where {where} {stretch}
  order by {clock} {way}{nulls}, e.id {way}
  limit :most
) t
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """One search. `words`: the phrases; `most`: no more are looked for; `newest`: from that end of the clock."""

    found: EventSet
    words: tuple[Term, ...]
    window: Window
    clock: str
    most: int
    newest: bool


def facet(kind: int, value: int) -> int:
    """The number that stands for a value in the index."""
    return -(kind << 40) - value


def looked_up(conn: Connection, search: Search, *, personal: bool) -> Members | None:
    """The members of a list with words, at most `most`; None where no index knows the words (single characters)."""
    coded = next((term for term in search.words if term.like_code), None)
    plain = [term for term in search.words if term.grams and not term.like_code]
    if not personal:
        return _by_code(conn, search, coded) if coded else Members(total=0, ids=())
    if not plain and coded is None:
        return None
    conn.exec_driver_sql(ROOM)
    if plain:
        return _members(_by_terms(conn, search, {gram for term in plain for gram in term.grams}), search)
    assert coded is not None
    rows = {**_by_terms(conn, search, set(coded.grams)), **_rows(conn, search, *_code_hits(conn, coded))}
    return _members(rows, search)


def _by_code(conn: Connection, search: Search, term: Term) -> Members:
    return _members(_rows(conn, search, *_code_hits(conn, term)), search)


def _by_terms(conn: Connection, search: Search, grams: set[int]) -> dict[int, Any]:
    """Clock by event, the first ones of the list."""
    listing, found = search.found.listing, search.found
    must, choices = sorted(grams), list(_choices(found))
    if listing is Listing.OPEN:
        must.append(facet(IS_OPEN, 1))
        return _rows(conn, search, *_indexed(must, choices), proven=grams)
    must += [one for several in choices if len(several) == 1 for one in several]
    choices = [several for several in choices if len(several) > 1]
    kinds = (CLOSED_DAY, CLOSED_MONTH) if listing is Listing.CLOSED else (REPORTED_DAY, REPORTED_MONTH)
    rows: dict[int, Any] = {}
    for stretch in _stretches(search.window, newest=search.newest, rows=rows, most=search.most):
        condition, values = _indexed(must, [*choices, _days(stretch, *kinds)])
        rows |= _rows(conn, search, condition, values, stretch=stretch, proven=grams)
    return rows


def _stretches(window: Window, *, newest: bool, rows: dict[int, Any], most: int) -> Iterator[Window]:
    """The window piece by piece from one end, as long as not enough was found; each as long as what was found so far
    lets hope for the rest."""
    length, rest = FIRST_STRETCH, window
    while rest.start < rest.end and len(rows) < most:
        before = len(rows)
        if newest:
            cut = max(rest.start, rest.end - length)
            stretch, rest = Window(start=cut, end=rest.end), Window(start=rest.start, end=cut)
        else:
            cut = min(rest.end, rest.start + length)
            stretch, rest = Window(start=rest.start, end=cut), Window(start=cut, end=rest.end)
        yield stretch
        hoped = 1.2 * (most - len(rows)) / max(1, len(rows) - before)
        most_growth = GROWTH if rows else GROWTH_EMPTY
        length = min(length * min(most_growth, max(1.0, hoped)), rest.length + FIRST_STRETCH)


def _choices(found: EventSet) -> Iterator[list[int]]:
    """Facets of which one must be there, for each thing that the list is narrowed by."""
    sieve, ground = found.sieve, found.ground
    regions = {*ground.ids, *(id_ for id_, _ in ground.then), *ground.redrawn_ids}
    if not ground.everywhere and len(regions) <= MOST_REGIONS:
        yield [facet(REGION, id_) for id_ in sorted(regions)]
    yield from _sifted(sieve)


def _sifted(sieve: Sieve) -> Iterator[list[int]]:
    if sieve.categories is not None and len(sieve.categories) <= MOST_REGIONS:
        yield [facet(CATEGORY, id_) for id_ in sieve.categories]
    if sieve.departments is not None:
        yield [facet(DEPARTMENT, id_) for id_ in sieve.departments]
    if sieve.sources is not None:
        yield [facet(SOURCE, SOURCES.index(Source(one)) + 1) for one in sieve.sources]
    if sieve.severities is not None:
        yield [facet(SEVERITY, one) for one in sieve.severities]


def _days(stretch: Window, day_kind: int, month_kind: int) -> list[int]:
    """Facets that hold a stretch: whole months as such, the days before and behind them."""
    day = (stretch.start - EPOCH) // timedelta(days=1)
    last = (stretch.end - EPOCH - timedelta(microseconds=1)) // timedelta(days=1)
    found: list[int] = []
    while day <= last:
        at = datetime.fromtimestamp(day * 86_400, UTC) if day >= 0 else EPOCH + timedelta(days=day)
        following = (at.replace(day=1) + timedelta(days=32)).replace(day=1)
        next_month = (following - EPOCH) // timedelta(days=1)
        if at.day == 1 and next_month <= last + 1:
            found.append(facet(month_kind, at.year * 12 + at.month - 1))
            day = next_month
        else:
            found.append(facet(day_kind, day))
            day += 1
    return found


def _indexed(must: Sequence[int], choices: Sequence[Sequence[int]]) -> tuple[str, dict[str, Any]]:
    condition, values = f"{TERMS} @> cast(:must as bigint[])", {"must": list(must)}
    for n, several in enumerate(choices):
        condition += f" and {TERMS} && cast(:choice{n} as bigint[])"
        values[f"choice{n}"] = list(several)
    return condition, values


def _code_hits(conn: Connection, term: Term) -> tuple[str, dict[str, Any]]:
    """Codes that begin or end so, where they are few; else nothing that narrows: one of a few rows has such a code."""
    condition, values = CODED.format(n="_code"), code_values(term, "_code")
    statement = text(f"explain (format json) select from ops.events e where {condition}")
    (plan,) = conn.execute(statement, values).scalar_one()
    return (condition, values) if plan["Plan"]["Plan Rows"] <= MOST_CODES else ("", {})


def _rows(
    conn: Connection,
    search: Search,
    indexed: str,
    values: dict[str, Any],
    *,
    stretch: Window | None = None,
    proven: Collection[int] = (),
) -> dict[int, Any]:
    """Clock by event of one look. `proven`: pairs that the index has found; a word of two characters is no more."""
    found, clock, way = search.found, search.clock, "desc" if search.newest else "asc"
    bound = found.values | values | {"most": search.most}
    narrowed = ""
    if stretch is not None:
        narrowed = f"and {clock} >= :since and {clock} < :until"
        bound |= {"since": stretch.start, "until": stretch.end}
    statement = HITS.format(
        counted=COUNTED,
        indexed=f"({indexed})",
        clock=clock,
        where=_conditions(search, proven),
        stretch=narrowed,
        way=way,
        nulls=" nulls last",
    )
    if not indexed:
        statement = statement[statement.index("select array_agg") :].replace(
            "from hits e", "from ops.events e"
        )
        statement = statement.replace(
            " nulls last", "" if found.listing is not Listing.OPEN else " nulls last"
        )
    ids, clocks = conn.execute(text(statement), bound).one()  # two values instead of ten thousand rows
    return dict(zip(ids or (), clocks or (), strict=True))


def _conditions(search: Search, proven: Collection[int]) -> str:
    """What is left to be seen in the rows. Beside a code every word is."""
    if any(term.like_code for term in search.words):
        return search.found.where
    left = [
        HOLDS.format(n=n)
        for n, term in enumerate(search.words)
        if not (term.exact and set(term.grams) <= set(proven))
    ]
    return joined([search.found.unworded, *left])


def _members(rows: dict[int, Any], search: Search) -> Members:
    filled = sorted(((at, id_) for id_, at in rows.items() if at is not None), reverse=search.newest)
    empty = sorted((id_ for id_, at in rows.items() if at is None), reverse=search.newest)
    return Members(total=len(rows), ids=(*(id_ for _, id_ in filled), *empty)[: search.most])
