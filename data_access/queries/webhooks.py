"""The departments with their addresses, and how many papers were delivered to each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartmentLine:
    """A department. `url` None: nobody tells it; then papers are on the ledger alone."""

    code: str
    name: str
    url: str | None
    pending: int
    delivered: int
    failed: int


_LISTED = """
select d.code, d.name, max(w.url) filter (where w.revoked_at is null),
       count(v.id) filter (where v.state = 'pending'), count(v.id) filter (where v.state = 'delivered'),
       count(v.id) filter (where v.state = 'failed')
from ops.departments d
left join board.webhooks w on w.department_id = d.id
left join board.deliveries v on v.webhook_id = w.id
group by d.id, d.code, d.name order by d.code limit 1000
"""


def listed_departments(connection: psycopg.Connection[Any]) -> list[DepartmentLine]:
    """All departments by code."""
    return [
        DepartmentLine(code=code, name=name, url=url, pending=pending, delivered=delivered, failed=failed)
        for code, name, url, pending, delivered, failed in connection.execute(_LISTED)
    ]
