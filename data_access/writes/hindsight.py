"""What only shows when all rows of a file are staged: crowds on one point, rounded points, events told twice.
Owns this SQL over the staging table; what follows from it is settled by the import.

The staged rows carry, beside what lands: `x`, `y` (the file's own numbers), `decimals`, and for events
`named_region_id` and `agreed`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

Connection = psycopg.Connection[Any]
CROWDS_AT_MOST = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """Rows that sit on one point: how many, and how many different values of a column they have."""

    x: float
    y: float
    rows: int
    others: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Unplaced:
    """A row that lost its location or changed its region, and what it had said of its regions."""

    row: int
    agreed: int


def located_rows(connection: Connection) -> int:
    """How many staged rows have a location."""
    row = connection.execute("select count(x) from import_stage where lon is not null").fetchone()
    assert row is not None
    return int(row[0])


def crowds(connection: Connection, column: str, least_rows: int, least_others: int) -> list[Crowd]:
    """Points with so many rows that differ so much in a column, the fullest first."""
    query = sql.SQL(
        "with full_points as (select x, y from import_stage where lon is not null group by x, y "
        "having count(*) >= %(rows)s) "
        "select x, y, count(*), count(distinct s.{column}) from import_stage s join full_points using (x, y) "
        "where lon is not null group by x, y having count(distinct s.{column}) >= %(others)s "
        "order by count(*) desc, x, y limit %(limit)s"
    ).format(column=sql.Identifier(column))
    bounds = {"rows": least_rows, "others": least_others, "limit": CROWDS_AT_MOST}
    found = connection.execute(query, bounds).fetchall()
    return [Crowd(x=x, y=y, rows=rows, others=others) for x, y, rows, others in found]


def addresses(connection: Connection, limit: int, point: tuple[float, float] | None = None) -> list[str]:
    """Some different addresses of the file, or of the rows on one point."""
    where = "" if point is None else "and x = %(x)s and y = %(y)s"
    query = (
        "select address from (select distinct address from import_stage where address is not null "
        f"{where} limit 20000) a order by hashtext(address) limit %(limit)s"
    )
    x, y = point or (None, None)
    return [row[0] for row in connection.execute(query, {"limit": limit, "x": x, "y": y}).fetchall()]


def unplace(connection: Connection, point: tuple[float, float], root_id: int) -> Iterator[Unplaced]:
    """Takes the location from the rows on a point; they go to the region that they name, or to the root."""
    query = (
        "update import_stage set lon = null, lat = null, region_id = coalesce(named_region_id, %s) "
        "where x = %s and y = %s and lon is not null returning row_no, agreed"
    )
    for row, agreed in connection.cursor().stream(query, (root_id, *point)):
        yield Unplaced(row=row, agreed=agreed)


def remove_point(connection: Connection, point: tuple[float, float]) -> Iterator[tuple[int, int, int]]:
    """Takes the positions on a point out: (row, worker, region)."""
    query = "delete from import_stage s where x = %s and y = %s returning row_no, worker_id, passed_region_id"
    yield from connection.cursor().stream(query, point)


def rounded(connection: Connection, decimals: int) -> Iterator[tuple[int, float, float, int]]:
    """The rows whose point has so few decimals: (row, x, y, decimals)."""
    query = (
        "select row_no, x, y, decimals from import_stage where decimals <= %s and lon is not null "
        "order by row_no"
    )
    yield from connection.cursor().stream(query, (decimals,))


def trust_names(connection: Connection, decimals: int) -> None:
    """Gives the rows with rounded points the region that they name, where they name one."""
    connection.execute(
        "update import_stage set region_id = named_region_id "
        "where decimals <= %s and lon is not null and named_region_id is not null",
        (decimals,),
    )


def twins(connection: Connection, columns: Iterable[str]) -> Iterator[tuple[int, str, int]]:
    """Events that say in all these columns what an earlier row said: (row, code, the earlier row)."""
    told = sql.SQL(", ").join(map(sql.Identifier, columns))
    query = sql.SQL(
        "select row_no, code, first_no from (select row_no, code, first_value(row_no) over "
        "(partition by hash_record_extended(row({told}), 0) order by row_no) as first_no from import_stage "
        "where {told_at_all}) t where row_no > first_no order by row_no"
    ).format(
        told=told,
        told_at_all=sql.SQL(" or ").join(
            sql.SQL("{} is not null").format(sql.Identifier(name))
            for name in columns
            if name in ("text", "address")
        ),
    )
    yield from connection.cursor().stream(query)


def fixes_by_worker(connection: Connection) -> Iterator[tuple[int, int, float, float, float]]:
    """The staged fixes of each worker in the order of time: (row, worker, seconds, lon, lat). Fixes that are
    known to be vague are left out."""
    query = (
        "select row_no, worker_id, extract(epoch from fixed_at)::float8, lon, lat from import_stage "
        "where flags = 0 order by worker_id, fixed_at"
    )
    yield from connection.cursor().stream(query)


def flag_fixes(connection: Connection, rows: list[int], bit: int) -> None:
    """Sets a bit of `flags` in staged rows."""
    connection.execute("update import_stage set flags = flags | %s where row_no = any(%s)", (bit, rows))


def make_days(connection: Connection, zone: str) -> int:
    """Makes each local day of staged fixes a shift of its worker, from the first fix to the last, where none is known
    at that time; how many."""
    query = """
        insert into ops.shifts (worker_id, kind, starts_at, ends_at, checked_in_at)
        select worker_id, 'track', first, last + interval '1 second', first
        from (select worker_id, min(fixed_at) as first, max(fixed_at) as last from import_stage
              group by worker_id, (fixed_at at time zone %(zone)s)::date) d
        where not exists (select from ops.shifts s where s.worker_id = d.worker_id and not s.cancelled
                          and s.starts_at <= d.last and s.ends_at > d.first)
    """
    return connection.execute(query, {"zone": zone}).rowcount
