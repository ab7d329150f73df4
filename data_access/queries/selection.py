"""What a question about indicators is about: which regions, which stretch of time, seen from when, and on
which map.

Boundaries change. "As drawn then": each row counts for the region that held it, in the tree of the moment by
whose clock it is counted. "As drawn now": it counts where its point lies on today's map, in today's tree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from dashboard.domain.atlas import Drawn
from dashboard.domain.model import Level
from dashboard.domain.terms import Terms
from dashboard.domain.windows import Window
from data_access.queries.filtering import FILTERED, OPEN_SIEVE, Sieve
from data_access.queries.regions import RegionPath, Spell, subtree_spells

COUNTED = "e.state <> 'void' and e.duplicate_of is null"
"""Void events and duplicates count nowhere."""
RELOCATED = "(select m.region_id from board.relocations m where m.event_id = e.id)"
"""Where an event lies today, if that is elsewhere."""


def within(region: str, clock: str, today: str = "null") -> str:
    """The condition that a row lies in the regions of a selection.

    `region`: its region; `clock`: the moment by which it counts; `today`: where it lies on today's map if that
    is elsewhere. All that a question does not need folds away, because plans are made with the values (see
    `session`): the whole district needs no list, and a map that never changed needs neither turns nor today.
    """
    return f"""(
  cast(:everywhere as boolean)
  or {region} = any(cast(:ids as bigint[]))
  or (cast(:turned as boolean) and {region} = any(cast(:turned_ids as bigint[]))
      and ({region}, width_bucket({clock}, cast(:turns as timestamptz[])))
          in (select * from unnest(cast(:then_ids as bigint[]), cast(:then_spans as integer[]))))
  or (cast(:redrawn as boolean) and {region} = any(cast(:redrawn_ids as bigint[]))
      and coalesce({today}, {region}) = any(cast(:now_ids as bigint[])))
)"""


def event_in_region(clock: str) -> str:
    """The condition that an event counts, is one of those asked for, and lies in the regions by that clock."""
    return f"{COUNTED} and {FILTERED} and {within('e.region_id', clock, RELOCATED)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The regions of a question.

    `ids`: whose rows count whatever their time and place. `then`: (id, span) pairs of those that belonged to it
    for some of the spans between `turns` only. `now_ids`: with `redrawn_ids`, where rows of these must lie today.
    """

    everywhere: bool = False
    ids: tuple[int, ...] = ()
    turns: tuple[datetime, ...] = ()
    then: tuple[tuple[int, int], ...] = ()
    redrawn_ids: tuple[int, ...] = ()
    now_ids: tuple[int, ...] = ()

    def values(self) -> dict[str, Any]:
        """Bound parameters of `within`."""
        return {
            "everywhere": self.everywhere,
            "ids": list(self.ids),
            "turned": bool(self.then),
            "turned_ids": sorted({id_ for id_, _ in self.then}),
            "turns": list(self.turns),
            "then_ids": [id_ for id_, _ in self.then],
            "then_spans": [span for _, span in self.then],
            "redrawn": bool(self.redrawn_ids),
            "redrawn_ids": list(self.redrawn_ids),
            "now_ids": list(self.now_ids),
        }


EVERYWHERE = Ground(everywhere=True)
"""The whole district: it never loses a row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Regions, the window, the moment of asking, and which events."""

    ground: Ground
    window: Window
    now: datetime
    terms: Terms
    sieve: Sieve = OPEN_SIEVE

    @property
    def moment(self) -> datetime:
        """When stocks are counted: the window's end, or now if that is earlier."""
        return min(self.window.end, self.now)

    @property
    def live(self) -> bool:
        """Whether stocks are those of now."""
        return self.window.end >= self.now

    def values(self) -> dict[str, Any]:
        """Bound parameters of the statements."""
        return {
            **self.ground.values(),
            **self.sieve.values(),
            "start": self.window.start,
            "end": self.window.end,
            "moment": self.moment,
            "live": self.live,
            "now": self.now,
            "satisfied_from": self.terms.satisfied_from,
        }


def whole_ground(conn: Connection, path: RegionPath, drawn: Drawn, now: datetime) -> Ground:
    """The ground of a region and all below it; only a district is everything, whatever lies above another region."""
    if path.region.level is Level.DISTRICT:
        return EVERYWHERE
    return ground_of(conn, path.region.id, drawn, now)


def ground_of(conn: Connection, region_id: int, drawn: Drawn, now: datetime) -> Ground:
    """The ground of a region and all below it."""
    spells = subtree_spells(conn, region_id)
    if drawn is Drawn.THEN:
        return _then(spells)
    ids = {spell.region_id for spell in spells if spell.holds(now)}
    redrawn = set(conn.execute(REDRAWN).scalars())
    return Ground(
        ids=tuple(sorted(ids - redrawn)),
        redrawn_ids=tuple(sorted(redrawn)),
        now_ids=tuple(sorted(ids)) if redrawn else (),
    )


REDRAWN = text("select region_id from board.redrawn limit 200000")


def _then(spells: Sequence[Spell]) -> Ground:
    """Spells as ids that always belong, and as spans between the turns for the others."""
    always = {spell.region_id for spell in spells if spell.since is None and spell.until is None}
    rest = [spell for spell in spells if spell.region_id not in always]
    turns = sorted({at for spell in rest for at in (spell.since, spell.until) if at is not None})
    place = {at: span for span, at in enumerate(turns, start=1)}
    spans: dict[int, set[int]] = {}
    for spell in rest:
        first = 0 if spell.since is None else place[spell.since]
        last = len(turns) + 1 if spell.until is None else place[spell.until]
        spans.setdefault(spell.region_id, set()).update(range(first, last))
    always.update(id_ for id_, held in spans.items() if len(held) == len(turns) + 1)
    then = tuple((id_, span) for id_ in sorted(spans) if id_ not in always for span in sorted(spans[id_]))
    return Ground(ids=tuple(sorted(always)), turns=tuple(turns) if then else (), then=then)
