"""Which events a table, its search and a map of points are about: the set, the filters, the words.

Owns what a question lists: without a state what is open now, closed ones by when they were closed, both by when
they were reported. Each set is the one that an indicator of the same name counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection

from dashboard.domain.atlas import Drawn
from dashboard.domain.bigrams import SearchTooShort, Term
from dashboard.domain.filters import Filters
from dashboard.domain.model import State
from dashboard.domain.policy import Scope
from dashboard.domain.windows import Window
from data_access.queries.filtering import Sieve, sieve_of
from data_access.queries.regions import RegionPath, RegionUnknown, region_path
from data_access.queries.selection import Ground, event_in_region, whole_ground

LONGEST_SINGLE: Final = timedelta(days=31)
"""Every event of a window is read to find a single character."""


class Listing(StrEnum):
    """What is listed, named after the indicator that counts it."""

    OPEN = "open"
    CLOSED = "closed"
    REPORTED = "reported"


CLOCKS: Final = {
    Listing.OPEN: ":now",
    Listing.CLOSED: "e.closed_at",
    Listing.REPORTED: "e.reported_at",
}
"""By which clock a listed event counts for a region."""
_MEMBERS: Final = {
    Listing.OPEN: "e.state = 'open'",
    Listing.CLOSED: "e.state = 'closed' and e.closed_at >= :start and e.closed_at < :end",
    Listing.REPORTED: "e.reported_at >= :start and e.reported_at < :end",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSet:
    """Conditions on `ops.events e` and the values bound in them: `where` all of them, `unworded` those that do not ask
    for words. `worded`: words must occur."""

    listing: Listing
    path: RegionPath
    ground: Ground
    sieve: Sieve
    worded: bool
    where: str
    unworded: str
    values: dict[str, Any]


def joined(conditions: Iterable[str]) -> str:
    """All of the conditions."""
    return "\n  and ".join(f"({condition})" for condition in conditions)


def listing_of(filters: Filters) -> Listing:
    """What the wanted states mean for a table."""
    if filters.state == {State.CLOSED}:
        return Listing.CLOSED
    return Listing.OPEN if filters.state <= {State.OPEN} else Listing.REPORTED


def event_set(
    conn: Connection,
    code: str,
    scope: Scope,
    now: datetime,
    window: Window,
    filters: Filters,
    words: Iterable[Term] = (),
    drawn: Drawn = Drawn.THEN,
    *,
    personal: bool = True,
) -> EventSet:
    """The events at and below a region that a question lists. RegionUnknown, SearchTooShort.

    Words are looked for in addresses and texts only where `personal`, else in codes: finding tells what they say.
    """
    path = region_path(conn, code, scope, now, former=drawn is Drawn.THEN)
    ground = whole_ground(conn, path, drawn, now)
    listing, words = listing_of(filters), tuple(words)
    if listing is not Listing.OPEN and window.length > LONGEST_SINGLE and _singles(words):
        raise SearchTooShort(days=LONGEST_SINGLE.days)
    conditions = [_MEMBERS[listing], event_in_region(CLOCKS[listing])]
    sieve = sieve_of(conn, scope.narrowed(filters))
    values: dict[str, Any] = {**ground.values(), **sieve.values(), "start": window.start, "end": window.end}
    values["now"] = now
    unworded = joined(conditions)
    for condition, bound in _worded(words, personal=personal):
        conditions.append(condition)
        values |= bound
    return EventSet(
        listing=listing,
        path=path,
        ground=ground,
        sieve=sieve,
        worded=bool(words),
        where=joined(conditions),
        unworded=unworded,
        values=values,
    )


def _singles(words: Sequence[Term]) -> bool:
    """Whether no word is longer than a character: no index knows those."""
    return bool(words) and not any(term.grams for term in words)


def in_scope(conn: Connection, scope: Scope, now: datetime, region: str, department: str | None) -> bool:
    """Whether one event may be seen, by the codes of its region and its department."""
    if scope.departments is not None and department not in scope.departments:
        return False
    try:
        region_path(conn, region, scope, now, former=True)
    except RegionUnknown:
        return False
    return True


def places_in_scope(
    conn: Connection, scope: Scope, now: datetime, places: Iterable[tuple[str, str | None]]
) -> set[tuple[str, str | None]]:
    """Those of some pairs of region and department whose events may be seen."""
    distinct = set(places)
    if scope.everything:
        return distinct
    return {place for place in distinct if in_scope(conn, scope, now, *place)}


HOLDS: Final = "strpos(board.event_words(e.address, e.text), :word{n}) > 0"
CODED: Final = """
lower(e.code) collate "C" like :start{n} or reverse(lower(e.code)) collate "C" like :end{n}
"""


def code_values(term: Term, n: int | str) -> dict[str, Any]:
    """Bound parameters of `CODED`."""
    return {f"start{n}": f"{_literal(term.text)}%", f"end{n}": f"{_literal(term.text[::-1])}%"}


def _worded(words: Iterable[Term], *, personal: bool) -> Iterable[tuple[str, dict[str, Any]]]:
    for n, term in enumerate(words):
        values: dict[str, Any] = {f"word{n}": term.text} if personal else {}
        found = HOLDS.format(n=n) if personal else "false"
        if term.like_code:
            values |= code_values(term, n)
            found = f"{CODED.format(n=n)} or {found}"
        yield found, values


def _literal(word: str) -> str:
    return word.replace("\\", "\\\\").replace("_", "\\_").replace("%", "\\%")
