"""Filters in SQL: which events a question is about, as one condition and its values.

Owns the reading of codes (categories with all below them, departments) as ids. What a filter means is in
`dashboard.domain.filters`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, TextClause, text

from dashboard.domain.filters import Filters

# Filters that are not set fold away, because plans are made with the values (see `session`). An order or a shift
# that belongs to no event passes only where nothing is filtered: a comparison with null is not true.
FILTERED = """(
  (cast(:f_sources as text[]) is null or e.source = any(cast(:f_sources as text[])))
  and (cast(:f_categories as bigint[]) is null or e.category_id = any(cast(:f_categories as bigint[])))
  and (cast(:f_stages as text[]) is null or e.stage = any(cast(:f_stages as text[])))
  and (cast(:f_severities as integer[]) is null or e.severity = any(cast(:f_severities as integer[])))
  and (cast(:f_departments as bigint[]) is null or e.department_id = any(cast(:f_departments as bigint[])))
  and (cast(:f_states as text[]) is null or e.state = any(cast(:f_states as text[])))
  and (not cast(:f_late as boolean) or e.due_at < case when e.state = 'closed' then e.closed_at else :now end)
)"""
"""The condition on an event "e". Needs the values of a `Sieve`, and `now`."""

BELOW = text("""
with recursive below as (
  select id from ops.categories where code = any(cast(:codes as text[]))
  union
  select c.id from ops.categories c join below on c.parent_id = below.id
)
select id from below order by id
""")
DEPARTMENTS = text("select id from ops.departments where code = any(cast(:codes as text[])) order by id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sieve:
    """Filters as the columns of an event know them; None lets everything through."""

    sources: tuple[str, ...] | None = None
    categories: tuple[int, ...] | None = None
    stages: tuple[str, ...] | None = None
    severities: tuple[int, ...] | None = None
    departments: tuple[int, ...] | None = None
    states: tuple[str, ...] | None = None
    late: bool = False

    def values(self) -> dict[str, Any]:
        """Bound parameters of `FILTERED`, apart from `now`."""
        return {
            "f_sources": _list(self.sources),
            "f_categories": _list(self.categories),
            "f_stages": _list(self.stages),
            "f_severities": _list(self.severities),
            "f_departments": _list(self.departments),
            "f_states": _list(self.states),
            "f_late": self.late,
        }


OPEN_SIEVE = Sieve()
"""Nothing is held back."""


def sieve_of(conn: Connection, filters: Filters) -> Sieve:
    """Filters with their codes looked up. A code that nothing has lets nothing through."""
    if not filters:
        return OPEN_SIEVE
    return Sieve(
        sources=tuple(sorted(filters.source)) or None,
        categories=_ids(conn, BELOW, filters.category),
        stages=tuple(sorted(filters.stage)) or None,
        severities=tuple(sorted(filters.severity)) or None,
        departments=_ids(conn, DEPARTMENTS, filters.department),
        states=tuple(sorted(filters.state)) or None,
        late=filters.late,
    )


def _ids(conn: Connection, statement: TextClause, codes: frozenset[str]) -> tuple[int, ...] | None:
    if not codes:
        return None
    return tuple(conn.execute(statement, {"codes": sorted(codes)}).scalars())


def _list(values: tuple[Any, ...] | None) -> list[Any] | None:
    return None if values is None else list(values)
