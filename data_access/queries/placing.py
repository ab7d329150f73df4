"""To which of several regions a row belongs: the regions that a question is broken down by, each with all below.

Owns the tree over time with the target of each region in it. A row is grouped by its region and by the span
between two turns of the tree in which its clock lies; the target of such a pair is looked up here.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from dashboard.domain.atlas import Drawn
from dashboard.domain.model import Level
from data_access.queries.regions import CHILDREN, Spell
from data_access.queries.selection import REDRAWN, RELOCATED

WHOLE = 0
"""The target of a question that is not broken down."""


def placed(region: str, clock: str, today: str = "null") -> str:
    """Columns "region" and "span" of a row; the same words as of `selection.within`. All rows alike where nothing
    is broken down."""
    return f"""
  case when not cast(:broken_down as boolean) then {WHOLE}
       when cast(:p_redrawn as boolean) and {region} = any(cast(:p_redrawn_ids as bigint[]))
       then coalesce({today}, {region}) else {region} end as region,
  case when not cast(:p_turned as boolean) then 0
       else width_bucket({clock}, cast(:p_turns as timestamptz[])) end as span"""


def of_event(clock: str) -> str:
    """The same of an event "e"."""
    return placed("e.region_id", clock, RELOCATED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placing:
    """Targets by region and span between `turns`. `redrawn`: where rows of these lie today is looked up.
    Not `broken_down`: everything is of one target."""

    broken_down: bool = False
    turns: tuple[datetime, ...] = ()
    redrawn: tuple[int, ...] = ()
    targets: Mapping[tuple[int, int], int] = field(default_factory=dict)

    def target(self, region_id: int, span: int) -> tuple[int, ...]:
        """The target of a row, none where it belongs to the whole only."""
        if not self.broken_down:
            return (WHOLE,)
        found = self.targets.get((region_id, span))
        return () if found is None else (found,)

    def every(self) -> set[int]:
        """All targets."""
        return set(self.targets.values()) if self.broken_down else {WHOLE}

    def values(self) -> dict[str, Any]:
        """Bound parameters of `placed`."""
        return {
            "broken_down": self.broken_down,
            "p_turned": bool(self.turns),
            "p_turns": list(self.turns),
            "p_redrawn": bool(self.redrawn),
            "p_redrawn_ids": list(self.redrawn),
        }


AS_ONE = Placing()

# As SPELLS of `regions`, each with the target that it belongs to: the first region of the level on the way down,
# or the child.
TARGETS = text(f"""
with recursive tree as (
  select cast(:id as bigint) as id, timestamptz '-infinity' as since, timestamptz 'infinity' as until,
         cast(null as bigint) as target
  union
  select v.id, greatest(tree.since, v.since), least(tree.until, v.until),
         coalesce(tree.target, case when cast(:level as text) is null or r.level = :level then v.id end)
  from tree cross join lateral ({CHILDREN}) v
  join ops.regions r on r.id = v.id
  where v.since < tree.until and tree.since < v.until
)
select distinct id, nullif(since, '-infinity') as since, nullif(until, 'infinity') as until, target
from tree where target is not null
order by id, since nulls first
""")

# On the map of now only what is valid now is in the tree.
PRESENT = text("""
with recursive tree as (
  select cast(:id as bigint) as id, cast(null as bigint) as target
  union
  select v.region_id, coalesce(tree.target,
                               case when cast(:level as text) is null or r.level = :level then v.region_id end)
  from tree join ops.region_versions v on v.parent_id = tree.id and v.valid_from <= :now and v.valid_to > :now
  join ops.regions r on r.id = v.region_id
)
select id, target from tree where target is not null
""")


def placing_of(conn: Connection, region_id: int, level: Level | None, drawn: Drawn, now: datetime) -> Placing:
    """The placing by the children of a region, or by all regions of a level below it."""
    values = {"id": region_id, "level": level, "now": now}
    if drawn is Drawn.NOW:
        rows = conn.execute(PRESENT, values)
        redrawn = tuple(sorted(conn.execute(REDRAWN).scalars()))
        return Placing(broken_down=True, redrawn=redrawn, targets={(row.id, 0): row.target for row in rows})
    told = [
        (Spell(region_id=row.id, since=row.since, until=row.until), row.target)
        for row in conn.execute(TARGETS, values)
    ]
    return _then(told)


def _then(told: Sequence[tuple[Spell, int]]) -> Placing:
    turns = sorted({at for spell, _ in told for at in (spell.since, spell.until) if at is not None})
    targets: dict[tuple[int, int], int] = {}
    for spell, target in told:
        first = 0 if spell.since is None else bisect_left(turns, spell.since) + 1
        last = len(turns) if spell.until is None else bisect_left(turns, spell.until)
        targets.update(((spell.region_id, span), target) for span in range(first, last + 1))
    return Placing(broken_down=True, turns=tuple(turns), targets=targets)
