"""How imported rows reach their tables: one transaction, staged, compared, landed. Owns its SQL; what a row
means and whether it is sound is settled before.

Rows are copied into a temporary table, compared with what is there, and only then written: a row that is
new lands, one that differs is updated, one that is the same is left alone. The row triggers stay quiet
(`quanyu.bulk`); one `resync` row in the outbox tells the board at the end, if anything changed at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg import sql

from dashboard.domain.terms import DEFAULT_ZONE
from dashboard.errors import ConnectionFailed, DashboardError
from data_access.sessions import DEAD_PEERS

LOCK = 0x696D706F7274  # "import": one at a time
_STAGE = sql.Identifier("import_stage")


class ImportFailed(DashboardError):
    """The database refused the import: {reason}. Nothing was written."""

    zh = "数据库拒绝了本次导入：{reason}。未写入任何内容。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Landing:
    """What became of staged rows."""

    inserted: int
    updated: int
    unchanged: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """A staged row whose key an earlier row had; `same`: in all other columns too. `key`: its first part."""

    row: int
    key: str
    first: int
    same: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A table that rows land in. `quiet` columns are written but not compared; `cleared` ones are emptied
    when a row changes, for a trigger to fill. `raises`: the column with the event that a row belongs to, whose
    version rises with it."""

    table: str
    key: tuple[str, ...]
    quiet: frozenset[str] = frozenset()
    cleared: tuple[str, ...] = ()
    raises: str = ""


EVENTS = Target(table="events", key=("code",), quiet=frozenset({"changed_at"}), cleared=("warn_at",))
POSITIONS = Target(table="positions", key=("worker_id", "fixed_at"), quiet=frozenset({"received_at"}))
WORKERS = Target(table="workers", key=("code",))
SHIFTS = Target(table="shifts", key=("worker_id", "starts_at"))
FEEDBACK = Target(table="feedback", key=("code",), raises="event_id")


# Fixes of long ago: what was kept of the patrols that they belong to holds no longer.
_COUNTED_ANEW = sql.SQL("""
delete from board.patrol_cells c using (
  select worker_id, min(fixed_at) as first, max(fixed_at) as last from {stage} group by worker_id) s
where c.worker_id = s.worker_id and c.since <= s.last and c.until > s.first
""")


@contextmanager
def import_transaction(database_url: str, *, keep: bool) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """One quiet transaction for a whole import. Rolled back at the end unless `keep`, and by any error."""
    try:
        connection = psycopg.connect(
            database_url,
            autocommit=True,
            application_name="quanyu import",
            connect_timeout=5,
            options="-c timezone=UTC",
            **DEAD_PEERS,
        )
    except psycopg.OperationalError as error:
        reason = str(error).strip().splitlines()[0]
        raise ConnectionFailed(what="PostgreSQL", reason=reason, setting="QUANYU_DATABASE_URL") from error
    try:
        with connection, connection.transaction(force_rollback=not keep):
            connection.execute("select pg_advisory_xact_lock(%s)", (LOCK,))
            connection.execute("set local quanyu.bulk = 'on'")
            yield connection
    except psycopg.Error as error:
        reason = (error.diag.message_primary or str(error)).strip()
        raise ImportFailed(reason=reason) from error


def read_now(connection: psycopg.Connection[Any]) -> datetime:
    """The database's time."""
    row = connection.execute("select clock_timestamp()").fetchone()
    assert row is not None
    now: datetime = row[0]
    return now


def read_settings(connection: psycopg.Connection[Any]) -> dict[str, Any]:
    """The district's settings."""
    return dict(connection.execute("select key, value from board.settings").fetchall())


def read_zone(connection: psycopg.Connection[Any]) -> str:
    """The name of the district's time zone."""
    return str(read_settings(connection).get("timezone") or DEFAULT_ZONE)


def announce(connection: psycopg.Connection[Any]) -> None:
    """Tells the board, once for the whole import, that everything may be different."""
    connection.execute("insert into board.outbox (kind) values ('resync')")
    connection.execute("notify quanyu_outbox")


class Staging:
    """Rows of one import on their way into one table. Columns of `rows` are the row's number, then
    `columns`, then `beside`: what is only looked at here (name and SQL type), and does not land."""

    def __init__(
        self,
        connection: psycopg.Connection[Any],
        target: Target,
        columns: Sequence[str],
        beside: Mapping[str, str] | None = None,
    ) -> None:
        self._connection, self._target = connection, target
        self._columns, self._beside = tuple(columns), dict(beside or {})
        self._table = sql.Identifier("ops", target.table)
        connection.execute("set local client_min_messages = warning")
        connection.execute(sql.SQL("drop table if exists {}").format(_STAGE))
        connection.execute(
            sql.SQL(
                "create temp table {} on commit drop as select 0::bigint as row_no, {} from {} with no data"
            ).format(_STAGE, _names(self._columns), self._table)
        )
        for name, kind in self._beside.items():
            connection.execute(
                sql.SQL("alter table {} add column {} " + kind).format(_STAGE, sql.Identifier(name))
            )

    def add(self, rows: Iterable[Sequence[object]]) -> None:
        """Copies rows in."""
        copy = sql.SQL("copy {} (row_no, {}) from stdin").format(
            _STAGE, _names((*self._columns, *self._beside))
        )
        with self._connection.cursor().copy(copy) as stream:
            for row in rows:
                stream.write_row(row)

    def repeats(self) -> Iterator[Repeat]:
        """Takes the rows out whose key an earlier row had, and yields them by number. Read it to its end."""
        others = [name for name in self._columns if name not in self._target.key]
        query = sql.SQL(
            "with ranked as (select row_no, "
            "first_value(row_no) over (partition by {key} order by row_no) as first_no "
            "from {stage}), gone as (delete from {stage} s using ranked r where s.row_no = r.row_no "
            "and r.first_no < r.row_no returning s.*, r.first_no) "
            "select g.row_no, g.{first_key}::text, g.first_no, "
            "row({gone}) is not distinct from row({first}) from gone g "
            "join {stage} f on f.row_no = g.first_no order by g.row_no"
        ).format(
            key=_names(self._target.key),
            first_key=sql.Identifier(self._target.key[0]),
            stage=_STAGE,
            gone=_names(others, "g"),
            first=_names(others, "f"),
        )
        self._connection.execute(sql.SQL("analyze {}").format(_STAGE))
        for row, key, first, same in self._connection.cursor().stream(query):
            yield Repeat(row=row, key=key, first=first, same=same)

    def land(self) -> Landing:
        """Writes what is new or different."""
        total = self._count()
        updated = self._connection.execute(self._raising(self._update())).rowcount
        inserted = self._connection.execute(self._raising(self._insert())).rowcount
        if self._target is POSITIONS:
            self._connection.execute(_COUNTED_ANEW.format(stage=_STAGE))
        return Landing(inserted=inserted, updated=updated, unchanged=total - updated - inserted)

    def _raising(self, write: sql.Composed) -> sql.Composed:
        """The statement, and with it a new version of every event that it touches. Its row count stays."""
        if not self._target.raises:
            return write
        event = sql.Identifier("t", self._target.raises)
        return sql.SQL(
            "with written as ({write} returning {event} as event_id), raised as ("
            "update ops.events e set version = version where e.id in (select event_id from written)) "
            "select event_id from written"
        ).format(write=write, event=event)

    def _count(self) -> int:
        row = self._connection.execute(sql.SQL("select count(*) from {}").format(_STAGE)).fetchone()
        assert row is not None
        return int(row[0])

    def _update(self) -> sql.Composed:
        written = [name for name in self._columns if name not in self._target.key]
        compared = [name for name in written if name not in self._target.quiet]
        cleared = [sql.SQL("{} = null").format(sql.Identifier(name)) for name in self._target.cleared]
        sets = [sql.SQL("{0} = s.{0}").format(sql.Identifier(name)) for name in written]
        return sql.SQL(
            "update {table} t set {sets} from {stage} s "
            "where {same} and row({old}) is distinct from row({new})"
        ).format(
            table=self._table,
            sets=sql.SQL(", ").join([*sets, *cleared]),
            stage=_STAGE,
            same=self._matches(),
            old=_names(compared, "t"),
            new=_names(compared, "s"),
        )

    def _insert(self) -> sql.Composed:
        return sql.SQL(
            "insert into {table} as t ({names}) select {values} from {stage} s "
            "where not exists (select from {table} t where {same}) order by s.row_no on conflict do nothing"
        ).format(
            table=self._table,
            names=_names(self._columns),
            values=_names(self._columns, "s"),
            stage=_STAGE,
            same=self._matches(),
        )

    def _matches(self) -> sql.Composed:
        """Same key; where time is part of it, the bounds let the planner leave whole days out."""
        terms: list[sql.Composable] = [
            sql.SQL("t.{0} = s.{0}").format(sql.Identifier(name)) for name in self._target.key
        ]
        if "fixed_at" in self._target.key:
            bounds = self._connection.execute(
                sql.SQL("select min(fixed_at), max(fixed_at) from {}").format(_STAGE)
            ).fetchone()
            if bounds and bounds[0] is not None:
                low, high = (sql.Literal(bound) for bound in bounds)
                terms.append(sql.SQL("t.fixed_at between {} and {}").format(low, high))
        return sql.SQL(" and ").join(terms)


def _names(columns: Iterable[str], table: str | None = None) -> sql.Composed:
    return sql.SQL(", ").join(
        sql.Identifier(name) if table is None else sql.Identifier(table, name) for name in columns
    )
