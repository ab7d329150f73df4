"""Figures of regions as imports write them: staged, compared, landed. Owns the SQL of `ops.region_stats`.

One row of a file may hold several figures; it counts as one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg

from data_access.writes.imports import Landing


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure of one region on one day, and the row of the file that holds it."""

    row: int
    region_id: int
    key: str
    as_of: date
    value: float


_REPEATS = """
with ranked as (
  select row_no, first_value(row_no) over (partition by region_id, key, as_of order by row_no, line) as first_no,
    row_number() over (partition by region_id, key, as_of order by row_no, line) as place
  from figure_stage),
again as (select row_no, min(first_no) as first_no from ranked where place > 1 group by row_no),
gone as (delete from figure_stage s using again a where s.row_no = a.row_no)
select row_no, first_no from again order by row_no
"""

_LAND = """
with held as (
  select s.row_no, s.region_id, s.key, s.as_of, s.value, t.value as old
  from figure_stage s left join ops.region_stats t using (region_id, key, as_of)),
written as (
  insert into ops.region_stats as t (region_id, key, as_of, value)
  select region_id, key, as_of, value from held where old is distinct from value
  on conflict (region_id, key, as_of) do update set value = excluded.value),
verdicts as (
  select row_no, bool_and(old is null) as fresh, bool_and(old is not distinct from value) as same
  from held group by row_no)
select count(*) filter (where fresh), count(*) filter (where not fresh and not same), count(*) filter (where same)
from verdicts
"""


class FigureStage:
    """Figures of one import on their way into the table."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        connection.execute("set local client_min_messages = warning")
        connection.execute("drop table if exists figure_stage")
        connection.execute(
            "create temp table figure_stage (line bigint generated always as identity, row_no bigint, "
            "region_id bigint, key text, as_of date, value double precision) on commit drop"
        )

    def add(self, figures: Iterable[Figure]) -> None:
        """Copies figures in."""
        copy = "copy figure_stage (row_no, region_id, key, as_of, value) from stdin"
        with self._connection.cursor().copy(copy) as stream:
            for item in figures:
                stream.write_row((item.row, item.region_id, item.key, item.as_of, item.value))

    def repeats(self) -> Iterator[tuple[int, int]]:
        """Takes the rows out that repeat a figure, and yields their numbers and the first row that has it."""
        yield from self._connection.execute(_REPEATS).fetchall()

    def land(self) -> Landing:
        """Writes what is new or different."""
        found = self._connection.execute(_LAND).fetchone()
        assert found is not None
        return Landing(inserted=found[0], updated=found[1], unchanged=found[2])
