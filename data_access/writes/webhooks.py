"""Where departments want to be told: their addresses and secrets, and deliveries that are to be tried again."""

from __future__ import annotations

from typing import Any

import psycopg

from dashboard.errors import DashboardError


class DepartmentNotThere(DashboardError):
    """There is no department {code}. `department list` shows the codes."""

    zh = "没有部门 {code}。代码见 department list。"


def set_webhook(connection: psycopg.Connection[Any], code: str, url: str, secret: str) -> None:
    """Tell a department at this address from now on; what still waits goes there too. DepartmentNotThere."""
    department = _department(connection, code)
    old = connection.execute(
        "update board.webhooks set revoked_at = clock_timestamp()"
        " where department_id = %s and revoked_at is null returning id",
        (department,),
    ).fetchall()
    row = connection.execute(
        "insert into board.webhooks (department_id, url, secret) values (%s, %s, %s) returning id",
        (department, url, secret),
    ).fetchone()
    assert row is not None
    connection.execute(
        "update board.deliveries set webhook_id = %s, next_at = clock_timestamp()"
        " where webhook_id = any(%s) and state = 'pending'",
        (row[0], [id_ for (id_,) in old]),
    )


def end_webhook(connection: psycopg.Connection[Any], code: str) -> bool:
    """Tell a department no more; False where nobody did. DepartmentNotThere."""
    department = _department(connection, code)
    ended = connection.execute(
        "update board.webhooks set revoked_at = clock_timestamp() where department_id = %s and revoked_at is null",
        (department,),
    )
    return ended.rowcount > 0


def retry_failed(connection: psycopg.Connection[Any], code: str) -> int:
    """Try what was given up for a department again, at its present address; how many."""
    department = _department(connection, code)
    return connection.execute(
        "update board.deliveries v set state = 'pending', attempts = 0, ended_at = null, webhook_id = n.id,"
        " next_at = clock_timestamp() from board.webhooks w, board.webhooks n"
        " where v.webhook_id = w.id and w.department_id = %s and v.state in ('failed', 'cancelled')"
        " and n.department_id = w.department_id and n.revoked_at is null",
        (department,),
    ).rowcount


def _department(connection: psycopg.Connection[Any], code: str) -> int:
    row = connection.execute("select id from ops.departments where code = %s for update", (code,)).fetchone()
    if row is None:
        raise DepartmentNotThere(code=code)
    return int(row[0])
