"""How long the stages of the loop took, of the events closed in a window: whole working minutes, as handling times.

A stage begins with the end of the one before that the event has a clock of, as on the event's own page. So the stages
of an event with all its clocks add up to its handling time; one without the clock of a stage does not count for it.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, TextClause, text

from dashboard.domain.workflow import CLOCKS, Stage, Workflow
from data_access.queries.handling import BATCH, packed_minutes
from data_access.queries.selection import Selection, event_in_region
from data_access.queries.tallies import Tally, percentile


@dataclass(frozen=True, slots=True, kw_only=True)
class StageTime:
    """Of `n` events: half took at most `p50_h` working hours, nine in ten at most `p90_h`; None without any."""

    stage: Stage
    n: int
    p50_h: float | None
    p90_h: float | None


def stage_times(conn: Connection, selection: Selection) -> tuple[StageTime, ...]:
    """Of the stages up to the one that closes an event, in their order."""
    stages = selection.terms.workflow.open_stages
    tallies = [Tally() for _ in stages]
    result = conn.execute(_packed(selection.terms.workflow), selection.values())
    for rows in result.partitions(BATCH):
        for row in rows:
            tallies[row.place].add_minutes(packed_minutes(selection.terms.schedule, row.packed))
    return tuple(_time(stage, tally) for stage, tally in zip(stages, tallies, strict=True))


def _packed(workflow: Workflow) -> TextClause:
    """Beginning and end of each stage of each event, a stage and a day a row."""
    ends = [stage.done_column for stage in workflow.open_stages]
    assert set(ends) <= set(CLOCKS)
    spells = []
    for place, end in enumerate(ends):
        begun = ", ".join(f"e.{clock}" for clock in (*reversed(ends[:place]), "reported_at"))
        spells.append(f"({place}, coalesce({begun}), e.{end})")
    return text(f"""
select s.place, string_agg(timestamptz_send(s.begun) || timestamptz_send(s.ended), '' ::bytea) as packed
from ops.events e cross join lateral (values {", ".join(spells)}) s (place, begun, ended)
where e.state = 'closed' and e.closed_at >= :start and e.closed_at < :end and {event_in_region("e.closed_at")}
  and s.ended is not null
group by 1, date_bin('1 day', e.closed_at, :start)
""")


def _time(stage: Stage, tally: Tally) -> StageTime:
    p50, p90 = (percentile(tally.minutes, percent) for percent in (50, 90))
    return StageTime(
        stage=stage,
        n=int(tally.minutes.sum()),
        p50_h=None if p50 is None else p50 / 60,
        p90_h=None if p90 is None else p90 / 60,
    )
