"""A district whose every text means harm: a row in every table, and markup, scripts and formulas in every field.

Owns what is planted and where it cannot be: the fields below hold words of the program, which nobody types.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import cycle
from typing import Any, Final

from psycopg import sql
from psycopg.types.json import Jsonb

from tests import builders

MARK: Final = "data-hostile"
MARKUP: Final = (
    f"\"'`><img {MARK} src=x onerror=window.broken=1><svg {MARK} onload=window.broken=2>"
    f"<script {MARK}>window.broken=3</script><a {MARK} href=javascript:window.broken=4>x</a>"
    "</textarea></title></style>{{7*7}}${7*7}"
)
CODE: Final = f"\"'><img {MARK} src=x onerror=window.broken=5>"
"""Markup that can be a part of an address too."""
FORMULAS: Final = ("=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1+1", "\r=1+1", "＝1+1")
MACHINERY: Final = frozenset({"alembic_version", "outbox", "outbox_dead", "audit", "audit_chain", "samples"})
MADE: Final = frozenset({"briefings", "file_jobs", "ingest_keys", "redraws", "sessions"})
"""Tables whose rows the program alone makes, out of what stands in the others."""
APART: Final = MACHINERY | MADE
VOCABULARY: Final = frozenset(
    {
        "board.deliveries.state",
        "board.excuses.mark",
        "board.file_jobs.kind",
        "board.file_jobs.lang",
        "board.file_jobs.state",
        "board.file_jobs.question",
        "board.file_jobs.stored_as",
        "board.imports.kind",
        "board.imports.options",
        "board.imports.state",
        "board.imports.stored_as",
        "board.kiosks.layout",
        "board.kiosks.regions",
        "board.posture.posture",
        "board.settings.key",
        "board.settings.value",
        "board.imports.mapping",
        "board.tokens.kind",
        "board.tokens.source",
        "board.users.login",
        "board.users.password",
        "board.users.roles",
        "board.users.issuer",
        "board.users.subject",
        "board.users.regions",
        "board.users.departments",
        "ops.categories.limit_kind",
        "ops.events.source",
        "ops.events.stage",
        "ops.events.state",
        "ops.regions.kind",
        "ops.regions.level",
        "ops.rota_assignments.pattern",
        "ops.rota_changes.kind",
        "ops.rota_changes.turn",
        "ops.rota_patterns.code",
        "ops.rota_patterns.rests",
        "ops.rota_patterns.turns",
        "ops.shifts.kind",
        "ops.supervision.kind",
        "ops.visits.tier",
        "ops.workers.role",
    }
)

COLUMNS: Final = """
select c.table_schema, c.table_name, c.column_name,
       case c.data_type when 'ARRAY' then 'text[]' else c.data_type end
from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
where c.table_schema in ('ops', 'board') and t.table_type = 'BASE TABLE' and c.is_generated = 'NEVER'
  and (c.data_type in ('text', 'jsonb') or c.udt_name = '_text')
  and not exists (select from pg_inherits i where i.inhrelid = format('%I.%I', c.table_schema, c.table_name)::regclass)
order by 1, 2, 3
"""


def fill(conn: builders.Conn, ids: dict[str, int]) -> None:
    """Rows in the tables that a street in trouble leaves empty. `ids` as `desk_stage` gives them."""
    now = datetime.now(UTC)
    event = builders.first(conn, "select id from ops.events where code = 'E-LATE-00'")
    overlay = {"code": "O1", "department_id": ids["D1"], "name": "o", "region_ids": [ids["510117"]]}
    hook = {"department_id": ids["D1"], "url": "u", "secret": "s", "revoked_at": now}
    file = {"kind": "events", "file_name": "f", "stored_as": "s", "size_bytes": 1, "actor": "a"}
    leave = {"kind": "leave", "worker_id": ids["W0"], "day": now.date(), "note": "n", "actor": "a"}
    shift = builders.first(conn, "select min(id) from ops.shifts")
    rows: tuple[tuple[str, dict[str, object]], ...] = (
        ("ops.overlays", overlay),
        ("ops.feedback", {"event_id": event, "code": "F1", "answered_at": now, "satisfaction": 1}),
        ("ops.duties", {"department_id": ids["D1"], "category_id": ids["A01"]}),
        ("ops.rota_changes", leave),
        ("board.excuses", {"shift_id": shift, "mark": "late", "reason": "r", "actor": "a", "at": now}),
        ("board.tokens", {"kind": "system", "source": "hotline", "hash": b"1", "name": "t"}),
        ("board.imports", file),
        ("board.users", {"login": "somebody", "name": "n", "roles": ["analyst"]}),
        ("board.kiosks", {"name": "k", "layout": "wall", "digest": b"1", "made_by": "m"}),
    )
    for table, values in rows:
        builders.insert_row(conn, table, values)
    conn.execute(
        "insert into ops.rota_patterns (code, name, turns, anchor) values ('P1', 'p', '{day}', current_date)"
    )
    conn.execute("insert into ops.region_stats select id, 'k', current_date, 1 from ops.regions")
    papers = [_paper(conn, event, ids["D1"], kind, now) for kind in ("order", "reminder")]
    sent: dict[str, object] = {"supervision_id": papers[0], "state": "failed", "body": "b"}
    sent["webhook_id"] = builders.insert_row(conn, "board.webhooks", hook)
    delivery = builders.insert_row(conn, "board.deliveries", sent)
    conn.execute("insert into board.delivery_attempts values (%s, 1, now(), 1, null, 'e')", (delivery,))


def _paper(conn: builders.Conn, event: int, department: int, kind: str, now: datetime) -> int:
    values: dict[str, object] = {
        "event_id": event,
        "kind": kind,
        "department_id": department,
        "issued_at": now - timedelta(hours=3),
        "due_at": now - timedelta(hours=1),
        "closed_at": now if kind == "reminder" else None,
        "details": Jsonb({"name": "n", "number": "1", "reason": {"zh": "z", "en": "e"}}),
    }
    return builders.insert_row(conn, "ops.supervision", values)


def poison(conn: builders.Conn) -> dict[str, int]:
    """Plant it: how often, by column. A column that may be poisoned and has no row gives 0."""
    numbers = iter(range(1, 1_000_000))
    starts = cycle(FORMULAS)
    planted: dict[str, int] = {}
    with conn.transaction():
        for schema, table, column, kind in conn.execute(COLUMNS).fetchall():
            name = f"{schema}.{table}.{column}"
            if table in APART or table.startswith("rollup_") or name in VOCABULARY:
                continue
            texts = (
                f"{next(starts)} {next(numbers)} {CODE if column == 'code' else MARKUP}" for _ in iter(int, 1)
            )
            planted[name] = _plant(conn, sql.Identifier(schema, table), sql.Identifier(column), kind, texts)
        builders.put_setting(conn, "title", {"zh": f"=1 {MARKUP}", "en": f"=1 {MARKUP}"})
    return planted


def _plant(
    conn: builders.Conn, table: sql.Identifier, column: sql.Identifier, kind: str, texts: Iterator[str]
) -> int:
    """One column in all its rows; values that are absent stay absent unless the whole column is."""
    read = sql.SQL("select ctid::text, {} from {}").format(column, table)
    write = sql.SQL("update {} set {} = %s where ctid = %s::tid").format(table, column)
    rows = conn.execute(read).fetchall()
    for place, value in rows:
        conn.execute(write, (_harm(value, kind, texts), place))
    return len(rows)


def _harm(value: Any, kind: str, texts: Iterator[str]) -> Any:
    """A value with harm in the place of each of its texts."""
    if kind == "jsonb":
        return None if value is None else Jsonb(_harmed(value, texts))
    return [next(texts)] if kind == "text[]" else next(texts)


def _harmed(value: Any, texts: Iterator[str]) -> Any:
    if isinstance(value, dict):
        return {name: _harmed(one, texts) for name, one in value.items()}
    if isinstance(value, list):
        return [_harmed(one, texts) for one in value]
    return next(texts) if isinstance(value, str) else value
