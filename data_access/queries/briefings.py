"""Issued briefings: the list of those that a viewer may see, and one of them as it was frozen.

A viewer sees those about regions of the scope; who sees some departments only, those that are of no other ones; and
those with personal data only where the viewer may see such.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar, Final

from sqlalchemy import Connection, Row, text

from dashboard.domain.policy import Scope
from dashboard.errors import DashboardError
from data_access.queries.regions import RegionUnknown, listed_regions, region_path

MOST: Final = 200


class BriefingUnknown(DashboardError):
    """There is no briefing {id}, or you may not see it."""

    zh = "没有编号为 {id} 的简报，或您无权查看。"
    status: ClassVar[int] = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """One line of the list. [start, end) UTC; `by`: the name of who issued it."""

    id: int
    region: str
    region_name: str
    cadence: str
    first_day: date
    version: int
    lang: str
    title: str
    period: str
    start: datetime
    end: datetime
    as_of: datetime
    issued_at: datetime
    by: str
    masked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """One briefing as it was issued: the text of it, what it was made of, and the digest of the text."""

    issued: Issued
    content: str
    asked: dict[str, Any]
    digest: str


COLUMNS: Final = """
b.id, b.region, b.region_name, b.cadence, b.first_day, b.version, b.lang, b.title, b.period, b.start_at as start,
b.end_at as "end", b.as_of, b.issued_at, b.actor_name as by, b.masked
"""
VISIBLE: Final = """
(b.masked or cast(:personal as boolean))
and (cast(:departments as text[]) is null or b.departments <@ cast(:departments as text[]))
"""
LISTED: Final = text(f"""
select {COLUMNS} from board.briefings b
where {VISIBLE} and (cast(:regions as text[]) is null or b.region = any(cast(:regions as text[])))
order by b.issued_at desc, b.id desc limit :limit
""")
ONE: Final = text(f"""
select {COLUMNS}, b.content, b.asked, b.digest from board.briefings b where b.id = :id and {VISIBLE}
""")

STANDING: Final = text("""
select max(b.id) from board.briefings b
where b.region = :region and b.cadence = :cadence and b.first_day = :first_day and b.actor = :actor
  and b.asked = cast(:asked as jsonb)
""")


def standing_briefing(
    conn: Connection, actor: str, region: str, cadence: str, first_day: date, asked: dict[str, Any]
) -> int | None:
    """The newest that somebody issued of this very order; None where there is none."""
    values = {"actor": actor, "region": region, "cadence": cadence, "first_day": first_day}
    found: int | None = conn.execute(STANDING, values | {"asked": json.dumps(asked)}).scalar_one()
    return found


def issued_briefings(
    conn: Connection,
    scope: Scope,
    now: datetime,
    *,
    personal: bool,
    region: str | None = None,
    limit: int = 50,
) -> tuple[Issued, ...]:
    """The newest first; of one region if named. RegionUnknown."""
    regions: list[str] | None = None
    if region is not None:
        regions = [region_path(conn, region, scope, now, former=True).region.code]
    elif scope.streets is not None:
        regions = [node.code for node in listed_regions(conn, scope, now)]
    values = _who(scope, personal) | {"regions": regions, "limit": max(0, min(limit, MOST))}
    return tuple(Issued(**row) for row in conn.execute(LISTED, values).mappings())


def issued_briefing(conn: Connection, id_: int, scope: Scope, now: datetime, *, personal: bool) -> Frozen:
    """One of them. BriefingUnknown."""
    row = conn.execute(ONE, _who(scope, personal) | {"id": id_}).one_or_none()
    if row is None:
        raise BriefingUnknown(id=id_)
    try:
        region_path(conn, row.region, scope, now, former=True)
    except RegionUnknown as error:
        raise BriefingUnknown(id=id_) from error
    return Frozen(issued=_issued(row), content=row.content, asked=row.asked, digest=row.digest)


def _who(scope: Scope, personal: bool) -> dict[str, Any]:
    departments = None if scope.departments is None else sorted(scope.departments)
    return {"personal": personal, "departments": departments}


def _issued(row: Row[Any]) -> Issued:
    return Issued(**{name: getattr(row, name) for name in Issued.__slots__})
